"""What came out, for people: articles, dead letters and totals as rich renderables.

Texts come from strangers: none is read as markup, and what cannot be printed (line breaks, escape
sequences that would drive the terminal) becomes a space.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from contracts.deadletter import DeadLetter
from contracts.events import CountryInArticle, Dyad, EnrichedArticle, Evidence
from contracts.vocabulary import AnalysisStatus, Stance
from contracts.wording import one_line

QUIET = "bright_black"
COLOURS = {Stance.SUPPORTIVE: "green", Stance.OPPOSING: "red", Stance.NEUTRAL: QUIET}

MAX_TITLE, MAX_SENTENCE, MAX_FACT = 240, 320, 120
"""Characters shown of a title, of an evidence sentence and of anything shorter."""
MAX_COUNTRIES, MAX_PAIRS, MAX_TOPICS, MAX_NARROWER = 6, 8, 2, 2
"""So many are shown of one article; the event holds all."""
COUNTRY_BAR, PAIR_BAR, SUMMARY_BAR = 8, 6, 30
"""Cells of a full bar."""

_STANCE_WIDTH = max(map(len, Stance))
_INDENT = 2


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run has done.

    Attributes:
        articles: records that came out, enriched or refused.
        enriched: articles that came out.
        dead_letters: records that were refused.
        stances: dyads by stance.
        seconds: from the first record sent to the last outcome read.
    """

    articles: int
    enriched: int
    dead_letters: int
    stances: Mapping[Stance, int]
    seconds: float


def article(event: EnrichedArticle) -> RenderableType:
    """An enriched article: what it is about, its countries, and its pairs with their evidence."""
    title = event.article.title or event.article.id
    parts: list[RenderableType] = [
        Text("● ", "cyan").append(_line(title, MAX_TITLE), "bold default"),
        _indented(Text(" · ").join(_facts(event))),
    ]
    if event.countries:
        countries = [_country(country) for country in event.countries[:MAX_COUNTRIES]]
        parts.append(_indented(Columns(countries, padding=(0, 3))))
    return Group(*parts, *_pairs(event.dyads), *_remarks(event))


def dead_letter(letter: DeadLetter) -> RenderableType:
    """A refused record in one line: why, which field, and where it was read; cut where it must."""
    field = f" {_line(letter.field)}:" if letter.field else ""
    place = f"{_line(letter.topic)}/{letter.partition}@{letter.offset}"
    said = f"✗ refused, {letter.reason.value}:{field} {_line(letter.message)} ({place})"
    # In a group: the console would join a text of its own with its neighbours and then wrap it.
    return Group(Text(said, "red", no_wrap=True, overflow="ellipsis"))


def summary(totals: Totals) -> Table:
    """The totals of a run, with a bar for each stance."""
    table = Table(title="What came out", title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="crop")  # gives way where the terminal is narrow
    rate = totals.articles / totals.seconds if totals.seconds > 0 else 0.0
    table.add_row("articles in", str(totals.articles))
    table.add_row("enriched", str(totals.enriched))
    table.add_row(
        "dead letters", Text(str(totals.dead_letters), "red" if totals.dead_letters else "")
    )
    table.add_row("seconds", f"{totals.seconds:.1f}")
    table.add_row("articles/s", f"{rate:.1f}", end_section=True)
    most = max(totals.stances.values(), default=0)
    for stance in Stance:
        count = totals.stances.get(stance, 0)
        bar = _bar(count / most if most else 0, SUMMARY_BAR)
        table.add_row(f"{stance.value} dyads", str(count), Text(bar, COLOURS[stance]))
    return table


def figures(metrics: Mapping[str, float]) -> Text:
    """A few live figures of the service in one line.

    Args:
        metrics: the sum of each metric's samples, by name; empty where none could be had.
    """
    said = [
        f"{metrics[name]:.0f} {words}"
        for name, words in (
            ("dyadwire_records_consumed_total", "records consumed"),
            ("dyadwire_records_produced_total", "produced"),
            ("dyadwire_transactions_total", "transactions"),
        )
        if name in metrics
    ]
    if count := metrics.get("dyadwire_article_age_seconds_count"):
        mean = metrics["dyadwire_article_age_seconds_sum"] / count
        said.append(f"{mean:.2f} s from publish to commit on average")
    return Text("metrics say: " + " · ".join(said) if said else "metrics say nothing")


def _facts(event: EnrichedArticle) -> Iterator[Text]:
    """Language, topics, main region, publisher, and why the analysis went no further."""
    yield Text(f"{_line(event.language.code)} {event.language.confidence:.2f}", QUIET)
    for topic in event.topics[:MAX_TOPICS]:
        yield Text(f"{_line(topic.name)} {topic.score:.2f}", "cyan")
        for narrower in topic.narrower[:MAX_NARROWER]:
            yield Text(f"› {_line(narrower.name)} {narrower.score:.2f}", "cyan")
    for region in event.regions[:1]:
        yield Text(_line(region.name), "magenta")
    if event.article.source:
        yield Text(_line(event.article.source), QUIET)
    for note in event.analysis.notes:
        yield Text(_line(note), "yellow")


def _country(country: CountryInArticle) -> Text:
    return Text.assemble(
        (country.code, "bold"),
        f" {_line(country.name)} ",
        (_bar(country.salience, COUNTRY_BAR), "blue"),
        f" {country.salience:.2f}",
        no_wrap=True,
    )


def _pairs(dyads: Sequence[Dyad]) -> Iterator[RenderableType]:
    """Pairs in their order; neighbours that rest on the same sentence share its quotation."""
    for evidence, neighbours in groupby(dyads[:MAX_PAIRS], key=_strongest):
        for dyad in neighbours:
            yield _indented(_pair(dyad))
        if evidence is not None:
            yield _indented(_quotation(evidence), steps=3)


def _remarks(event: EnrichedArticle) -> Iterator[RenderableType]:
    """What else there is to know of the pairs: that some are not shown, or that there are none."""
    if (more := len(event.dyads) - MAX_PAIRS) > 0:
        yield _indented(Text(f"… and {more} more pairs", QUIET))
    if not event.dyads and event.analysis.status is AnalysisStatus.FULL:
        yield _indented(Text("no stance of one country to another", QUIET))


def _strongest(dyad: Dyad) -> Evidence | None:
    """The surest sentence that speaks for the stance, else the surest of all."""
    sides = {Stance.SUPPORTIVE: (1, 2), Stance.OPPOSING: (3, 4), Stance.NEUTRAL: ()}
    speaking = (one for one in dyad.evidence if one.quad_class in sides[dyad.stance])
    return next(speaking, next(iter(dyad.evidence), None))


def _pair(dyad: Dyad) -> Text:
    stance = f"{dyad.stance.value:<{_STANCE_WIDTH}}"
    confidence = f"{_bar(dyad.confidence, PAIR_BAR):<{PAIR_BAR}} {dyad.confidence:.2f}"
    return Text.assemble(
        (f"{dyad.source} → {dyad.target}", "bold"),
        "  ",
        (f"{stance}  {confidence}", COLOURS[dyad.stance]),
        no_wrap=True,
    )


def _quotation(evidence: Evidence) -> Text:
    text = Text(f"“{_line(evidence.text, MAX_SENTENCE)}”", "italic")
    if evidence.antecedent is not None:
        text.append(f"  after “{_line(evidence.antecedent.text)}”", f"not italic {QUIET}")
    return text.append(f"  {evidence.event}", f"not italic {QUIET}") if evidence.event else text


def _indented(part: RenderableType, *, steps: int = 1) -> Padding:
    return Padding.indent(part, steps * _INDENT)


def _bar(share: float, width: int) -> str:
    """`width` cells for one; more than nothing shows as one cell."""
    cells = round(share * width)
    return "█" * (max(cells, 1) if share > 0 else 0)


def _line(text: str, limit: int = MAX_FACT) -> str:
    return one_line(text, limit=limit)
