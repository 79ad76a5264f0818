"""Which form of the tests is run: the short one of `make test`, or the long one."""

import os

LONG = os.environ.get("DYADWIRE_FAULTS") == "long"
"""Chosen by DYADWIRE_FAULTS=long."""
