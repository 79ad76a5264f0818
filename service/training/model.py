"""The network: sentences are encoded once, every ordered pair of actors is judged from the states.

The lower layers of a BERT of six layers read the sentence and know nothing of pairs. The upper ones
are run for each pair, with a learned vector added to the states of its source and of its target:
so they see who is asked about, at a fraction of the cost of markers in the text. The last layer is
only computed where it is read: at the sentence, the source and the target.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from service.training.labels import EVENTS, QUADS, STANCES, TOPIC_OUTPUTS

HIDDEN, HEADS, FEED_FORWARD, LAYERS = 384, 12, 1536, 6
"""The shape of bge-small-en-v1.5, and how many of its twelve layers are taken, from below."""

VOCABULARY, POSITIONS = 30_522, 512
"""The same: word pieces, and the longest row of them."""

SHARED_LAYERS = 4
"""Layers that a sentence passes once; the rest is run for each pair."""

ROLE_SCALE = 0.2
"""Spread of the role vectors at first: felt beside states whose spread is about 0.5."""

NORM_EPSILON = 1e-12
"""As BERT was trained."""


class Layer(nn.Module):
    """One layer of BERT, with rows that ask apart from rows that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(HIDDEN, HIDDEN)
        self.key = nn.Linear(HIDDEN, HIDDEN)
        self.value = nn.Linear(HIDDEN, HIDDEN)
        self.attended = nn.Linear(HIDDEN, HIDDEN)
        self.attended_norm = nn.LayerNorm(HIDDEN, eps=NORM_EPSILON)
        self.wide = nn.Linear(HIDDEN, FEED_FORWARD)
        self.narrow = nn.Linear(FEED_FORWARD, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=NORM_EPSILON)

    def forward(self, asking: Tensor, read: Tensor, mask: Tensor) -> Tensor:
        """States [rows, asking, hidden] after looking at `read`, where `mask` is 0 and not -inf."""
        query, key, value = (
            _split(project(states))
            for project, states in ((self.query, asking), (self.key, read), (self.value, read))
        )
        weights = query @ key.transpose(-1, -2) / (HIDDEN / HEADS) ** 0.5 + mask
        mixed = functional.softmax(weights, dim=-1) @ value
        joined = mixed.transpose(1, 2).flatten(2)
        states = self.attended_norm(asking + self.attended(joined))
        deep = self.narrow(functional.gelu(self.wide(states)))
        result: Tensor = self.norm(states + deep)
        return result


class PairModel(nn.Module):
    """A small BERT with role vectors and four heads.

    Args:
        shared_layers: how many layers a sentence passes once; 0 means that the roles are marked
            in the text, which takes one whole pass a pair.
        dropout: share of what the heads read that is silenced in training.
    """

    def __init__(self, *, shared_layers: int = SHARED_LAYERS, dropout: float = 0.1) -> None:
        super().__init__()
        self.shared_layers = shared_layers
        self.words = nn.Embedding(VOCABULARY, HIDDEN)
        self.positions = nn.Embedding(POSITIONS, HIDDEN)
        self.embedded_norm = nn.LayerNorm(HIDDEN, eps=NORM_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.roles = nn.Parameter(torch.randn(2, HIDDEN) * ROLE_SCALE)
        self.absent = nn.Parameter(torch.randn(2, HIDDEN) * ROLE_SCALE)
        self.joined = nn.Linear(3 * HIDDEN, HIDDEN)
        self.stance = nn.Linear(HIDDEN, len(STANCES))
        self.quad = nn.Linear(HIDDEN, len(QUADS))
        self.event = nn.Linear(HIDDEN, len(EVENTS))
        self.joined_topic = nn.Linear(3 * HIDDEN, HIDDEN)
        self.topic = nn.Linear(HIDDEN, TOPIC_OUTPUTS)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        pair_sentence: Tensor,
        source: Tensor,
        target: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits: stance [pairs, 3], quad class [pairs, 4], event [pairs, 16], topics [pairs, 33].

        The last are those of the top level, of the second one, and "this is news":
        read them where source and target are both absent.

        Args:
            input_ids: word pieces, int64 [sentences, tokens].
            attention_mask: 1 where there is a token, int64 [sentences, tokens].
            pair_sentence: which sentence a pair stands in, int64 [pairs].
            source: first token and the one after the last, int64 [pairs, 2]; equal where absent.
            target: likewise.
        """
        read = self.dropout(
            self.read(input_ids, attention_mask, pair_sentence, source=source, target=target)
        )
        joined = self.dropout(functional.gelu(self.joined(read)))
        whole = self.dropout(functional.gelu(self.joined_topic(read)))
        return self.stance(joined), self.quad(joined), self.event(joined), self.topic(whole)

    def read(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        pair_sentence: Tensor,
        *,
        source: Tensor,
        target: Tensor,
    ) -> Tensor:
        """What the heads see of each pair, [pairs, 3 x hidden]; arguments as in `forward`."""
        place = torch.arange(input_ids.shape[1], device=input_ids.device)
        states = self.embedded_norm(self.words(input_ids) + self.positions(place))
        mask = ((1 - attention_mask.to(states.dtype)) * -1e4)[:, None, None, :]
        for layer in self.layers[: self.shared_layers]:
            states = layer(states, states, mask)
        inside = [
            ((place >= span[:, :1]) & (place < span[:, 1:])).to(states.dtype)
            for span in (source, target)
        ]
        states, mask = states[pair_sentence], mask[pair_sentence]
        for role, within in zip(self.roles, inside, strict=True):
            states = states + within[:, :, None] * role
        for layer in self.layers[self.shared_layers : -1]:
            states = layer(states, states, mask)
        pooled = [
            _mean(states, within, absent)
            for absent, within in zip(self.absent, inside, strict=True)
        ]
        asking = torch.stack([states[:, 0], *pooled], dim=1)
        read: Tensor = self.layers[-1](asking, states, mask).flatten(1)
        return read


def pretrained(
    given: Mapping[str, Tensor], *, shared_layers: int = SHARED_LAYERS, dropout: float
) -> PairModel:
    """A model that starts from pretrained weights.

    Args:
        given: them, in the naming of BERT; layers above `LAYERS` are left out.
        shared_layers: see `PairModel`.
        dropout: see `PairModel`.
    """
    model = PairModel(shared_layers=shared_layers, dropout=dropout)
    state = dict(model.state_dict())
    base = given["embeddings.token_type_embeddings.weight"][0]
    state["words.weight"] = given["embeddings.word_embeddings.weight"]
    state["positions.weight"] = given["embeddings.position_embeddings.weight"] + base
    for ours, theirs in _names():
        for part in ("weight", "bias"):
            state[f"{ours}.{part}"] = given[f"{theirs}.{part}"]
    model.load_state_dict(state)
    return model


def _names() -> list[tuple[str, str]]:
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
    for i in range(LAYERS):
        names += [(f"layers.{i}.{ours}", f"encoder.layer.{i}.{t}") for ours, t in parts.items()]
    return names


def _split(states: Tensor) -> Tensor:
    """[rows, tokens, hidden] to [rows, heads, tokens, hidden / heads]."""
    return states.reshape(*states.shape[:2], HEADS, HIDDEN // HEADS).transpose(1, 2)


def _mean(states: Tensor, within: Tensor, absent: Tensor) -> Tensor:
    """The mean state of an actor, the learned vector where there is none."""
    count = within.sum(1, keepdim=True)
    mean = (within[:, :, None] * states).sum(1) / count.clamp(min=1)
    return torch.where(count > 0, mean, absent)
