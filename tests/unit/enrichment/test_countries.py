"""What `CountryFinder` finds and how it ranks; the many traps stand in test_country_traps.py."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.article import Article
from service.enrichment.countries import CountryFinder, datelines
from service.enrichment.text import read
from service.enrichment.values import Document, MentionKind, Sentence

FINDER = CountryFinder.load()


def found(text, *, title=None):
    document = read(Article(id="a", title=title, text=text))
    return [
        (document.full[m.start : m.end], m.country, m.kind.value) for m in FINDER.find(document)
    ]


def mention(text, phrase):
    document = read(Article(id="a", text=text))
    return next(m for m in FINDER.find(document) if document.full[m.start : m.end] == phrase)


def mentions_of(text):
    return FINDER.find(read(Article(id="a", text=text)))


def ranked(text, *, title=None):
    document = read(Article(id="a", title=title, text=text))
    return [c.code for c in FINDER.rank(document, FINDER.find(document))]


def bare(text):
    return Document(text, 0, (Sentence(0, len(text), "text"),) if text else ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vietnam signed.", ("Vietnam", "VNM", "name")),
        ("Britons voted.", ("Britons", "GBR", "demonym")),
        ("Officials met in Shanghai.", ("Shanghai", "CHN", "place")),
        ("The Kremlin denied it.", ("Kremlin", "RUS", "government")),
        ("The Knesset passed the bill.", ("Knesset", "ISR", "government")),
        ("The IDF struck at night.", ("IDF", "ISR", "forces")),
        ("Hezbollah fired rockets.", ("Hezbollah", "LBN", "movement")),
        ("Putin refused.", ("Putin", "RUS", "person")),
        ("The Soviet Union agreed.", ("Soviet Union", "RUS", "name")),
        ("Burma closed the border.", ("Burma", "MMR", "name")),
        ("Kosovo applied.", ("Kosovo", "XKX", "name")),
        ("The West German bank rate rose.", ("West German", "DEU", "demonym")),
    ],
)
def test_each_kind_of_phrase_stands_for_its_country(text, expected):
    assert expected in [(phrase.removeprefix("The "), *rest) for phrase, *rest in found(text)]


def test_an_office_and_a_name_are_one_phrase():
    text = "Norwegian Foreign Minister Kari Solbakken met her Danish counterpart Ole Friis in Oslo."
    assert [(p, c) for p, c, kind in found(text) if kind == "person"] == [
        ("Norwegian Foreign Minister Kari Solbakken", "NOR"),
        ("Danish counterpart Ole Friis", "DNK"),
    ]


def test_somebody_introduced_by_office_is_known_from_then_on():
    text = "Norwegian Premier Kari Solbakken resigned. Nobody had asked Solbakken to."
    assert ("Solbakken", "NOR", "person") in found(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Iran threatened President Trump.", [("Iran", "IRN"), ("President Trump", "USA")]),
        ("Peru hands President Trump a llama.", [("Peru", "PER"), ("President Trump", "USA")]),
        (
            "The United States indicted President Nicolas Maduro.",
            [("United States", "USA"), ("President Nicolas Maduro", "VEN")],
        ),
        (
            "He won't strike Venezuela this week, President Trump said.",
            [("Venezuela", "VEN"), ("President Trump", "USA")],
        ),
        (
            "A German reporter asked President Trump why.",
            [("German", "DEU"), ("President Trump", "USA")],
        ),
        (
            "Chile welcomed the Iranian deal President Trump tore up.",
            [("Chile", "CHL"), ("Iranian", "IRN"), ("President Trump", "USA")],
        ),
        (
            "It hit Cuban waters, President Trump said.",
            [("Cuban", "CUB"), ("President Trump", "USA")],
        ),
        ("Ghana recalled its ambassador.", [("Ghana", "GHA")]),
        ("GHANA RECALLS AMBASSADOR", [("GHANA", "GHA")]),
        ("Russia welcomed King Salman. Oman did not.", [("Russia", "RUS"), ("King Salman", "SAU")]),
    ],
)
def test_somebody_to_whom_a_country_does_something_is_not_its_own(text, expected):
    end = text.find(". ") if ". " in text else len(text)
    assert [(p.removeprefix("The "), c) for p, c, _ in found(text) if text.find(p) < end] == (
        expected
    )


@pytest.mark.parametrize(
    "phrase",
    [
        "Norwegian deputy fisheries minister Kari Solbakken",
        "Norway's newly elected President Kari Solbakken",
        "Norway's dismissed chief negotiator Kari Solbakken",
        "Norwegian armed forces commander Kari Solbakken",
        "Norway deputy prime minister Kari Solbakken",
        "U.S. trade policy adviser Kari Solbakken",
        "Saudi coalition spokeswoman Kari Solbakken",
        "White House press secretary Kari Solbakken",
        "Norwegian army, General Kari Solbakken",
        "Norwegian defence chief Gen. Kari Solbakken",
    ],
)
def test_words_that_tell_which_office_may_stand_before_it(phrase):
    people = [p for p, _, kind in found(f"The {phrase}, said no.") if kind == "person"]
    assert [p.removeprefix("The ") for p in people] == [phrase]


def test_a_name_ends_with_its_sentence():
    text = "Norwegian Premier Solbakken. Farmers agreed with Danish Premier Friis. Fishers did."
    assert [p for p, _, kind in found(text) if kind == "person"] == [
        "Norwegian Premier Solbakken",
        "Danish Premier Friis",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trump waited. Putin came. A Putin-Trump deal fell through.", ["Putin", "Trump"]),
        ("Trump waited. Putin came. The Trump-Putin talks failed.", ["Trump", "Putin"]),
        (
            "The Danish Premier Friis met the Norwegian Premier Solbakken. Friis-Solbakken talks.",
            ["Friis", "Solbakken"],
        ),
    ],
)
def test_both_of_a_pair_are_somebody(text, expected):
    assert [p for p, _, kind in found(text) if kind == "person"][-2:] == expected


def test_a_double_name_is_another_ones():
    text = (
        "Norwegian Premier Kari Solbakken met Ana Ruiz-Solbakken and the Solbakken-born Lia Dahl."
    )
    assert [p for p, _, _ in found(text)] == ["Norwegian Premier Kari Solbakken"]


def test_who_is_named_after_a_dateline_stands_apart_from_it():
    text = "OSLO - Foreign Minister Kari Solbakken resigned. Solbakken did not say why."
    assert [(p, c) for p, c, kind in found(text) if kind == "person"] == [
        ("Foreign Minister Kari Solbakken", "NOR"),
        ("Solbakken", "NOR"),
    ]


def test_a_phrase_for_two_countries_gives_a_mention_for_each_over_the_same_span():
    document = read(
        Article(id="a", text="Ghana and Togo argued over fish. Both countries sent patrols.")
    )
    both = [m for m in FINDER.find(document) if m.kind is MentionKind.PRONOUN]
    assert {m.country for m in both} == {"GHA", "TGO"}
    assert len({(m.start, m.end) for m in both}) == 1


@pytest.mark.parametrize(
    ("last", "meant"),
    [
        ("Mali invited both neighbours to talks.", {"GHA", "TGO"}),
        ("Both neighbours sent patrols.", {"GHA", "TGO"}),
        ("Ghana and Mali said both neighbors had sent patrols.", {"GHA", "MLI"}),
    ],
)
def test_the_neighbours_of_a_country_are_others(last, meant):
    document = read(Article(id="a", text=f"Ghana and Togo argued over fish. {last}"))
    both = [m.country for m in FINDER.find(document) if m.kind is MentionKind.PRONOUN]
    assert set(both) == meant


@pytest.mark.parametrize(
    ("last", "meant"),
    [
        ("Mali sent an envoy to both capitals.", {"GHA", "TGO"}),
        ("Mali's president phoned both leaders.", {"GHA", "TGO"}),
        ("Donald Trump phoned both leaders.", {"GHA", "TGO"}),
        ("Washington has offered drones to both countries.", {"GHA", "TGO"}),
        ("Mali offered the two sides its capital.", {"GHA", "TGO"}),
        ("Mali and Niger urged the two governments to talk.", {"GHA", "TGO"}),
        ("Mali blamed neither side.", set()),
        ("Togo said the accord would help both countries.", {"GHA", "TGO"}),
        ("Togo's army watches the roads between both countries.", {"GHA", "TGO"}),
        ("Togo hopes both countries will sign.", {"GHA", "TGO"}),
        ("Ghana and Mali signed, according to both governments.", {"GHA", "MLI"}),
        ("Ghana and Mali trade, with the two sides far apart on fish.", {"GHA", "MLI"}),
    ],
)
def test_who_deals_with_both_is_neither_of_them(last, meant):
    text = (
        "Ghana and Togo argued over fish. Ghana's navy held a boat from Togo. Lome was angry. "
        f"Ghana lent nobody its boats. {last}"
    )
    document = read(Article(id="a", text=text))
    both = [m.country for m in FINDER.find(document) if m.kind is MentionKind.PRONOUN]
    assert set(both) == meant


def test_who_deals_with_both_leaves_them_open_where_three_are_told_of():
    text = "Ghana, Togo and Benin argued over fish for years. Mali phoned both leaders."
    document = read(Article(id="a", text=text))
    assert MentionKind.PRONOUN not in {m.kind for m in FINDER.find(document)}


def test_a_capital_acts_but_is_no_actor_where_something_happens_in_it():
    assert mention("Tokyo rejected the plan.", "Tokyo").actor
    assert not mention("A fire broke out in Tokyo.", "Tokyo").actor


def test_an_adjective_before_what_does_not_act_is_no_actor():
    assert mention("Japanese officials protested.", "Japanese").actor
    assert not mention("A Japanese novelist won the prize.", "Japanese").actor


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


@pytest.mark.parametrize(
    ("text", "phrase", "country"),
    [
        ("South\u00a0Sudan closed its border.", "South\u00a0Sudan", "SSD"),
        ("Envoys of North\u202fKorea left.", "North\u202fKorea", "PRK"),
        ("The ferry goes from Honduras to El\nSalvador once a week.", "El\nSalvador", "SLV"),
        ("Talks were held in Sri\nLanka.", "Sri\nLanka", "LKA"),
    ],
)
def test_a_name_is_one_across_odd_spaces_and_the_end_of_a_line(text, phrase, country):
    assert [(text[m.start : m.end], m.country) for m in FINDER.find(bare(text))][-1:] == [
        (phrase, country)
    ]


def test_the_ends_of_paragraphs_part_names():
    assert {code for _, code, _ in found("He went south.\n\nSudan closed its border.")} == {"SDN"}


@pytest.mark.parametrize("sum_of_money", ["US$80 million", "NZ$80 million", "$US80 million"])
def test_a_currency_is_no_country(sum_of_money):
    assert {code for _, code, _ in found(f"Fiji rejected a loan of {sum_of_money}.")} == {"FJI"}


def test_america_is_the_united_states_and_its_continent_is_not():
    assert found("America will tax steel.") == [("America", "USA", "name")]
    assert found("Farmers all over Latin America and North America will not.") == []


@pytest.mark.parametrize("phrase", ["ex-Soviet state", "former Soviet republic", "post-Soviet war"])
def test_what_was_soviet_is_not_russia(phrase):
    assert {code for _, code, _ in found(f"The {phrase} was good for Georgia.")} == {"GEO"}


@pytest.mark.parametrize(
    "phrase", ["the president", "the President", "The President", "The Prime Minister"]
)
def test_an_office_points_back_also_in_capitals(phrase):
    text = (
        "Ghana's President Kofi Baah and Prime Minister Ama Sey of Ghana met officials in Lome. "
        f"Yesterday {phrase} spoke again."
    )
    assert mention(text, phrase).country == "GHA"


@pytest.mark.parametrize(
    "name", ["the General Assembly", "the President Hotel", "the Minister for Fisheries"]
)
def test_an_office_in_a_longer_name_points_back_to_nobody(name):
    text = (
        "Ghana's President Kofi Baah spoke, as did Ghana's Minister Ama Sey and Ghanaian General "
        f"Yaw Osei. Near {name} he sat."
    )
    office = " ".join(name.split()[:2])
    assert office not in {phrase for phrase, *_ in found(text)}


def test_both_countries_of_one_name_need_no_other_mention():
    document = read(Article(id="a", text="It was cold in Geneva. The two Koreas met again."))
    assert {m.country for m in FINDER.find(document) if m.start > 20} == {"KOR", "PRK"}


@pytest.mark.parametrize("text", ["A boat sank on the Congo River.", "The Korean peninsula froze."])
def test_a_river_or_peninsula_of_two_countries_is_neither(text):
    assert not FINDER.find(read(Article(id="a", text=text)))


@pytest.mark.parametrize(
    "text", ["She ate French fries.", "The Guinea pig slept.", "He drove to New York."]
)
def test_a_name_inside_of_another_phrase_names_no_actor(text):
    document = read(Article(id="a", text=text))
    assert not [m for m in FINDER.find(document) if m.actor]


def test_the_press_counts_for_little():
    weight = mention("The Washington Post reported floods in Peru.", "The Washington Post").weight
    assert 0 < weight < mention("Peru declared an emergency.", "Peru").weight / 2


def test_a_dateline_alone_makes_no_country_of_the_story():
    text = (
        "LONDON, March 3 - Kenya raised the price of maize on Tuesday. Farmers in Kenya had asked "
        "for more. The ministry in Nairobi refused. It will be paid from May. Nobody else gains."
    )
    assert ranked(text) == ["KEN"]


@pytest.mark.parametrize(
    "dateline",
    [
        "NAIROBI, 5 Jan (APA) - ",
        "NAIROBI, 12 March 2026 (AFP) - ",
        "NAIROBI, 5 Jan – ",
        "NAIROBI, March 2007 - ",
        "Nairobi, 5 January - ",
        "Nairobi (dpa) - ",
        "Nairobi, Kenya — ",
        "Nairobi, Kenya | AFP | ",
        "NAIROBI | Xinhua | ",
        "NAIROBI // ",
        "Nairobi. January 5. ",
        "NAIROBI. Jan 5 (Interfax) - ",
        "GOMA, Democratic Republic of Congo (AP) — ",
        "ABIDJAN, Côte d'Ivoire — ",
    ],
)
def test_no_dateline_acts_or_is_of_the_story(dateline):
    text = f"{dateline}Ghana lent Togo ten boats. Togo thanked Ghana. Both hope for more fish."
    document = read(Article(id="a", text=text))
    mentions = FINDER.find(document)
    assert not any(m.actor for m in mentions if m.start < len(dateline))
    assert any(m.weight > 0 for m in mentions if m.start < len(dateline))
    assert {c.code for c in FINDER.rank(document, mentions)} == {"GHA", "TGO"}


@pytest.mark.parametrize(
    "text",
    [
        "Kenya, Ghana - two republics.",
        "Nairobi, Ghana - and so on.",
        "Merkel, Germany - and so on.",
        "Merkel (left) - and so on.",
        "ROME, Italy is rich in art - and so on.",
        "Kenya. January 5. It rained.",
        "It rained. Nairobi, Kenya - and so on.",
    ],
)
def test_other_beginnings_are_no_datelines(text):
    assert datelines.find(read(Article(id="a", text=text))).spans == ()


def test_a_headline_in_capitals_is_read():
    assert ranked("Farm aid was discussed.", title="U.K. AND GERMANY LEAD ATTACK ON REFORMS") == [
        "DEU",
        "GBR",
    ]


def test_a_pronoun_in_capitals_is_no_country():
    assert ranked("Nothing else.", title="LET US PRAY FOR PERU SAYS BISHOP") == ["PER"]


def test_the_country_of_the_title_comes_first_and_saliences_sum_to_one():
    document = read(Article(id="a", title="Chile mourns", text="Peru sent flowers."))
    scores = FINDER.rank(document, FINDER.find(document))
    assert [score.code for score in scores] == ["CHL", "PER"]
    assert sum(score.salience for score in scores) == pytest.approx(1)
    assert (scores[1].name, scores[1].mentions) == ("Peru", 1)


def test_a_local_story_has_the_country_of_its_towns():
    text = (
        "LEBANON, Pa. - Police in Lebanon arrested a man on Monday, the county sheriff's office "
        "said. He was held in Dauphin County."
    )
    assert ranked(text) == ["USA"]


LATE = (
    "Chile's parliament met on Monday. It sat until late at night. The chamber of deputies was "
    "full. A minister spoke about the roads of the south. Most of them are mud in winter. The dean "
    "asked for money. The chamber gave it. His wife is from Peru. Nobody asked the minister how "
    "long it would take. The session was as long as one in Norway."
)


def after_dyads(dealing, *, text=LATE, title=None):
    document = read(Article(id="a", title=title, text=text))
    return [c.code for c in FINDER.rank(document, FINDER.find(document), dealing=dealing)]


def test_who_is_named_once_and_late_is_named_in_passing():
    assert after_dyads(set()) == ["CHL"]
    assert set(ranked(LATE)) == {"CHL", "PER", "NOR"}, "unless nobody knows who deals with whom"


def test_nobody_is_in_passing_who_deals_comes_again_or_stands_in_the_title():
    assert set(after_dyads({"CHL", "NOR"})) == {"CHL", "NOR"}
    assert "NOR" in after_dyads(set(), text=f"{LATE} Norwegians were not amused.")
    assert "NOR" in after_dyads(set(), title="Not only Norway has fjords")


def test_the_countries_of_a_dyad_are_never_left_out():
    text = "Chile bought a ship. Its navy looked at several. Lima fished. The ship was Norwegian."
    document = read(Article(id="a", text=text))
    mentions = FINDER.find(document)
    assert [c.code for c in FINDER.rank(document, mentions, dealing={"CHL", "NOR"})] == ["CHL"]
    kept = FINDER.rank(document, mentions, dealing={"CHL", "NOR"}, acting={"CHL", "NOR"})
    assert [c.code for c in kept] == ["CHL", "NOR"]
    assert sum(c.salience for c in kept) == pytest.approx(1)


def test_in_a_short_story_nobody_is_in_passing():
    assert set(after_dyads(set(), text="Chile voted. The count was watched by Peru.")) == {
        "CHL",
        "PER",
    }


def test_who_stands_alone_is_never_in_passing():
    nowhere = LATE.replace("Chile's", "The").replace("Norway", "court").replace("Peru", "Peru, too")
    assert after_dyads(set(), text=nowhere) == ["PER"]


def test_nothing_is_found_in_nothing():
    assert FINDER.find(bare("")) == ()
    assert FINDER.rank(bare(""), ()) == ()
    assert ranked("The cat sat on the mat.") == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "US" * 200_000,
        ", ".join(["Japan", "Vietnam", "Russia", "Peru", "Chad"] * 1_000),
        "Japanese President Foo Bar " * 2_000,
        "Ghana and Togo met. The two leaders spoke. " * 2_000,
        "\x00\x01\x1b\u202e\u200f Japan \x07" * 500,
        "Japan \ud800 and \udfff Peru",
        "İ" * 1_000 + " Peru",
        "وقالت Japan إن " * 500,
        "WASHINGTON, " * 3_000,
        "'’\"“" * 10_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_hostile_text_is_read_without_an_exception(text):
    document = bare(text)
    mentions = FINDER.find(document)
    assert all(0 <= m.start < m.end <= len(text) for m in mentions)
    assert {c.code for c in FINDER.rank(document, mentions)} == {
        m.country for m in mentions if FINDER.rank(document, [m])
    } & {m.country for m in mentions}


PIECES = """
Japan U.S. Georgia Kishida Premier President of in , . - said French Paris Texas met he and the two
leaders Both countries Chad's Ms. al-Sisi KYIV ( ) 's Peruvian Hamas Lebanon, Pa. Kremlin
"""


@given(st.lists(st.sampled_from(PIECES.split()), max_size=40).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_mentions_are_in_order_and_only_equal_spans_overlap(text):
    mentions = FINDER.find(bare(text))
    for one, other in pairwise(mentions):
        assert one.end <= other.start or (one.start, one.end) == (other.start, other.end)
    assert mentions == FINDER.find(bare(text))


def test_the_version_names_a_date_and_the_data():
    date, _, digest = FINDER.version.partition("+")
    assert [part.isdigit() for part in date.split(".")] == [True] * 3
    assert len(digest) == 8
    assert CountryFinder.load().version == FINDER.version


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


def test_a_state_security_service_is_no_department_of_state():
    text = "The Nigerian Air Force will help the Department of State Services."
    assert {country for _, country, _ in found(text)} == {"NGA"}


def test_a_body_of_the_state_acts_where_it_sits_and_a_capital_where_it_is_visited():
    assert mention("A court in Istanbul freed a German reporter.", "Istanbul").actor
    assert mention("Police in the capital Nairobi arrested a Dane.", "Nairobi").actor
    assert mention("He cancelled a visit to Washington.", "Washington").actor
    assert not mention("A fire broke out in Istanbul.", "Istanbul").actor
    assert not mention("He moved to Washington.", "Washington").actor


@pytest.mark.parametrize(
    "text",
    [
        "NATO Secretary General Mark Rutte visited Turkey. Rutte praised it. He also urged it on.",
        "NATO's Rutte visited Turkey. Turkey thanked Rutte.",
        "Mark Rutte, the NATO secretary general, visited Turkey. Turkey thanked Mr Rutte.",
        "NATO Chief Rutte Visits Turkey Again\n\nTurkey thanked Rutte for what he said.",
        "The EU's top diplomat, Kaja Kallas, visited Turkey. Kallas praised Turkey.",
        "Former NATO chief Jens Stoltenberg visited Turkey. Turkey thanked Stoltenberg.",
        "African Union Commission chairman Mahmoud Ali Youssouf met Turkey's envoy. Youssouf left.",
        "European Council President Antonio Costa visited Turkey. Costa said he would come again.",
        "The president of the European Council, Donald Tusk, visited Turkey. Tusk left.",
        "ECB head Mario Draghi visited Turkey. Draghi left.",
        "Mark Rutte, the former Dutch prime minister, visited Turkey. NATO chief Mark Rutte left.",
    ],
)
def test_the_officer_of_a_bloc_speaks_for_no_country(text):
    assert ranked(text) == ["TUR"]


@pytest.mark.parametrize(
    ("text", "phrase", "country"),
    [
        (
            "African Union chairman and Angolan President João Lourenço met the press.",
            "Angolan President João Lourenço",
            "AGO",
        ),
        ("ECOWAS chairman Bola Tinubu left. President Bola Tinubu met Niger.", "Tinubu", "NGA"),
        ("Viktor Orban, Hungary's prime minister and the EU Council head, left.", "Orban", "HUN"),
        ("EU Council head Viktor Orban left. Hungary's Orban will be back.", "Orban", "HUN"),
        ("Finance Minister Jens Stoltenberg, a former NATO chief, left.", "Stoltenberg", "NOR"),
        ("NATO's Turkey refused.", "Turkey", "TUR"),
        ("Trump left. EU's Trump problem stays.", "Trump", "USA"),
        ("NATO ally Turkish President Recep Tayyip Erdogan left.", "Erdogan", "TUR"),
        ("The EU accused President Aleksandar Vucic of lies.", "Vucic", "SRB"),
        ("In talks with the NATO chief, Erdogan urged calm.", "Erdogan", "TUR"),
        ("NATO chief Mark Rutte, British Prime Minister Keir Starmer and others met.", "r", "GBR"),
        ("Iran's U.N. envoy Amir Saeid Iravani left.", "Iravani", "IRN"),
    ],
)
def test_who_holds_an_office_at_home_speaks_for_it_whatever_the_bloc(text, phrase, country):
    assert country in {c for called, c, _ in found(text) if called.endswith(phrase)}


def test_a_pronoun_for_the_officer_of_a_bloc_is_nobody_elses():
    text = "NATO chief Mark Rutte met Recep Tayyip Erdogan. He praised the army."
    assert [c for _, c, kind in found(text) if kind == "pronoun"] == []
    assert [c for _, c, kind in found(text)] == ["TUR"]


@pytest.mark.parametrize(
    "text",
    [
        "Chad told judges in The Hague that Israel broke the law. Israel ignored The Hague.",
        "THE HAGUE - Chad said so. Judges in The Hague did not believe Chad.",
        "Gambia sued Myanmar at the International Court of Justice. The Hague ruled for Gambia.",
        "Ukraine wants a tribunal for war crimes. The Hague is ready, Ukraine says.",
    ],
)
def test_the_hague_is_a_court_where_the_dutch_are_not_named(text):
    assert "NLD" not in ranked(text)
    assert not any(m.actor for m in mentions_of(text) if m.country == "NLD")


def test_the_hague_is_the_dutch_government_otherwise():
    assert mention(
        "The Hague accused Serbia of war crimes. The Netherlands sued.", "The Hague"
    ).actor
    assert mention("The Hague recalled its envoy from Serbia.", "The Hague").actor
    assert mention("A court in The Hague jailed a Dutch spy for Iran.", "The Hague").actor
    text = "Israel rebuked the court in The Hague. Dutch police closed the street."
    assert not mention(text, "The Hague").actor


@pytest.mark.parametrize(
    ("text", "phrase", "acts"),
    [
        ("Judges in Strasbourg condemned Turkey.", "Strasbourg", False),
        ("Police in Strasbourg arrested a German.", "Strasbourg", True),
        ("Officials in Geneva urged Sudan to open the road.", "Geneva", False),
        ("Prosecutors in Geneva charged a Russian.", "Geneva", True),
        ("The IAEA wrote to Iran, officials in Vienna said.", "Vienna", False),
        ("Iran was told to pay, officials in Vienna said.", "Vienna", True),
    ],
)
def test_who_only_sits_in_a_country_does_not_act_for_it(text, phrase, acts):
    assert mention(text, phrase).actor is acts


def test_a_lesser_leader_stands_alone_only_where_the_country_is_named():
    assert mention("Putin met Jeenbekov in Bishkek.", "Jeenbekov").country == "KGZ"
    assert "Jeenbekov" not in [phrase for phrase, *_ in found("Putin met Jeenbekov in Moscow.")]
    assert ("President Jeenbekov", "KGZ", "person") in found("Putin met President Jeenbekov.")


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


def test_a_common_family_name_is_a_leaders_once_he_was_introduced():
    assert "Narayanan" not in [phrase for phrase, *_ in found("In India, Narayanan won the race.")]
    text = "President Kocheril Raman Narayanan left for Peru. Narayanan of India will stay."
    assert ("Narayanan", "IND", "person") in found(text)


def test_teasers_around_an_article_name_no_country_of_it():
    page = (
        "Home\nNews\nWeather 17°C\nSign in | Subscribe\n\n"
        "Greece and Turkey agreed on Saturday to run ferries at night between five islands and the "
        "Turkish coast, and to set up a hotline between their coast guards, ministers said.\n\n"
        "The Greek minister praised Turkey for the rescue of eleven sailors in September.\n\n"
        "Advertisement\n\nRelated articles\nChina, Australia reopen lobster trade\n"
        "Spain's trains: ten facts\nAccept all cookies\nFollow us\n"
    )
    document = read(Article(id="a", title="Ferries at night", text=page))
    mentions = FINDER.find(document)
    assert {c.code for c in FINDER.rank(document, mentions)} == {"GRC", "TUR"}
    assert "AUS" in {c.code for c in FINDER.rank(bare(page), FINDER.find(bare(page)))}


def named(text, phrase):
    """The countries that the mentions of `phrase` stand for, one for each."""
    return [country for found_phrase, country, _ in found(text) if found_phrase == phrase]


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


def test_a_deputy_of_a_countrys_office_takes_no_adjective_for_a_name():
    text = "Deputy Russian Foreign Minister Igor Pavlov flew to Cuba. A Russian ship came too."
    assert {country for _, country, _ in found(text)} == {"RUS", "CUB"}


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


@pytest.mark.parametrize(
    ("text", "body", "countries"),
    [
        (
            "The Coast Guard of the Philippines left. The Coast Guard will beat the United States.",
            "Coast Guard",
            ["PHL", "PHL"],
        ),
        (
            (
                "Japan's House of Representatives met. The United States and Washington waited. "
                "The House of Representatives will vote."
            ),
            "House of Representatives",
            ["JPN", "JPN"],
        ),
        (
            "The House of Representatives in Abuja rejected a threat of the United States.",
            "House of Representatives",
            ["NGA"],
        ),
        ("Britain waited. The Foreign Office in Islamabad was firm.", "Foreign Office", ["PAK"]),
        ("The USA won. In London, the Department of Energy wept.", "Department of Energy", ["GBR"]),
        (
            (
                "Britain's Foreign Office spoke. The Pakistani Foreign Office replied. The Foreign "
                "Office had heard nothing from Britain."
            ),
            "Foreign Office",
            ["GBR", "PAK", "PAK"],
        ),
        (
            (
                "The Philippines arrested two men. Manila and Philippine police helped. Washington "
                "was pleased. The Justice Department will charge them."
            ),
            "Justice Department",
            ["PHL"],
        ),
        (
            (
                "WASHINGTON, May 4 - The Justice Department charged two men from the Philippines. "
                "Manila and Philippine police had helped."
            ),
            "Justice Department",
            ["USA"],
        ),
        (
            "The House of Representatives cut aid to Japan. The U.S. and Japan met. Trump won.",
            "House of Representatives",
            ["USA"],
        ),
    ],
)
def test_a_body_of_a_general_name_is_that_of_the_country_beside_it_or_of_the_story(
    text, body, countries
):
    assert named(text, body) == countries


@pytest.mark.parametrize(
    ("text", "surname", "country"),
    [
        ("M.K. Stalin wrote to Sri Lanka. Stalin urged it to act.", "Stalin", "IND"),
        ("Betssy Chávez fled. Mexico granted Chávez asylum.", "Chávez", "PER"),
        ("South Sudan's foreign minister Deng Dau Deng left. Deng waved.", "Deng", "SSD"),
        ("Analyst Maria Gallant praised Israel. Gallant said so.", "Gallant", None),
        ("Robert Modi of Leeds likes India. Modi said so.", "Modi", None),
        ("The soloist Yoon Ha-neul left South Korea. Ms. Yoon is 41.", "Yoon", None),
        ("Yoav Gallant praised Maria Gallant of Israel. Gallant waved.", "Gallant", "ISR"),
        ("Trump left. Donna Trump stayed. Trump waved to Chile.", "Trump", "USA"),
        ("On Friday Putin left. In Moscow Putin said no.", "Putin", "RUS"),
        ("Mr Putin met Mrs Merkel in Peru.", "Merkel", "DEU"),
    ],
)
def test_a_leaders_surname_is_whose_the_document_says(text, surname, country):
    meant = [code for phrase, code, _ in found(text) if phrase.endswith(surname)]
    assert meant[-1:] == ([country] if country else [])


@pytest.mark.parametrize(
    ("text", "surname", "country"),
    [
        ("The Putin-Trump meeting ended in Peru.", "Trump", "USA"),
        ("A Modi-Sharif call calmed the border.", "Sharif", "PAK"),
        ("The US-Putin talks failed.", "Putin", "RUS"),
    ],
)
def test_the_second_of_two_leaders_whom_a_hyphen_joins_is_one_too(text, surname, country):
    assert named(text, surname) == [country]


def test_the_second_half_of_a_double_name_is_no_leader():
    assert not named("The lawyer Anna Gomez-Putin works in Peru.", "Putin")
    assert not named("The Anna-Putin clinic is in Peru.", "Putin")
