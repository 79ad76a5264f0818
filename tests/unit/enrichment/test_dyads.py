import pytest

from contracts.vocabulary import PloverEvent, QuadClass, Stance
from service.enrichment import dyads as module
from service.enrichment.dyads import dyads
from service.enrichment.values import Document, Judgement, Mention, MentionKind, Sentence

TITLE = "Norway and Chile agree"
TEXT = "Norway praised Chile. Later Chile rebuked Norway. Peru slept."
FULL = f"{TITLE}\n\n{TEXT}"
START = len(TITLE) + 2


def document(full=FULL, text_start=START):
    """`full` with one sentence a full stop, the title before `text_start` another."""
    sentences = [Sentence(0, text_start - 2, "title")] if text_start else []
    position = text_start
    for piece in full[text_start:].split(". "):
        end = min(len(full), position + len(piece) + 1)
        sentences.append(Sentence(position, end, "text"))
        position = end + 1
    return Document(full=full, text_start=text_start, sentences=tuple(sentences))


def mention(country, word, nth=0, full=FULL, **more):
    start = -1
    for _ in range(nth + 1):
        start = full.index(word, start + 1)
    return Mention(country, start, start + len(word), MentionKind.NAME, **more)


def says(stance, confidence, event=PloverEvent.ACCUSE):
    sign = {Stance.SUPPORTIVE: 1, Stance.OPPOSING: -1, Stance.NEUTRAL: 0}[stance]
    return Judgement(stance, sign * confidence, confidence, event, event.quad_class)


YES, NO, NOTHING = (
    says(Stance.SUPPORTIVE, 0.8, PloverEvent.SUPPORT),
    says(Stance.OPPOSING, 0.8),
    says(Stance.NEUTRAL, 0.9),
)


def pairs(*of_document):
    return module.pairs(*of_document).found


def codes(found):
    return [(pair.source.country, pair.target.country) for pair in found]


def test_a_sentence_gives_both_directions_with_spans_in_its_own_text():
    found = pairs(document(), [mention("NOR", "Norway", 1), mention("CHL", "Chile", 1)])
    assert codes(found) == [("NOR", "CHL"), ("CHL", "NOR")]
    for pair in found:
        source = pair.context.text[pair.context.source.start : pair.context.source.end]
        target = pair.context.text[pair.context.target.start : pair.context.target.end]
        assert {"NOR": "Norway", "CHL": "Chile"}[pair.source.country] == source
        assert {"NOR": "Norway", "CHL": "Chile"}[pair.target.country] == target
        assert pair.context.text == "Norway praised Chile."


def test_pairs_stay_within_a_sentence():
    assert pairs(document(), [mention("NOR", "Norway", 1), mention("PER", "Peru")]) == ()


@pytest.mark.parametrize(
    "other",
    [
        mention("NOR", "Chile", 1),
        mention("CHL", "Chile", 1, actor=False),
        mention("CHL", "Chile", 1, weight=0.0),
        Mention("CHL", START, START + 3, MentionKind.DEMONYM),
    ],
    ids=["same country", "no actor", "weightless", "overlapping"],
)
def test_what_cannot_relate_is_passed_over(other):
    assert pairs(document(), [mention("NOR", "Norway", 1), other]) == ()


def test_one_phrase_may_stand_for_both():
    full = "The two leaders met."
    both = [Mention(c, 0, 15, MentionKind.PRONOUN) for c in ("NOR", "CHL")]
    assert sorted(codes(pairs(document(full, 0), both))) == [("CHL", "NOR"), ("NOR", "CHL")]


def test_thousands_of_countries_in_a_sentence_stay_few_pairs_nearest_first():
    full = "NNN " * 5_000
    many = [
        Mention(f"N{chr(65 + i % 26)}{chr(65 + i // 26 % 26)}", i * 4, i * 4 + 3, MentionKind.NAME)
        for i in range(5_000)
    ]
    found = pairs(document(full, 0), many)
    assert 0 < len(found) <= module.MAX_PAIRS_PER_SENTENCE
    gaps = [abs(pair.source.start - pair.target.start) for pair in found]
    assert gaps == sorted(gaps)
    assert max(len(pair.context.text) for pair in found) <= module.MAX_CONTEXT


def test_an_article_is_bounded():
    sentence = " ".join(f"AA{chr(65 + i)}" for i in range(9)) + ". "
    full = (sentence * 100).strip()
    found_mentions = [
        Mention(full[start : start + 3], start, start + 3, MentionKind.NAME)
        for start in range(len(full))
        if full[start : start + 2] == "AA"
    ]
    found = pairs(document(full, 0), found_mentions)
    assert len(found) == module.MAX_PAIRS_PER_ARTICLE
    assert found[0].sentence.start == 0
    assert module.pairs(document(full, 0), found_mentions).cut


def test_what_is_read_for_an_article_is_bounded_too():
    """A pair costs the more, the longer the sentence that it stands in."""
    sentence = " ".join(f"AA{chr(65 + i)} {'and ' * 20}" for i in range(9)) + ". "
    full = (sentence * 30).strip()
    mentions = [
        Mention(full[start : start + 3], start, start + 3, MentionKind.NAME)
        for start in range(len(full))
        if full[start : start + 2] == "AA"
    ]
    found = module.pairs(document(full, 0), mentions)
    read = sum(len(pair.context.text) for pair in found.found)
    assert 0.9 * module.MAX_READ < read <= module.MAX_READ
    assert found.cut
    assert not module.pairs(document(full, 0), mentions[:7]).cut


def test_long_sentences_are_cut_around_the_pair():
    full = "x " * 1_000 + "Norway met Chile" + " y" * 1_000
    found = pairs(
        document(full, 0),
        [mention("NOR", "Norway", full=full), mention("CHL", "Chile", full=full)],
    )
    context = found[0].context
    assert len(context.text) <= module.MAX_CONTEXT
    assert context.text[context.source.start : context.target.end] == "Norway met Chile"


def judged(*judgements, nth=(0, 1)):
    """Dyads where NOR to CHL stands in one sentence for each of `judgements`."""
    mentions = [mention(c, w, n) for n in nth for c, w in (("NOR", "Norway"), ("CHL", "Chile"))]
    found = [pair for pair in pairs(document(), mentions) if pair.source.country == "NOR"]
    return dyads(document(), found, judgements)


def test_evidence_counts_in_the_articles_own_parts():
    (dyad,) = judged(YES, says(Stance.SUPPORTIVE, 0.6, PloverEvent.SUPPORT))
    title, text = dyad.evidence
    assert (title.part, TITLE[title.start : title.end]) == ("title", title.text)
    assert (text.part, TEXT[text.start : text.end]) == ("text", "Norway praised Chile.")
    assert text.text == "Norway praised Chile."
    assert (text.event, text.quad_class) == (PloverEvent.SUPPORT, QuadClass.VERBAL_COOPERATION)


def test_neutral_sentences_are_no_evidence():
    assert judged(NOTHING, NOTHING) == ()
    (dyad,) = judged(YES, NOTHING)
    assert len(dyad.evidence) == 1
    assert dyad.confidence == pytest.approx(0.8)


def test_agreeing_evidence_raises_and_contradicting_lowers_the_confidence():
    (alone,), (agreeing,) = judged(YES, NOTHING), judged(YES, YES)
    (torn,) = judged(YES, says(Stance.OPPOSING, 0.6))
    assert torn.confidence < alone.confidence < agreeing.confidence
    assert torn.stance is Stance.SUPPORTIVE
    assert len(torn.evidence) == 2
    assert -1 <= torn.score < alone.score < agreeing.score <= 1


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
    (dyad,) = dyads(document(full, 0), chosen, [weak, YES])
    assert (len(dyad.evidence), dyad.confidence) == (1, 0.8)


def test_dyads_come_surest_first():
    found = pairs(document(), [mention("NOR", "Norway", 1), mention("CHL", "Chile", 1)])
    surest, other = dyads(document(), found, [says(Stance.OPPOSING, 0.7), YES])
    assert (surest.source, other.source) == ("CHL", "NOR")


def test_every_pair_needs_its_judgement():
    found = pairs(document(), [mention("NOR", "Norway", 1), mention("CHL", "Chile", 1)])
    with pytest.raises(ValueError, match="shorter"):
        dyads(document(), found, [YES])
