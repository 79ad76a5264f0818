"""`dyadwire publish` on a real broker: every format in, what is bad named, progress shown."""

import asyncio
import json
import os
import pty
import subprocess
import sys

import pytest
from aiokafka import AIOKafkaConsumer

from contracts.parsing import parse_article
from contracts.record import Record
from tests.integration.harness import environment, fresh_settings, make_topics

NINJS = {"uri": "urn:example:1", "bodies": [{"contentType": "text/plain", "value": "A body."}]}


@pytest.fixture
async def settings(bootstrap):
    chosen = fresh_settings(bootstrap, max_article_bytes=20_000, request_timeout=5.0)
    await make_topics(chosen, partitions=2)
    return chosen


@pytest.fixture
def files(tmp_path):
    """Articles in each format; one line of the JSON Lines is bad."""
    lines = [json.dumps({"id": f"line-{n}", "text": "Some text."}) for n in range(3)]
    lines.insert(1, '{"id": "bad", "text": 3}')
    (tmp_path / "lines.jsonl").write_text("\n".join(lines))
    (tmp_path / "array.json").write_text(json.dumps([{"id": "element", "text": "x"}], indent=1))
    (tmp_path / "ninjs.json").write_text(json.dumps(NINJS, indent=1))
    (tmp_path / "story.txt").write_text("Japan and Vietnam met.")
    return ["lines.jsonl", "array.json", "ninjs.json", "-", "story.txt"]


def publish(settings, directory, *arguments, stdin=b"", **streams):
    return subprocess.run(
        [sys.executable, "-m", "service", "publish", *arguments],
        env=environment(settings),
        cwd=directory,
        input=stdin,
        timeout=60,
        check=False,
        **({"capture_output": True} | streams),
    )


async def published(settings):
    consumer = AIOKafkaConsumer(
        settings.input_topic,
        bootstrap_servers=settings.bootstrap_servers,
        auto_offset_reset="earliest",
    )
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        found = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [Record(r.key, r.value, tuple(r.headers)) for r in records]
    return found


async def test_all_formats_arrive_keyed_by_id_and_bad_lines_are_named(settings, tmp_path, files):
    stdin = b'{"id":"piped",  "text":"As it is."}\n'
    done = await asyncio.to_thread(publish, settings, tmp_path, *files, stdin=stdin)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode().splitlines() == [
        "lines.jsonl:2: invalid_field: text: should be a string",
        f"7 articles published to {settings.input_topic}",
    ]
    found = await published(settings)
    expected = {"line-0", "line-1", "line-2", "element", "urn:example:1", "piped", "story"}
    assert {record.key.decode() for record in found} == expected
    assert len(found) == 7
    for record in found:
        assert parse_article(record.value).id == record.key.decode()
    assert stdin.strip() in [record.value for record in found], "the bytes as they are"


async def test_forced_bad_articles_arrive_as_they_are(settings, tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b'\xff\n{"id": "long", "text": "' + b"x" * 20_000 + b'"}\n')
    refused = await asyncio.to_thread(publish, settings, tmp_path, "a.jsonl")
    assert refused.returncode == 1
    first, second, last = refused.stderr.decode().splitlines()
    assert first.startswith("a.jsonl:1: malformed_json: ")
    assert second.startswith("a.jsonl:2: too_large: value: 20026 bytes")
    assert last.startswith("0 articles published")
    assert await published(settings) == []
    forced = await asyncio.to_thread(publish, settings, tmp_path, "--force", "a.jsonl")
    assert forced.returncode == 1, "they are bad all the same"
    found = {record.key: record.value for record in await published(settings)}
    assert found[None] == b"\xff"
    assert len(found[b"long"]) == 20_026


async def test_progress_is_shown_on_a_terminal_and_nowhere_else(settings, tmp_path):
    lines = [json.dumps({"id": f"a{n}", "text": "x"}) for n in range(1_500)]
    (tmp_path / "many.jsonl").write_text("\n".join(lines))
    ours, theirs = pty.openpty()
    try:
        done = await asyncio.to_thread(
            publish,
            settings,
            tmp_path,
            "many.jsonl",
            capture_output=False,
            stdout=subprocess.PIPE,
            stderr=theirs,
        )
        shown = os.read(ours, 100_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, done.stdout) == (0, b"")
    assert "1500/1500" in shown
    assert f"1500 articles published to {settings.input_topic}" in shown
    assert len(await published(settings)) == 1_500


async def test_a_record_that_the_broker_refuses_is_named_with_its_place(settings, tmp_path):
    """The topic takes less than the service does: the operator's mistake."""
    big = settings.model_copy(update={"max_article_bytes": 200_000})
    lines = [
        json.dumps({"id": "small", "text": "x"}),
        json.dumps({"id": "b", "text": os.urandom(50_000).hex()}),
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    done = await asyncio.to_thread(publish, big, tmp_path, "a.jsonl")
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("dyadwire publish: ")
    assert "then a.jsonl:" in line
    assert "MessageSizeTooLarge" in line


async def test_a_missing_topic_is_one_line(settings, tmp_path, files):
    missing = settings.model_copy(update={"input_topic": "no-such-topic", "request_timeout": 2.0})
    done = await asyncio.to_thread(publish, missing, tmp_path, *files[1:3])
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert "no-such-topic" in line
    assert "array.json[1] was not taken" in line


async def test_no_broker_is_one_line_on_a_terminal_too(settings, tmp_path, files):
    away = settings.model_copy(update={"bootstrap_servers": "127.0.0.1:1"})
    done = await asyncio.to_thread(publish, away, tmp_path, *files)
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("dyadwire publish: no broker answered: ")
