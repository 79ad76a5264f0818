from contracts.vocabulary import PloverEvent, Stance
from service.enrichment.values import Judgement
from service.training.figures import dyads_of_sentences

NOTHING, NEUTRAL, FOR, AGAINST = {None}, {Stance.NEUTRAL}, {Stance.SUPPORTIVE}, {Stance.OPPOSING}


def answer(supportive, opposing, neutral=0.0):
    return Judgement(supportive, neutral, opposing, PloverEvent.CONSULT)


def test_a_dyad_of_a_sentence_counts_once_by_its_clearest_pair_of_mentions():
    found = dyads_of_sentences(
        [
            ("one", AGAINST, answer(0.0, 0.9)),
            ("one", AGAINST, answer(0.6, 0.0)),  # another mention, less sure and wrong
            ("two", AGAINST, answer(0.5, 0.4)),  # found, and taken for the other stance
            ("three", NOTHING, answer(0.1, 0.4)),  # none: too eager
            ("four", FOR, answer(0.3, 0.3)),  # missed
            ("five", NOTHING, answer(0.2, 0.1)),
            ("six", NEUTRAL, answer(0.4, 0.0, neutral=0.5)),  # a neutral one, found
            ("seven", NEUTRAL, answer(0.1, 0.0, neutral=0.3)),  # missed
            ("eight", NOTHING, answer(0.1, 0.0, neutral=0.6)),  # too eager
        ]
    )
    assert found == {
        "sentence_dyad_precision": 2 / 3,
        "sentence_dyad_recall": 2 / 3,
        "sentence_dyad_f1": 2 / 3,
        "sentence_dyad_stance_f1": 1 / 3,
        "sentence_neutral_f1": 1 / 2,
    }


def test_without_any_pair_there_is_nothing_to_find():
    assert set(dyads_of_sentences([]).values()) == {0}
