"""Dead letters go back to the input topic once, by filter, and are read as articles again."""

import asyncio
import gc
import subprocess
import sys

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.deadletter import DeadLetter, RejectReason
from contracts.record import Record, header_text
from service.errors import BrokerUnavailable, ConfigurationError
from service.transport import redrive as redriving
from service.transport.client import describe
from service.transport.letterfilter import LetterFilter
from service.transport.producer import send_record
from service.transport.redrive import redrive
from tests.integration.harness import (
    Reader,
    article,
    environment,
    fresh_settings,
    make_topics,
    publish,
    replica,
)

HEADERS = (("origin", b"\xff\x00"), ("empty", None), ("origin", b"again"))


@pytest.fixture
async def settings(bootstrap):
    chosen = fresh_settings(bootstrap)
    await make_topics(chosen, partitions=2)
    return chosen


def letter(number, reason=RejectReason.ENRICHMENT_FAILED, *, record=None, **facts):
    stated = {
        "field": None,
        "timestamp_ms": 1_000 + number,
        "service_version": "1",
        "message": f"letter {number}",
    } | facts
    return DeadLetter.refuse(
        record or article(number)._replace(headers=HEADERS),
        reason=reason,
        topic="articles",
        partition=0,
        offset=number,
        **stated,
    )


async def write(settings, *records, topic=None):
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers) as producer:
        for record in records:
            await (await send_record(producer, topic or settings.dead_letter_topic, record))


async def returned(settings):
    """All that is committed in the input topic, in order of arrival."""
    consumer = AIOKafkaConsumer(
        settings.input_topic,
        bootstrap_servers=settings.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        found = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [Record(r.key, r.value, tuple(r.headers)) for r in records]
    return found


def back(settings, **options):
    wanted = LetterFilter(**{k: v for k, v in options.items() if k not in {"again", "dry_run"}})
    flags = {k: v for k, v in options.items() if k in {"again", "dry_run"}}
    return redrive(settings, wanted, group_prefix=settings.group_id, **flags)


async def test_letters_go_back_once_as_they_were_read_with_their_count(settings):
    keyless = letter(2, record=Record(None, b"{", ()))
    empty = letter(3, RejectReason.NULL_VALUE, record=Record(None, None, HEADERS[:1]))
    tombstone = letter(4, RejectReason.NULL_VALUE, record=Record(b"key", None, ()))
    letters = [letter(1), keyless, empty, tombstone]
    await write(settings, *(one.to_record() for one in letters), Record(b"x", b"no letter"))

    dry = await back(settings, dry_run=True)
    assert (dry.read, dry.sent, dry.left, dry.unreadable) == (5, 4, 0, 1)
    assert await returned(settings) == []

    tally = await back(settings)
    assert (tally.read, tally.sent, tally.left, tally.unreadable) == (5, 4, 0, 1)
    found = await returned(settings)
    by_value = {(record.key, record.value): record.headers for record in found}
    assert by_value == {
        (one.key, one.value): (*one.headers, ("dlq-attempts", b"1")) for one in letters
    }
    assert len(found) == 4

    assert await back(settings) == redriving.Tally(), "the same run again finds nothing"
    await write(settings, letter(5).to_record())
    assert (await back(settings)).sent == 1, "what came since"
    assert (await back(settings, again=True)).sent == 5
    assert len(await returned(settings)) == 10


async def test_filters_choose_and_each_remembers_its_own_way(settings):
    letters = [
        letter(1, RejectReason.ENRICHMENT_FAILED, service_version="1"),
        letter(2, RejectReason.INVALID_FIELD, field="published_at"),
        letter(3, RejectReason.INVALID_FIELD, field="text", service_version="2"),
        letter(
            4,
            RejectReason.WORKER_CRASHED,
            record=article(4)._replace(headers=(("dlq-attempts", b"3"),)),
        ),
    ]
    await write(settings, *(one.to_record() for one in letters))
    choices = [
        {"reasons": ("enrichment_failed",)},
        {"fields": ("published_at",)},
        {"reasons": ("invalid_field",), "versions": ("2",)},
        {"since_ms": 1_004},
    ]
    for options in choices:
        tally = await back(settings, **options)
        assert (tally.read, tally.sent, tally.left) == (4, 1, 3), options
    assert sorted(r.key for r in await returned(settings)) == [one.key for one in letters]
    assert (await back(settings, max_attempts=3, dry_run=True)).sent == 3
    assert (await back(settings, until_ms=1_003, dry_run=True)).sent == 2


def test_the_order_in_which_a_filter_is_written_makes_no_other_filter():
    one = LetterFilter(reasons=("a", "b"), since_ms=1)
    assert one.group_id("g") == LetterFilter(reasons=("b", "a", "b"), since_ms=1).group_id("g")
    others = [LetterFilter(reasons=("a",), since_ms=1), LetterFilter(fields=("a", "b"), since_ms=1)]
    assert len({one.group_id("g"), *(other.group_id("g") for other in others)}) == 3


async def test_after_a_fix_they_are_enriched_and_what_fails_again_counts_on(settings, tmp_path):
    async with replica(settings, tmp_path / "log"), Reader(settings) as reader:
        await publish(settings, [article(1), Record(b"bad", b"{", HEADERS)])
        seen = await reader.read_until(2, settle=0)
        assert [(one.key, one.attempts) for one in seen.letters] == [(b"bad", 1)]
        await write(settings, letter(7).to_record())  # of a release that could not read it
        assert (await back(settings)).sent == 2
        seen = await reader.read_until(5)
    assert sorted(record.key for record in seen.enriched) == [b"article-000001", b"article-000007"]
    refused = [(one.key, one.attempts, one.headers) for one in seen.letters if one.key == b"bad"]
    assert refused == [(b"bad", 1, HEADERS), (b"bad", 2, HEADERS)]
    (fixed,) = [record for record in seen.enriched if record.key == b"article-000007"]
    assert header_text(fixed.headers, "dlq-attempts") is None


async def test_a_run_that_fails_in_the_middle_can_be_repeated(settings, monkeypatch):
    """What it reported as sent is there, and nothing is there twice."""
    monkeypatch.setattr(redriving, "BATCH", 10)
    await write(settings, *(letter(n).to_record() for n in range(40)))
    reported = []

    def report(one, _sent):
        reported.append(one.key)
        if len(reported) == 15:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await redrive(settings, LetterFilter(), group_prefix=settings.group_id, on_letter=report)
    first = [record.key for record in await returned(settings)]
    assert set(reported) <= set(first)
    assert len(first) < 40
    await back(settings)
    assert sorted(record.key for record in await returned(settings)) == [
        article(n).key for n in range(40)
    ]


async def test_a_transaction_that_fails_is_undone_at_once(settings, monkeypatch):
    """A reader of the input topic does not have to wait for its timeout."""
    await write(settings, *(letter(n).to_record() for n in range(3)))

    async def fails(*_):
        raise TimeoutError

    monkeypatch.setattr(AIOKafkaProducer, "send_offsets_to_transaction", fails)
    with pytest.raises(BrokerUnavailable, match="after 0 letters: TimeoutError"):
        await back(settings)
    async with asyncio.timeout(10):
        assert await returned(settings) == []
    monkeypatch.undo()
    assert (await back(settings)).sent == 3


async def test_a_second_run_of_the_same_filter_takes_over_and_nothing_is_sent_twice(settings):
    await write(settings, *(letter(n).to_record() for n in range(20)))
    outcomes = await asyncio.gather(back(settings), back(settings), return_exceptions=True)
    assert all(isinstance(one, (redriving.Tally, redriving.WriteFailed)) for one in outcomes), [
        describe(one) for one in outcomes if isinstance(one, BaseException)
    ]
    await back(settings)
    assert len(await returned(settings)) == 20
    # After a fence aiokafka leaves a future that no one reads. asyncio tells when it is collected;
    # better here than while something is compiled, which CPython 3.11 does not survive.
    gc.collect()


async def test_a_missing_topic_is_told(settings):
    missing = settings.model_copy(update={"dead_letter_topic": "no-such-topic"})
    with pytest.raises(ConfigurationError, match=r"DYADWIRE_DEAD_LETTER_TOPIC: .*no-such-topic"):
        await back(missing)


async def test_on_the_command_line(settings):
    await write(settings, letter(1).to_record(), letter(2, RejectReason.TOO_LARGE).to_record())

    def dyadwire(*arguments, **changes):
        return subprocess.run(
            [sys.executable, "-m", "service", "redrive", *arguments],
            env=environment(settings.model_copy(update=changes)) | {"COLUMNS": "80"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    dry = await asyncio.to_thread(dyadwire, "--reason", "too_large", "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, "articles/0@2\ttoo_large\t-\tletter 2\n")
    assert dry.stderr == (
        f"2 dead letters read, 1 would be sent back to {settings.input_topic}, 1 left, "
        "0 unreadable\n"
    )
    done = await asyncio.to_thread(dyadwire)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    missing = await asyncio.to_thread(dyadwire, dead_letter_topic="no-such-topic")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == (
        "dyadwire redrive: DYADWIRE_DEAD_LETTER_TOPIC: there is no topic no-such-topic\n"
    )
