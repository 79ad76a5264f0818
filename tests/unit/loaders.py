"""Pipelines for worker processes that misbehave while loading; a module that starts quickly."""

import os
import time
from pathlib import Path

from service.pipeline import Pipeline, Processed
from tests.fakes import FakeEnricher, fake_pipeline


def fails():
    raise FileNotFoundError("model.onnx is missing")


def times_out():
    raise TimeoutError


def dies():
    os._exit(9)


def dies_once(flag: Path):
    """The first process is killed while it loads, its successors are not."""
    if not flag.exists():
        flag.touch()
        os._exit(9)
    return fake_pipeline()


def hangs():
    time.sleep(3600)


def loads_once(flag: Path):
    """The first process gets a pipeline, its successors none."""
    if flag.exists():
        raise MemoryError("no room for the model")
    flag.touch()
    return fake_pipeline()


class _Unsendable(Pipeline):
    def process(self, records):
        if any(b"UNSENDABLE" in record.value for record in records):
            return Processed([lambda: None])
        return super().process(records)


def unsendable():
    """A pipeline whose outcomes cannot be pickled where a title says so."""
    return _Unsendable(FakeEnricher(), max_article_bytes=1_000)
