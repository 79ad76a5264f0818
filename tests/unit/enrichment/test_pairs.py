import pytest

from service.enrichment import pairs as module
from service.enrichment.passages import BOUNDARY
from service.enrichment.values import Mention, MentionKind
from tests.unit.enrichment.written import FULL, START, TITLE, document, mention


def pairs(*of_document):
    return module.pairs(*of_document).found


class Implied:
    """Says of every sentence the same, and notes what it was asked."""

    def __init__(self, *, may):
        self.may = may
        self.asked = []

    def may_imply(self, sentence, actors):
        self.asked.append((sentence, [sentence[actor.start : actor.end] for actor in actors]))
        return self.may


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
        assert pair.context.text == said(pair) == "Norway praised Chile."


def said(pair):
    """The sentence that is judged, as it stands in the text that is asked about."""
    return pair.context.text[pair.context.said.start : pair.context.said.end]


def asked(pair):
    """Source and target as they stand in the text that is asked about."""
    text, spans = pair.context.text, (pair.context.source, pair.context.target)
    return tuple(text[span.start : span.end] for span in spans)


def test_a_country_that_a_sentence_leaves_out_is_remembered_from_the_one_before():
    found = pairs(document(), [mention("CHL", "Chile", 2), mention("PER", "Peru")])
    assert codes(found) == [("PER", "CHL"), ("CHL", "PER")]
    assert {pair.context.text for pair in found} == {
        "Later Chile rebuked Norway." + BOUNDARY + "Peru slept."
    }
    assert [asked(pair) for pair in found] == [("Peru", "Chile"), ("Chile", "Peru")]
    assert {FULL[pair.sentence.start : pair.sentence.end] for pair in found} == {"Peru slept."}


def test_what_implies_no_country_is_not_read_for_one():
    named = [mention("CHL", "Chile", 2), mention("NOR", "Norway", 2), mention("PER", "Peru")]
    implied = Implied(may=False)
    found = pairs(document(), named, implied)
    assert implied.asked == [("Peru slept.", ["Peru"])]
    assert codes(found) == [("CHL", "NOR"), ("NOR", "CHL")]
    assert {pair.context.text for pair in found} == {"Later Chile rebuked Norway."}
    assert pairs(document(), named, Implied(may=True)) == pairs(document(), named)


def test_a_sentence_is_not_weighed_where_nothing_came_before_or_it_is_long():
    implied = Implied(may=False)
    assert codes(pairs(document(), [mention("PER", "Peru")], implied)) == []
    full = f"Norway spoke. Peru {'slept ' * module.MAX_SAID}."
    named = [mention("NOR", "Norway", full=full), mention("PER", "Peru", full=full)]
    assert codes(pairs(document(full, 0), named, implied)) == [("PER", "NOR"), ("NOR", "PER")]
    assert implied.asked == []


def test_a_country_of_the_title_is_remembered_throughout():
    found = pairs(document(), [mention("CHL", "Chile"), mention("PER", "Peru")])
    assert {pair.context.text for pair in found} == {TITLE + BOUNDARY + "Peru slept."}


def test_a_country_named_longer_ago_is_forgotten():
    full = "Norway spoke. One. Two. Peru slept."
    named = [mention("NOR", "Norway", full=full), mention("PER", "Peru", full=full)]
    assert pairs(document(full, 0), named) == ()
    full = "Norway spoke. One. Peru slept."
    named = [mention("NOR", "Norway", full=full), mention("PER", "Peru", full=full)]
    assert codes(pairs(document(full, 0), named)) == [("PER", "NOR"), ("NOR", "PER")]


def test_what_was_named_nearest_is_remembered_and_each_country_once():
    found = pairs(
        document(),
        [mention("NOR", "Norway", n) for n in range(3)] + [mention("PER", "Peru")],
    )
    assert {pair.antecedent.start for pair in found} == {FULL.index("Later")}
    assert {(pair.context.text, said(pair)) for pair in found} == {
        ("Later Chile rebuked Norway." + BOUNDARY + "Peru slept.", "Peru slept.")
    }
    assert codes(found) == [("PER", "NOR"), ("NOR", "PER")]


def test_memories_of_two_sentences_stand_in_one_question_in_their_order():
    found = pairs(
        document(),
        [mention("NOR", "Norway"), mention("CHL", "Chile", 2), mention("PER", "Peru")],
    )
    across = [pair for pair in found if pair.sentence.start == FULL.index("Peru")]
    text = BOUNDARY.join([TITLE, "Later Chile rebuked Norway.", "Peru slept."])
    assert {pair.context.text for pair in across} == {text}
    assert {said(pair) for pair in across} == {"Peru slept."}
    assert {asked(pair) for pair in across} == {
        ("Peru", "Norway"),
        ("Norway", "Peru"),
        ("Peru", "Chile"),
        ("Chile", "Peru"),
    }


def test_countries_in_a_sentence_that_names_both_are_not_asked_about_again():
    named = [mention("NOR", "Norway"), mention("NOR", "Norway", 1), mention("CHL", "Chile", 1)]
    found = pairs(document(), named)
    assert codes(found) == [("NOR", "CHL"), ("CHL", "NOR")]


def test_memory_is_bounded_however_long_the_sentences():
    countries = [f"A{chr(65 + i)}{chr(65 + j)}" for i in range(4) for j in range(5)]
    full = " ".join(countries[:10]) + " x" * 2_000 + ". " + " ".join(countries[10:]) + " y" * 2_000
    named = [mention(code, code, full=full) for code in countries]
    found = pairs(document(full + ".", 0), named)
    across = [pair for pair in found if pair.antecedent]
    assert len(across) == 2 * module.MAX_REMEMBERED * module.MAX_PAIRED
    assert {len(pair.context.text) for pair in across} <= set(range(module.MAX_CONTEXT))
    for pair in across:
        assert asked(pair) == (pair.source.country, pair.target.country)


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


def test_members_of_a_long_list_are_not_asked_about_each_other():
    full = "Peru, Chile, the Niger and Oman voted for it, Norway and Fiji against."
    named = [
        mention(code, name, full=full)
        for code, name in [
            ("PER", "Peru"),
            ("CHL", "Chile"),
            ("NER", "Niger"),
            ("OMN", "Oman"),
            ("NOR", "Norway"),
            ("FJI", "Fiji"),
        ]
    ]
    found = set(codes(pairs(document(full, 0), named)))
    members = {"PER", "CHL", "NER", "OMN"}
    assert not {pair for pair in found if set(pair) <= members}
    assert {("NOR", "FJI"), ("FJI", "NOR")} <= found
    assert {(one, "NOR") for one in members} <= found


def test_members_of_a_short_list_are():
    full = "Peru, Chile and Niger agreed."
    names = (("PER", "Peru"), ("CHL", "Chile"), ("NER", "Niger"))
    found = pairs(document(full, 0), [mention(code, name, full=full) for code, name in names])
    assert len(found) == 6


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


def test_sentences_that_pose_questions_are_read_together_each_of_them_once():
    full = "Norway praised Chile. Chile praised Peru. Peru slept."
    named = [
        mention("NOR", "Norway", full=full),
        *(mention("CHL", "Chile", n, full=full) for n in (0, 1)),
        *(mention("PER", "Peru", n, full=full) for n in (0, 1)),
    ]
    found = pairs(document(full, 0), named)
    text = "Norway praised Chile. | Chile praised Peru. | Peru slept."
    assert {pair.context.text for pair in found} == {text}
    assert [(said(pair), *asked(pair)) for pair in found if pair.source.start < pair.target.start]
    for pair in found:
        assert asked(pair) == (
            full[pair.source.start : pair.source.end],
            full[pair.target.start : pair.target.end],
        )
        assert said(pair) == full[pair.sentence.start : pair.sentence.end]
    assert codes(found)[:4] == [("NOR", "CHL"), ("CHL", "NOR"), ("CHL", "PER"), ("PER", "CHL")]


def test_passages_are_bounded_and_begin_with_what_is_remembered():
    once = "Norway praised Chile" + " and so on" * 20 + ". "
    full = once * 6 + "Peru slept."
    named = [
        *(mention("NOR", "Norway", n, full=full) for n in range(6)),
        *(mention("CHL", "Chile", n, full=full) for n in range(6)),
        mention("PER", "Peru", full=full),
    ]
    found = pairs(document(full, 0), named)
    texts = list(dict.fromkeys(pair.context.text for pair in found))
    assert len(texts) > 1
    assert max(map(len, texts)) <= module.MAX_PASSAGE
    last = found[-1].context
    assert said(found[-1]) == "Peru slept."
    assert last.text.index("Norway praised Chile") < last.said.start


def test_long_sentences_are_judged_apart():
    full = "Norway praised Chile. " + "Chile praised Peru" + " and so on" * 60 + "."
    named = [
        mention("NOR", "Norway", full=full),
        *(mention("CHL", "Chile", n, full=full) for n in (0, 1)),
        mention("PER", "Peru", full=full),
    ]
    found = pairs(document(full, 0), named)
    apart = [pair for pair in found if {"CHL", "PER"} == {pair.source.country, pair.target.country}]
    assert {pair.context.text.count(BOUNDARY) for pair in apart} == {0}
    across = [pair for pair in found if pair.antecedent]
    assert {said(pair)[:18] for pair in across} == {"Chile praised Peru"}
    assert {asked(pair) for pair in across} >= {("Chile", "Norway"), ("Peru", "Norway")}


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
    sentence = " ".join(f"AA{chr(65 + i)} {'and ' * 100}" for i in range(3)) + ". "
    full = (sentence * 40).strip()
    mentions = [
        Mention(full[start : start + 3], start, start + 3, MentionKind.NAME)
        for start in range(len(full))
        if full[start : start + 2] == "AA"
    ]
    found = module.pairs(document(full, 0), mentions)
    sentences = [(pair.sentence, pair.context.text) for pair in found.found]
    read = sum(len(text) for _, text in dict.fromkeys(sentences))
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
