"""The network, watched where onnxruntime is called: what is asked of it, and the CPU time it takes.

An enrichment on a `WatchedEncoder` answers as the real one does. What it asks is counted in the
arrays that go into each run, whatever the enrichment does to get there.
"""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from service.enrichment.encoder import PairEncoder, Pieces
from service.enrichment.runtime import onnxruntime

WHOLE_TEXT = "topic"
"""The output that is asked for of a text as a whole, about no pair."""


class Run(NamedTuple):
    """One call of onnxruntime, so that it can be made again."""

    session: Any
    outputs: Sequence[str]
    feeds: dict[str, Any]

    def again(self) -> None:
        self.session.run(self.outputs, self.feeds)


class Work(NamedTuple):
    """What was asked of the network.

    Attributes:
        runs: calls of onnxruntime; each reads one text, or one stretch of a text.
        pieces: word pieces in them.
        pairs: ordered pairs that were judged; the question of a text's topic is none.
        pair_pieces: word pieces of its text for each pair, which its attention goes over.
    """

    runs: int = 0
    pieces: int = 0
    pairs: int = 0
    pair_pieces: int = 0

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Work":
        judging = [run.feeds for run in runs if tuple(run.outputs) != (WHOLE_TEXT,)]
        pairs = [feeds["spans"].shape[2] for feeds in judging]
        return cls(
            runs=len(runs),
            pieces=sum(run.feeds["input_ids"].size for run in runs),
            pairs=sum(pairs),
            pair_pieces=sum(
                feeds["input_ids"].size * count for feeds, count in zip(judging, pairs, strict=True)
            ),
        )


class WatchedSession:
    """Runs a session of onnxruntime, and notes each run and the CPU seconds of all of them."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.keeps = False
        self.seconds = 0.0
        self.runs: list[Run] = []

    def run(self, outputs: Sequence[str], feeds: dict[str, Any]) -> list[Any]:
        if self.keeps:
            self.runs.append(Run(self._session, outputs, feeds))
        before = time.thread_time()  # a session computes in the thread that calls it
        try:
            return self._session.run(outputs, feeds)
        finally:
            self.seconds += time.thread_time() - before


class WatchedEncoder(PairEncoder):
    """An encoder whose sessions are watched; `PairEncoder.load` makes it too.

    Attributes:
        texts: what was turned into word pieces, in order, while it was kept.
    """

    def __init__(self, *, model: bytes, tokenizer: str) -> None:
        super().__init__(model=model, tokenizer=tokenizer)
        self._watched: list[WatchedSession] = []
        for name, value in list(vars(self).items()):
            if isinstance(value, onnxruntime.InferenceSession):
                self._watched.append(WatchedSession(value))
                setattr(self, name, self._watched[-1])
        self.texts: list[str] = []
        self._keeps = False

    @property
    def seconds(self) -> float:
        """CPU seconds inside of onnxruntime so far."""
        return sum(session.seconds for session in self._watched)

    @property
    def runs(self) -> list[Run]:
        """The runs that were kept."""
        return [run for session in self._watched for run in session.runs]

    def keep(self, *, on: bool) -> None:
        """Forgets what was kept, and keeps runs and texts from now on or does not."""
        self._keeps = on
        self.texts = []
        for session in self._watched:
            session.keeps, session.runs = on, []

    def pieces(self, text: str) -> Pieces:
        if self._keeps:
            self.texts.append(text)
        return super().pieces(text)
