"""What can go wrong with the local broker.

::

    LocalKafkaError
    ├── LocalKafkaUnavailable   this machine lacks what the broker needs; the message says what
    ├── BrokerStartError        a broker did not come up; carries the tail of its log
    │   └── PortClashError      …because somebody else took its port first
    └── ProtocolError           a broker's answer could not be understood, or was a refusal
"""

from __future__ import annotations


class LocalKafkaError(Exception):
    """Everything that the local broker raises on purpose."""


class LocalKafkaUnavailable(LocalKafkaError):
    """This machine cannot run the broker; the message names what to install."""


class BrokerStartError(LocalKafkaError):
    """A broker did not come up.

    Attributes:
        log_tail: the last lines of the broker's log, also part of the message.
    """

    def __init__(self, reason: str, *, log_tail: str = "") -> None:
        super().__init__(f"{reason}\n{log_tail}".rstrip())
        self.log_tail = log_tail


class PortClashError(BrokerStartError):
    """Another process bound the broker's port between our choice and the broker's start."""


class ProtocolError(LocalKafkaError):
    """A broker's answer could not be understood, or was a refusal."""
