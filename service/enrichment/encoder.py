"""A text and spans of it to the network's raw outputs, by onnxruntime on one core.

The network is an int8 ONNX file of this package; ``service/training`` makes it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from service.enrichment import surrogates
from service.enrichment.allocation import keep_freed_memory
from service.enrichment.runtime import onnxruntime
from service.enrichment.values import PairInContext, Span

MAX_TOKENS = 192
"""Word pieces of a text that are read; of 99 % of sentences in newswire these are all."""

BEFORE = 32
"""Word pieces read before the first actor, where a text is too long to be read whole."""

SLOW_FUSION = "SkipLayerNormFusion"
"""Of onnxruntime: fused, the norms take four times as long (0.9 of 4.6 ms for 43 word pieces)."""

ABSENT = (0, 0)
"""The range of an actor that the text leaves out, or that lies outside of what is read."""

TokenRange = tuple[int, int]
"""First word piece and the one after the last."""


@dataclass(frozen=True, slots=True)
class Window:
    """The word pieces of a text that are read, as the tokeniser's own numbers.

    Attributes:
        ids: with the text's opening and closing mark.
        first: number of the first piece after the opening mark among those of the text.
    """

    ids: tuple[int, ...]
    first: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An ordered pair in a window, and the sentence that is judged."""

    said: TokenRange
    source: TokenRange
    target: TokenRange


@dataclass(frozen=True, slots=True)
class Logits:
    """Raw outputs, one row a pair: [pairs, 4] stance, [pairs, 4] quad class, [pairs, 16] event."""

    stance: NDArray[np.float32]
    quad: NDArray[np.float32]
    event: NDArray[np.float32]


class Pieces:
    """A text in word pieces."""

    def __init__(self, tokenizer: Tokenizer, text: str) -> None:
        encoding: Encoding = tokenizer.encode(surrogates.replaced(text))
        self._ids: list[int] = encoding.ids
        offsets: list[tuple[int, int]] = encoding.offsets[1:-1]
        self._starts = [start for start, _ in offsets]
        self._ends = [end for _, end in offsets]

    def window(
        self, source: Span | None, target: Span | None, *, limit: int = MAX_TOKENS
    ) -> Window:
        """What is read of the text for this pair: all of it, unless it is too long."""
        first = 0
        if len(self._ids) > limit:
            starts = [self._range(span)[0] for span in (source, target) if span is not None]
            first = max(0, min(starts, default=0) - BEFORE)
        inside = self._ids[1:-1][first : first + limit - 2]
        return Window((self._ids[0], *inside, self._ids[-1]), first)

    def asked(self, pair: PairInContext, window: Window) -> Asked:
        """Where a pair stands in a window."""
        source, target = (self.place(span, window) for span in (pair.source, pair.target))
        said = whole(window) if pair.said is None else self.place(pair.said, window)
        return Asked(said, source, target)

    def place(self, span: Span | None, window: Window) -> TokenRange:
        """Where a span lies in a window, whose opening mark is piece 0."""
        if span is None:
            return ABSENT
        first, last = (place - window.first for place in self._range(span))
        size = len(window.ids) - 2
        first, last = max(0, first), min(size, last)
        return (first + 1, last + 1) if first < last else ABSENT

    def _range(self, span: Span) -> TokenRange:
        """The pieces that share a character with `span`; none where it is only white space."""
        first = bisect_right(self._ends, span.start)
        last = bisect_left(self._starts, span.end)
        return (first, last) if first < last else ABSENT


class PairEncoder:
    """The network and its tokeniser.

    Args:
        model: the ONNX file's content.
        tokenizer: the content of ``tokenizer.json``.
    """

    def __init__(self, *, model: bytes, tokenizer: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # processes are what runs side by side here
        options.inter_op_num_threads = 1
        # Sentences differ in length, so kept buffers are of little use: 80 MB for 3 % of the time.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.log_severity_level = 3  # errors only
        self._session = onnxruntime.InferenceSession(
            model,
            sess_options=options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=[SLOW_FUSION],
        )
        self._tokenizer = make_tokenizer(tokenizer)

    @classmethod
    def load(cls) -> Self:
        """The network of the package; memory that its runs free stays with the process."""
        folder = files("service.enrichment") / "models"
        encoder = cls(
            model=(folder / "network.onnx").read_bytes(),
            tokenizer=(folder / "tokenizer.json").read_text(encoding="utf-8"),
        )
        keep_freed_memory()  # not before: what loading takes goes back, 10 MB
        return encoder

    def pieces(self, text: str) -> Pieces:
        """`text` in word pieces."""
        return Pieces(self._tokenizer, text)

    def run(self, window: Window, asked: Sequence[Asked]) -> Logits:
        """The outputs for `asked`, in order; the window is read once for all of them."""
        stance, quad, event = self._run(("stance", "quad", "event"), window, asked)
        return Logits(stance, quad, event)

    def run_topics(self, window: Window) -> NDArray[np.float32]:
        """What the whole of `window` is about: one row of raw outputs."""
        asked = Asked(whole(window), ABSENT, ABSENT)
        (topics,) = self._run(("topic",), window, [asked])
        row: NDArray[np.float32] = topics[0]
        return row

    def _run(
        self, outputs: Sequence[str], window: Window, asked: Sequence[Asked]
    ) -> list[NDArray[np.float32]]:
        spans = np.array([(one.said, one.source, one.target) for one in asked], dtype=np.int64)
        answers: list[NDArray[np.float32]] = self._session.run(
            outputs,
            {
                "input_ids": np.array([window.ids], dtype=np.int64),
                "spans": np.ascontiguousarray(spans.transpose(1, 0, 2)[None]),
            },
        )
        return [answer[0] for answer in answers]


def whole(window: Window) -> TokenRange:
    """All of a window but its two marks."""
    return (1, len(window.ids) - 1)


def make_tokenizer(content: str) -> Tokenizer:
    """The tokeniser without the cutting and filling that its file may ask for."""
    tokenizer = Tokenizer.from_str(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
