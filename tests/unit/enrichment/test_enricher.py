from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.article import Article
from contracts.vocabulary import AnalysisStatus, MediaTopic, PloverEvent, Stance
from service import __version__
from service.enrichment.enricher import Enricher
from service.enrichment.values import CountryScore, Judgement, Mention, MentionKind, TopicScore

SEED = Path(__file__).parents[3].parent / "shared" / "data" / "seed_article.txt"

SEED_READER = {
    ("JPN", "VNM"): Stance.SUPPORTIVE,
    ("VNM", "JPN"): Stance.SUPPORTIVE,
    ("JPN", "RUS"): Stance.OPPOSING,
    ("VNM", "UKR"): Stance.SUPPORTIVE,
    ("RUS", "UKR"): Stance.OPPOSING,
}
"""What a careful reader of that article lists, written down before the analysis was looked at."""

SEED_MAY = {
    ("JPN", "UKR"),  # sanctions for its sake, and a call for a cease-fire
    ("JPN", "CHN"),  # "increasingly assertive", and the status quo in the South China Sea
    ("VNM", "CHN"),
    ("VNM", "RUS"),  # traditional ties; abstained
    ("RUS", "VNM"),
    *((a, b) for a in ("GBR", "CAN", "FRA", "DEU", "ITA", "USA") for b in ("RUS",)),
}
"""Pairs where another reader could say more."""

SEED_VISITS = {("JPN", "IDN"), ("JPN", "THA"), ("JPN", "ITA"), ("JPN", "GBR")}
"""Where its prime minister came from and goes next; no more is told, so neutral at most, as the
readers' rule has it of mere visits."""

SEED_WRONG = {
    ("RUS", "JPN"),  # who works together over an invasion is not attacked by it
    ("UKR", "VNM"),  # who is aided has thanked nobody here
    ("UKR", "JPN"),  # likewise where two others want a cease-fire
}
"""What the analysis says there and no reader does; the model card tells of such errors."""

ENGLISH = (
    "Norway praised Chile on Monday for its careful work on the protection of the southern seas. "
    "The ministers of the two countries had spoken about it for several hours in the capital."
)
GERMAN = (
    "Die Regierung in Oslo lobte am Montag die Arbeit der Nachbarn im Süden. Die Minister hatten "
    "darüber mehrere Stunden lang in der Hauptstadt gesprochen und wollen sich wieder treffen."
)


class FakeTopics:
    version = "topics-0"

    def __init__(self):
        self.asked = []

    def classify(self, documents):
        self.asked.append(len(documents))
        return [(TopicScore(MediaTopic.POLITICS, 0.9),) for _ in documents]


class FakeCountries:
    """Knows Norway and Chile by their English names, in any language."""

    version = "names-0"

    def __init__(self):
        self.dealing = []
        self.acting = []

    def find(self, document, *, language="en"):  # noqa: ARG002 - the real one asks for it
        found = []
        for code, name in (("NOR", "Norway"), ("CHL", "Chile")):
            start = document.full.find(name)
            if start >= 0:
                found.append(Mention(code, start, start + len(name), MentionKind.NAME))
        return tuple(found)

    def rank(self, document, mentions, *, dealing=None, acting=frozenset()):  # noqa: ARG002 - the same
        self.dealing.append(dealing)
        self.acting.append(acting)
        share = 1 / max(1, len(mentions))
        return tuple(CountryScore(m.country, m.country, 1, share) for m in mentions)


class FakeStances:
    version = "stance-0"

    def __init__(self):
        self.asked = []

    def judge(self, pairs):
        self.asked.append(len(pairs))
        return [Judgement(0.8, 0.0, 0.0, PloverEvent.SUPPORT) for _ in pairs]


class FakeImplied:
    version = "implied-0"

    def may_imply(self, sentence, actors):  # noqa: ARG002 - the real one asks for them
        return True


@pytest.fixture
def stages():
    return {
        "topics": FakeTopics(),
        "countries": FakeCountries(),
        "stances": FakeStances(),
        "implied": FakeImplied(),
    }


@pytest.fixture
def enricher(stages):
    return Enricher(**stages)


@pytest.fixture(scope="module")
def real():
    return Enricher.load()


def test_countries_are_ranked_when_it_is_known_which_ones_deal(enricher, stages):
    texts = (ENGLISH, GERMAN, "The cat sat on the mat, and the dog lay beside it all day long.")
    enricher.enrich([Article(id=str(n), text=text) for n, text in enumerate(texts)])
    before, after = stages["countries"].dealing[:2], stages["countries"].dealing[2:]
    assert before == [None, None]  # for the dyads of what is English
    assert after == [{"NOR", "CHL"}, None, set()]
    assert stages["countries"].acting[2:] == [{"NOR", "CHL"}, set(), set()]


def test_english_is_analysed_in_full(enricher):
    (enriched,) = enricher.enrich([Article(id="a", title="Seas", text=ENGLISH)])
    assert enriched.article.id == "a"
    assert enriched.language.code == "en"
    assert [topic.code for topic in enriched.topics] == [MediaTopic.POLITICS]
    assert {country.code for country in enriched.countries} == {"NOR", "CHL"}
    assert {region.code for region in enriched.regions} == {"154", "005"}
    assert {(d.source, d.target) for d in enriched.dyads} == {("NOR", "CHL"), ("CHL", "NOR")}
    assert enriched.analysis.status is AnalysisStatus.FULL
    assert enriched.analysis.notes == ()
    evidence = enriched.dyads[0].evidence[0]
    assert ENGLISH[evidence.start : evidence.end] == evidence.text


def test_other_languages_get_countries_and_regions_and_say_so(enricher):
    (enriched,) = enricher.enrich([Article(id="a", text=f"{GERMAN} Norway. Chile.")])
    assert enriched.language.code == "de"
    assert enriched.countries
    assert enriched.regions
    assert (enriched.topics, enriched.dyads) == ((), ())
    assert enriched.analysis.status is AnalysisStatus.PARTIAL
    assert "de" in enriched.analysis.notes[0]


def test_the_language_that_the_publisher_states_decides_for_a_bare_headline(enricher):
    articles = [
        Article(id=tag or "none", title="Putin in Minsk", language=tag) for tag in (None, "en-US")
    ]
    unknown, stated = enricher.enrich(articles)
    assert (unknown.language.code, stated.language.code) == ("und", "en")
    assert unknown.analysis.status is AnalysisStatus.PARTIAL
    assert stated.analysis.status is AnalysisStatus.FULL


def test_no_running_text_is_no_analysis(enricher):
    (enriched,) = enricher.enrich([Article(id="a", text="•")])
    assert enriched.analysis.status is AnalysisStatus.NONE
    assert (enriched.topics, enriched.countries, enriched.dyads) == ((), (), ())
    assert enriched.analysis.notes


def test_a_text_that_was_cut_says_so(enricher):
    (enriched,) = enricher.enrich([Article(id="a", text=ENGLISH * 10_000)])
    assert any("cut" in note for note in enriched.analysis.notes)


def test_pairs_that_are_too_many_to_be_judged_are_told(real):
    many = " with ".join(["Japan", "Vietnam", "China", "Peru", "Chile", "Norway"] * 3)
    texts = [ENGLISH, f"{many} met. " * 20]
    few, cut = real.enrich([Article(id="a", text=text) for text in texts])
    assert few.analysis.notes == ()
    assert [note for note in cut.analysis.notes if "left out" in note]
    assert cut.analysis.status is AnalysisStatus.FULL


def test_a_batch_shares_one_call_of_each_model_and_keeps_its_order(enricher, stages):
    articles = [
        Article(id="en", text=ENGLISH),
        Article(id="de", text=GERMAN),
        Article(id="en2", text=f"It was so. {ENGLISH}"),
    ]
    batch = enricher.enrich(articles)
    assert [enriched.article.id for enriched in batch] == ["en", "de", "en2"]
    assert stages["topics"].asked == [2]
    assert stages["stances"].asked == [4]
    assert batch == [enricher.enrich([article])[0] for article in articles]
    assert enricher.enrich([]) == []


def test_versions_name_every_part(enricher):
    (enriched,) = enricher.enrich([Article(id="a", text=ENGLISH)])
    assert enriched.analysis.versions == enricher.versions
    assert enricher.versions.service == __version__
    assert "stance-0" in enricher.versions.model
    assert "topics-0" in enricher.versions.model
    assert "implied-0" in enricher.versions.model
    assert enricher.versions.gazetteer == "names-0"


def test_the_caller_may_stand_around_each_stage(enricher):
    seen = []

    @contextmanager
    def stage(name):
        seen.append(name)
        yield

    enricher.enrich([Article(id="a", text=ENGLISH)], stage=stage)
    assert list(dict.fromkeys(seen)) == [
        "text",
        "language",
        "countries",
        "topics",
        "dyads",
        "stance",
    ]


def test_what_the_package_ships_reads_a_web_page(real):
    if not SEED.exists():
        pytest.skip("the shared seed article is not beside this checkout")
    (enriched,) = real.enrich([Article(id="seed", text=SEED.read_text(encoding="utf-8"))])
    assert {country.code for country in enriched.countries[:2]} == {"JPN", "VNM"}
    assert enriched.topics[0].code in {MediaTopic.POLITICS, MediaTopic.CONFLICT}
    stances = {(dyad.source, dyad.target): dyad.stance for dyad in enriched.dyads}
    assert {pair: stances.get(pair) for pair in SEED_READER} == SEED_READER
    assert {stances.get(pair, Stance.NEUTRAL) for pair in SEED_VISITS} == {Stance.NEUTRAL}
    assert set(stances) - set(SEED_READER) - SEED_MAY - SEED_VISITS <= SEED_WRONG


def test_what_is_no_news_gets_no_topic_and_says_so(stages):
    class NoTopics(FakeTopics):
        def classify(self, documents):
            return [() for _ in documents]

    (enriched,) = Enricher(**{**stages, "topics": NoTopics()}).enrich(
        [Article(id="a", text=ENGLISH)]
    )
    assert enriched.topics == ()
    assert enriched.analysis.status is AnalysisStatus.FULL
    assert enriched.analysis.notes == ("title and lead read like no news article: no topics",)


def test_the_same_article_gives_the_same_bytes(real):
    article = Article(id="a", title="Norway and Chile agree", text=ENGLISH)
    once, again = (real.enrich([article])[0].model_dump_json() for _ in range(2))
    assert once == again
