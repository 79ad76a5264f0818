import pytest

from service.enrichment.masking import STAND_INS, CountryForms
from service.enrichment.values import Span


@pytest.fixture(scope="module")
def forms():
    return CountryForms.load()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Japan criticised Russia.", "Norway criticised Brazil."),
        (
            "Russia criticised Japan, and Japan Russia.",
            "Norway criticised Brazil, and Brazil Norway.",
        ),
        ("Tokyo told the Kremlin that Putin erred.", "Oslo told Brazil that Amorim erred."),
        ("The United States' envoy left the Netherlands.", "Norway' envoy left Brazil."),
        ("A Briton, two Frenchmen and Israelis", "A Norwegian, two Brazilians and Kenyans"),
        (
            "pro-Iranian, U.S.-China, Anglo-French",
            "pro-Norwegian, Brazil-Kenya, Peruvian-Malaysian",
        ),
        ("IRAN WARNS U.S.", "Norway WARNS Brazil"),
        ("South\u00a0Sudan thanked El\nSalvador", "Norway thanked Brazil"),
        ("Fiji lent US$5 to the US", "Norway lent US$5 to Brazil"),
        ("Romania and Indiana and breathe Oman", "Norway and Indiana and breathe Brazil"),
        ("The union helped the nurses.", "The union helped the nurses."),
        ("", ""),
    ],
)
def test_countries_become_those_that_stand_for_them_in_order(forms, text, read):
    assert forms.masked(text).text == read


def test_two_texts_about_other_countries_are_read_alike(forms):
    one = "Germany's Chancellor said in Berlin that the French and Emmanuel Macron were right."
    other = "Iraq's Chancellor said in Baghdad that the Indian and Narendra Modi were right."
    assert forms.masked(one).text == forms.masked(other).text.replace("Indian", "Brazilian")


def test_spans_move_along(forms):
    text = "In the United States, the South Korean premier thanked Oman's sailors."
    now = forms.masked(text)

    def moved(phrase):
        span = now.span(Span(text.index(phrase), text.index(phrase) + len(phrase)))
        return now.text[span.start : span.end]

    assert now.text == "In Norway, the Brazilian premier thanked Kenya's sailors."
    assert moved("the South Korean premier") == "the Brazilian premier"
    assert moved("South Korean") == moved("Korean") == "Brazilian"
    assert moved("the United States") == moved("United States") == "Norway"
    assert moved("Oman's sailors") == "Kenya's sailors"
    assert moved(text) == now.text
    assert now.span(None) is None


def test_more_countries_than_stand_ins(forms):
    many = ["Chad", "Mali", "Niger", "Togo", "Benin", "Gabon", "Malta", "Qatar", "Oman", "Yemen",
            "Iraq", "Iran", "Syria", "Egypt", "Libya", "Sudan", "France"]  # fmt: skip
    assert len(many) == len(STAND_INS) + 1
    read = forms.masked(", ".join(many)).text.split(", ")
    assert read == [*(one.name for one in STAND_INS), STAND_INS[0].name]


def test_a_stand_in_masked_is_itself_in_its_place(forms):
    for one in STAND_INS:
        for word in (one.name, one.adjective, f"{one.adjective}s", one.capital):
            assert forms.masked(word).text.rstrip("s") in {
                STAND_INS[0].name,
                STAND_INS[0].adjective,
                STAND_INS[0].capital,
            }, word


def test_half_characters_stay(forms):
    assert forms.masked("\ud83d Chad \udc00 Mali").text == "\ud83d Norway \udc00 Brazil"
