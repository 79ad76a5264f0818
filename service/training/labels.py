"""The order of the classes in the network's outputs, and the sets that masked losses allow."""

from contracts.vocabulary import MediaTopic, NarrowerTopic, PloverEvent, QuadClass, Stance

STANCES = (Stance.SUPPORTIVE, Stance.NEUTRAL, Stance.OPPOSING)
QUADS = tuple(QuadClass)
EVENTS = tuple(PloverEvent)
TOPICS = tuple(MediaTopic)
NARROWER = tuple(NarrowerTopic)

YIELD = frozenset({PloverEvent.CONCEDE, PloverEvent.RETREAT})
"""What one event of the older tables became: promising to give in, and giving in."""


def stance_of(event: PloverEvent) -> Stance:
    """The stance that an event shows where nothing else is said."""
    if event.quad_class <= QuadClass.MATERIAL_COOPERATION:
        return Stance.SUPPORTIVE
    return Stance.OPPOSING
