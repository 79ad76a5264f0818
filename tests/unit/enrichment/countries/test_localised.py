import pytest

from service.enrichment.countries import CountryFinder
from service.enrichment.values import Document, Sentence

FINDER = CountryFinder.load()


def codes(text, language):
    document = Document(text, 0, (Sentence(0, len(text), "text"),))
    return [mention.country for mention in FINDER.find(document, language=language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "España y los Estados Unidos firmaron.", ["ESP", "USA"]),
        ("fr", "L'Allemagne et le Japon négocient.", ["DEU", "JPN"]),
        ("de", "Österreich warnt Ungarn.", ["AUT", "HUN"]),
        ("ru", "Переговоры с Японией в России отложены.", ["JPN", "RUS"]),
        ("pl", "Rozmowy w Polsce z Ukrainą trwają.", ["POL", "UKR"]),
        ("tr", "Türkiye'nin Yunanistan ile görüşmesi.", ["TUR", "GRC"]),
        ("ar", "زار الوزير اليابان وروسيا", ["JPN", "RUS"]),
        ("zh-cn", "日本和越南签署协议。", ["JPN", "VNM"]),
        ("ja", "日本とベトナムが合意した。", ["JPN", "VNM"]),
        ("vi", "Nhật Bản và Việt Nam ký kết.", ["JPN", "VNM"]),
    ],
)
def test_names_are_found_in_their_language(language, text, expected):
    assert codes(text, language) == expected


def test_a_name_inside_of_another_word_is_not_found():
    assert codes("Die Chinakohlernte war gut.", "de") == []
    assert codes("タイトルが発表された。", "ja") == []


def test_a_language_without_names_finds_nothing():
    assert codes("Japan and Peru", "xx") == []


def test_names_in_other_languages_are_no_actors():
    document = Document("Japón protestó.", 0, (Sentence(0, 15, "text"),))
    assert [m.actor for m in FINDER.find(document, language="es")] == [False]
