"""Which form of the tests is run: the short one of `make test`, or the long one."""

import os

LONG = "long" in {os.environ.get("FAULTS"), os.environ.get("DYADWIRE_FAULTS")}
"""Chosen by FAULTS=long, as `make faults` does, or DYADWIRE_FAULTS=long."""
