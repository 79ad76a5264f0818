"""SASL/SCRAM, TLS and ACLs on a broker that denies by default, and what is said where one lacks."""

import asyncio
import json
import ssl
import subprocess
import sys
import time

import pytest
import yaml

from contracts.record import Record
from service.settings import Settings
from service.transport.client import unreachable
from tests.faults.scale import SCALE
from tests.faults.secured import ACLS, SECRET, Secured, rules
from tests.integration.harness import (
    DEADLINE,
    Reader,
    Replica,
    article,
    committed,
    environment,
    fresh_settings,
    make_topics,
    publish,
    replica,
)

SERVICE_RULES = yaml.safe_load(ACLS.read_text(encoding="utf-8"))["service"]
LOOKED_AT = range(len(SERVICE_RULES)) if SCALE.long else (0, 1, len(SERVICE_RULES) - 1)
"""Which of the ACLs are taken away: in the short form the group's, the input's and the ids'."""
LACKS = {
    "group": "GroupAuthorizationFailed",
    "topic": "TopicAuthorizationFailed",
    "transactionalId": "TransactionalIdAuthorizationFailed",
}
"""What is said where an ACL on such a resource is missing."""


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    found = Secured(tmp_path_factory.mktemp("certificates"))
    with found.kafka:
        yield found


def quick(secured, **overrides):
    """Settings with short deadlines: what is refused is to be told soon."""
    return secured.plain(request_timeout=8.0, write_timeout=10.0, **overrides)


def tells_no_secret(*texts):
    return not any(SECRET in text or "PRIVATE KEY" in text for text in texts)


async def told(service, *words):
    """Everything that the service says, once its log and /readyz hold all `words`."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        log, ready = service.log(), (await service.get("/readyz"))[1]
        if all(word in log for word in words) and all(word in ready for word in words):
            break
        await asyncio.sleep(0.3)
    return log, ready


async def works(settings, plain, tmp_path):
    """Whether a service with `settings` does its work: an article, a dead letter, a restart."""
    await publish(plain, [article(1), article(2)._replace(value=b"{")])
    for number, handled in enumerate((2, 3)):
        async with replica(settings, tmp_path / f"log-{number}") as service:
            async with Reader(plain) as reader:
                seen = await reader.read_until(handled)
            _, metrics = await service.get("/metrics")
            assert await service.terminate() == 0
            assert tells_no_secret(service.log(), metrics)
        await publish(plain, [article(3)])
    assert seen.ids() == {"article-000001": 1, "article-000002": 1, "article-000003": 1}
    headers = [str(record.headers) for record in (*seen.enriched, *seen.dyads)]
    assert tells_no_secret(*headers)
    assert sum((await committed(plain)).values()) == 3


async def test_the_least_acls_are_enough_with_a_password(secured, tmp_path):
    plain = quick(secured)
    await make_topics(plain, partitions=2)
    user = secured.new_user()
    secured.allow(user, rules("service", plain))
    await works(secured.scram(plain, user), plain, tmp_path)


async def test_the_least_acls_are_enough_with_a_certificate(secured, tmp_path):
    plain = quick(secured)
    await make_topics(plain, partitions=2)
    certificate = secured.authority.issue("holder")
    secured.allow("holder", rules("service", plain))
    await works(secured.mtls(plain, certificate), plain, tmp_path)


@pytest.mark.parametrize(
    "number",
    LOOKED_AT,
    ids=[
        f"{rule['type']} {rule['name']}"
        for rule in (SERVICE_RULES[number]["resource"] for number in LOOKED_AT)
    ],
)
async def test_each_acl_is_needed_its_lack_is_told_and_with_it_work_goes_on(
    secured, tmp_path, number
):
    plain = quick(secured)
    await make_topics(plain, partitions=1)
    user = secured.new_user()
    all_rules = rules("service", plain)
    lacking = all_rules.pop(number)
    secured.allow(user, all_rules)
    await publish(plain, [article(1), article(2)._replace(value=b"{")])
    async with replica(secured.scram(plain, user), tmp_path / "log", until="") as service:
        resource = lacking["resource"]
        log, _ = await told_in_log(service, LACKS[resource["type"]], resource["name"])
        async with Reader(plain) as reader:
            seen = await reader.read_to_end()
            assert seen.handled == 0, "nothing was done without it"
            secured.allow(user, [lacking])
            seen = await reader.read_until(2)
        _, metrics = await service.get("/metrics")
        assert await service.terminate() == 0
        assert tells_no_secret(log, service.log(), metrics)
    assert seen.ids() == {"article-000001": 1, "article-000002": 1}


async def told_in_log(service, *words):
    """The log once one line of it holds all `words`, and what the probes say then."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        log = service.log()
        if any(all(word in line for word in words) for line in log.splitlines()):
            return log, (await service.get("/readyz"))[1]
        await asyncio.sleep(0.3)
    raise AssertionError(f"{words} were not told:\n{log}")


async def test_a_wrong_password_is_told_and_not_repeated(secured, tmp_path):
    plain = quick(secured)
    wrong = secured.scram(plain, secured.new_user(), sasl_password=f"{SECRET}-wrong")
    service = Replica(wrong, tmp_path / "log")
    try:
        log, ready = await told(service, "SaslAuthenticationFailed")
        assert "SaslAuthenticationFailed" in ready
        assert (await service.get("/healthz"))[0] == 200, "a restart would mend nothing"
        _, metrics = await service.get("/metrics")
        assert await service.terminate() == 0
        assert tells_no_secret(log, ready, metrics, service.log())
        assert "Traceback" not in service.log()
    finally:
        await service.kill()


@pytest.mark.parametrize("listener", ["scram", "mtls"])
async def test_a_broker_whose_authority_is_not_ours_is_not_talked_to(secured, listener):
    plain = quick(secured)
    make = secured.scram if listener == "scram" else secured.mtls
    who = secured.new_user() if listener == "scram" else secured.authority.issue("someone")
    settings = make(plain, who, ssl_cafile=secured.stranger.certificate)
    assert "CERTIFICATE_VERIFY_FAILED" in await unreachable(settings, timeout=60)
    assert tells_no_secret(await unreachable(settings, timeout=60))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("expired", "certificate has expired"),
        ("of tomorrow", "not yet valid"),
        ("of another host", "IP address mismatch"),
    ],
)
async def test_a_broker_with_a_bad_certificate_is_not_talked_to_and_it_says_why(
    secured, what, said
):
    """A listener that speaks only TLS will do: the handshake is as far as it comes."""
    chosen = {
        "expired": {"days": (-10, -2)},
        "of tomorrow": {"days": (1, 10)},
        "of another host": {"host": "127.0.0.9"},
    }[what]
    certificate = secured.authority.issue(f"server {what}", **chosen)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = secured.scram(
            fresh_settings("unused:1"), "anybody", bootstrap_servers=f"127.0.0.1:{port}"
        )
        why = await unreachable(settings, timeout=60)
    assert said in why
    assert f"127.0.0.1:{port}" in why
    assert tells_no_secret(why)


@pytest.mark.parametrize("whose", ["expired", "a stranger's", "none"])
async def test_a_client_certificate_that_the_broker_refuses_is_told(secured, tmp_path, whose):
    plain = quick(secured)
    settings = secured.mtls(
        plain,
        secured.stranger.issue("intruder")
        if whose == "a stranger's"
        else secured.authority.issue("late", days=(-10, -2)),
    )
    if whose == "none":
        settings = settings.model_copy(update={"ssl_certfile": None, "ssl_keyfile": None})
    service = Replica(settings, tmp_path / "log")
    try:
        log, ready = await told(service, "reaching a broker failed")
        assert (await service.get("/healthz"))[0] == 200
        assert await service.terminate() == 0
        assert tells_no_secret(log, ready)
        assert "Traceback" not in log
    finally:
        await service.kill()


async def run_command(settings, *arguments):
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "service", *arguments],
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert tells_no_secret(done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


async def test_publish_and_redrive_need_no_more_than_their_acls(secured, tmp_path):
    plain = quick(secured)
    await make_topics(plain, partitions=1)
    publisher, driver = secured.new_user(), secured.new_user()
    secured.allow(publisher, rules("publish", plain))
    secured.allow(driver, rules("redrive", plain))
    articles = tmp_path / "articles.jsonl"
    articles.write_text(json.dumps({"id": "a", "text": "Japan met Vietnam."}) + "\n")
    done = await run_command(secured.scram(plain, publisher), "publish", str(articles))
    assert done.returncode == 0, done.stderr
    done = await run_command(secured.scram(plain, driver), "publish", str(articles))
    assert done.returncode == 0, "it may write the input topic too"
    await publish(plain, [Record(b"bad", b"{")])
    async with replica(plain, tmp_path / "log"), Reader(plain) as reader:
        await reader.read_until(3, settle=0)
        done = await run_command(secured.scram(plain, driver), "redrive")
        assert "1 sent back" in done.stderr, done.stderr
        seen = await reader.read_until(4)
    assert [letter.attempts for letter in seen.letters] == [1, 2]
    done = await run_command(secured.scram(plain, publisher), "redrive")
    assert done.returncode == 1
    assert "AuthorizationFailed" in done.stderr


def test_a_wrong_password_of_a_command_is_one_line_that_says_so(secured):
    plain = quick(secured)
    settings = secured.scram(plain, "nobody", sasl_password=f"{SECRET}-wrong")
    done = asyncio.run(run_command(settings, "redrive"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "SaslAuthenticationFailed" in done.stderr


def test_the_acls_name_what_the_default_settings_do():
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    named = {(r["resource"]["type"], r["resource"]["name"]) for r in SERVICE_RULES}
    topics = ("input_topic", "enriched_topic", "dyads_topic", "dead_letter_topic")
    assert named == {
        ("group", defaults["group_id"]),
        *(("topic", defaults[topic]) for topic in topics),
        ("transactionalId", f"{defaults['group_id']}.{defaults['input_topic']}."),
    }
