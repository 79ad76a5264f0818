from contracts.vocabulary import PloverEvent, Stance
from service.enrichment.values import Judgement
from service.training.figures import dyads_of_sentences

NEUTRAL, FOR, AGAINST = {Stance.NEUTRAL}, {Stance.SUPPORTIVE}, {Stance.OPPOSING}


def answer(supportive, opposing):
    return Judgement(supportive, opposing, PloverEvent.CONSULT)


def test_a_dyad_of_a_sentence_counts_once_by_its_clearest_pair_of_mentions():
    found = dyads_of_sentences(
        [
            ("one", AGAINST, answer(0.0, 0.9)),
            ("one", AGAINST, answer(0.6, 0.0)),  # another mention, less sure and wrong
            ("two", AGAINST, answer(0.5, 0.4)),  # found, and taken for the other stance
            ("three", NEUTRAL, answer(0.1, 0.4)),  # none: too eager
            ("four", FOR, answer(0.3, 0.3)),  # missed
            ("five", NEUTRAL, answer(0.2, 0.1)),
        ]
    )
    assert found == {
        "sentence_dyad_precision": 2 / 3,
        "sentence_dyad_recall": 2 / 3,
        "sentence_dyad_f1": 2 / 3,
        "sentence_dyad_stance_f1": 1 / 3,
    }


def test_without_any_pair_there_is_nothing_to_find():
    assert set(dyads_of_sentences([]).values()) == {0}
