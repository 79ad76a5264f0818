"""The layers as they are exported: the same function in fewer, larger operators.

What runs on one core pays for every operator beside its arithmetic. So text and questions pass each
matrix together, query, key and value are one matrix, and attention is one operator of ONNX (since
opset 23). Training keeps the plain layers, whose steps are faster.
"""

import torch
from torch import Tensor, nn

from service.training.model import FAR_BELOW, ROWS, Layer, PairModel


class FusedLayer(nn.Module):
    """A layer with the weights of another, and its methods.

    Args:
        layer: which; it is not changed.
    """

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self._heads = layer.heads
        self._layer = layer
        self._query = layer.query
        self._of_text = _beside(layer.key, layer.value)
        self._all = _beside(layer.query, layer.key, layer.value)

    def read(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """See `Layer.read`."""
        query, keys, values = self._all(states).chunk(3, dim=-1)
        return self._layer.finish(states, self._mixed(query, keys, values, mask))

    def ask(self, states: Tensor, rows: Tensor, bias: Tensor) -> Tensor:
        """See `Layer.ask`."""
        keys, values = self._of_text(torch.cat([states, rows], dim=1)).chunk(2, dim=-1)
        mixed = self._mixed(self._query(rows), keys, values, _among_rows(bias))
        return self._layer.finish(rows, mixed)

    def both(
        self, states: Tensor, rows: Tensor, mask: Tensor | None, bias: Tensor
    ) -> tuple[Tensor, Tensor]:
        """See `Layer.both`."""
        tokens = states.shape[1]
        together = torch.cat([states, rows], dim=1)
        query, keys, values = self._all(together).chunk(3, dim=-1)
        text = self._mixed(query[:, :tokens], keys[:, :tokens], values[:, :tokens], mask)
        asked = self._mixed(query[:, tokens:], keys, values, _among_rows(bias))
        done = self._layer.finish(together, torch.cat([text, asked], dim=1))
        return done[:, :tokens], done[:, tokens:]

    def _mixed(self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """What attention gives, [texts, number of queries, hidden]."""
        mixed: Tensor = torch.onnx.ops.attention(
            query, keys, values, mask, q_num_heads=self._heads, kv_num_heads=self._heads
        )[0]
        return mixed


def fuse(model: PairModel) -> None:
    """Makes the layers of `model` ready for the export; it computes what it did before."""
    model.layers = nn.ModuleList(FusedLayer(layer) for layer in model.layers)


def _among_rows(bias: Tensor) -> Tensor:
    """`bias` of rows to the text, [texts, heads, 3 x pairs, tokens], and then of rows to rows.

    A row sees those of its own pair, which stand as many apart as there are pairs.
    """
    texts, heads, count, _ = bias.shape
    pairs = count // ROWS
    pair = torch.arange(pairs, device=bias.device).expand(ROWS, pairs).reshape(-1)
    own = torch.where(pair[:, None] == pair, 0.0, FAR_BELOW)
    return torch.cat([bias, own.expand(texts, heads, -1, -1)], dim=-1)


def _beside(*parts: nn.Linear) -> nn.Linear:
    """One matrix whose result is that of all `parts`, one behind the other."""
    weight = torch.cat([part.weight.detach() for part in parts])
    joined = nn.Linear(weight.shape[1], weight.shape[0])
    joined.load_state_dict(
        {"weight": weight, "bias": torch.cat([part.bias.detach() for part in parts])}
    )
    return joined
