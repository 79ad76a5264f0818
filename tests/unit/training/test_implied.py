"""Learning which sentences imply a country. Needs torch: `make train` runs this."""

import pytest

from service.enrichment.countries import CountryFinder
from service.enrichment.implied import ImpliedPartners
from service.training import stories

pytest.importorskip("torch", reason="torch comes with make train, which runs this")
implied = pytest.importorskip("service.training.implied")

WRITTEN = """
= Rescue teams fly to Nepal as toll passes 300
Japan promised $2 million and a group of engineers. || JPN>NPL AID
The yen of Japan rose by 2 per cent.
"""


def test_sentences_are_read_that_leave_room_for_a_country_and_whether_they_imply_it():
    told = list(implied.read(stories.parse(WRITTEN, name="told"), CountryFinder.load()))
    assert [read.implies for read in told] == [True, False]
    assert told[0].features[:2] == ["<country>", "promised"]
    assert {"rose", "by <number>"} <= set(told[1].features)


def test_what_implies_is_told_from_what_does_not_by_words_that_are_no_names():
    told = [
        implied.Read([*words.split(), "peru", "seldom" if at == 0 else "often"], implies)
        for at, (words, implies) in enumerate([("gave", True), ("rose", False)] * 8)
    ]
    intercept, weights = implied.fit(told, naming=frozenset({"peru"}))
    assert set(weights) <= {"gave", "rose", "often"}
    assert weights["gave"] > 0 > weights["rose"]
    model = ImpliedPartners(implied.card(0.5, intercept, weights))
    assert all(model.may_imply_by(read.features) == read.implies for read in told)
    found = implied.figures(told, model)
    assert found == {"implying": 0.5, "implying_let_go": 0.0, "others_let_go": 1.0}


def test_the_version_changes_with_what_was_learned():
    one, other, again = (implied.card(0.1, 0.0, {"gave": at})["version"] for at in (1.0, 2.0, 1.0))
    assert one == again != other
