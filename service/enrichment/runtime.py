"""onnxruntime, told to keep to itself.

Its packages for Linux report each process, session and model to their makers from 1.29 on, and keep
an identifier of the machine in the home directory, unless this variable is set before it is loaded.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

__all__ = ["onnxruntime"]
