import pytest

from contracts.deadletter import DeadLetter, RejectReason
from contracts.events import Analysis, ArticleRef, EnrichedArticle, Language, Versions
from contracts.vocabulary import AnalysisStatus
from service.commands.articles import Item, read_items
from service.commands.outcomes import CameOutTwice, Ledger


@pytest.fixture
def items(tmp_path) -> list[Item]:
    path = tmp_path / "some.jsonl"
    path.write_text('{"id":"a","text":"A."}\n{"id":"b","text":"B."}\n{"title":"no id"}\n{"broken\n')
    return list(read_items([str(path)]))


def enriched(identity: str) -> EnrichedArticle:
    return EnrichedArticle(
        article=ArticleRef(id=identity),
        language=Language(code="en", confidence=1),
        topics=(),
        regions=(),
        countries=(),
        dyads=(),
        analysis=Analysis(
            status=AnalysisStatus.FULL,
            versions=Versions(service="1", model="m", gazetteer="g"),
        ),
    )


def refused(value: bytes | None) -> DeadLetter:
    return DeadLetter(
        key=None,
        value=value,
        reason=RejectReason.MALFORMED_JSON,
        topic="in",
        partition=0,
        offset=0,
        service_version="1",
    )


def test_is_complete_when_each_came_out_enriched_or_refused(items):
    ledger = Ledger(items)
    for outcome in (enriched("b"), refused(b'{"broken'), refused(b'{"title":"no id"}')):
        assert ledger.settle(outcome)
        assert not ledger.complete
    assert [place.rpartition(":")[2] for place in ledger.missing] == ["1"]
    assert ledger.settle(enriched("a"))
    assert ledger.complete
    assert ledger.missing == []


def test_a_good_article_may_be_refused_too(items):
    ledger = Ledger(items)
    assert ledger.settle(refused(b'{"id":"a","text":"A."}'))
    assert not any(place.endswith(":1") for place in ledger.missing)
    with pytest.raises(CameOutTwice):
        ledger.settle(enriched("a"))


@pytest.mark.parametrize("outcome", [enriched("other"), refused(b"other"), refused(None)])
def test_what_others_sent_is_passed_over(items, outcome):
    ledger = Ledger(items)
    assert not ledger.settle(outcome)
    assert len(ledger.missing) == len(items)


def test_a_second_outcome_is_an_error_that_names_the_article(items):
    ledger = Ledger(items)
    ledger.settle(enriched("b"))
    with pytest.raises(CameOutTwice, match=r"some\.jsonl:2 came out twice"):
        ledger.settle(enriched("b"))


def test_an_article_that_was_sent_twice_comes_out_twice(items):
    ledger = Ledger([*items, items[0]])
    ledger.settle(enriched("a"))
    assert any(place.endswith(":1") for place in ledger.missing)
    ledger.settle(enriched("a"))
    with pytest.raises(CameOutTwice):
        ledger.settle(enriched("a"))
