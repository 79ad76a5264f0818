"""The local broker itself: it starts, keeps its data, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.broker import BrokerStartError, LocalKafka, LocalKafkaError
from deploy.local.node import SUPERVISOR
from deploy.local.ports import free_ports

RUN = [sys.executable, "-m", "deploy.local"]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with LocalKafka(directory=tmp_path_factory.mktemp("kafka")) as running:
        yield running


async def create_topic(kafka, name, *, partitions=1, replication=1, configs=None):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(name, partitions, replication, topic_configs=configs or {})]
        )
    finally:
        await admin.close()


async def produce(kafka, topic, *values, **options):
    options = {"acks": "all", **options}
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, **options) as producer:
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)


async def read(kafka, topic, count, **options):
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest", **options
    )
    await consumer.start()
    try:
        if options.get("group_id"):
            consumer.subscribe([topic])
        else:
            consumer.assign([TopicPartition(topic, 0)])
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


def holders(marker):
    """The ids of the processes whose command line names `marker`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue  # it ended just now
        if str(marker).encode() in command:
            found.append(int(entry.name))
    return found


def wait_until(condition, *, timeout=20.0):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.05)


async def test_produce_and_consume_in_a_group(kafka):
    await create_topic(kafka, "plain")
    await produce(kafka, "plain", b"one", b"two")
    assert await read(kafka, "plain", 2, group_id="g") == [b"one", b"two"]


async def test_records_of_16_mib_where_the_topic_allows_them(kafka):
    await create_topic(kafka, "large", configs={"max.message.bytes": str(16 * 2**20)})
    value = bytes(16 * 2**20 - 1000)
    await produce(kafka, "large", value, max_request_size=2**24)
    assert await read(kafka, "large", 1, max_partition_fetch_bytes=2**24) == [value]


async def test_kill_and_restart_keep_port_and_data(kafka):
    await create_topic(kafka, "kept")
    await produce(kafka, "kept", b"before")
    before = kafka.bootstrap_servers
    kafka.kill()
    assert not kafka.alive()
    kafka.restart()
    assert kafka.alive()
    assert kafka.bootstrap_servers == before
    await produce(kafka, "kept", b"after")
    assert await read(kafka, "kept", 2) == [b"before", b"after"]


async def test_paused_broker_answers_after_it_is_resumed(kafka):
    await create_topic(kafka, "paused")
    kafka.pause()
    assert kafka.alive()
    resume = threading.Timer(0.5, kafka.resume)
    resume.start()
    started = time.monotonic()
    await produce(kafka, "paused", b"x")
    assert time.monotonic() - started > 0.4
    resume.join()


def test_starting_a_running_one_is_refused(kafka):
    with pytest.raises(LocalKafkaError, match="runs already"):
        kafka.start()


def test_two_on_one_directory_the_second_says_why(kafka):
    with pytest.raises(BrokerStartError, match="lock") as refused:
        LocalKafka(directory=kafka.directory).start()
    assert refused.value.log_tail
    assert kafka.alive()
    kafka.restart()  # and its settings are still its own


def test_bad_setting_shows_in_the_error():
    with pytest.raises(BrokerStartError, match="num\\.io\\.threads"):
        LocalKafka(properties={"num.io.threads": "none"}).start()


async def test_kept_directory_is_found_again_after_stop(tmp_path):
    with LocalKafka(directory=tmp_path / "new" / "kafka") as kafka:
        await create_topic(kafka, "kept")
        await produce(kafka, "kept", b"x")
        before = kafka.bootstrap_servers
    kafka.stop()  # a second time does nothing
    assert not kafka.alive()
    kafka.start()
    try:
        assert kafka.bootstrap_servers == before
        assert await read(kafka, "kept", 1) == [b"x"]
    finally:
        kafka.stop()
    assert holders(tmp_path) == []


def test_two_at_once_do_not_clash_and_leave_no_files():
    both = [LocalKafka(), LocalKafka()]
    threads = [threading.Thread(target=one.start) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        # The threads that started them are gone; the brokers are not.
        assert [one.alive() for one in both] == [True, True]
        assert len({one.bootstrap_servers for one in both}) == 2
        directories = [one.directory for one in both]
    finally:
        for one in both:
            one.stop()
    assert not any(directory.exists() for directory in directories)


def test_taken_port_means_another_try(kafka):
    taken = int(kafka.bootstrap_servers.rpartition(":")[2])
    offered = []

    def choose(count):
        offered.append([taken, *free_ports(count - 1)] if not offered else free_ports(count))
        return offered[-1]

    with LocalKafka(choose_ports=choose) as second:
        assert second.bootstrap_servers == f"127.0.0.1:{offered[1][0]}"
    assert len(offered) == 2


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_broker_outlives_its_parent(how, tmp_path):
    # A parent without any handling of signals, with a forked child that holds its pipes open.
    code = (
        "import os, time\n"
        "from deploy.local.broker import LocalKafka\n"
        "kafka = LocalKafka()\n"
        "kafka.start()\n"
        "if os.fork() == 0:\n"
        "    os.setsid(); os.read(0, 1); os._exit(0)\n"
        "print(kafka.directory, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,  # the forked child ends when this is closed
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with parent:
        directory = parent.stdout.readline().strip()
        assert len(holders(directory)) == 2  # the broker and its supervisor
        parent.send_signal(how)
        parent.wait(10)
        wait_until(lambda: holders(directory) == [])
        wait_until(lambda: not Path(directory).exists())


def test_no_broker_outlives_its_supervisor(tmp_path):
    kafka = LocalKafka(directory=tmp_path)
    kafka.start()
    (supervisor,) = set(holders(tmp_path)) & set(holders(SUPERVISOR))
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: holders(tmp_path) == [])
    kafka.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_command_runs_until_it_is_stopped(how):
    command = [*RUN, "--topics", "news.articles.v1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    with process:
        bootstrap = process.stdout.readline().strip()
        assert bootstrap.startswith("127.0.0.1:")
        os.killpg(process.pid, how)  # as a terminal does
        assert process.wait(20) == 0
        assert process.stdout.read() == ""


def test_missing_java_is_one_line_and_status_2():
    environ = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    done = subprocess.run(
        RUN, capture_output=True, text=True, env={**environ, "PATH": ""}, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "apt-get install openjdk-17-jre-headless maven" in done.stderr
