"""How many records a batch takes: more while they are quick, fewer while they are not."""

FIRST_RECORDS = 64
"""Records of a batch at first and at least, unless fewer are allowed: two chunks of a worker."""
QUICK, SLOW = 0.1, 0.5
"""Seconds of processing up to which a full batch is followed by larger ones, and from which on by
smaller ones: a transaction costs the same for many records as for few."""


class BatchSize:
    """The size of the next batch of one partition.

    Args:
        most: what it may grow to.

    Attributes:
        records: the size.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.records = min(FIRST_RECORDS, most)

    def fit(self, records: int, *, seconds: float) -> None:
        """Learns that a batch of so many records took so long to process."""
        if self.records == 1:
            return
        if seconds >= SLOW:
            self.records = min(self.records, max(FIRST_RECORDS, self.records // 2))
        elif seconds <= QUICK and records >= self.records:
            self.records = min(2 * self.records, self._most)

    def one_by_one(self) -> bool:
        """Reads record by record from now on; whether that is new."""
        new = self.records > 1
        self.records = 1
        return new
