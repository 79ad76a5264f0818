import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.article import Article
from service.enrichment.sentences import MAX_SENTENCE
from service.enrichment.text import MAX_BLOCKS, MAX_CHARACTERS, read

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
PAGES = (Path(__file__).parent / "data" / "pages.txt").read_text(encoding="utf-8")


def document(text="", title=None, source=None):
    return read(Article(id="a", title=title, text=text, source=source))


def sentences(text="", title=None, source=None):
    found = document(text, title, source)
    return [found.text_of(sentence) for sentence in found.sentences]


def test_title_and_text_are_untouched_and_offsets_point_into_them():
    text = "\n <b>Fiji</b> &amp; Tonga\tagreed.  Peru did not.\r\n"
    found = document(text, "  Fiji, Tonga agree ")
    assert found.full == "  Fiji, Tonga agree \n\n" + text
    assert found.full[found.text_start :] == text
    assert [(s.part, found.text_of(s)) for s in found.sentences] == [
        ("title", "Fiji, Tonga agree"),
        ("text", "<b>Fiji</b> &amp; Tonga\tagreed."),
        ("text", "Peru did not."),
    ]
    last = found.sentences[-1]
    assert text[last.start - found.text_start : last.end - found.text_start] == "Peru did not."


@pytest.mark.parametrize(
    ("title", "text", "full", "start"),
    [
        ("T", "", "T", 1),
        ("T", " \n", "T", 1),
        (None, "x", "x", 0),
        ("", "x", "x", 0),
        (" ", "x", "x", 0),
        ("T", "x", "T\n\nx", 3),
    ],
)
def test_what_is_missing_leaves_no_trace(title, text, full, start):
    found = document(text, title)
    assert (found.full, found.text_start) == (full, start)


def test_a_title_is_one_sentence_without_its_publisher():
    assert sentences(title="Japan hits back. Vietnam agrees - The Example Times") == [
        "Japan hits back. Vietnam agrees"
    ]


def lines_of(page):
    """For each line of a page of the test data: its mark, its text, and where it begins."""
    at = 0
    for line in page:
        yield line[0], line[1:], at
        at += len(line)  # the mark makes up for the line break


def pages():
    for page in PAGES.split("\n=== ")[1:]:
        name, *lines = page.rstrip("\n").split("\n")
        yield pytest.param(lines, id=name)


@pytest.mark.parametrize("page", list(pages()))
def test_pages_are_read_without_their_residue(page):
    text = "\n".join(line[1:] for line in page)
    found = document(text)
    read_at = set()
    for sentence in found.sentences:
        read_at.update(range(sentence.start, sentence.end))
    lost, kept = [], []
    for mark, line, start in lines_of(page):
        body = line.partition("©")[0] if mark == "+" else line  # credits end captions
        inside = [start + i in read_at for i, sign in enumerate(body) if not sign.isspace()]
        if mark == "+" and not all(inside):
            lost.append(line)
        if mark == "-" and any(inside):
            kept.append(line)
    assert (lost, kept) == ([], [])


def test_there_are_pages_of_many_manners():
    assert len(list(pages())) >= 12


def test_a_caption_loses_its_credit():
    page = "The premiers meet in Hanoi on May 1. © Example\n\nHANOI -- The premiers met on Sunday."
    assert sentences(page) == [
        "The premiers meet in Hanoi on May 1.",
        "HANOI -- The premiers met on Sunday.",
    ]


def test_only_residue_is_no_running_text():
    assert sentences("Home\nLog in\n\nPrivacy policy\n***\n<br/>") == []


def test_a_text_beyond_the_limit_is_cut_between_words():
    text = "Norway agreed. " * 10_000
    found = document(text, "T")
    assert found.truncated
    assert len(found.full) <= MAX_CHARACTERS + len("T\n\n")
    assert found.full.endswith(("agreed.", "Norway"))


def test_a_text_at_the_limit_is_whole():
    assert not document("x" * MAX_CHARACTERS).truncated
    assert not document("Peru agreed." + " " * MAX_CHARACTERS).truncated
    assert document("x" * (MAX_CHARACTERS + 1)).truncated


def test_lines_beyond_the_limit_are_left_out():
    text = "Norway agreed to a plan for its ports and its ships.\n" * 1_000
    assert not document(text).truncated
    found = document("Norway agreed.\n" * (MAX_BLOCKS + 1))
    assert found.truncated
    assert len(found.sentences) == MAX_BLOCKS


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000_000,
        "\n" * 1_000_000 + "x",
        "a\n" * 500_000,
        "A.\n\n" * 50_000,
        "<a" * 100_000,
        "@" * 100_000,
        ("@a.b" * 100 + "\n") * 300,
        ("#a" * 290 + "!\n") * 200,
        "AaaBbb" * 20_000,
        "By " * 40_000,
        "| " * 60_000,
        "&#1" * 40_000,
        "'" * 100_000,
        "\x00\x1b\x07" * 30_000,
        "\ud800" * 1_000 + " agreed. \udfff",
        "\u202e\u200fJapan\u200b agreed.\ufeff",
        "日" * 100_000,
        "• \n" * 50_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_odd_texts_are_read_in_bounded_pieces(text):
    found = document(text)
    assert found.full == text[: len(found.full)]
    assert len(found.full) <= MAX_CHARACTERS
    assert all(0 < s.end - s.start <= MAX_SENTENCE for s in found.sentences)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=400) | st.text("aB. \n\t\"')•<>&|#@!?1", max_size=400),
    st.none() | st.text(max_size=80),
)
def test_sentences_are_in_order_inside_and_never_empty(text, title):
    if not text.strip() and not (title or "").strip():
        return
    found = document(text, title)
    at = 0
    for sentence in found.sentences:
        assert at <= sentence.start < sentence.end <= len(found.full)
        assert found.text_of(sentence) == found.text_of(sentence).strip()
        assert (sentence.start >= found.text_start) == (sentence.part == "text")
        at = sentence.end


@pytest.mark.parametrize("name", ["countries_newswire", "geo_mentions", "topics"])
def test_real_text_without_residue_keeps_its_characters(name):
    file = SHARED / f"{name}.dev.jsonl"
    if not file.exists():
        pytest.skip(f"{file.name} is not here")
    kept = whole = 0
    for line in file.read_text(encoding="utf-8").strip().split("\n"):
        row = json.loads(line)
        found = document(row["text"], row.get("title"))
        kept += sum(len("".join(found.text_of(s).split())) for s in found.sentences)
        whole += len("".join(found.full.split()))
    assert kept / whole > 0.99


def test_the_page_of_the_brief_is_read_without_its_residue():
    file = SHARED / "seed_article.txt"
    if not file.exists():
        pytest.skip(f"{file.name} is not here")
    found = sentences(file.read_text(encoding="utf-8"))
    assert found[0].startswith("Japan, Vietnam affirm")
    assert found[-1].endswith("the previous month.")
    assert not any("Nikkei" in sentence or "©" in sentence for sentence in found)
