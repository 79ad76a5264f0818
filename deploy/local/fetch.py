"""The broker's jars: fetched once by Maven, kept in a cache, safe with many at once."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from deploy.local.cache import cache_directory, locked
from deploy.local.errors import LocalKafkaUnavailable
from deploy.local.java import INSTALL_HINT

__all__ = ["LocalKafkaUnavailable", "cache_directory", "fetch_jars", "jars_name", "kafka_version"]

logger = logging.getLogger(__name__)

POM: Final = Path(__file__).with_name("pom.xml")

FETCH_TIMEOUT_S: Final = 900.0
"""About 45 MB; a quarter of an hour is a very slow line, and longer is a hang."""

_KAFKA_VERSION = re.compile(r"<kafka\.version>([^<]+)</kafka\.version>")


def kafka_version(pom: str) -> str:
    """The Kafka version that the text of a pom pins.

    Raises:
        ValueError: it pins none.
    """
    match = _KAFKA_VERSION.search(pom)
    if match is None:
        raise ValueError("the pom has no <kafka.version>")
    return match[1].strip()


def jars_name(pom: str) -> str:
    """The cache's name for what a pom asks for: any change of the pom is another directory."""
    digest = hashlib.sha256(pom.encode()).hexdigest()[:12]
    return f"kafka-{kafka_version(pom)}-{digest}"


def fetch_jars(*, cache: Path | None = None, pom: Path = POM) -> Path:
    """The directory that holds the broker's jars, fetched if this is the first time.

    Several processes may call this at once: one fetches and the others wait for it. The
    directory appears under its name only when complete.

    Raises:
        LocalKafkaUnavailable: Maven is missing or could not fetch, or the cache is not writable.
    """
    cache = cache or cache_directory()
    jars = cache / jars_name(pom.read_text(encoding="utf-8"))
    if jars.is_dir():
        return jars
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache / f"{jars.name}.lock"):
            if not jars.is_dir():
                _fetch(pom, jars)
    except OSError as error:
        raise LocalKafkaUnavailable(
            f"the cache {cache} for Kafka's jars cannot be used ({error}); "
            "DYADWIRE_CACHE names another directory"
        ) from error
    return jars


def _fetch(pom: Path, jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise LocalKafkaUnavailable(
            f"fetching the local Kafka broker needs Maven and found no mvn; {INSTALL_HINT}"
        )
    # Holding the lock, so what an interrupted fetch left behind is nobody's any more.
    for left in jars.parent.glob(f"{jars.name}.part-*"):
        shutil.rmtree(left, ignore_errors=True)
    logger.info("fetching %s with Maven into %s (once)", jars.name, jars.parent)
    part = Path(tempfile.mkdtemp(prefix=f"{jars.name}.part-", dir=jars.parent))
    try:
        _copy_dependencies(maven, pom, part)
        part.chmod(0o755)  # mkdtemp's 0700 would hide a shared cache from its other users
        part.rename(jars)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copy_dependencies(maven: str, pom: Path, target: Path) -> None:
    command = [
        maven,
        *("--batch-mode", "--quiet", "--file", str(pom)),
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={target}",
    ]
    try:
        done = subprocess.run(  # noqa: S603 - the mvn that the user has, on our own pom
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=FETCH_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise LocalKafkaUnavailable(
            f"Maven did not fetch Kafka's jars within {FETCH_TIMEOUT_S:.0f} s"
        ) from error
    if done.returncode != 0 or not any(target.glob("kafka_2.13-*.jar")):
        said = "\n".join(done.stdout.strip().splitlines()[:20])
        raise LocalKafkaUnavailable(
            f"Maven could not fetch Kafka's jars (status {done.returncode}):\n{said}"
        )
