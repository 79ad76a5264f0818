import io
import re

import pytest
from rich.console import Console, RenderableType

from contracts.deadletter import DeadLetter, RejectReason
from contracts.events import (
    Analysis,
    ArticleRef,
    CountryInArticle,
    Dyad,
    EnrichedArticle,
    Evidence,
    Language,
    ScoredRegion,
    ScoredTopic,
    Versions,
)
from contracts.vocabulary import AnalysisStatus, M49Region, MediaTopic, PloverEvent, Stance
from service.commands import show

GREEN, RED, GREY = "\x1b[32m", "\x1b[31m", "\x1b[90m"


def rendered(part: RenderableType, *, width: int = 100, styles: bool = False) -> str:
    console = Console(
        record=True,
        width=width,
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard",
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(part)
    return console.export_text(styles=styles)


def words(text: str) -> str:
    return " ".join(text.split())


def evidence(
    text: str = "Tokyo praised Hanoi.", event: PloverEvent | None = PloverEvent.SUPPORT
) -> Evidence:
    return Evidence(
        text=text,
        start=0,
        end=len(text),
        event=event,
        quad_class=event and int(event.quad_class),
        confidence=0.9,
    )


def dyad(
    source: str = "JPN",
    target: str = "VNM",
    stance: Stance = Stance.SUPPORTIVE,
    confidence: float = 0.93,
    shown_by: tuple[Evidence, ...] = (),
) -> Dyad:
    return Dyad(
        source=source,
        target=target,
        stance=stance,
        score=0.0,
        confidence=confidence,
        evidence=shown_by,
    )


def article(*, title: str | None = "A title", **facts: object) -> EnrichedArticle:
    status = facts.pop("status", AnalysisStatus.FULL)
    versions = Versions(service="1", model="m", gazetteer="g")
    stated = {
        "article": ArticleRef(id="the-id", title=title, source="Meridian Wire"),
        "language": Language(code="en", confidence=0.99),
        "topics": (),
        "regions": (),
        "countries": (),
        "dyads": (),
        "analysis": Analysis(status=status, versions=versions, notes=facts.pop("notes", ())),
    }
    return EnrichedArticle.model_validate(stated | facts)


def letter(**facts: object) -> DeadLetter:
    stated = {
        "key": None,
        "value": b"{",
        "reason": RejectReason.INVALID_FIELD,
        "field": "id",
        "message": "is required",
        "topic": "news.articles.v1",
        "partition": 2,
        "offset": 17,
        "service_version": "1",
    }
    return DeadLetter.model_validate(stated | facts)


@pytest.mark.parametrize(
    ("stance", "colour"),
    [(Stance.SUPPORTIVE, GREEN), (Stance.OPPOSING, RED), (Stance.NEUTRAL, GREY)],
)
def test_a_pair_has_the_colour_of_its_stance(stance, colour):
    shown = rendered(show.article(article(dyads=(dyad(stance=stance),))), styles=True)
    assert f"{colour}{stance.value}" in shown
    assert not {GREEN, RED} - {colour} & set(re.findall(r"\x1b\[\d+m", shown))


def test_a_pair_shows_direction_stance_bar_and_confidence():
    shown = rendered(show.article(article(dyads=(dyad(confidence=0.5),))))
    assert "JPN → VNM  supportive  ███    0.50" in shown


def test_the_sentence_stands_beneath_with_its_event():
    shown = rendered(show.article(article(dyads=(dyad(shown_by=(evidence(),)),))))
    lines = [line.strip() for line in shown.splitlines()]
    pair = next(i for i, line in enumerate(lines) if line.startswith("JPN → VNM"))
    assert lines[pair + 1] == "“Tokyo praised Hanoi.” SUPPORT".replace("” ", "”  ")


def test_the_sentence_quoted_is_one_that_speaks_for_the_stance():
    against = evidence("Hanoi blamed Tokyo.", PloverEvent.ACCUSE)
    shown = rendered(show.article(article(dyads=(dyad(shown_by=(against, evidence())),))))
    assert "Tokyo praised Hanoi." in shown
    assert "Hanoi blamed Tokyo." not in shown


def test_neighbouring_pairs_share_one_quotation():
    both = (dyad(shown_by=(evidence(),)), dyad("VNM", "JPN", shown_by=(evidence(),)))
    shown = rendered(show.article(article(dyads=both)))
    assert shown.count("Tokyo praised Hanoi.") == 1
    assert shown.index("VNM → JPN") < shown.index("Tokyo praised Hanoi.")


def test_evidence_without_an_event_is_only_quoted():
    shown = rendered(show.article(article(dyads=(dyad(shown_by=(evidence(event=None),)),))))
    assert "“Tokyo praised Hanoi.”" in shown
    assert "None" not in shown


def test_a_long_sentence_is_cut():
    long = evidence("Tokyo praised Hanoi " * 500)
    shown = rendered(show.article(article(dyads=(dyad(shown_by=(long,)),))))
    assert "…”" in shown
    assert len(shown) < 1_000


def test_more_pairs_than_are_shown_are_counted():
    many = tuple(dyad(target=f"A{a}{b}") for a in "ABC" for b in "ABCDE")
    shown = rendered(show.article(article(dyads=many)))
    assert shown.count("→") == show.MAX_PAIRS
    assert f"… and {15 - show.MAX_PAIRS} more pairs" in shown


def test_an_article_with_empty_lists_says_that_there_is_no_stance():
    shown = rendered(show.article(article()))
    assert words(shown) == "● A title en 0.99 · Meridian Wire no stance of one country to another"


def test_where_stances_were_not_looked_for_the_reason_stands_instead():
    partial = article(status=AnalysisStatus.PARTIAL, notes=("the language is fr, not en",))
    shown = rendered(show.article(partial))
    assert "the language is fr, not en" in shown
    assert "no stance" not in shown


def test_an_article_without_title_goes_by_its_id():
    assert "● the-id" in rendered(show.article(article(title=None)))


def test_topics_main_region_and_countries_are_shown_with_their_scores():
    shown = rendered(
        show.article(
            article(
                topics=(ScoredTopic.of(MediaTopic.POLITICS, 0.9),),
                regions=(
                    ScoredRegion.of(M49Region.EASTERN_ASIA, 0.6),
                    ScoredRegion.of(M49Region.WESTERN_AFRICA, 0.4),
                ),
                countries=(
                    CountryInArticle(code="JPN", name="Japan", mentions=3, salience=0.75),
                    CountryInArticle(code="VNM", name="Vietnam", mentions=1, salience=0.01),
                ),
            )
        )
    )
    assert "politics and government 0.90 · Eastern Asia · Meridian Wire" in shown
    assert "Western Africa" not in shown
    assert "JPN Japan ██████ 0.75" in shown
    assert "VNM Vietnam █ 0.01" in shown  # something is never shown as nothing


def test_markup_in_a_title_is_not_interpreted():
    title = "[bold red]Japan[/] :smile: [link=x]thanks[/link] Vietnam [/nothing]"
    assert title in rendered(show.article(article(title=title)))


@pytest.mark.parametrize(
    "evil",
    ["\x1b[31m", "\x1b]0;owned\x07", "\x9b2J", "\r", "\x08" * 9, "\n\n", "\u202e", "\u2028"],
)
def test_what_would_drive_the_terminal_is_neutralised(evil):
    title = f"Japan {evil} thanks"
    seen = article(title=title, dyads=(dyad(shown_by=(evidence(title),)),))
    for shown in (rendered(show.article(seen)), rendered(show.dead_letter(letter(message=title)))):
        assert all(char.isprintable() or char == "\n" for char in shown)
        assert "Japan" in shown
        assert "thanks" in shown


@pytest.mark.parametrize("width", [20, 40, 300])
def test_nothing_is_wider_than_the_terminal(width):
    seen = article(
        title="日本とベトナム " * 10,
        dyads=(dyad(shown_by=(evidence("Tokyo praised Hanoi. " * 9),)),),
        countries=(CountryInArticle(code="JPN", name="Japan", mentions=3, salience=0.75),),
    )
    parts = (show.article(seen), show.dead_letter(letter()), show.summary(totals()))
    for part in parts:
        for line in rendered(part, width=width).splitlines():
            assert Console().measure(line).maximum <= width


def test_a_dead_letter_is_one_red_line_with_reason_field_and_place():
    shown = rendered(show.dead_letter(letter()), styles=True)
    assert shown.count("\n") == 1
    assert shown.startswith(RED)
    assert "invalid_field: id: is required (news.articles.v1/2@17)" in shown


def test_a_dead_letter_stays_one_line_in_a_narrow_terminal():
    shown = rendered(show.dead_letter(letter(message="is wrong " * 20)), width=30)
    assert shown.count("\n") == 1
    assert shown.strip().endswith("…")


def test_a_dead_letter_without_a_field_names_none():
    shown = rendered(show.dead_letter(letter(field=None)))
    assert "invalid_field: is required" in shown


def totals(**facts: object) -> show.Totals:
    stated: dict[str, object] = {
        "articles": 25,
        "enriched": 23,
        "dead_letters": 2,
        "stances": {Stance.SUPPORTIVE: 40, Stance.OPPOSING: 20},
        "seconds": 0.5,
    }
    return show.Totals(**(stated | facts))


def test_the_summary_gives_totals_rate_and_stances():
    shown = words(rendered(show.summary(totals())))
    for row in ("articles in │ 25", "enriched │ 23", "dead letters │ 2", "articles/s │ 50.0"):
        assert row in shown
    assert f"supportive dyads │ 40 │ {'█' * show.SUMMARY_BAR} │" in shown
    assert f"opposing dyads │ 20 │ {'█' * (show.SUMMARY_BAR // 2)} │" in shown
    assert "neutral dyads │ 0 │ │" in shown


def test_a_summary_of_nothing_divides_by_nothing():
    nothing = totals(articles=0, enriched=0, dead_letters=0, stances={}, seconds=0.0)
    assert "articles/s │ 0.0" in words(rendered(show.summary(nothing)))


def test_figures_are_those_that_the_metrics_have():
    metrics = {
        "dyadwire_records_consumed_total": 25.0,
        "dyadwire_article_age_seconds_sum": 5.0,
        "dyadwire_article_age_seconds_count": 25.0,
    }
    shown = show.figures(metrics).plain
    assert shown == "metrics say: 25 records consumed · 0.20 s from publish to commit on average"


def test_figures_of_metrics_that_could_not_be_had():
    assert show.figures({}).plain == "metrics say nothing"
