"""The order of the classes in the network's outputs, and the sets that masked losses allow."""

from collections.abc import Collection

from contracts.vocabulary import MediaTopic, NarrowerTopic, PloverEvent, QuadClass, Stance

STANCES = (Stance.SUPPORTIVE, Stance.NEUTRAL, Stance.OPPOSING, None)
"""None says that the two have no dealing with each other; neutral, that they have one in which no
side is taken."""

NO_DEALING = STANCES.index(None)
"""Its number among the outputs."""

QUADS = tuple(QuadClass)
EVENTS = tuple(PloverEvent)
TOPICS = tuple(MediaTopic)
NARROWER = tuple(NarrowerTopic)

PAIR_OUTPUTS = (len(STANCES), len(QUADS), len(EVENTS))
"""Classes of the three heads that judge a pair."""

TOPIC_OUTPUTS = len(TOPICS) + len(NARROWER) + 1
"""Topics of the top level, of the second one, and "this is news"."""

NO_STANCE: frozenset[Stance | None] = frozenset({Stance.NEUTRAL, None})
"""What the sets of others call neutral: either of the two."""

YIELD = frozenset({PloverEvent.CONCEDE, PloverEvent.RETREAT})
"""What one event of the older tables became: promising to give in, and giving in."""


def stance_of(event: PloverEvent) -> Stance:
    """The stance that an event shows where nothing else is said."""
    if event.quad_class <= QuadClass.MATERIAL_COOPERATION:
        return Stance.SUPPORTIVE
    return Stance.OPPOSING


def topic_row(topics: Collection[MediaTopic], narrower: Collection[NarrowerTopic]) -> list[bool]:
    """What holds of a text, in the order of the outputs; without topics it is no news."""
    return [
        *(topic in topics for topic in TOPICS),
        *(topic in narrower for topic in NARROWER),
        bool(topics),
    ]
