"""dyadwire as it is deployed, but with as many records a transaction as the others have."""

import sys

from tests.bench.peers.replica import run, settings_of
from tests.bench.peers.task import from_arguments

if __name__ == "__main__":
    task = from_arguments()
    sys.exit(run(settings_of(task, batch_max_records=task.batch)))
