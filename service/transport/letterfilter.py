"""Which dead letters are meant."""

import hashlib
from dataclasses import asdict, dataclass

from contracts.deadletter import DeadLetter


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters to send back: all that match every condition given.

    Attributes:
        reasons: values of `dlq-reason`; empty for any.
        fields: values of `dlq-field`; empty for any.
        versions: service versions that refused them; empty for any.
        since_ms: refused record's own timestamp at or after, milliseconds since 1970 UTC.
        until_ms: before.
        max_attempts: letters refused more often stay where they are.
    """

    reasons: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    since_ms: int | None = None
    until_ms: int | None = None
    max_attempts: int | None = None

    def matches(self, letter: DeadLetter) -> bool:
        """Whether `letter` is to be sent back."""
        at = letter.timestamp_ms or 0
        return (
            (not self.reasons or letter.reason.value in self.reasons)
            and (not self.fields or letter.field in self.fields)
            and (not self.versions or letter.service_version in self.versions)
            and (self.since_ms is None or at >= self.since_ms)
            and (self.until_ms is None or at < self.until_ms)
            and (self.max_attempts is None or letter.attempts <= self.max_attempts)
        )

    def group_id(self, prefix: str) -> str:
        """The consumer group that remembers how far a run with this filter came."""
        facts = {
            name: sorted(set(value)) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()  # in whatever order the values were given
        }
        digest = hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()
        return f"{prefix}.redrive.{digest[:12]}"
