"""What can be wrong with an input record.

::

    ValueError
    └── ArticleError      the record is no article that can be enriched: reason, field, message
        └── NotPublishable    the publisher says that it must not be published
"""

from contracts.deadletter import RejectReason
from contracts.wording import MAX_FIELD_LENGTH, one_line


class ArticleError(ValueError):
    """A record is no article that can be enriched.

    Attributes:
        reason: null_value, malformed_json, invalid_field or not_publishable.
        field: path of the field at fault, such as ``bodies.0.value``; None for the whole value.
        message: one line of at most 500 characters; holds nothing of the article's text.
    """

    def __init__(self, reason: RejectReason, field: str | None, message: str) -> None:
        self.reason = reason
        self.field = None if field is None else one_line(field, limit=MAX_FIELD_LENGTH)
        self.message = one_line(message)
        super().__init__(reason, self.field, self.message)  # all three, so that it can be pickled

    def __str__(self) -> str:
        place = f"{self.field}: " if self.field else ""
        return f"{self.reason.value}: {place}{self.message}"


class NotPublishable(ArticleError):
    """A ninjs item whose `pubStatus` is withheld or canceled."""

    def __init__(
        self,
        reason: RejectReason = RejectReason.NOT_PUBLISHABLE,
        field: str | None = "pubStatus",
        message: str = "is not usable",
    ) -> None:
        super().__init__(reason, field, message)
