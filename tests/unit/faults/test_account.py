"""The reader that judges the fault tests sees what is lost, repeated, out of order and torn."""

import json
from types import SimpleNamespace

import pytest

from service.settings import Settings, load
from tests.faults.account import Account

PLACE = "https://example.org/"
DYADS = [{"source": "JPN", "target": "VNM"}]


@pytest.fixture
def account():
    return Account(load(Settings, bootstrap_servers="127.0.0.1:1"))


def note(account, topic, serial, **fields):
    """The next record of partition 0."""
    body = {"url": f"{PLACE}{serial}", "article": {"url": f"{PLACE}{serial}"}, **fields}
    offset = account._next.get((topic, 0), 0)
    value = json.dumps(body).encode()
    account.note(topic, SimpleNamespace(partition=0, offset=offset, timestamp=0, value=value))


def came(account, *serials):
    """Two articles went in, in this order; these came out."""
    settings = account._settings
    for serial in (1, 2):
        note(account, settings.input_topic, serial)
    for serial in serials:
        note(account, settings.enriched_topic, serial, dyads=DYADS)
        note(account, settings.dyads_topic, serial, **DYADS[0])
    return account.judge().faults


def test_all_is_well(account):
    assert came(account, 1, 2) == {}


def test_lost(account):
    assert came(account, 1) == {"lost": 1}


def test_twice(account):
    assert came(account, 1, 2, 2) == {"duplicated": 1, "torn": 1}


def test_one_lost_and_one_twice_do_not_cancel_out(account):
    assert came(account, 1, 1) == {"lost": 1, "duplicated": 1, "torn": 1}


def test_out_of_order(account):
    assert came(account, 2, 1) == {"disordered": 2}


def test_an_article_without_its_dyad_event(account):
    came(account, 1)
    note(account, account._settings.enriched_topic, 2, dyads=DYADS)
    assert account.judge().faults == {"torn": 1}


def test_a_dyad_event_without_its_article(account):
    came(account, 1)
    note(account, account._settings.dyads_topic, 2, **DYADS[0])
    assert account.judge().faults == {"lost": 1, "torn": 1}


def test_a_dead_letter(account):
    came(account, 1)
    letter = SimpleNamespace(partition=0, offset=0)
    account.note(account._settings.dead_letter_topic, letter)
    assert account.judge().faults["refused"] == 1


def test_what_the_reader_itself_reads_again_does_not_count(account):
    came(account, 1, 2)
    account._next[account._settings.enriched_topic, 0] = 5
    again = SimpleNamespace(partition=0, offset=0, timestamp=0, value=b"")
    account.note(account._settings.enriched_topic, again)
    assert account.judge().faults == {}
