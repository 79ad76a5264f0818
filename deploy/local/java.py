"""Finding Java, and the flags that make a small broker start fast."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.errors import LocalKafkaUnavailable

MINIMUM_JAVA: Final = 17
"""Kafka 4 brokers are compiled for Java 17."""

INSTALL_HINT: Final = "on Debian: apt-get install openjdk-17-jre-headless maven"

_VERSION = re.compile(r'version "(?P<major>\d+)')

FLAGS: Final = (
    "-XX:TieredStopAtLevel=1",  # the quick compiler only: a start takes 40 % less CPU time
    "-XX:+UseSerialGC",  # no collector threads beside two cores' worth of work
    "-Xms32m",  # grows when needed; the default start size is a share of the machine's memory
    "-Xshare:auto",
    "-XX:-UsePerfData",  # no file in the temporary directory for monitoring tools
    "-XX:+ExitOnOutOfMemoryError",  # a broker that lost a thread would hang its clients
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
)


@dataclass(frozen=True, slots=True)
class Java:
    """A `java` that is new enough: its path, and the whole of what its `-version` prints."""

    path: Path
    version: str


def find_java() -> Java:
    """The `java` of `$JAVA_HOME`, or else the one on the path.

    Raises:
        LocalKafkaUnavailable: there is none, or it is older than `MINIMUM_JAVA`.
    """
    home = os.environ.get("JAVA_HOME")
    found = (shutil.which("java", path=str(Path(home) / "bin")) if home else None) or shutil.which(
        "java"
    )
    if found is None:
        raise LocalKafkaUnavailable(
            f"the local Kafka broker needs Java {MINIMUM_JAVA} or newer and found no java; "
            f"{INSTALL_HINT}"
        )
    try:
        # `-version` writes to standard error, by custom older than any of this.
        banner = subprocess.run(  # noqa: S603 - the java that the user has
            [found, "-version"], capture_output=True, text=True, check=False, timeout=30
        ).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LocalKafkaUnavailable(f"{found} does not run ({error}); {INSTALL_HINT}") from error
    major = java_major(banner)
    if major is None or major < MINIMUM_JAVA:
        raise LocalKafkaUnavailable(
            f"the local Kafka broker needs Java {MINIMUM_JAVA} or newer, and {found} is "
            f"{'of an unknown version' if major is None else f'Java {major}'}; {INSTALL_HINT}"
        )
    return Java(path=Path(found), version=banner)


def java_major(banner: str) -> int | None:
    """The feature release in what `java -version` prints, or None; 1.8 counts as 1."""
    match = _VERSION.search(banner)
    return int(match["major"]) if match else None


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs Kafka's main classes: a Java, the jars, and flags that go before the class."""

    java: Java
    jars: Path
    extra_flags: tuple[str, ...] = ()

    def command(self, main_class: str, *args: str, heap_mb: int) -> list[str]:
        """The command line that runs `main_class`."""
        logging = Path(__file__).with_name("log4j2.properties")
        # Named one by one and in order: a class archive holds for one exact class path.
        class_path = os.pathsep.join(map(str, sorted(self.jars.glob("*.jar"))))
        return [
            str(self.java.path),
            *FLAGS,
            *self.extra_flags,
            f"-Xmx{heap_mb}m",
            f"-Dlog4j2.configurationFile={logging}",
            *("-cp", class_path),
            main_class,
            *args,
        ]
