"""Prints who takes which stance towards a country, as it is published.

python subscribe.py --target JPN --stance opposing
"""

import argparse
import asyncio

from aiokafka import AIOKafkaConsumer

from contracts.cloudevents import DYAD_TYPE, read_event
from contracts.events import DyadEvent
from contracts.record import Headers, header_text
from contracts.vocabulary import Stance


def wanted(headers: Headers, *, target: str | None, stance: str | None) -> bool:
    """Decided by the headers alone: what is not wanted is never parsed."""
    return (
        header_text(headers, "ce_type") == DYAD_TYPE  # a type of tomorrow is not for us
        and target in (None, header_text(headers, "ce_dyadtarget"))
        and stance in (None, header_text(headers, "ce_stance"))
    )


def show(event: DyadEvent) -> None:
    """What you do with an event."""
    stance = f"{event.source} > {event.target} {event.stance} {event.score:.2f}"
    print(stance, event.evidence[0].text if event.evidence else "", flush=True)


async def main(options: argparse.Namespace) -> None:
    """Follows the topic until `limit` events were shown."""
    consumer = AIOKafkaConsumer(
        options.topic,
        bootstrap_servers=options.bootstrap_servers,
        group_id=options.group,
        isolation_level="read_committed",  # without it you see what was given up
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    known: set[str | None] = set()  # in earnest: the primary key of the table that you write to
    async with consumer:
        while True:
            polled = await consumer.getmany(timeout_ms=1000)
            for record in (record for records in polled.values() for record in records):
                identity = header_text(record.headers, "ce_id")
                if identity in known or not wanted(
                    record.headers, target=options.target, stance=options.stance
                ):
                    continue
                event = read_event(record.key, record.value, record.headers)
                if isinstance(event, DyadEvent):
                    show(event)
                known.add(identity)
                if len(known) == options.limit:
                    return
            if polled:
                await consumer.commit()  # after the work: what a crash interrupts comes again


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap-servers", default="localhost:9092")
    parser.add_argument("--topic", default="news.dyads.v1")
    parser.add_argument("--group", default="japan-desk", help="each subscriber has its own")
    parser.add_argument("--target", help="a country, alpha-3")
    parser.add_argument("--stance", choices=list(Stance))
    parser.add_argument("--limit", type=int, help="end after so many events")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(arguments()))
