"""How the network is trained: the numbers of a training, each an option of `train`."""

from dataclasses import dataclass

from service.training.model import LAYERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to train.

    Attributes:
        layers: of the network.
        resting: the lowest of them, which stay as they were pretrained.
        epochs: passes over all but `directed_sentiment`, before the layers become narrower.
        width: of the narrower layers, behind their attention.
        narrow: such passes afterwards, with a learning rate that rises and falls once.
        settling: such passes at the end, each with a lower learning rate of its own rise and fall.
        real: how often an epoch reads the real sentences, which are few.
        topics: how often it reads titles with leads, which are few as well.
        sentiment_share: share of `directed_sentiment` that such a pass takes in.
        sentiment_weight: what a pair of it counts.
        batch: sentences a step.
        rate: learning rate of the top layer.
        decay: how much slower each layer below learns.
        head_rate: learning rate of what is not pretrained.
        smoothing: share of the target that is spread over all classes.
        taught: what a teacher's answer counts where there is one; a label counts the rest.
        dropout: see `PairModel`.
        exchanged: chance that the countries of a sentence become others; else those of pairs are
            masked, as in the service.
        average: decay of the moving average of the weights, which is what is kept.
        seed: of everything drawn.
    """

    layers: int = LAYERS
    resting: int = 1
    epochs: int = 1
    width: int = 768
    narrow: int = 3
    settling: int = 1
    real: int = 2
    topics: int = 3
    sentiment_share: float = 0.2
    sentiment_weight: float = 0.5
    batch: int = 32
    rate: float = 5e-4
    decay: float = 0.9
    head_rate: float = 1.25e-3
    smoothing: float = 0.1
    taught: float = 0.8
    dropout: float = 0.1
    exchanged: float = 0.5
    average: float = 0.995
    seed: int = 20261124
