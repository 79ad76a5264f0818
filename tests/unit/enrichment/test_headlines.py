import pytest

from service.enrichment.headlines import end_of


@pytest.mark.parametrize(
    ("title", "source", "headline"),
    [
        ("Japan hits back at China - The Example Times", None, "Japan hits back at China"),
        ("Japan hits back at China | Example News", None, "Japan hits back at China"),
        ("Japan hits back at China – Fjord Bladet", "fjord bladet", "Japan hits back at China"),
        ("Japan hits back at China - and Vietnam", None, "Japan hits back at China - and Vietnam"),
        ("War in Sudan - What we know", None, "War in Sudan - What we know"),
        ("Times of war", None, "Times of war"),
        ("Talks - Reuters", None, "Talks - Reuters"),
        ("", None, ""),
        (" - ", None, " - "),
        (" - The Times", "The Times", " - The Times"),
    ],
)
def test_the_publishers_name_is_no_headline(title, source, headline):
    assert title[: end_of(title, source=source)] == headline
