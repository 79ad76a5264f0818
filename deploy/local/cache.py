"""Where fetched and derived files are kept between runs."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def cache_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """`$DYADWIRE_CACHE`, or `$XDG_CACHE_HOME/dyadwire`, or `~/.cache/dyadwire`."""
    if own := environ.get("DYADWIRE_CACHE"):
        return Path(own).expanduser().absolute()
    # The XDG base directory specification: a relative path is invalid and to be ignored.
    base = environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "dyadwire"  # noqa: PTH117


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` against other processes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # closing the file, or dying, lets go of it
        yield
