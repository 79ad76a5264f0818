"""Who the people in a text are and which country they speak for."""

import pytest

from tests.unit.enrichment.countries.finding import found, mention, named, ranked


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


def test_a_lesser_leader_stands_alone_only_where_the_country_is_named():
    assert mention("Putin met Jeenbekov in Bishkek.", "Jeenbekov").country == "KGZ"
    assert "Jeenbekov" not in [phrase for phrase, *_ in found("Putin met Jeenbekov in Moscow.")]
    assert ("President Jeenbekov", "KGZ", "person") in found("Putin met President Jeenbekov.")


def test_a_common_family_name_is_a_leaders_once_he_was_introduced():
    assert "Narayanan" not in [phrase for phrase, *_ in found("In India, Narayanan won the race.")]
    text = "President Kocheril Raman Narayanan left for Peru. Narayanan of India will stay."
    assert ("Narayanan", "IND", "person") in found(text)


def test_a_deputy_of_a_countrys_office_takes_no_adjective_for_a_name():
    text = "Deputy Russian Foreign Minister Igor Pavlov flew to Cuba. A Russian ship came too."
    assert {country for _, country, _ in found(text)} == {"RUS", "CUB"}


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


@pytest.mark.parametrize(
    "text",
    [
        "Germany took Alexei Navalny in.",
        "The Dalai Lama thanked India.",
        "South Africa armed Jonas Savimbi.",
        "Norway praised Maria Corina Machado.",
    ],
)
def test_who_is_at_odds_with_a_government_does_not_speak_for_it(text):
    assert [kind for _, _, kind in found(text)] == ["name"]


def test_the_pope_speaks_for_the_vatican():
    assert named("Chile thanked the Pope. The pope smiled.", "the Pope") == ["VAT"]
    assert named("Alexander Pope was born in London.", "Pope") == []
