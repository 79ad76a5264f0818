"""spaCy, measured beside the enrichment in a process and an environment of its own."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

PEERS = Path(__file__).parents[2] / "build" / "bench"
"""The virtual environment that `make bench` makes for other people's software."""


class Spacy:
    """`peer_spacy` by the Python of an environment; where that has no spaCy, nothing happens.

    Attributes:
        missing: why there is nothing to measure; empty where there is.
        version: of spaCy.
    """

    def __init__(self, environment: Path, names: Sequence[str], texts: Sequence[str]) -> None:
        self._python = environment / "bin" / "python"
        self._given = (names, texts)
        self._process: subprocess.Popen[str] | None = None
        self.missing = ""
        self.version = ""

    def __enter__(self) -> Self:
        script = Path(__file__).with_name("peer_spacy.py")
        try:
            self._process = subprocess.Popen(
                [self._python, "-I", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        except FileNotFoundError:
            self.missing = f"there is no {self._python.name} in the peers' environment"
            return self
        try:
            for given in self._given:
                self._say(json.dumps(given))
            self.version = self._answer()["version"]
        except (OSError, ValueError):
            self.missing = "it did not start in the peers' environment"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def round(self) -> float:
        """CPU seconds of one round over all texts; 0 where it is missing."""
        if self.missing:
            return 0.0
        self._say("")
        return float(self._answer()["cpu_s"])

    def _say(self, line: str) -> None:
        stream = self._stream("stdin")
        stream.write(line + "\n")
        stream.flush()

    def _answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._stream("stdout").readline())
        return answer

    def _stream(self, name: str) -> IO[str]:
        stream: IO[str] | None = getattr(self._process, name)
        if stream is None:
            raise OSError(f"its {name} is not a pipe")
        return stream
