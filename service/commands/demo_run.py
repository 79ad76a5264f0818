"""A demo on a broker that is there: service up, articles in, outcomes shown and counted."""

import asyncio
import signal
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.text import Text

from contracts.deadletter import DeadLetter
from contracts.vocabulary import Stance
from service.app import Service
from service.commands import show
from service.commands.articles import Item
from service.commands.outcomes import Ledger, Outcome, Outcomes, outcomes, start_group_at_end
from service.commands.publish import publish_items
from service.errors import ConfigurationError, DyadwireError
from service.settings import Settings
from service.transport.topics import create_topics

PARTITIONS = 3
PATIENCE = 60.0
"""Seconds without any progress after which the demo gives up."""
GLANCE = 0.1
"""Seconds between two looks whether the service is ready."""
NAMED = 3
"""Articles that a message names at most."""

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks the probes past any proxy of the environment."""


class Stuck(DyadwireError):
    """What was awaited did not happen."""


class Demo:
    """One run of the demo.

    Args:
        settings: of the service, with the broker that is there and a group of this run's own.
        items: what is published.
        console: where it is shown.
        log_file: where the service logs to, to be named.
    """

    def __init__(
        self, settings: Settings, items: Sequence[Item], *, console: Console, log_file: Path
    ) -> None:
        self._settings = settings
        self._items = items
        self._ledger = Ledger(items)
        self._console = console
        self._log_file = log_file
        self._enriched = self._dead_letters = 0
        self._stances = Counter[Stance]()
        self._started = self._latest = 0.0

    async def perform(self, *, follow: bool) -> int:
        """Publishes and shows until every article has come out; with `follow` until Ctrl-C.

        Returns:
            0; all else is an error.

        Raises:
            DyadwireError: an article did not come out or came out twice, the broker or the
                service failed.
        """
        task = asyncio.current_task()
        if task is not None:  # a polite end is the same as Ctrl-C, which cancels this task
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await create_topics(self._settings, partitions=PARTITIONS)
        await start_group_at_end(self._settings)
        async with outcomes(self._settings) as reader:
            async with self._serving() as (serving, url):
                await self._until_ready(serving, url)
                await self._until_all_out(reader, serving, url)
                figures = await asyncio.to_thread(_figures, url)
                if follow:
                    await self._follow(reader, serving)
            if not follow:  # what the service wrote last is there now: is it one too many?
                for outcome in await reader.read_rest():
                    self._ledger.settle(outcome)
        self._conclude(figures, url)
        return 0

    @asynccontextmanager
    async def _serving(self) -> "AsyncIterator[tuple[asyncio.Task[int], str]]":
        """The service at work, and where its probes are; it has drained when this ends."""
        settings = self._settings
        try:
            service = Service(settings)
        except OSError as error:
            raise ConfigurationError(
                f"DYADWIRE_PROBE_PORT: cannot listen on port {settings.probe_port}: "
                f"{error.strerror}"
            ) from error
        serving = asyncio.create_task(service.run())
        host = settings.probe_host if settings.probe_host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 compared, not listened on
        try:
            yield serving, f"http://{host}:{service.probes.port}"
        finally:
            service.stop()
            await asyncio.wait({serving})  # within its own deadline

    async def _until_ready(self, serving: "asyncio.Task[int]", url: str) -> None:
        started = time.monotonic()
        while True:
            _raise_if_ended(serving)
            ready, reason = await asyncio.to_thread(_get, f"{url}/readyz")
            seconds = time.monotonic() - started
            if ready:
                break
            if seconds > PATIENCE:
                raise Stuck(f"the service is not ready: {reason}; its log: {self._log_file}")
            await asyncio.sleep(GLANCE)
        self._console.print(f"service ready in {seconds:.1f} s")
        self._say_where(f"{url}/metrics")
        self._console.print(f"publishing {len(self._items)} articles\n")

    async def _until_all_out(
        self, reader: Outcomes, serving: "asyncio.Task[int]", url: str
    ) -> None:
        self._started = progressed = time.monotonic()
        publishing = asyncio.create_task(publish_items(self._settings, self._items))
        try:
            while not self._ledger.complete:
                _raise_if_ended(serving)
                if publishing.done():
                    publishing.result()
                read = await reader.read()
                for outcome in read:
                    if self._ledger.settle(outcome):
                        self._note(outcome)
                if read:
                    progressed = time.monotonic()
                    continue
                await self._raise_if_stuck(url, since=progressed)
        finally:
            publishing.cancel()
            await asyncio.wait({publishing})

    async def _raise_if_stuck(self, url: str, *, since: float) -> None:
        _, reason = await asyncio.to_thread(_get, f"{url}/readyz")
        halted = (await asyncio.to_thread(_figures, url)).get("dyadwire_halted")
        if not halted and time.monotonic() - since <= PATIENCE:
            return
        missing = self._ledger.missing
        names = ", ".join(missing[:NAMED]) + (" …" if len(missing) > NAMED else "")
        waited = "" if halted else f" within {PATIENCE:.0f} s without progress"
        raise Stuck(
            f"{len(missing)} of {len(self._items)} articles did not come out{waited} ({names}); "
            f"the service says: {reason}; its log: {self._log_file}"
        )

    async def _follow(self, reader: Outcomes, serving: "asyncio.Task[int]") -> None:
        """Shows what comes out, whoever published it, until Ctrl-C cancels this task."""
        settings = self._settings
        self._console.print(
            f"following: publish to {settings.input_topic} at {settings.bootstrap_servers}, "
            "Ctrl-C ends\n",
            style=show.QUIET,
        )
        try:
            while True:
                _raise_if_ended(serving)
                for outcome in await reader.read():
                    self._note(outcome)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()

    def _note(self, outcome: Outcome) -> None:
        self._latest = time.monotonic()
        if isinstance(outcome, DeadLetter):
            self._dead_letters += 1
            self._console.print(show.dead_letter(outcome), "")
            return
        self._enriched += 1
        self._stances.update(dyad.stance for dyad in outcome.dyads)
        self._console.print(show.article(outcome), "")

    def _conclude(self, figures: dict[str, float], url: str) -> None:
        totals = show.Totals(
            articles=self._enriched + self._dead_letters,
            enriched=self._enriched,
            dead_letters=self._dead_letters,
            stances=self._stances,
            seconds=self._latest - self._started,
        )
        self._console.print(show.summary(totals), show.figures(figures))
        self._say_where(f"{url}/metrics while it ran; --follow (FOLLOW=1) keeps it running")

    def _say_where(self, metrics: str) -> None:
        for name, place in (("metrics", metrics), ("log", self._log_file)):
            self._console.print(Text(f"{name:<8} {place}", show.QUIET), soft_wrap=True)


def _raise_if_ended(serving: "asyncio.Task[int]") -> None:
    if serving.done():
        raise Stuck(f"the service ended by itself with status {serving.result()}")


def _get(url: str) -> tuple[bool, str]:
    """Whether the answer was 200, and its text."""
    try:
        with _DIRECT.open(url, timeout=5) as answer:
            return True, answer.read().decode().strip()
    except urllib.error.HTTPError as error:
        return False, error.read().decode().strip()
    except OSError as error:
        return False, str(error)


def _figures(url: str) -> dict[str, float]:
    """Each metric's samples added up, whatever their labels; empty where none could be had."""
    found, text = _get(f"{url}/metrics")
    figures: defaultdict[str, float] = defaultdict(float)
    for family in text_string_to_metric_families(text) if found else ():
        for sample in family.samples:
            figures[sample.name] += sample.value
    return dict(figures)
