"""What can go wrong, as one tree.

* `DyadwireError`
    * `ConfigurationError`: a setting or an argument is wrong; the message names it. Exit status 2.
    * `WorkerStartFailed`: a worker process could not load its models; no record is to blame.
    * `TransportError`: something between this service and the broker.
        * `BrokerUnavailable`: no broker answered within the deadline; retried with backoff.
        * `WriteFailed`: a transaction did not commit; its producer is rebuilt and it is retried.
        * `Fenced`: another instance took the partition over; the group is joined anew.
        * `UnreadableRecord`: the client cannot decode what the broker holds; nothing is skipped.
    * `DeadLetterLimitReached`: too many records in a row, or too large a share, were refused;
      the service stops consuming and says so instead of draining the feed.

A record that cannot be enriched is no exception but a value: `pipeline.Rejected`.
"""


class DyadwireError(Exception):
    """Base of all errors of this service."""


class ConfigurationError(DyadwireError):
    """A setting or an argument is wrong; the message names it."""


class WorkerStartFailed(DyadwireError):
    """A worker process could not load its models; no record is to blame."""


class TransportError(DyadwireError):
    """Something between this service and the broker."""


class BrokerUnavailable(TransportError):
    """No broker answered within the deadline."""


class WriteFailed(TransportError):
    """A transaction did not commit, or it is unknown whether it did."""


class Fenced(TransportError):
    """A newer producer with the same transactional id has taken the partition over."""


class UnreadableRecord(TransportError):
    """The client cannot decode a record; the message names where it stands."""


class DeadLetterLimitReached(DyadwireError):
    """The limit on dead letters was reached; nothing of the batch that reached it was written."""
