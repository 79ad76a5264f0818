import pytest

from service.enrichment.lines import blocks


def pieces(text):
    return [text[span.start : span.end] for span in blocks(text, 0, len(text))]


def test_empty_lines_part_blocks():
    assert pieces("One line\n\nAnother\n \t\nA third") == ["One line", "Another", "A third"]


def test_lines_that_end_anywhere_stand_for_themselves():
    text = "Home\nWorld news\nJapan and Vietnam agreed on Monday to share ships, officials said."
    assert pieces(text) == text.split("\n")


def test_wrapped_lines_are_joined():
    text = (
        "Ghana and Togo have reopened the road between their capitals\n"
        "after talks between the two presidents, a spokesman for the\n"
        "Ghanaian leader said on Monday.\n"
        "Customs officers of both countries would share one office.\n"
    )
    found = pieces(text)
    assert len(found) == 2
    assert found[0].endswith("Monday.")


def test_capitals_only_can_be_wrapped_too():
    text = (
        "BRITAIN AND WEST GERMANY TOLD THEIR PARTNERS THEY WOULD STRONGLY\n"
        "OPPOSE MAJOR ELEMENTS OF PROPOSALS TO RID THE COMMUNITY OF ITS\n"
        "FARM SURPLUSES, DIPLOMATS SAID.\n"
    )
    assert len(pieces(text)) == 1


def test_points_begin_blocks():
    text = (
        "Three things were agreed in the end by the ministers of both\n"
        "countries when they met for a second time in a hotel by the\n"
        "lake:\n"
        "• a road that would run along the western shore of the lake\n"
        "• a bank\n"
    )
    assert pieces(text)[1:] == [
        "• a road that would run along the western shore of the lake",
        "• a bank",
    ]


def test_an_indented_line_begins_a_block():
    text = (
        "   Ghana and Togo have reopened the road between their capitals\n"
        "after talks between the two presidents, a spokesman told those\n"
        "who were waiting by the bridge that leads into the town of Lome\n"
        "   Customs officers of both countries will share one office, he\n"
        "added when asked.\n"
    )
    assert [piece.split()[0] for piece in pieces(text)] == ["Ghana", "Customs"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_every_kind_of_line_end(end):
    assert pieces(f"One.{end}Two.{end}{end}Three.") == ["One.", "Two.", "Three."]


def test_only_the_given_stretch_is_read():
    text = "Title\n\nOne\n\nTwo"
    assert [(s.start, s.end) for s in blocks(text, 7, len(text))] == [(7, 10), (12, 15)]


@pytest.mark.parametrize("text", ["", " ", "\n\n\n"])
def test_nothing_gives_nothing(text):
    assert pieces(text) == []
