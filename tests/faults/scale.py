"""How hard the faults hit: one object for the short form (in `make test`) and the long one.

`FAULTS=long` chooses the long form, `FAULTS_SEED=n` the random moments.
"""

import os
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers of one form.

    Attributes:
        kills: `kill -9` of a replica with a fake enrichment, which is quick to come back.
        real_kills: the same with the real enrichment.
        takeovers: kills within an open transaction.
        rebalances: in a row, while a slow batch is in work.
        terms: SIGTERM at random moments of a replica's life.
        outage: seconds that all brokers are away.
        unwritable: seconds that too few brokers are there to write.
        pause: seconds that the broker does not answer.
        backlog: articles that wait while the outputs cannot be written.
        long: whether what takes minutes by its nature is run at all.
    """

    kills: int
    real_kills: int
    takeovers: int
    rebalances: int
    terms: int
    outage: float
    unwritable: float
    pause: float
    backlog: int
    long: bool


SHORT = Scale(
    kills=2,
    real_kills=1,
    takeovers=1,
    rebalances=2,
    terms=3,
    outage=8,
    unwritable=5,
    pause=8,
    backlog=2_000,
    long=False,
)
LONG = Scale(
    kills=100,
    real_kills=10,
    takeovers=10,
    rebalances=10,
    terms=20,
    outage=120,
    unwritable=30,
    pause=60,
    backlog=10_000,
    long=True,
)

SCALE = LONG if os.environ.get("FAULTS") == "long" else SHORT
SEED = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))
