import pytest

from contracts.vocabulary import PloverEvent, QuadClass, Stance
from service.enrichment import pairs as module
from service.enrichment.dyads import (
    EVEN,
    FAINT,
    FAINTNESS,
    LEAST_CONFIDENCE,
    LEAST_DEALING,
    NEUTRAL_ODDS,
    dealing,
    dyads,
)
from service.enrichment.values import Judgement
from tests.unit.enrichment.written import TEXT, TITLE, document, mention


def says(stance, confidence, event=PloverEvent.ACCUSE):
    likely = dict.fromkeys(Stance, (1 - confidence) / 3) | {stance: confidence}
    return Judgement(
        likely[Stance.SUPPORTIVE], likely[Stance.NEUTRAL], likely[Stance.OPPOSING], event
    )


YES, NO, ASKED, NOTHING = (
    says(Stance.SUPPORTIVE, 0.8, PloverEvent.SUPPORT),
    says(Stance.OPPOSING, 0.8),
    says(Stance.NEUTRAL, 0.8, PloverEvent.REQUEST),
    says(None, 0.9),
)


EVENLY = dict.fromkeys(("ARG", "BOL", "CHL", "NOR", "PER"), EVEN)
"""Saliences that leave everything as its sentences say."""


def pairs(*of_document):
    return module.pairs(*of_document).found


def judged(*judgements, nth=(0, 1), salience=EVENLY):
    """Dyads where NOR to CHL stands in one sentence for each of `judgements`."""
    mentions = [mention(c, w, n) for n in nth for c, w in (("NOR", "Norway"), ("CHL", "Chile"))]
    found = [pair for pair in pairs(document(), mentions) if pair.source.country == "NOR"]
    return dyads(document(), found, judgements, salience)


def test_evidence_counts_in_the_articles_own_parts():
    (dyad,) = judged(YES, says(Stance.SUPPORTIVE, 0.6, PloverEvent.SUPPORT))
    title, text = dyad.evidence
    assert (title.part, TITLE[title.start : title.end]) == ("title", title.text)
    assert (text.part, TEXT[text.start : text.end]) == ("text", "Norway praised Chile.")
    assert text.text == "Norway praised Chile."
    assert (text.event, text.quad_class) == (PloverEvent.SUPPORT, QuadClass.VERBAL_COOPERATION)


def test_evidence_that_leaves_a_country_out_says_where_it_was_named():
    named = [mention("CHL", "Chile"), mention("PER", "Peru")]
    forth, back = dyads(document(), pairs(document(), named), [YES, YES], EVENLY)
    assert {(forth.source, forth.target), (back.source, back.target)} == {
        ("CHL", "PER"),
        ("PER", "CHL"),
    }
    for (evidence,) in (forth.evidence, back.evidence):
        assert evidence.text == "Peru slept."
        assert evidence.antecedent is not None
        assert (evidence.antecedent.text, evidence.antecedent.part) == (TITLE, "title")
        assert (evidence.antecedent.start, evidence.antecedent.end) == (0, len(TITLE))


def test_whom_the_article_hardly_names_is_less_likely_acted_on():
    def confidence(salience, *said):
        return [dyad.confidence for dyad in judged(*said, salience={"CHL": salience})]

    weak = says(Stance.SUPPORTIVE, 0.5, PloverEvent.SUPPORT)
    (even,), (much,), (little,) = (confidence(share, YES, weak) for share in (EVEN, 0.9, 0.05))
    assert little < even < much

    def odds(likely):
        return likely / (1 - likely)

    power = ((0.9 + FAINT) / (0.05 + FAINT)) ** FAINTNESS
    assert odds(much) / odds(little) == pytest.approx(power, rel=0.01)
    assert judged(ASKED, NOTHING, salience={"CHL": 0.05}) == judged(ASKED, NOTHING)


def test_in_a_few_sentences_salience_says_nothing():
    read = document(f"{TITLE}\n\nNorway praised Chile. Peru slept.")
    found = pairs(read, [mention("NOR", "Norway"), mention("CHL", "Chile")])[:1]
    little, much = (dyads(read, found, [YES], {"CHL": share}) for share in (0.05, 0.9))
    assert little
    assert little == much


def test_countries_may_deal_with_each_other_where_no_dyad_comes_out():
    found = pairs(document(), [mention("NOR", "Norway"), mention("CHL", "Chile")])

    def dealing_by(confidence):
        said = [Judgement(0.0, 0.0, confidence, PloverEvent.ACCUSE), NOTHING]
        assert dyads(document(), found, said, EVENLY) == ()
        return dealing(found, said)

    assert dealing_by(LEAST_DEALING + 0.1) == {"NOR", "CHL"}
    assert dealing_by(LEAST_DEALING - 0.05) == set()
    with pytest.raises(ValueError, match="shorter"):
        dealing(found, [YES])


def test_evidence_that_names_both_needs_no_other_sentence():
    (dyad,) = judged(YES, NOTHING)
    assert [evidence.antecedent for evidence in dyad.evidence] == [None]


def test_a_remembered_country_gives_way_to_a_likelier_one():
    named = [mention("CHL", "Chile"), mention("NOR", "Norway"), mention("PER", "Peru")]
    found = [one for one in pairs(document(), named) if one.source.country == "PER"]
    assert {one.target.country for one in found} == {"NOR", "CHL"}
    assert all(one.antecedent is not None for one in found)
    weaker = says(Stance.SUPPORTIVE, 0.5)
    likelier, other = dyads(document(), found, [YES, YES], EVENLY)
    assert likelier.confidence == other.confidence == pytest.approx(0.8)
    (alone,) = dyads(document(), found, [YES, weaker], EVENLY)
    assert (alone.target, alone.confidence) == (found[0].target.country, pytest.approx(0.8))


def test_a_remembered_country_gives_way_to_one_that_is_named():
    full = "Chile waits\n\nNorway praised Peru."
    read = document(full, full.index("Norway"))
    countries = (("CHL", "Chile"), ("NOR", "Norway"), ("PER", "Peru"))
    found = pairs(read, [mention(code, word, full=full) for code, word in countries])
    sure = {("NOR", "PER"): YES}
    shown = [
        sure.get((one.source.country, one.target.country), says(Stance.SUPPORTIVE, 0.5))
        for one in found
    ]
    given = {
        (dyad.source, dyad.target): dyad.confidence for dyad in dyads(read, found, shown, EVENLY)
    }
    assert given["NOR", "PER"] == pytest.approx(0.8)
    assert ("NOR", "CHL") not in given  # Norway has a likelier target
    assert ("CHL", "PER") not in given  # Peru has a likelier source
    assert given["CHL", "NOR"] == pytest.approx(0.5)  # nobody else acts on Norway
    assert given["PER", "NOR"] == pytest.approx(0.5)  # named, so it gives way to nobody


def test_sentences_without_a_dealing_are_no_evidence():
    assert judged(NOTHING, NOTHING) == ()
    (dyad,) = judged(YES, NOTHING)
    assert len(dyad.evidence) == 1
    assert dyad.confidence == pytest.approx(0.8)


def test_weak_evidence_adds_up():
    weak = Judgement(0.3, 0.1, 0.05, PloverEvent.SUPPORT)
    assert weak.stance is Stance.NEUTRAL
    assert judged(weak, NOTHING) == ()
    (dyad,) = judged(weak, weak)
    assert (dyad.stance, len(dyad.evidence)) == (Stance.SUPPORTIVE, 2)
    assert [evidence.confidence for evidence in dyad.evidence] == [0.3, 0.3]
    assert 0.3 < dyad.confidence < 1 - 0.7 * 0.7


def test_agreeing_evidence_raises_and_contradicting_lowers_the_confidence():
    (alone,), (agreeing,) = judged(YES, NOTHING), judged(YES, YES)
    (torn,) = judged(YES, says(Stance.OPPOSING, 0.6))
    assert torn.confidence < alone.confidence < agreeing.confidence
    assert torn.stance is Stance.SUPPORTIVE
    assert len(torn.evidence) == 2
    assert -1 <= torn.score < alone.score < agreeing.score <= 1


def likelier(neutral):
    """What a sentence's probability of a dealing without a side is in an article."""
    return pytest.approx(1 / (1 + (1 / neutral - 1) / NEUTRAL_ODDS), abs=1e-4)


def test_a_dealing_without_a_stance_is_neutral():
    (dyad,) = judged(ASKED, NOTHING)
    assert (dyad.stance, dyad.score) == (Stance.NEUTRAL, 0)
    assert dyad.confidence == likelier(0.8)
    (evidence,) = dyad.evidence
    assert evidence.event == PloverEvent.REQUEST
    assert evidence.confidence == likelier(0.8)
    (sure,) = judged(ASKED, ASKED)
    assert (sure.stance, len(sure.evidence)) == (Stance.NEUTRAL, 2)
    assert sure.confidence > dyad.confidence


def test_a_faint_dealing_without_a_stance_comes_out_where_nothing_likelier_does():
    faint = Judgement(0.05, 0.15, 0.1, PloverEvent.CONSULT)
    (dyad,) = judged(faint, NOTHING)
    assert (dyad.stance, dyad.confidence) == (Stance.NEUTRAL, likelier(0.15))
    assert dyad.confidence >= LEAST_CONFIDENCE
    assert judged(Judgement(0.05, 0.15, 0.2, PloverEvent.CONSULT), NOTHING) == ()
    (beside,), (alone,) = judged(YES, faint), judged(YES, NOTHING)
    assert (beside.stance, beside.confidence) == (alone.stance, alone.confidence)


def test_a_dealing_does_not_contradict_a_stance_that_another_sentence_shows():
    (alone,), (beside,) = judged(YES, NOTHING), judged(YES, ASKED)
    assert beside.stance is Stance.SUPPORTIVE
    assert (beside.confidence, beside.score) == (alone.confidence, alone.score)
    assert [evidence.event for evidence in beside.evidence] == [
        PloverEvent.SUPPORT,
        PloverEvent.REQUEST,
    ]


def test_a_dealing_outweighs_a_stance_that_is_hardly_shown():
    weak = says(Stance.OPPOSING, 0.3)
    (dyad,) = judged(weak, ASKED)
    assert dyad.stance is Stance.NEUTRAL
    asked, hardly = dyad.evidence
    assert asked.confidence == likelier(0.8)
    assert hardly.confidence == 0.3
    assert dyad.confidence == pytest.approx(0.7 * asked.confidence, abs=1e-4)
    assert dyad.score == pytest.approx(-0.3)


def test_agreeing_evidence_of_one_article_is_not_independent():
    (agreeing,) = judged(YES, YES)
    assert agreeing.confidence < 1 - 0.2 * 0.2


def test_certain_contradiction_is_not_divided_by_nothing():
    (dyad,) = judged(says(Stance.SUPPORTIVE, 1.0), says(Stance.OPPOSING, 1.0))
    assert (dyad.score, dyad.confidence) == (0.0, 0.5)


def test_a_sentence_counts_once_by_its_clearest_mention():
    full = "Norway, or rather Norway, praised Chile."
    mentions = [mention("NOR", "Norway", n, full) for n in (0, 1)]
    found = pairs(document(full, 0), [*mentions, mention("CHL", "Chile", full=full)])
    chosen = [pair for pair in found if pair.source.country == "NOR"]
    weak = says(Stance.SUPPORTIVE, 0.6)
    (dyad,) = dyads(document(full, 0), chosen, [weak, YES], EVENLY)
    assert (len(dyad.evidence), dyad.confidence) == (1, 0.8)


def test_dyads_come_surest_first():
    found = pairs(document(), [mention("NOR", "Norway", 1), mention("CHL", "Chile", 1)])
    surest, other = dyads(document(), found, [says(Stance.OPPOSING, 0.7), YES], EVENLY)
    assert (surest.source, other.source) == ("CHL", "NOR")


def test_every_pair_needs_its_judgement():
    found = pairs(document(), [mention("NOR", "Norway", 1), mention("CHL", "Chile", 1)])
    with pytest.raises(ValueError, match="shorter"):
        dyads(document(), found, [YES], EVENLY)
