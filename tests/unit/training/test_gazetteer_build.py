"""The reviewed tables that the gazetteer is built from; building itself needs its own packages."""

import pytest

from service.enrichment.countries.gazetteer import Kind, countries
from service.training.gazetteer import build

COLUMNS = {
    "names.tsv": 2,
    "demonyms.tsv": 3,
    "capitals.tsv": 2,
    "institutions.tsv": 3,
    "leaders.tsv": 2,
    "traps.tsv": 2,
    "cues.tsv": 3,
    "localised.tsv": 3,
}


@pytest.mark.parametrize(("name", "columns"), COLUMNS.items())
def test_reviewed_tables_have_their_columns_and_known_codes(name, columns):
    known = {*countries(), "-"}
    column = {"traps.tsv": 1, "localised.tsv": 1}.get(name, 0)
    for row in build.rows(name):
        assert len(row) == columns, row
        assert row[column] in known, row
        assert all(part.strip() for part in row), row


def test_institutions_are_of_a_kind_that_the_finder_knows():
    kinds = {row[1] for row in build.rows("institutions.tsv")}
    assert kinds == {Kind.GOVERNMENT, Kind.FORCES, Kind.MOVEMENT, Kind.BEARER}


def test_leaders_have_the_years_of_their_office():
    for _, listed in build.rows("leaders.tsv"):
        for entry in listed.split("|"):
            first, _, last = entry.rpartition(" ")[2].partition("-")
            assert first.isdigit(), entry
            assert not last or int(first) <= int(last), entry


def test_a_noun_for_people_gets_its_plural():
    senses = {}
    build.add_demonyms(senses)
    assert ("GBR", "P") in senses["Britons"]
    assert ("FRA", "P") in senses["Frenchmen"]
    assert ("JPN", "A") in senses["Japanese"]
    assert "Japaneses" not in senses


def test_a_name_with_a_star_stands_alone_after_it():
    senses = {}
    build.add_leaders(senses)
    assert ("RUS", "K") in senses["Putin"]
    assert ("RUS", "L") in senses["Vladimir Putin"]
    assert ("USA", "l") in senses["Bush"]
    assert ("CHN", "K") in senses["Deng"]


def test_a_name_with_a_plus_stands_alone_where_its_country_is_named():
    senses = {}
    build.add_leaders(senses)
    assert ("KGZ", "k") in senses["Jeenbekov"]
    assert ("KGZ", "L") in senses["Sooronbay Jeenbekov"]
    assert not any("+" in phrase or "*" in phrase for phrase in senses)


def test_adding_keeps_the_first_reading_first():
    senses = {}
    build.add(senses, "Paris", "FRA", "C")
    build.add(senses, "Paris", "USA", "t", "9:TX")
    build.add(senses, "Paris", "FRA", "C", "again")
    assert list(senses["Paris"].items()) == [(("FRA", "C"), ""), (("USA", "t"), "9:TX")]
