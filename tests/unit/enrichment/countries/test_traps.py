"""What a careful reader says each text is about, against what `CountryFinder` finds.

The texts and how they were made: data/README.md. The thresholds are those of the specification.
"""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from contracts.article import Article
from service.enrichment.countries import CountryFinder
from service.enrichment.text import read

DATA = Path(__file__).parents[1] / "data"

TRAPS_HELD = 0.97
MENTIONS_RIGHT = 0.85
WRONGLY_RESOLVED = 0.10
PLAIN_NAMES_HELD = 0.95
INFLECTED_NAMES_HELD = 0.70

FEWEST_IN_A_TRAP_FAMILY = 5
FEWEST_IN_A_LANGUAGE = 6
LANGUAGES = {"es", "fr", "de", "pt", "it", "nl", "ru", "uk", "ar", "ja", "tr", "pl", "vi"}

CODES = frozenset(
    re.findall(
        r"[A-Z]{3}",
        """
    ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD
    BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR
    COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH
    ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL
    GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR
    JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR
    MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL
    NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY
    PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP
    SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA
    UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE XKX
    """,
    )
)
"""ISO 3166-1 alpha-3 as of 2024, and Kosovo."""


def rows(name):
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


TRAPS = rows("country_traps.jsonl")
PEOPLE = rows("country_people.jsonl")
TEXTS_IN_LANGUAGES = rows("country_languages.jsonl")
ALL = [*TRAPS, *PEOPLE, *TEXTS_IN_LANGUAGES]


@pytest.fixture(scope="module")
def finder():
    return CountryFinder.load()


def document_of(row):
    return read(Article(id=row["id"], title=row.get("title"), text=row["text"]))


def full_text_of(row):
    return "\n\n".join(part for part in (row.get("title"), row["text"]) if part)


def ranked(finder, row):
    """The codes of the countries that `row` is about, main one first."""
    document = document_of(row)
    mentions = finder.find(document, language=row.get("language", "en"))
    return [country.code for country in finder.rank(document, mentions)]


def faults(row, codes):
    """What is wrong with `codes` as the countries of `row`; empty where nothing is."""
    found = [f"{code} missing" for code in row["expect"] if code not in codes]
    found += [f"{code} wrong" for code in row["not"] if code in codes]
    if row.get("only"):
        found += [f"{code} too many" for code in codes if code not in row["expect"]]
    if "first" in row and codes[:1] != [row["first"]]:
        found.append(f"{row['first']} not first")
    return found


def failures(finder, chosen):
    """A line for each of `chosen` that does not hold."""
    lines = []
    for row in chosen:
        wrong = faults(row, ranked(finder, row))
        if wrong:
            lines.append(f"{row['id']} {', '.join(wrong)}: {row['text']}")
    return lines


def span_of(full, phrase, occurrence):
    """Where `phrase` stands for the `occurrence`-th time (from 1) as whole words."""
    found = list(re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", full))
    return found[occurrence - 1].span()


def countries_at(mentions, span):
    start, end = span
    return {mention.country for mention in mentions if mention.start < end and start < mention.end}


def enough(held, of, share, lines):
    assert held >= share * of, "\n".join([f"{held} of {of} hold, not {share:.0%}:", *lines])


def test_traps_hold(finder):
    failed = failures(finder, TRAPS)
    enough(len(TRAPS) - len(failed), len(TRAPS), TRAPS_HELD, failed)


def test_people_and_what_points_back_to_them_stand_for_their_countries(finder):
    missed, asked = [], 0
    for row in PEOPLE:
        document = document_of(row)
        mentions = finder.find(document)
        wanted = {}
        for entry in row["mentions"]:
            wanted.setdefault((entry["phrase"], entry["occurrence"]), set()).add(entry["country"])
        for (phrase, occurrence), countries in wanted.items():
            found = countries_at(mentions, span_of(document.full, phrase, occurrence))
            # A phrase for two countries counts as two mentions; a foreign one spoils both.
            asked += len(countries)
            right = found & countries if found <= countries else set()
            missed += [
                f"{row['id']} {phrase}@{occurrence} is {code}, found {sorted(found)}: {row['text']}"
                for code in sorted(countries - right)
            ]
    enough(asked - len(missed), asked, MENTIONS_RIGHT, missed)


def test_what_the_text_leaves_open_stays_unresolved(finder):
    guessed, asked = [], 0
    for row in PEOPLE:
        document = document_of(row)
        mentions = finder.find(document)
        for entry in row["unresolved"]:
            asked += 1
            span = span_of(document.full, entry["phrase"], entry["occurrence"])
            if found := countries_at(mentions, span):
                guessed.append(
                    f"{row['id']} {entry['phrase']}@{entry['occurrence']} is open, "
                    f"found {sorted(found)}: {row['text']}"
                )
    assert len(guessed) <= WRONGLY_RESOLVED * asked, "\n".join(guessed)


@pytest.mark.parametrize(
    ("inflected", "share"), [(False, PLAIN_NAMES_HELD), (True, INFLECTED_NAMES_HELD)]
)
def test_names_in_other_languages_are_found(finder, inflected, share):
    chosen = [row for row in TEXTS_IN_LANGUAGES if row.get("inflected", False) is inflected]
    failed = failures(finder, chosen)
    enough(len(chosen) - len(failed), len(chosen), share, failed)


def test_ids_are_unique_and_no_text_stands_twice():
    assert [key for key, count in Counter(row["id"] for row in ALL).items() if count > 1] == []
    assert [key for key, count in Counter(row["text"] for row in ALL).items() if count > 1] == []


def speaks_clearly(row):
    expected, excluded = row["expect"], row["not"]
    return (
        set(expected) | set(excluded) <= CODES
        and len(expected) + len(excluded) == len({*expected, *excluded})
        and bool(expected or excluded or row.get("only"))
        and row.get("first") in [None, *expected]
    )


def test_every_row_says_what_it_expects_and_contradicts_itself_nowhere():
    assert [row["id"] for row in [*TRAPS, *TEXTS_IN_LANGUAGES] if not speaks_clearly(row)] == []


def phrases_stand_apart(row):
    """Whether each phrase is in the text, none overlaps another, and none is resolved and open."""
    full = full_text_of(row)
    wanted = {(entry["phrase"], entry["occurrence"]) for entry in row["mentions"]}
    unresolved = {(entry["phrase"], entry["occurrence"]) for entry in row["unresolved"]}
    spans = sorted(span_of(full, *phrase) for phrase in wanted | unresolved)
    return not wanted & unresolved and all(one[1] <= two[0] for one, two in pairwise(spans))


def test_the_phrases_of_people_stand_in_their_texts():
    assert [row["id"] for row in PEOPLE if not row["mentions"] and not row["unresolved"]] == []
    assert {entry["country"] for row in PEOPLE for entry in row["mentions"]} <= CODES
    assert [row["id"] for row in PEOPLE if not phrases_stand_apart(row)] == []


def test_no_trap_family_and_no_language_is_left_out():
    families = Counter(row["family"] for row in TRAPS)
    assert len(TRAPS) >= 340
    assert min(families.values()) >= FEWEST_IN_A_TRAP_FAMILY
    assert len(PEOPLE) >= 80
    languages = Counter(row["language"].partition("-")[0] for row in TEXTS_IN_LANGUAGES)
    assert set(languages) == LANGUAGES | {"zh"}
    assert min(languages.values()) >= FEWEST_IN_A_LANGUAGE
    inflected = {row["language"] for row in TEXTS_IN_LANGUAGES if row.get("inflected")}
    assert {"ru", "uk", "pl", "tr"} <= inflected
