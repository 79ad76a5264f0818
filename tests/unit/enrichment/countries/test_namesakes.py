"""Names that a country shares with people, firms, places or other countries."""

import pytest

from contracts.article import Article
from service.enrichment.text import read
from tests.unit.enrichment.countries.finding import FINDER, found, named


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Congo's army fought rebels near the border with Rwanda.", "COD"),
        ("Congolese troops took Goma.", "COD"),
        ("Congo will sell more oil, ministers in Brazzaville said.", "COG"),
        ("The Congolese president flew from Brazzaville to Luanda.", "COG"),
        ("Korean exports to the U.S. rose, and U.S. makers of steel complained.", "KOR"),
        ("Pyongyang said Korea would fire another missile.", "PRK"),
        ("Koreans queued for rice in Seoul.", "KOR"),
    ],
)
def test_a_name_of_two_countries_goes_with_what_else_the_text_names(text, country):
    document = read(Article(id="a", text=text))
    found_here = {m.country for m in FINDER.find(document)}
    assert country in found_here
    assert not {"COD", "COG"} <= found_here
    assert not {"KOR", "PRK"} <= found_here


@pytest.mark.parametrize("text", ["A boat sank on the Congo River.", "The Korean peninsula froze."])
def test_a_river_or_peninsula_of_two_countries_is_neither(text):
    assert not FINDER.find(read(Article(id="a", text=text)))


@pytest.mark.parametrize(
    ("text", "phrase", "country"),
    [
        ("Lima repealed the Israel Boycott Law and opened trade with Israel.", "Israel", "ISR"),
        ("A London court rejected the appeal of a Croatian tycoon.", "London", "GBR"),
        ("BOGOTA - Police in Colombia arrested a California man.", "BOGOTA", "COL"),
        ("The Israeli government will build in the Old City in Hebron.", "Hebron", "PSE"),
        ("Trump fired missiles at Syria, the Russian prime minister said.", "Syria", "SYR"),
        ("The Foreign Office said in Islamabad that Pakistan agreed.", "Foreign Office", "PAK"),
        ("The Foreign Office said Iran had not replied.", "Foreign Office", "GBR"),
        (
            "Somalia was at peace, its National Security Council said.",
            "National Security Council",
            "SOM",
        ),
        ("Obama said he would not lift the embargo on Cuba.", "Obama", "USA"),
        ("Karadzic told the mediators that he would not sign.", "Karadzic", "BIH"),
        ("The KGB in Belarus detained two Lithuanians.", "KGB", "BLR"),
        ("The KGB expelled two Norwegians.", "KGB", "RUS"),
        ("Cyprus mobilised its National Guard.", "National Guard", "CYP"),
        ("Sudanese jets bombed the SPLA in 1994.", "SPLA", "SDN"),
        ("South Sudan disarmed a unit of the SPLA.", "SPLA", "SSD"),
        ("The Muslim Brotherhood was banned in Kuwait.", "Muslim Brotherhood", "KWT"),
        ("Tunisia and Algeria discussed Ennahda.", "Ennahda", "TUN"),
        ("Jordan will host the talks, King Abdullah said in Amman.", "King Abdullah", "JOR"),
        ("Saudi Arabia will host the talks, King Abdullah said.", "King Abdullah", "SAU"),
        ("Dominica is without light, the Dominican premier said.", "Dominican premier", "DMA"),
        ("Santo Domingo is without light, the Dominican premier said.", "Dominican premier", "DOM"),
        ("Trump and Xi will meet in Busan.", "Xi", "CHN"),
        ("The junta freed monks in Naypyitaw.", "Naypyitaw", "MMR"),
        ("The congress sat in Noumea.", "Noumea", "NCL"),
        (
            "Britons and Australians read the Daily Telegraph, Australian radio said.",
            "Daily Telegraph",
            "GBR",
        ),
        (
            "The Securities and Exchange Commission in the Philippines fined a lender.",
            "Securities and Exchange Commission",
            "PHL",
        ),
    ],
)
def test_a_name_is_read_by_what_the_document_says(text, phrase, country):
    meant = {c for found_phrase, c, _ in found(text) if found_phrase.endswith(phrase)}
    assert meant == {country}


@pytest.mark.parametrize(
    ("text", "not_found"),
    [
        ("He posted the picture on Facebook and on Twitter.", "USA"),
        ("CCTV in the shop showed two men.", "CHN"),
        ("Sales in the MENA region rose.", "EGY"),
        ("The No. 10 seed was hurt.", "GBR"),
        ("Jonathan hugged his mother.", "NGA"),
        ("Gallant firemen saved the cat.", "ISR"),
        ("A contra dance was held.", "NIC"),
    ],
)
def test_a_word_or_a_name_that_anybody_may_bear_is_no_country(text, not_found):
    assert not_found not in {country for _, country, _ in found(text)}


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("Israel sold jets to Chile. Israel Aerospace Industries built them.", "Israel", "ISR"),
        ("Lenders such as China Exim Bank and China Unicom met in Lima.", "China", "CHN"),
        ("Peru banned Kenya Airways. India Meteorological Department maps.", "Kenya", "KEN"),
        ("Rockets hit Israel Monday. Chile protested.", "Israel", "ISR"),
        ("The envoy left Kenya Friday for Peru.", "Kenya", "KEN"),
        ("Trudeau had named India. Peru denied that it knew.", "India", "IND"),
        ("The report named Iran as the buyer.", "Iran", "IRN"),
        ("The Dutch have named Beijing in public.", "Beijing", "CHN"),
        ("Iran, who buys rice from Peru, will pay.", "Iran", "IRN"),
        ("Deputy U.S. Trade Representative Ann Moss flew to Peru.", "U.S.", "USA"),
        ("Miss Israel and Miss Lebanon shook hands.", "Lebanon", "LBN"),
    ],
)
def test_what_only_looks_like_a_first_name_or_a_surname_leaves_a_country_one(text, name, country):
    assert set(named(text, name)) == {country}


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("Israel Hayom asked Peru. Israel denied it. Israel and Chile agreed.", "Israel", "ISR"),
        ("India Discovered is a book. New Delhi banned it. India is large.", "India", "IND"),
        ("David Peru left. Lima was calm. Peru said so.", "Peru", "PER"),
        ("Mr Israel left. In Lebanon and in Israel it rained. Israel said so.", "Israel", "ISR"),
    ],
)
def test_a_persons_name_takes_no_country_away_of_which_the_document_speaks(text, name, country):
    meant = named(text, name)
    assert meant == [country] * (text.count(name) - 1)


@pytest.mark.parametrize(
    "text",
    [
        "Michael Jordan bought a farm. Jordan paid cash. Jordan likes cows.",
        "Tony Jordan bought a farm. Jordan paid cash. Jordan likes cows. Jordan is 60.",
        "Jordan Moss, 12, won. Jordan said so. Jordan's mother wept. Jordan likes Peru.",
        "Police arrested Chad Moss Monday. Chad had hidden. Chad was tired. Chad wept.",
        "A man named Chad ran off. Chad fled to a barn.",
        "Officer Jordan stopped a car. Jordan found a knife in it.",
        "Georgia Moss bakes. Georgia sold a cake. Georgia is proud. France bought two.",
        "Israel Moss ran. Israel said that he was tired.",
        "Stephen Ireland scored. Ireland is 30. Ireland plays on.",
    ],
)
def test_a_person_of_a_countrys_name_is_no_country(text):
    assert not {"JOR", "TCD", "GEO", "ISR", "IRL"} & {country for _, country, _ in found(text)}
