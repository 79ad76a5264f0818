"""Settings are read from the environment, refused by name, and all in the README.

`python -m tests.unit.test_settings` prints the README's table.
"""

import math
import os
import re
import sys
from pathlib import Path

import pytest
from aiokafka.conn import collect_hosts
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from service import workers
from service.errors import ConfigurationError
from service.settings import HANG_ROUNDS, PREFIX, ClientSettings, Settings, load

README = Path(__file__).parents[2] / "README.md"


def table() -> str:
    """The README's table of settings, one row each, in the order in which they are declared."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "usable CPUs"
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None:
        return "unset"
    default = field.default
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """An environment with no setting of ours but the one that is needed."""
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DYADWIRE_BOOTSTRAP_SERVERS", "localhost:9092")
    return monkeypatch


def refusal(kind=Settings) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(kind)
    return str(caught.value)


def test_every_setting_is_described_in_the_readme():
    readme = README.read_text(encoding="utf-8")
    section = readme.partition("\n## Configuration\n")[2].partition("\n## ")[0]
    missing = [row for row in table().splitlines() if row not in section.splitlines()]
    assert missing == []


def test_the_readme_describes_no_setting_that_does_not_exist():
    named = set(re.findall(r"DYADWIRE_[A-Z_]*[A-Z]", README.read_text(encoding="utf-8")))
    assert named <= {PREFIX + name.upper() for name in Settings.model_fields}


def test_every_description_fits_a_table_cell():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert "|" not in field.description
        assert "\n" not in field.description


def test_defaults_are_enough_with_an_address():
    settings = load(Settings)
    assert settings.bootstrap_servers == "localhost:9092"
    assert settings.input_topic == "news.articles.v1"
    assert settings.workers >= 1


def test_environment_is_read_and_overrides_win(environment):
    environment.setenv("DYADWIRE_WORKERS", "3")
    environment.setenv("DYADWIRE_GROUP_ID", "from the environment")
    settings = load(Settings, group_id="from the call")
    assert (settings.workers, settings.group_id) == (3, "from the call")


@pytest.mark.parametrize("kind", [ClientSettings, Settings])
def test_a_missing_address_is_named(environment, kind):
    environment.delenv("DYADWIRE_BOOTSTRAP_SERVERS")
    assert refusal(kind).startswith("DYADWIRE_BOOTSTRAP_SERVERS: ")


def test_an_empty_variable_is_an_unset_one(environment):
    """Manifests often set a variable to nothing to leave it at its default."""
    for name in ("GROUP_INSTANCE_ID", "SSL_CAFILE", "WORKERS", "SASL_PASSWORD"):
        environment.setenv(PREFIX + name, "")
    settings = load(Settings)
    assert settings.group_instance_id is None
    assert settings.ssl_cafile is None
    environment.setenv("DYADWIRE_BOOTSTRAP_SERVERS", "")
    assert "DYADWIRE_BOOTSTRAP_SERVERS" in refusal()


WRONG = {
    "BOOTSTRAP_SERVERS": [
        " ",
        ",",
        "host:",
        "host:port",
        "host:65536",
        "a:1,b:c",
        ":9092",
        "a:1,,b:2",
        "[::1",
        "[::1]9092",
        "[]:9092",
        "kafka://host:9092",
        "a b:1",
        "host:٣",
        "host:+1",
        "host:1_0",
    ],
    "SECURITY_PROTOCOL": ["plaintext", "TLS"],
    "SASL_MECHANISM": ["GSSAPI"],
    "SSL_CAFILE": ["/nonexistent/ca.pem", "/"],
    "SSL_CERTFILE": ["/nonexistent/cert.pem"],
    "SSL_KEYFILE": ["/nonexistent/key.pem", __file__],
    "INPUT_TOPIC": ["two words", "x" * 250, "news.enriched.v1", "..", "."],
    "ENRICHED_TOPIC": ["a/b"],
    "DYADS_TOPIC": ["ä"],
    "DEAD_LETTER_TOPIC": ["news.articles.v1"],
    "MAX_ARTICLE_BYTES": ["999", "1e6x", "16000001"],
    "REQUEST_TIMEOUT": ["0", "-1", "inf", "nan", "soon", "1e9", "1e-9"],
    "GROUP_ID": [" "],
    "AUTO_OFFSET_RESET": ["none"],
    "SESSION_TIMEOUT": ["5.9", "inf", "1801"],
    "REBALANCE_TIMEOUT": ["inf", "0", "9"],
    "BATCH_MAX_RECORDS": ["0", "10001", "2.5"],
    "FETCH_MAX_BYTES": ["1023", "99999999999"],
    "FETCH_MAX_WAIT": ["0", "inf"],
    "TRANSACTION_TIMEOUT": ["inf", "901"],
    "WRITE_TIMEOUT": ["inf", "60", "61"],
    "COMPRESSION": ["brotli"],
    "WORKERS": ["0", "257", "many"],
    "WORKER_TIMEOUT": ["0", "inf", "250"],
    "WORKER_MAX_GROWTH_BYTES": ["-1", "1.5"],
    "DEAD_LETTER_MAX_RUN": ["-1"],
    "DEAD_LETTER_MAX_RATIO": ["-0.1", "1.1", "nan"],
    "DEAD_LETTER_WINDOW": ["9", "99999999999999999999"],
    "STALL_TIMEOUT": ["0", "inf", "10"],
    "SHUTDOWN_TIMEOUT": ["0", "inf"],
    "PROBE_PORT": ["-1", "65536", "http"],
    "LOG_LEVEL": ["LOUD"],
}
FREE = {"CLIENT_ID", "SASL_USERNAME", "SASL_PASSWORD", "GROUP_INSTANCE_ID", "PROBE_HOST"}
"""Any text will do."""


def test_every_setting_has_a_wrong_value_or_takes_any():
    assert {name.upper() for name in Settings.model_fields} == set(WRONG) | FREE


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values])
def test_a_wrong_value_is_refused_by_its_name_in_one_line(environment, name, value):
    environment.setenv(PREFIX + name, value)
    message = refusal()
    assert PREFIX + name in message
    assert "\n" not in message
    assert "Value error" not in message


@pytest.mark.parametrize(
    "value", ["host", "host:9092", "a:1,b:2", " a:1 , b:2 ", "10.0.0.1:9092", "[::1]:9092", "::1"]
)
def test_addresses_that_the_client_understands_are_taken(environment, value):
    environment.setenv("DYADWIRE_BOOTSTRAP_SERVERS", value)
    assert len(collect_hosts(load(ClientSettings).bootstrap_servers)) == value.count(",") + 1


def test_several_wrong_values_are_all_named(environment):
    environment.setenv("DYADWIRE_WORKERS", "none")
    environment.setenv("DYADWIRE_LOG_LEVEL", "LOUD")
    message = refusal()
    assert "DYADWIRE_WORKERS: " in message
    assert "DYADWIRE_LOG_LEVEL: " in message


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_sasl_without_its_password_is_refused_by_name(environment, protocol):
    environment.setenv("DYADWIRE_SECURITY_PROTOCOL", protocol)
    environment.setenv("DYADWIRE_SASL_USERNAME", "me")
    assert "DYADWIRE_SASL_PASSWORD" in refusal(ClientSettings)


def test_no_secret_in_a_repr_or_a_refusal(environment):
    environment.setenv("DYADWIRE_SASL_PASSWORD", "hunter2")
    environment.setenv("DYADWIRE_SASL_USERNAME", "me")
    settings = load(Settings)
    assert settings.sasl_password is not None
    assert settings.sasl_password.get_secret_value() == "hunter2"
    shown = [repr(settings), str(settings), settings.model_dump_json()]
    for name in WRONG:
        environment.setenv(PREFIX + name, " wrong")
    shown.append(refusal())
    assert not [text for text in shown if "hunter2" in text]


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        load(Settings).workers = 5


def test_a_hanging_record_is_found_before_the_service_counts_as_stalled():
    """Each round of halving costs one worker timeout; the last record has two tries."""
    halvings = math.ceil(math.log2(workers.CHUNK))
    assert halvings + workers.ATTEMPTS_ALONE <= HANG_ROUNDS
    settings = load(Settings)
    assert HANG_ROUNDS * settings.worker_timeout < settings.stall_timeout


def test_times_survive_the_way_to_kafka_s_milliseconds():
    """The protocol has 31 bits for them, and takes zero for "none"."""
    seconds = [f for n, f in Settings.model_fields.items() if n.endswith(("_timeout", "_wait"))]
    assert len(seconds) == 9
    for field in seconds:
        bounds = [(getattr(r, "ge", None), getattr(r, "le", None)) for r in field.metadata]
        (least,) = [ge for ge, _ in bounds if ge is not None]
        (most,) = [le for _, le in bounds if le is not None]
        assert round(least * 1000) >= 1
        assert round(most * 1000) < 2**31


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
