"""Weights to what the package ships: ``python -m service.training.export --weights … --base …jar``.

Writes ``network.onnx`` (int8), ``tokenizer.json``, ``stance.json`` and ``topics.json`` into
``service/enrichment/models/``, and the float network into the folder for work, for comparison.
"""

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from service.training import base
from service.training.evaluate_topics import LEAST, LEAST_NARROWER, LEAST_NEWS
from service.training.fused import fuse
from service.training.labels import EVENTS, NARROWER, QUADS, STANCES, TOPICS
from service.training.model import PairModel, restored

MODELS = Path(__file__).parents[1] / "enrichment" / "models"
"""What the package ships."""

OPSET = 23
"""Of ONNX; the first with attention as one operator."""

BYTE_MAX = 127
"""The largest int8."""

RELEASED = "2026.11.28"
"""Part of the versions: when these weights were trained."""

OUTPUTS = ("stance", "quad", "event", "topic")


class ByteEmbedding(nn.Embedding):
    """Word vectors in int8 with a scale each; onnxruntime itself would take one scale for all.

    Args:
        given: the vectors in float.
    """

    rows: Tensor
    scale: Tensor

    def __init__(self, given: nn.Embedding) -> None:
        super().__init__(1, 1)  # its own rows stay unused
        weight = given.weight.detach()
        scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / BYTE_MAX
        self.register_buffer("rows", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """The vectors of `ids`, in float."""
        return self.rows[ids].to(torch.float32) * self.scale[ids]


def write_onnx(model: PairModel, path: Path) -> None:
    """The network as it is, for one text; tokens and pairs may be any number."""
    example = {
        "input_ids": torch.randint(1000, 2000, (1, 11)),
        "spans": torch.tensor([[[[1, 10]] * 4, [[1, 2], [3, 5], [0, 0], [2, 3]], [[3, 4]] * 4]]),
    }
    program = torch.onnx.export(
        model,
        kwargs=example,
        input_names=list(example),
        output_names=list(OUTPUTS),
        dynamic_shapes={
            "input_ids": {1: torch.export.Dim("tokens")},
            "spans": {2: torch.export.Dim("pairs")},
        },
        opset_version=OPSET,
        dynamo=True,
    )
    assert program is not None  # noqa: S101 always one where no file is named
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # where in whose files the operator comes from
    program.save(path, external_data=False)


def write_int8(model: PairModel, path: Path, *, work: Path) -> None:
    """Word vectors in int8, weights in int8 with a scale a channel, states in int8 as they come.

    Args:
        model: changed: its word vectors become `ByteEmbedding`.
        path: where to write.
        work: a folder for what lies between.
    """
    model.words = ByteEmbedding(model.words)
    source, prepared = work / "bytes.onnx", work / "prepared.onnx"
    write_onnx(model, source)
    quant_pre_process(source, prepared, skip_symbolic_shape=True)
    quantize_dynamic(
        prepared,
        path,
        per_channel=True,
        reduce_range=True,  # 7 bits: nothing overflows on processors without VNNI
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm"],
        extra_options={"MatMulConstBOnly": True},
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes probabilities of logits: a divisor for each head, and a summand for no dealing."""

    temperatures: dict[str, float] = field(default_factory=dict)
    no_dealing_offset: float = 0.0


def describe(path: Path, calibration: Calibration) -> dict[str, object]:
    """What the runtime must know beside the network: version, classes in order, calibration."""
    return {
        "version": f"stance-{RELEASED}+{_digest(path, asdict(calibration))}",
        "stances": list(STANCES),
        "quad_classes": list(QUADS),
        "events": list(EVENTS),
        **asdict(calibration),
    }


def describe_topics(path: Path, fitted: tuple[float, float]) -> dict[str, object]:
    """The same for the topics."""
    return {
        "version": f"topics-{RELEASED}+{_digest(path, fitted)}",
        "topics": list(TOPICS),
        "narrower": list(NARROWER),
        "temperature": fitted[0],
        "offset": fitted[1],
        "least": LEAST,
        "least_narrower": LEAST_NARROWER,
        "least_news": LEAST_NEWS,
    }


def write_card(name: str, card: dict[str, object]) -> None:
    """Writes what the runtime must know into the package."""
    (MODELS / name).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _digest(path: Path, calibration: object) -> str:
    decisive = path.read_bytes() + json.dumps(calibration).encode()
    return hashlib.sha256(decisive).hexdigest()[:8]


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--weights", type=Path, required=True, help="folder that the training wrote to"
    )
    parser.add_argument("--work", type=Path, required=True, help="where the float network goes")
    parser.add_argument("--base", type=Path, required=True, help="jar of the pretrained encoder")
    arguments = parser.parse_args()
    folder: Path = arguments.work
    folder.mkdir(parents=True, exist_ok=True)
    MODELS.mkdir(exist_ok=True)
    model = restored(arguments.weights).eval()
    fuse(model)
    write_onnx(model, folder / "network.float.onnx")
    write_int8(model, MODELS / "network.onnx", work=folder)
    (MODELS / "tokenizer.json").write_text(base.tokenizer(arguments.base), encoding="utf-8")
    write_card("stance.json", describe(MODELS / "network.onnx", Calibration()))
    write_card(
        "topics.json", describe_topics(MODELS / "network.onnx", (1.0, 0.0))
    )  # evaluate.py fits


if __name__ == "__main__":
    main()
