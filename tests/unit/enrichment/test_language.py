import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

from contracts.article import Article
from service.enrichment import language
from service.enrichment.text import read
from service.enrichment.values import Document, LanguageGuess

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
PARAGRAPHS = [
    line.split("\t")
    for line in (Path(__file__).parent / "data" / "languages.tsv").read_text("utf-8").splitlines()
    if line[:1] != "#"
]
ENGLISH = PARAGRAPHS[0][1]


def detect(text="", title=None):
    return language.detect(read(Article(id="a", title=title, text=text)))


@pytest.mark.parametrize(("code", "text"), PARAGRAPHS, ids=[code for code, _ in PARAGRAPHS])
def test_a_paragraph_tells_its_language(code, text):
    guess = detect(text)
    assert guess.code == code
    assert 0.5 <= guess.confidence <= 1


def test_twenty_languages_and_more_are_tried():
    assert len({code for code, _ in PARAGRAPHS}) >= 20


@pytest.mark.parametrize(
    "text",
    [
        "...",
        "12,345 67.8",
        "https://example.org/the/of/and",
        "desk@example.org",
        "😀 😀 😀",
        "\x00\x01",
        "\ud800\udfff",
        "Oslo",
        "<b></b>&nbsp;",
        "北",
    ],
    ids=ascii,
)
def test_too_little_is_undetermined(text):
    assert detect(text) == LanguageGuess("und", 0.0)


@pytest.mark.parametrize("title", ["...", "12,345", "😀", "Oslo", "北"])
def test_a_title_with_too_little_is_undetermined(title):
    assert detect(title=title) == LanguageGuess("und", 0.0)


def test_no_sentence_is_undetermined():
    assert language.detect(Document("", 0, ())) == LanguageGuess("und", 0.0)


@pytest.mark.parametrize(
    "title",
    [
        "China US talks",
        "Japan, Vietnam affirm respect for sovereignty",
        "Kremlin warns Finland",
        "Peru sanctions Chile",
        "Norway and Chile sign pact",
        "JAPAN TO CURB STEEL EXPORTS",
        "Iran says no",
        "Hanoi hails Tokyo aid",
    ],
)
def test_a_short_english_title_is_english_or_undetermined(title):
    assert detect(title=title).code in ("en", "und")


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Japan and Vietnam sign a deal", "en"),
        ("Japan und Vietnam einigen sich auf ein Abkommen", "de"),
        ("Le Japon et le Vietnam signent un accord", "fr"),
        ("日本とベトナムが協定に署名", "ja"),
        ("Япония и Вьетнам подписали соглашение", "ru"),
    ],
)
def test_known_words_and_scripts_tell_the_language_of_a_title(title, code):
    assert detect(title=title).code == code


@pytest.mark.parametrize(
    "title",
    [
        "Erdogan met Putin in Sochi",
        "Modi met Xi in Kazan",
        "Mali expels French envoy",
        "Venezuela frees Americans",
        "Sri Lanka-India ferry resumes",
        "Von der Leyen visits Kyiv",
        "El Salvador frees Venezuelans",
        "Second-class fares start at six dollars",
        "Andrés López of Mérida defended Panamá",
    ],
)
def test_words_that_other_languages_have_too_make_no_other_language_of_a_title(title):
    assert detect(title=title).code == "en"


def test_two_short_sentences_with_met_are_english():
    assert detect("Argentina praised Georgieva. Georgieva met Milei. He thanked her.").code == "en"


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Rutte is in Parijs", "nl"),
        ("Minister wil met Duitsland praten over de grens", "nl"),
        ("Merz trifft Macron in Berlin", "de"),
        ("Le Mali expulse l'ambassadeur de France", "fr"),
        ("Sanctions contre Moscou : l'Europe divisée", "fr"),
        ("Petro acusa a Ecuador de espionaje", "es"),
        ("Meloni a Parigi da Macron", "it"),
        ("Danmark sender våben til Ukraine", "da"),
        ("Ny minister i Danmark: plan og budget", "da"),
        ("İtalya'nın başbakanı Libya'yı ziyaret etti", "tr"),
    ],
)
def test_a_short_title_in_another_language_is_not_taken_for_english(title, code):
    assert detect(title=title).code in (code, "und")


def stated(title, tag):
    return language.detect(read(Article(id="a", title=title)), tag)


@pytest.mark.parametrize(
    ("title", "tag", "code"),
    [
        ("Putin in Minsk", "en-GB", "en"),
        ("Putin in Minsk", "EN_us", "en"),
        ("Rutte is in Parijs", "nl", "nl"),
        ("Støre møter Trump", "nb-NO", "no"),
        ("北", "zh-Hant", "zh-tw"),
        ("北", "zh", "zh-cn"),
    ],
)
def test_what_the_publisher_states_decides_where_the_words_do_not(title, tag, code):
    assert detect(title=title).code == "und"
    assert stated(title, tag) == LanguageGuess(code, language.STATED_CONFIDENCE)


@pytest.mark.parametrize("tag", ["", "-", "xx", "und", "english", "mul"])
def test_a_tag_of_no_known_language_states_nothing(tag):
    assert stated("Putin in Minsk", tag) == LanguageGuess("und", 0.0)


@pytest.mark.parametrize(
    ("title", "tag", "code"),
    [
        ("Le Japon et le Vietnam signent un accord", "en", "fr"),
        ("Japan and Vietnam sign a deal", "de", "en"),
        ("北", "en", "und"),
        ("12,345", "en", "und"),
        (ENGLISH, "fr", "en"),
    ],
)
def test_what_the_publisher_states_is_passed_over_where_words_or_letters_tell(title, tag, code):
    assert stated(title, tag).code == code


def test_capitals_do_not_mislead():
    assert detect(ENGLISH.upper()).code == "en"


def test_the_text_decides_rather_than_the_title():
    assert detect(dict(PARAGRAPHS)["de"], title="The war and the peace of the world").code == "de"


def test_tables_of_figures_in_english_words_are_english():
    table = "Shr 37.4p vs 30p. Final div 7p, making 12p vs 10p. Pre-tax profit 43.1 mln stg vs "
    rest = "37.4 mln stg. Turnover 610 mln vs 590 mln. Tax 14 mln vs 12 mln. Bank loan 3 mln."
    assert detect(table + rest).code == "en"


def test_the_same_text_gets_the_same_answer_whatever_came_before():
    texts = [text for _, text in PARAGRAPHS[:6]] + ["Le Monde and El Pais in Rome today", "Ja nej"]
    first = [detect(text) for text in texts]
    for _ in range(50):
        assert [detect(text) for text in reversed(texts)] == first[::-1]


def test_threads_get_the_answers_that_one_gets():
    texts = [text for _, text in PARAGRAPHS] * 4
    alone = [detect(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect, texts)) == alone


def test_noise_in_front_is_passed_over():
    links = " ".join(f"https://example.org/{number}/qwxzj" for number in range(30))
    assert detect(links + " " + ENGLISH).code == "en"


def test_newswire_in_english_is_english():
    file = SHARED / "countries_newswire.dev.jsonl"
    if not file.exists():
        pytest.skip(f"{file.name} is not here")
    rows = [json.loads(line) for line in file.read_text("utf-8").strip().split("\n")[:500]]
    wrong = [row["id"] for row in rows if detect(row["text"], row["title"]).code != "en"]
    assert len(wrong) <= 5


def test_rows_in_short_numbers_answer_as_langdetect_does():
    own = DetectorFactory()
    own.seed = language.SEED
    profiles = sorted(Path(PROFILES_DIRECTORY).iterdir())
    own.load_json_profile([profile.read_text(encoding="utf-8") for profile in profiles])
    for text in (
        "Le ministre a refusé de répondre.",
        "El presidente viajó.",
        "The two met in Rome.",
    ):
        answers = []
        for factory in (own, language._factory()):
            detector = factory.create()
            detector.append(text)
            answers.append(detector.get_probabilities())
        assert [one.lang for one in answers[0]] == [one.lang for one in answers[1]]
        assert answers[0][0].prob == pytest.approx(answers[1][0].prob, abs=1e-4)
