from itertools import pairwise

import pytest

from service.enrichment.sentences import MAX_SENTENCE, split


def pieces(text):
    return [text[span.start : span.end] for span in split(text, 0, len(text))]


@pytest.mark.parametrize(
    "text",
    [
        # each bar is where one sentence ends and the next begins
        "Japan agreed.| Vietnam did not.",
        "The U.S. and the U.N. Security Council met.| They talked.",
        "He flew to the U.S.| The visit lasts a week.",
        "Mr. Smith, Gen. J. A. Brown and Mrs. Lee came.| Dr. No stayed away.",
        "The law of Jan. 3 holds.| It began in Sept.| The court said so.",
        "Talks began at 5 p.m. Monday in Rome.| They ended at 9 a.m.| Nobody spoke.",
        "Talks began at 5 p.m. EST.| Others came at 6 p.m.| Kishida left.",
        "Toyota Motor Corp. President Akio Toyoda flew in.| Nissan Co. did too.",
        "It rose 3.5 percent to 1.25 dollars.| It fell 2.1 in 1987.| Oil rose.",
        "See No. 5 and Fig. 3 for more.| He said no.| But they went.",
        '"We agreed," he said.| "It is good."| She left.',
        "“We agreed.”| Then they left.",
        '"Is it true?" Mr Putin asked.| "Never!" President Xi Jinping said.| Who knows?',
        '"Why now?"| Troops crossed the river.',
        "(He declined to comment.)| The talks go on.",
        "The army (in the U.S.) Command said so.",
        '"We must ... Kishida must act," he said.| Others waited...| Then rain came.',
        "They waited… nobody came.| They left.",
        "Yahoo! Japan rose.| So did Sony!| It fell later.",
        "Lt.-Gen. Roméo Dallaire spoke.| Ex-Gov. Smith listened.",
        "Vitamin C.| The rest is vitamin D.",
        "J. P. Morgan bought it.| P. Chidambaram sold.",
        "It is true.[12]| Nobody knew.",
        "They were downloading.| And then it stopped.",
        "St. Petersburg lies near.| He lives on Main St.| The house is old.",
        "Canada vs. France ended 1-1.| Smith v. Jones goes on.",
        "Am 3. Oktober kam Dr. Kohl nach Bonn.| Es war kalt.",
        "日本は「同意した。」と述べた。|ベトナムも同意した。|次は？",
        "भारत ने कहा।| पाकिस्तान ने नहीं कहा।",
        "هل وافقت مصر؟| نعم وافقت.",
        "Россия согласилась.| Китай отказался!",
        "1. Japan agrees.| 2. Vietnam too.",
        "<p>Fiji agreed.</p>|<p>Tonga did not.</p>",
        "Fiji agreed.|<br/>Tonga, it said.</b> did not.",
        "He said so (see p. 5).| It was true.",
        "They met in Washington, D.C.| It rained.",
        "MOSCOW SAID NO.| LONDON SAID YES.",
        'He called himself "No. 1."| Nobody laughed.',
    ],
)
def test_breaks(text):
    expected = [piece.strip() for piece in text.split("|")]
    assert pieces(text.replace("|", "")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They were downloading.The ignorance annoyed.", 2),
        ("It is on SPACE.com and Yahoo.Com now.", 1),
        ("Read http://example.org/a.The for more.", 1),
        ("Node.Js runs.", 1),
    ],
)
def test_stops_without_space(text, expected):
    assert len(pieces(text)) == expected


def test_line_breaks_in_a_paragraph_are_spaces():
    assert pieces("Norway and\nChile agreed. Peru\r\ndid not.") == [
        "Norway and\nChile agreed.",
        "Peru\r\ndid not.",
    ]


def test_offsets_point_into_the_whole_text():
    text = "xx  One. Two.  yy"
    spans = split(text, 2, 15)
    assert [(s.start, s.end) for s in spans] == [(4, 8), (9, 13)]


def test_nothing_gives_nothing():
    assert split("", 0, 0) == []
    assert split(" \n ", 0, 3) == []


@pytest.mark.parametrize(
    "text", ["word " * 5_000, "x" * 30_000, "x" * 2_001, "a, " * 1_000], ids=range(4)
)
def test_sentences_are_bounded_and_lose_nothing(text):
    spans = split(text, 0, len(text))
    assert max(span.end - span.start for span in spans) <= MAX_SENTENCE
    kept = "".join(text[span.start : span.end] for span in spans)
    assert kept.replace(" ", "") == text.replace(" ", "")


def test_long_sentences_are_cut_at_white_space():
    text = "Norway " * 1_000
    assert all(piece.endswith("Norway") and piece[0] == "N" for piece in pieces(text))


@pytest.mark.parametrize(
    "text",
    [
        "." * 50_000,
        ". " * 25_000,
        "A. " * 17_000,
        '."' * 25_000,
        "U.S." * 12_000,
        ".<a" * 16_000,
        '."Aa ' * 10_000,
        "!" + '"' * 50_000,
        "? Aa" * 12_000,
        "\x00\ud800.\u200f " * 10_000,
    ],
    ids=lambda text: ascii(text[:6]),
)
def test_odd_text_is_split_in_order(text):
    spans = split(text, 0, len(text))
    assert spans
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(0 < span.end - span.start <= MAX_SENTENCE for span in spans)
