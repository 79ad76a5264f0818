"""The parts of the local broker that need no Java: the cache, the settings, the messages."""

import os
import subprocess
import threading
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from deploy.local import fetch
from deploy.local.config import Ports, new_cluster_id, node_properties, stored_cluster_id
from deploy.local.errors import LocalKafkaUnavailable
from deploy.local.java import find_java, java_major
from deploy.local.ports import free_ports

POM = "<project><kafka.version>4.1.0</kafka.version></project>"

# A Maven that takes a moment, counts its calls, and writes what the real one would.
FAKE_MAVEN = """#!/bin/sh
echo called >> "$CALLS"
sleep 0.2
for argument in "$@"; do
  case "$argument" in -DoutputDirectory=*) touch "${argument#*=}/kafka_2.13-4.1.0.jar";; esac
done
"""


@pytest.fixture
def pom(tmp_path):
    path = tmp_path / "pom.xml"
    path.write_text(POM)
    return path


@pytest.fixture
def maven(tmp_path, monkeypatch):
    def install(script):
        path = tmp_path / "bin" / "mvn"
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
        return tmp_path / "calls"

    return install


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"DYADWIRE_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a")),
        ({"XDG_CACHE_HOME": "/b"}, Path("/b/dyadwire")),
        ({"XDG_CACHE_HOME": "relative"}, Path.home() / ".cache/dyadwire"),
        ({"XDG_CACHE_HOME": "", "DYADWIRE_CACHE": ""}, Path.home() / ".cache/dyadwire"),
        ({}, Path.home() / ".cache/dyadwire"),
    ],
)
def test_cache_directory(environ, expected):
    assert fetch.cache_directory(environ) == expected


def test_another_pom_is_another_directory():
    name = fetch.jars_name(POM)
    assert name.startswith("kafka-4.1.0-")
    assert fetch.jars_name(POM + "\n") != name


def test_pom_without_version_is_refused():
    with pytest.raises(ValueError, match=r"kafka\.version"):
        fetch.kafka_version("<project/>")


def test_own_pom_and_compose_file_agree_on_the_version():
    pom = fetch.POM.read_text()
    ET.fromstring(pom)
    compose = yaml.safe_load((fetch.POM.parent.parent / "compose.yaml").read_text())
    assert compose["services"]["kafka"]["image"] == f"apache/kafka:{fetch.kafka_version(pom)}"


def test_complete_cache_needs_no_maven(tmp_path, pom, monkeypatch):
    jars = tmp_path / "cache" / fetch.jars_name(POM)
    jars.mkdir(parents=True)
    monkeypatch.setenv("PATH", "")
    assert fetch.fetch_jars(cache=tmp_path / "cache", pom=pom) == jars


def test_missing_maven_says_what_to_install(tmp_path, pom, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LocalKafkaUnavailable, match=r"found no mvn.*apt-get install.*maven"):
        fetch.fetch_jars(cache=tmp_path / "cache", pom=pom)


def test_many_at_once_fetch_once(tmp_path, pom, maven):
    calls = maven(FAKE_MAVEN)
    found = []
    threads = [
        threading.Thread(
            target=lambda: found.append(fetch.fetch_jars(cache=tmp_path / "cache", pom=pom))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 4
    assert calls.read_text().splitlines() == ["called"]
    assert [path.name for path in found[0].iterdir()] == ["kafka_2.13-4.1.0.jar"]


def test_failed_fetch_leaves_nothing_and_tells_why(tmp_path, pom, maven):
    maven("#!/bin/sh\necho no such artifact\nexit 1\n")
    cache = tmp_path / "cache"
    with pytest.raises(LocalKafkaUnavailable, match=r"status 1\):\nno such artifact"):
        fetch.fetch_jars(cache=cache, pom=pom)
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


def test_leftovers_of_an_interrupted_fetch_go(tmp_path, pom, maven):
    maven(FAKE_MAVEN)
    cache = tmp_path / "cache"
    left = cache / f"{fetch.jars_name(POM)}.part-x"
    left.mkdir(parents=True)
    fetch.fetch_jars(cache=cache, pom=pom)
    assert not left.exists()


def test_unusable_cache_names_the_setting(tmp_path, pom):
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalKafkaUnavailable, match="DYADWIRE_CACHE"):
        fetch.fetch_jars(cache=tmp_path / "file", pom=pom)


@pytest.mark.parametrize(
    ("banner", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_402"', 1),
        ("nonsense", None),
    ],
)
def test_java_major(banner, major):
    assert java_major(banner) == major


def test_old_java_is_refused(tmp_path, monkeypatch):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(LocalKafkaUnavailable, match="is Java 11; on Debian: apt-get install"):
        find_java()


def test_cluster_ids_differ_and_are_no_option():
    ids = {new_cluster_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(len(one) == 22 and not one.startswith("-") for one in ids)


def test_stored_cluster_id(tmp_path):
    assert stored_cluster_id(tmp_path) is None
    (tmp_path / "meta.properties").write_text("#a date\nversion=1\ncluster.id=abc\n")
    assert stored_cluster_id(tmp_path) == "abc"


def properties(**options):
    text = node_properties(**{"node": 0, "data": Path("/d"), "overrides": {}, **options})
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def test_properties_of_a_cluster():
    found = properties(ports=[Ports(1, 2), Ports(3, 4), Ports(5, 6)], node=2)
    assert found["node.id"] == "3"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:2,2@127.0.0.1:4,3@127.0.0.1:6"
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:5"
    assert found["offsets.topic.replication.factor"] == "3"
    assert found["transaction.state.log.min.isr"] == "2"


def test_overrides_win_and_are_escaped():
    found = properties(
        ports=[Ports(1, 2)], overrides={"auto.create.topics.enable": "true", "x": "a\\é"}
    )
    assert found["auto.create.topics.enable"] == "true"
    assert found["x"] == r"a\u005c\u00e9"


def test_free_ports_differ_and_lie_outside_the_ephemeral_range():
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert max(ports) < 32_768


def test_nothing_here_imports_more_than_the_standard_library():
    code = "import sys, deploy.local.__main__; sys.exit('aiokafka' in sys.modules)"
    assert subprocess.run([os.sys.executable, "-c", code], check=False).returncode == 0
