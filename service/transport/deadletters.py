"""When dead letters are too many, and how they come back."""

from collections import deque
from collections.abc import Sequence

from service.errors import DeadLetterLimitReached


class DeadLetterLimit:
    """Tells a poison record from a bad release, which would drain a day of news into dead letters.

    Args:
        max_run: so many refused records in a row are too many; 0 for no such limit.
        max_ratio: so large a share of the window is too much; 0 for no such limit.
        window: latest records that the share is taken over; it must be full to count.
    """

    def __init__(self, *, max_run: int, max_ratio: float, window: int) -> None:
        self._max_run = max_run
        self._max_ratio = max_ratio
        self._window: deque[bool] = deque(maxlen=window)
        self._refused = 0
        self._run = 0

    def admit(self, refused: Sequence[bool]) -> None:
        """Takes the outcomes of a batch into account, True for each record that was refused.

        Raises:
            DeadLetterLimitReached: the batch goes beyond a limit and must not be written.
        """
        for is_refused in refused:
            self._run = self._run + 1 if is_refused else 0
            if len(self._window) == self._window.maxlen:
                self._refused -= self._window[0]
            self._window.append(is_refused)
            self._refused += is_refused
            if self._max_run and self._run >= self._max_run:
                raise DeadLetterLimitReached(f"{self._run} records in a row were refused")
            full = len(self._window) == self._window.maxlen
            if self._max_ratio and full and self._refused >= self._max_ratio * len(self._window):
                raise DeadLetterLimitReached(
                    f"{self._refused} of the last {len(self._window)} records were refused"
                )
