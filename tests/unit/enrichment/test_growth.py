"""The work grows with a text's length and no faster: steps are counted, not seconds.

Each text is read at one length and at twice that. Steps are bytecodes; a pattern that is run over
the whole text is one step to the interpreter, so those are counted by themselves.
"""

import sys
from collections import Counter

import pytest

from contracts.article import Article
from service.enrichment import text
from service.enrichment.countries import CountryFinder, roles

LENGTH = 10_000
"""Characters; long enough for what grows as the square to outweigh the rest."""
MOST_GROWTH = 2.3
"""For twice the length: two, and something for what stands at the edges."""

HOSTILE = {
    "names": "Japan and Vietnam met. ",
    "a list without end": "Japan and Vietnam and ",
    "headlines in title case": "Chad Kelly Meets Jordan Smith In Paris Putin Today\n",
    "headlines with offices": "Japan President Meets Vietnam Premier Again Today\n",
    "capitals": "JAPAN'S PRIME MINISTER FUMIO KISHIDA MET VIETNAM. ",
    "leaders who meet": "Japanese Prime Minister Fumio Kishida met Vietnamese President To Lam. ",
    "offices that point back": "Prime Minister Fumio Kishida told the president so. ",
    "pairs that point back": "Japanese Prime Minister Fumio Kishida told the two leaders of it. ",
    "pronouns": "Kishida said that he told his country so. They agreed. ",
    "people of a country's name": "Jordan Moss met Tony Jordan. Jordan left. ",
    "leaders and their namesakes": "Maria Gallant met Gallant. Deng Dau Deng met M.K. Stalin. ",
    "bodies of a general name": "The Coast Guard of Japan left. In Oslo, the Coast Guard met. ",
    "names joined by hyphens": "Trump-Putin-Modi-",
    "seats of a bloc": "Brussels said. ",
    "officers of blocs": "NATO chief Mark Rutte met Kaja Kallas, the EU's diplomat. Rutte spoke. ",
    "blocs without officers": "The EU's NATO told UN chief ",
    "towns and states": "Lebanon, Pa., and Paris, Texas, met. ",
    "datelines": "TOKYO (AP) -- Japan met.\n\n",
    "menus": "Read more\nShare this\nJapan met China.\n",
    "stops": "a.b. A. B. ... ",
    "tags": ".</a <a ",
}


@pytest.fixture(scope="module")
def finder():
    return CountryFinder.load()


def steps(work):
    """How many bytecodes `work` takes."""
    count = 0

    def local(_frame, event, _):
        nonlocal count
        count += event == "opcode"
        return local

    def begin(frame, _event, _):
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return local

    before = sys.gettrace()
    sys.settrace(begin)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def read(finder, content):
    document = text.read(Article(id="a", text=content))
    return finder.rank(document, finder.find(document))


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_text_takes_twice_the_steps(finder, name):
    unit = HOSTILE[name]
    once, twice = (unit * (length // len(unit)) for length in (LENGTH, 2 * LENGTH))
    read(finder, once)  # tables and patterns are made at their first use
    assert steps(lambda: read(finder, twice)) < MOST_GROWTH * steps(lambda: read(finder, once))


def test_the_whole_text_is_searched_for_a_bloc_once(finder):
    searches = Counter()

    def note(_frame, event, called):
        if event == "c_call":
            searches[getattr(called, "__self__", None) is roles._BLOC_WORDS] += 1

    content = "Brussels said so. " * 50
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        read(finder, content)
    finally:
        sys.setprofile(before)
    assert searches[True] == 1
