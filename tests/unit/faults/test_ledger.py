"""The reader that judges the fault tests sees what is lost, repeated, out of order and torn."""

import json
from types import SimpleNamespace

import pytest

from service.settings import Settings, load
from tests.faults.ledger import Ledger

PLACE = "https://example.org/"
DYADS = [{"source": "JPN", "target": "VNM"}]


@pytest.fixture
def ledger():
    return Ledger(load(Settings, bootstrap_servers="127.0.0.1:1"))


def note(ledger, topic, serial, *, offset=0, partition=0, **fields):
    body = {"url": f"{PLACE}{serial}", "article": {"url": f"{PLACE}{serial}"}, **fields}
    record = SimpleNamespace(
        partition=partition, offset=offset, timestamp=0, value=json.dumps(body).encode()
    )
    ledger.note(topic, record)


def came(ledger, *serials):
    """Two articles went in, in this order; these came out."""
    settings = ledger._settings
    for serial in (1, 2):
        note(ledger, settings.input_topic, serial, offset=serial)
    for serial in serials:
        note(ledger, settings.enriched_topic, serial, dyads=DYADS)
        note(ledger, settings.dyads_topic, serial, **DYADS[0])
    return ledger.judge().faults


def test_all_is_well(ledger):
    assert came(ledger, 1, 2) == {}


def test_lost(ledger):
    assert came(ledger, 1) == {"lost": 1}


def test_twice(ledger):
    assert came(ledger, 1, 2, 2) == {"duplicated": 1, "torn": 1}


def test_one_lost_and_one_twice_do_not_cancel_out(ledger):
    assert came(ledger, 1, 1) == {"lost": 1, "duplicated": 1, "torn": 1}


def test_out_of_order(ledger):
    assert came(ledger, 2, 1) == {"disordered": 2}


def test_an_article_without_its_dyad_event(ledger):
    came(ledger, 1)
    note(ledger, ledger._settings.enriched_topic, 2, dyads=DYADS)
    assert ledger.judge().faults == {"torn": 1}


def test_a_dyad_event_without_its_article(ledger):
    came(ledger, 1)
    note(ledger, ledger._settings.dyads_topic, 2, **DYADS[0])
    assert ledger.judge().faults == {"lost": 1, "torn": 1}


def test_a_dead_letter(ledger):
    came(ledger, 1)
    ledger.note(ledger._settings.dead_letter_topic, SimpleNamespace())
    assert ledger.judge().faults["refused"] == 1
