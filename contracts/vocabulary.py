"""The closed lists that events speak in: topics, regions, events, quad classes, stances.

Sources: IPTC Media Topics (CC BY 4.0), UN M49 (2026), PLOVER (16 event types).
Codes are stable between releases; labels may be reworded, so key on codes.
"""

from enum import IntEnum, StrEnum
from typing import Self


class _Labelled(StrEnum):
    """A code with the label that people read."""

    label: str

    def __new__(cls, code: str, label: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


class MediaTopic(_Labelled):
    """IPTC Media Topics, top level; the value is the qcode ``medtop:NN000000``."""

    ARTS = "medtop:01000000", "arts, culture, entertainment and media"
    CRIME = "medtop:02000000", "crime, law and justice"
    DISASTER = "medtop:03000000", "disaster, accident and emergency incident"
    ECONOMY = "medtop:04000000", "economy, business and finance"
    EDUCATION = "medtop:05000000", "education"
    ENVIRONMENT = "medtop:06000000", "environment"
    HEALTH = "medtop:07000000", "health"
    HUMAN_INTEREST = "medtop:08000000", "human interest"
    LABOUR = "medtop:09000000", "labour"
    LIFESTYLE = "medtop:10000000", "lifestyle and leisure"
    POLITICS = "medtop:11000000", "politics and government"
    RELIGION = "medtop:12000000", "religion"
    SCIENCE = "medtop:13000000", "science and technology"
    SOCIETY = "medtop:14000000", "society"
    SPORT = "medtop:15000000", "sport"
    CONFLICT = "medtop:16000000", "conflict, war and peace"
    WEATHER = "medtop:17000000", "weather"


class NarrowerTopic(StrEnum):
    """The second level: what a story between countries is about; the value is the label.

    Labels are those of IPTC Media Topics where `code` is given. The others are this project's own:
    the vocabulary has no such topic, or its code was not verified, and none is invented.
    """

    broader: MediaTopic
    """The top-level topic that it lies under."""
    code: str | None
    """The qcode ``medtop:2NNNNNNN``, None where there is none."""

    def __new__(cls, label: str, broader: MediaTopic, number: int | None = None) -> Self:
        """`number` of the vocabulary, where it has one."""
        member = str.__new__(cls, label)
        member._value_ = label
        member.broader = broader
        member.code = None if number is None else f"medtop:{number}"
        return member

    DIPLOMACY = "diplomacy", MediaTopic.POLITICS, 20000639
    TREATIES = "treaties", MediaTopic.POLITICS
    SANCTIONS = "economic sanction", MediaTopic.POLITICS, 20000642
    INTERNATIONAL_ORGANISATIONS = "international organisation", MediaTopic.POLITICS, 20000644
    ELECTIONS = "election", MediaTopic.POLITICS, 20000574
    DEFENCE = "national security", MediaTopic.POLITICS, 20000598
    FOREIGN_AID = "foreign aid", MediaTopic.POLITICS
    ARMED_CONFLICT = "armed conflict", MediaTopic.CONFLICT, 20000056
    PEACE_PROCESS = "peace process", MediaTopic.CONFLICT, 20000073
    TERRORISM = "act of terror", MediaTopic.CONFLICT, 20000053
    WAR_CRIMES = "war crimes", MediaTopic.CONFLICT
    ARMS = "arms", MediaTopic.CONFLICT
    REFUGEES = "refugees", MediaTopic.SOCIETY
    TRADE = "trade policy", MediaTopic.ECONOMY, 20000377
    ENERGY = "energy and resource", MediaTopic.ECONOMY, 20000256


class M49Region(_Labelled):
    """UN M49 sub-regions and intermediate regions: the finest one that a country lies in."""

    NORTHERN_AFRICA = "015", "Northern Africa"
    WESTERN_AFRICA = "011", "Western Africa"
    EASTERN_AFRICA = "014", "Eastern Africa"
    MIDDLE_AFRICA = "017", "Middle Africa"
    SOUTHERN_AFRICA = "018", "Southern Africa"
    NORTHERN_AMERICA = "021", "Northern America"
    SOUTH_AMERICA = "005", "South America"
    CENTRAL_AMERICA = "013", "Central America"
    CARIBBEAN = "029", "Caribbean"
    EASTERN_ASIA = "030", "Eastern Asia"
    SOUTHERN_ASIA = "034", "Southern Asia"
    SOUTH_EASTERN_ASIA = "035", "South-eastern Asia"
    CENTRAL_ASIA = "143", "Central Asia"
    WESTERN_ASIA = "145", "Western Asia"
    SOUTHERN_EUROPE = "039", "Southern Europe"
    EASTERN_EUROPE = "151", "Eastern Europe"
    NORTHERN_EUROPE = "154", "Northern Europe"
    WESTERN_EUROPE = "155", "Western Europe"
    AUSTRALIA_NEW_ZEALAND = "053", "Australia and New Zealand"
    MELANESIA = "054", "Melanesia"
    MICRONESIA = "057", "Micronesia"
    POLYNESIA = "061", "Polynesia"
    ANTARCTICA = "010", "Antarctica"


class QuadClass(IntEnum):
    """PLOVER's four quad classes."""

    VERBAL_COOPERATION = 1
    MATERIAL_COOPERATION = 2
    VERBAL_CONFLICT = 3
    MATERIAL_CONFLICT = 4


class PloverEvent(StrEnum):
    """PLOVER's sixteen event types; `quad_class` places each in its quad class.

    The tables in circulation disagree on SANCTION and CONCEDE; here SANCTION is material conflict
    and CONCEDE verbal cooperation.
    """

    AGREE = "AGREE"
    CONSULT = "CONSULT"
    SUPPORT = "SUPPORT"
    CONCEDE = "CONCEDE"
    COOPERATE = "COOPERATE"
    AID = "AID"
    RETREAT = "RETREAT"
    REQUEST = "REQUEST"
    ACCUSE = "ACCUSE"
    REJECT = "REJECT"
    THREATEN = "THREATEN"
    PROTEST = "PROTEST"
    SANCTION = "SANCTION"
    MOBILIZE = "MOBILIZE"
    COERCE = "COERCE"
    ASSAULT = "ASSAULT"

    @property
    def quad_class(self) -> QuadClass:
        """The quad class that this event type belongs to."""
        return _QUAD_CLASS[self]


_QUAD_CLASS = {
    **dict.fromkeys(("AGREE", "CONSULT", "SUPPORT", "CONCEDE"), QuadClass.VERBAL_COOPERATION),
    **dict.fromkeys(("COOPERATE", "AID", "RETREAT"), QuadClass.MATERIAL_COOPERATION),
    **dict.fromkeys(("REQUEST", "ACCUSE", "REJECT", "THREATEN"), QuadClass.VERBAL_CONFLICT),
    **dict.fromkeys(
        ("PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"), QuadClass.MATERIAL_CONFLICT
    ),
}


class Stance(StrEnum):
    """How the source of a dyad stands towards its target.

    Neutral says that it deals with the target and takes no side: it asks for something, or meets
    it. Countries that have no dealing with each other are no dyad.
    """

    SUPPORTIVE = "supportive"
    NEUTRAL = "neutral"
    OPPOSING = "opposing"


class AnalysisStatus(StrEnum):
    """How far the analysis of an article went."""

    FULL = "full"
    """Everything: language, topics, regions, countries and dyads."""
    PARTIAL = "partial"
    """Language, countries and regions only: the text is not in English."""
    NONE = "none"
    """Nothing to analyse: no running text was found."""
