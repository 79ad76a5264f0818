"""Headers of a record."""

from contracts.record import header, header_text

HEADERS = (("a", b"1"), ("b", None), ("a", b"2"), ("c", b"\xff\xc3\xa9"))


def test_the_last_header_of_a_name_counts():
    assert header(HEADERS, "a") == b"2"


def test_a_null_and_a_missing_header_are_none():
    assert header(HEADERS, "b") is None
    assert header(HEADERS, "x") is None
    assert header_text(HEADERS, "b") is None


def test_text_never_fails():
    assert header_text(HEADERS, "c") == "\ufffdé"
