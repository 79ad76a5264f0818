"""The network: a text is encoded once, every ordered pair of actors is asked about its states.

Two streams pass the layers of a small BERT. That of the text knows nothing of pairs and runs once,
whatever is asked. That of the questions begins half-way up: three rows a pair (what is said, its
source, its target) that look at the text's states of each layer and at each other, and are seen by
nobody else. So a further pair costs three word pieces of three layers. (Levitated markers: Ye et
al., ACL 2022; here with a bias of attention to the pair's own spans.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from service.training.labels import EVENTS, QUADS, STANCES, TOPIC_OUTPUTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The shape of a pretrained encoder.

    Attributes:
        hidden: width of a state.
        heads: of the attention.
        feed_forward: width between the two matrices behind it.
        epsilon: of the layer norms, as it was pretrained.
        buckets: distances that the attention tells apart; 0 where it knows none.
    """

    hidden: int
    heads: int
    feed_forward: int
    epsilon: float
    buckets: int = 0


SMALL = Shape(hidden=384, heads=12, feed_forward=1536, epsilon=1e-12)
"""Of bge-small-en-v1.5."""

LAYERS = 6
"""How many of its twelve layers the service's network has, from below."""

VOCABULARY, POSITIONS = 30_522, 512
"""The same: word pieces, and the longest row of them."""

SILENT_SHARE = 2
"""The part of the layers, one in so many, that the text passes before anything is asked of it."""

ROWS = 3
"""Rows of a question: what is said, its source, its target; the spans come in the same order."""

ROLE_SCALE = 0.2
"""Spread of the role vectors at first: felt beside states whose spread is about 0.5."""

FAR_BELOW = -1e4
"""Added to the attention to what is not to be looked at: nothing is left of it."""

FARTHEST = 128
"""Tokens beyond which all distances are alike."""


class Layer(nn.Module):
    """One layer of BERT, for the text and for questions about it.

    Args:
        shape: of the encoder.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self._scale = (shape.hidden / shape.heads) ** -0.5
        self.query = nn.Linear(shape.hidden, shape.hidden)
        self.key = nn.Linear(shape.hidden, shape.hidden)
        self.value = nn.Linear(shape.hidden, shape.hidden)
        self.attended = nn.Linear(shape.hidden, shape.hidden)
        self.attended_norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)
        self.wide = nn.Linear(shape.hidden, shape.feed_forward)
        self.narrow = nn.Linear(shape.feed_forward, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)

    def read(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """States [texts, tokens, hidden] of the text after looking at themselves.

        `mask` is added to the attention, [texts, heads, tokens, tokens] or what broadcasts to it:
        very low where there is no token.
        """
        return self._read(states, self.key(states), self.value(states), mask)

    def ask(self, states: Tensor, rows: Tensor, bias: Tensor) -> Tensor:
        """Rows [texts, 3 x pairs, hidden], kind by kind, after looking at text and each other.

        Args:
            states: of the text, as `read` takes them.
            rows: as returned.
            bias: added to the attention, [texts, heads, 3 x pairs, tokens].
        """
        return self._ask(rows, self.key(states), self.value(states), bias)

    def both(
        self, states: Tensor, rows: Tensor, mask: Tensor | None, bias: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What `read` and `ask` return; neither sees what the other makes of it."""
        keys, values = self.key(states), self.value(states)
        return self._read(states, keys, values, mask), self._ask(rows, keys, values, bias)

    def finish(self, states: Tensor, mixed: Tensor) -> Tensor:
        """What follows the attention, which gave `mixed`; all are [.., any number, hidden]."""
        states = self.attended_norm(states + self.attended(mixed))
        deep = self.narrow(functional.gelu(self.wide(states)))
        result: Tensor = self.norm(states + deep)
        return result

    def mix(self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """What the attention of the text gives; all but `mask` are [texts, tokens, hidden]."""
        query, keys, values = (self._split(part) for part in (query, keys, values))
        scores = query @ keys.transpose(-1, -2) * self._scale
        weights = functional.softmax(scores if mask is None else scores + mask, dim=-1)
        return _joined(weights @ values)

    def mix_rows(
        self, asked: tuple[Tensor, Tensor, Tensor], keys: Tensor, values: Tensor, bias: Tensor
    ) -> Tensor:
        """What the attention of the rows gives, [texts, 3 x pairs, hidden].

        Args:
            asked: query, keys and values of the rows, likewise.
            keys: of the text, [texts, tokens, hidden].
            values: likewise.
            bias: see `ask`.
        """
        texts, count = asked[0].shape[0], asked[0].shape[1] // ROWS
        keys, values = self._split(keys), self._split(values)
        query, own_keys, own_values = (self._split(part) for part in asked)
        by_pair = (texts, self.heads, ROWS, count, -1)
        own_query, own_key, own_value = (
            part.reshape(by_pair).transpose(2, 3) for part in (query, own_keys, own_values)
        )
        of_text = query @ keys.transpose(-1, -2) * self._scale + bias
        of_rows = (own_query @ own_key.transpose(-1, -2) * self._scale).transpose(2, 3)
        of_rows = of_rows.reshape(texts, self.heads, ROWS * count, ROWS)
        weights = functional.softmax(torch.cat([of_rows, of_text], dim=-1), dim=-1)
        own_weights = weights[..., :ROWS].reshape(by_pair).transpose(2, 3)
        own = (own_weights @ own_value).transpose(2, 3).reshape(query.shape)
        return _joined(weights[..., ROWS:] @ values + own)

    def _read(self, states: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        return self.finish(states, self.mix(self.query(states), keys, values, mask))

    def _ask(self, rows: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        asked = self.query(rows), self.key(rows), self.value(rows)
        return self.finish(rows, self.mix_rows(asked, keys, values, bias))

    def _split(self, states: Tensor) -> Tensor:
        """[texts, tokens, hidden] to [texts, heads, tokens, hidden / heads]."""
        return states.reshape(*states.shape[:2], self.heads, -1).transpose(1, 2)


def _joined(split: Tensor) -> Tensor:
    """[texts, heads, tokens, hidden / heads] to [texts, tokens, hidden]."""
    return split.transpose(1, 2).flatten(2)


class PairModel(nn.Module):
    """A small BERT with a stream of questions and four heads.

    Args:
        layers: of the text; questions begin half-way.
        dropout: share of what the heads read that is silenced in training.
        shape: of the encoder.
    """

    def __init__(self, *, layers: int = LAYERS, dropout: float = 0.1, shape: Shape = SMALL) -> None:
        super().__init__()
        self.shape = shape
        hidden = shape.hidden
        self.silent = layers // SILENT_SHARE
        self.words = nn.Embedding(VOCABULARY, hidden)
        self.positions = nn.Embedding(POSITIONS, hidden)
        self.embedded_norm = nn.LayerNorm(hidden, eps=shape.epsilon)
        self.distances = nn.Embedding(shape.buckets, shape.heads) if shape.buckets else None
        self.layers = nn.ModuleList(Layer(shape) for _ in range(layers))
        self.roles = nn.Parameter(torch.randn(ROWS, hidden) * ROLE_SCALE)
        self.absent = nn.Parameter(torch.randn(ROWS, hidden) * ROLE_SCALE)
        self.bias = nn.Parameter(torch.zeros(layers - self.silent, shape.heads * ROWS, ROWS))
        self.joined = nn.Linear(ROWS * hidden, hidden)
        self.stance = nn.Linear(hidden, len(STANCES))
        self.quad = nn.Linear(hidden, len(QUADS))
        self.event = nn.Linear(hidden, len(EVENTS))
        self.joined_topic = nn.Linear(ROWS * hidden, hidden)
        self.topic = nn.Linear(hidden, TOPIC_OUTPUTS)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, input_ids: Tensor, spans: Tensor, attention_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits of pairs: stance [texts, pairs, 4], quad class [.., 4], event [.., 16], topics.

        Topics, [texts, pairs, 33], are those of the top level, of the second one, and "this is
        news": read them where source and target are both absent.

        Args:
            input_ids: word pieces, int64 [texts, tokens].
            spans: what is said, source and target of each pair: first token and the one after the
                last, int64 [texts, 3, pairs, 2]; equal where there is none.
            attention_mask: 1 where there is a token, int64 [texts, tokens]; None: everywhere.
        """
        return self.answers(self.read(input_ids, spans, attention_mask))

    def answers(self, read: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the heads make of what `read` returns, [.., 3 x hidden]."""
        read = self.dropout(read)
        joined = self.dropout(functional.gelu(self.joined(read)))
        whole = self.dropout(functional.gelu(self.joined_topic(read)))
        return self.stance(joined), self.quad(joined), self.event(joined), self.topic(whole)

    def read(
        self, input_ids: Tensor, spans: Tensor, attention_mask: Tensor | None = None
    ) -> Tensor:
        """What the heads see of a pair, [texts, pairs, 3 x hidden]; arguments as in `forward`."""
        texts, _, count, _ = spans.shape
        place = torch.arange(input_ids.shape[1], device=input_ids.device)
        states = self.embedded(input_ids, place)
        mask = None if attention_mask is None else unseen(attention_mask, states.dtype)
        inside = within(spans, place).to(states.dtype)
        among = self.among(place, mask)
        for layer in self.layers[: self.silent]:
            states = layer.read(states, among)
        rows = self.questions(states, inside)
        asked = self.layers[self.silent :]
        for number, layer in enumerate(asked):
            bias = self.towards(number, inside, mask)
            if number < len(asked) - 1:
                states, rows = layer.both(states, rows, among, bias)
            else:  # nobody looks at the last states of the text
                rows = layer.ask(states, rows, bias)
        by_pair = rows.reshape(texts, ROWS, count, -1).transpose(1, 2)
        read: Tensor = by_pair.flatten(2)
        return read

    def embedded(self, ids: Tensor, places: Tensor) -> Tensor:
        """States of the word pieces `ids` at `places`, before any layer."""
        states: Tensor = self.embedded_norm(self.words(ids) + self.positions(places))
        return states

    def among(self, place: Tensor, mask: Tensor | None) -> Tensor | None:
        """What is added to the attention of the text to itself: `mask`, and what distances say."""
        if self.distances is None:
            return mask
        near = self.distances(bucket(place - place[:, None], self.distances.num_embeddings))
        near = near.permute(2, 0, 1)[None]
        return near if mask is None else near + mask

    def towards(self, number: int, inside: Tensor, mask: Tensor | None) -> Tensor:
        """What is added to the attention of the rows to the text, see `Layer.ask`.

        Args:
            number: of the layer, among those that questions pass.
            inside: see `within`.
            mask: as `Layer.read` takes it.
        """
        texts, _, count, tokens = inside.shape
        by_role = inside.reshape(texts, ROWS, count * tokens)
        bias = (self.bias[number] @ by_role).reshape(texts, self.shape.heads, ROWS * count, tokens)
        return bias if mask is None else bias + mask

    def questions(self, states: Tensor, inside: Tensor) -> Tensor:
        """The rows of each pair at first: its spans' mean states with their roles."""
        count = inside.sum(-1, keepdim=True)
        flat = inside.flatten(1, 2) @ states
        mean = flat.reshape(*inside.shape[:3], -1) / count.clamp(min=1)
        rows = torch.where(count > 0, mean, self.absent[:, None]) + self.roles[:, None]
        return rows.flatten(1, 2)


def unseen(attention_mask: Tensor, dtype: torch.dtype) -> Tensor:
    """What `Layer.read` takes as its mask, [texts, 1, 1, tokens]: very low where there is no token.

    Args:
        attention_mask: 1 where there is a token, int64 [texts, tokens].
        dtype: of the states.
    """
    return ((1 - attention_mask.to(dtype)) * FAR_BELOW)[:, None, None, :]


def within(spans: Tensor, place: Tensor) -> Tensor:
    """Which places are in a span: [texts, 3, pairs, tokens] of `spans` [texts, 3, pairs, 2]."""
    return (place >= spans[..., :1]) & (place < spans[..., 1:])


def restored(folder: Path) -> PairModel:
    """What a training left in `folder`, with as many layers as it has and as wide as they are."""
    state = torch.load(folder / "model.pt", weights_only=True)["average"]
    layers = {name.split(".")[1] for name in state if name.startswith("layers.")}
    wide = len(state["layers.0.wide.bias"])
    model = PairModel(layers=len(layers), shape=replace(SMALL, feed_forward=wide))
    model.load_state_dict(state)
    return model


def pretrained(
    given: Mapping[str, Tensor], *, layers: int, dropout: float, shape: Shape = SMALL
) -> PairModel:
    """A model that starts from pretrained weights.

    Args:
        given: them, in the naming of BERT (see `base`); layers above `layers` are left out.
        layers: see `PairModel`.
        dropout: likewise.
        shape: of the encoder that they are.
    """
    model = PairModel(layers=layers, dropout=dropout, shape=shape)
    state = dict(model.state_dict())
    state["words.weight"] = given["embeddings.word_embeddings.weight"]
    state["positions.weight"] = given["embeddings.position_embeddings.weight"]
    if shape.buckets:
        state["distances.weight"] = given["encoder.relative_attention_bias.weight"]
    for ours, theirs in _names(layers):
        for part in ("weight", "bias"):
            state[f"{ours}.{part}"] = given[f"{theirs}.{part}"]
    model.load_state_dict(state)
    return model


def _names(layers: int) -> list[tuple[str, str]]:
    """Our names of the weights and BERT's."""
    names = [("embedded_norm", "embeddings.LayerNorm")]
    parts = {
        "query": "attention.self.query",
        "key": "attention.self.key",
        "value": "attention.self.value",
        "attended": "attention.output.dense",
        "attended_norm": "attention.output.LayerNorm",
        "wide": "intermediate.dense",
        "narrow": "output.dense",
        "norm": "output.LayerNorm",
    }
    for i in range(layers):
        names += [(f"layers.{i}.{ours}", f"encoder.layer.{i}.{t}") for ours, t in parts.items()]
    return names


def bucket(distance: Tensor, buckets: int) -> Tensor:
    """The bucket of each distance in tokens, as MPNet and T5 have it (Raffel et al., JMLR 2020).

    Half of the buckets are for what stands before; of each half, half are single distances and
    the others grow up to `FARTHEST`.
    """
    half = buckets // 2
    exact = half // 2
    far = distance.abs()
    growth = torch.log(far.clamp(min=1) / exact) / log(FARTHEST / exact)
    grown = (exact + growth * (half - exact)).long().clamp(max=half - 1)
    return torch.where(distance > 0, half, 0) + torch.where(far < exact, far, grown)
