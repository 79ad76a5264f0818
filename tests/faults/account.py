"""What went in and what came out, and the judgement: once each, in order, whole.

What is in the input topic, each article as often as it stands there, is what must come out: nothing
depends on what a producer believes that it has sent.
"""

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass

from aiokafka import ConsumerRecord

from service.settings import Settings
from tests.faults.load import serial_of


@dataclass(frozen=True)
class Verdict:
    """What a read_committed reader found; all but `articles` and `dyads` are faults."""

    articles: int
    dyads: int
    lost: int
    duplicated: int
    disordered: int
    torn: int
    refused: int

    @property
    def faults(self) -> dict[str, int]:
        rest = {"articles", "dyads"}
        return {name: n for name, n in asdict(self).items() if n and name not in rest}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an article stands in the input topic."""

    partition: int
    offset: int


class Account:
    """Takes every record of the input and output topics, as a read_committed reader sees them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.inputs: dict[int, list[_Place]] = defaultdict(list)
        self._outputs: Counter[int] = Counter()
        """How often each article came out."""
        self._promised: dict[int, Counter[str]] = {}
        """The dyads that an enriched article names."""
        self._delivered: dict[int, Counter[str]] = defaultdict(Counter)
        """The dyad events that came of it."""
        self._sequences: dict[tuple[str, int], list[int]] = defaultdict(list)
        """The articles of each output partition, in its order."""
        self._refused = 0
        self._next: dict[tuple[str, int], int] = {}
        """The next offset of each partition: a reader may be thrown back, when others are added."""

    @property
    def handled(self) -> int:
        """Outputs so far: enriched articles and dead letters."""
        return self._outputs.total() + self._refused

    def partition_of(self, serial: int) -> int | None:
        """The input partition of an article, once it was read there."""
        places = self.inputs.get(serial)
        return places[0].partition if places else None

    def note(self, topic: str, record: ConsumerRecord) -> int | None:
        """Takes a record; returns the article's number where it is an enriched one."""
        if record.offset < self._next.get((topic, record.partition), 0):
            return None
        self._next[topic, record.partition] = record.offset + 1
        if topic == self._settings.dead_letter_topic:
            self._refused += 1
            return None
        body = json.loads(record.value)
        if topic == self._settings.input_topic:
            place = _Place(record.partition, record.offset)
            self.inputs[serial_of(body["url"])].append(place)
            return None
        serial = serial_of(body["article"]["url"])
        self._sequences[topic, record.partition].append(serial)
        if topic == self._settings.dyads_topic:
            self._delivered[serial][_dyad(body)] += 1
            return None
        self._outputs[serial] += 1
        self._promised[serial] = Counter(_dyad(dyad) for dyad in body["dyads"])
        return serial

    def judge(self) -> Verdict:
        """What all this amounts to."""
        expected = {serial: len(places) for serial, places in self.inputs.items()}
        serials = expected.keys() | self._outputs.keys()
        gaps = [self._outputs.get(s, 0) - expected.get(s, 0) for s in serials]
        torn = sum(
            self._delivered.get(s, Counter()) != _times(dyads, expected.get(s, 0))
            for s, dyads in self._promised.items()
        ) + len(self._delivered.keys() - self._promised.keys())
        return Verdict(
            articles=sum(expected.values()),
            dyads=sum(map(Counter.total, self._delivered.values())),
            lost=sum(-gap for gap in gaps if gap < 0) - self._refused,
            duplicated=sum(gap for gap in gaps if gap > 0),
            disordered=sum(map(self._disorder, self._sequences.values())),
            torn=torn,
            refused=self._refused,
        )

    def _disorder(self, sequence: list[int]) -> int:
        """Outputs that come before one of an earlier article of the same input partition."""
        wrong, reached = 0, defaultdict(int)
        for serial in sequence:
            for place in self.inputs.get(serial, [])[:1]:
                wrong += place.offset < reached[place.partition]
                reached[place.partition] = max(reached[place.partition], place.offset)
        return wrong


def _dyad(dyad: dict[str, object]) -> str:
    return f"{dyad['source']}>{dyad['target']}"


def _times(counter: Counter[str], times: int) -> Counter[str]:
    return Counter({key: count * times for key, count in counter.items()} if times else {})
