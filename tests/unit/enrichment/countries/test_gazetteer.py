"""The tables that the gazetteer is made of are whole and agree with each other."""

import pytest

from contracts.vocabulary import M49Region
from service.enrichment.countries import blocs
from service.enrichment.countries.gazetteer import Gazetteer, Kind, countries

GAZETTEER = Gazetteer.load()
UNPLACED = {"ATA"}
"""No M49 region of people: Antarctica is one of its own."""


def senses(phrase):
    return {(sense.country, sense.kind) for sense in GAZETTEER.senses[phrase]}


def test_every_country_of_iso_3166_and_kosovo_is_there_with_its_region():
    assert len(countries()) == 250
    assert {"XKX", "TWN", "PSE", "HKG"} <= set(countries())
    regions = {region.value for region in M49Region}
    assert {c.code for c in countries().values() if c.region not in regions} == set()


def test_every_country_is_found_by_its_name():
    missing = [
        country.name
        for country in countries().values()
        if country.code not in {s.country for s in GAZETTEER.senses.get(country.name, ())}
    ]
    assert missing == []


def test_every_reading_means_a_known_country_or_none():
    known = {*countries(), "-"}
    assert {s.country for found in GAZETTEER.senses.values() for s in found} <= known


@pytest.mark.parametrize(
    ("phrase", "reading"),
    [
        ("Swaziland", ("SWZ", Kind.NAME)),
        ("Türkiye", ("TUR", Kind.NAME)),
        ("Czech Republic", ("CZE", Kind.NAME)),
        ("DPRK", ("PRK", Kind.NAME)),
        ("Yugoslavia", ("SRB", Kind.NAME)),
        ("Peking", ("CHN", Kind.CAPITAL)),
        ("Pentagon", ("USA", Kind.GOVERNMENT)),
        ("Taliban", ("AFG", Kind.MOVEMENT)),
        ("Paris", ("USA", Kind.WEAK_TOWN)),
        ("Georgia", ("USA", Kind.DIVISION)),
        ("Washington Post", ("USA", Kind.BEARER)),
        ("French fries", ("-", Kind.TRAP)),
        ("Mecca", ("SAU", Kind.TOWN)),
        ("Frankfurt", ("DEU", Kind.TOWN)),
        ("Bombay", ("IND", Kind.TOWN)),
        ("Kandahar", ("AFG", Kind.TOWN)),
        ("Gdansk", ("POL", Kind.TOWN)),
        ("Gdańsk", ("POL", Kind.TOWN)),
        ("Srebrenica", ("BIH", Kind.TOWN)),
        ("Economy", ("USA", Kind.WEAK_TOWN)),
    ],
)
def test_phrases_have_their_readings(phrase, reading):
    assert reading in senses(phrase)


def test_blocs_have_members_that_are_countries():
    for bloc in blocs.blocs().values():
        assert bloc.members <= set(countries()), bloc.code
    assert "HRV" in blocs.blocs()["EU"].members
    assert "GBR" not in blocs.blocs()["EU"].members
    assert len(blocs.blocs()["G7"].members) == 7


def test_blocs_are_found_and_are_no_countries():
    text = "The G-7 and the European Union met NATO; ANATOLIA and EUROPE did not."
    assert [text[m.start : m.end] for m in blocs.find(text)] == ["G-7", "European Union", "NATO"]
    assert set(blocs.blocs()).isdisjoint(countries())
