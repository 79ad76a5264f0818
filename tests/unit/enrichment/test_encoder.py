"""The network's windows on a text, and that one run answers every pair alike."""

import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from service.enrichment.allocation import keep_freed_memory
from service.enrichment.encoder import ABSENT, MAX_TOKENS, Asked, PairEncoder
from service.enrichment.values import Span

TEXT = "Norway thanked Peru for the vaccines."


@pytest.fixture(scope="module")
def encoder():
    return PairEncoder.load()


def span(phrase, text=TEXT):
    return Span(text.index(phrase), text.index(phrase) + len(phrase))


def test_a_short_text_is_read_whole(encoder):
    window = encoder.pieces(TEXT).window(span("Norway"), span("Peru"))
    assert window.first == 0
    assert len(window.ids) == 9, "seven pieces, the mark that opens and the one that closes"


def test_spans_become_the_pieces_that_they_cover(encoder):
    pieces = encoder.pieces(TEXT)
    window = pieces.window(span("Norway"), span("Peru"))
    assert pieces.place(span("Norway"), window) == (1, 2)
    assert pieces.place(span("Peru for the"), window) == (3, 6)
    assert pieces.place(span("orwa"), window) == (1, 2), "a part of a piece takes the whole of it"


def test_an_actor_that_is_left_out_or_lies_outside_is_absent(encoder):
    pieces = encoder.pieces(TEXT)
    window = pieces.window(None, span("Peru"))
    assert pieces.place(None, window) == ABSENT
    assert pieces.place(span(" "), window) == ABSENT, "white space has no pieces"


def test_a_long_text_is_read_around_its_actors(encoder):
    text = "rain " * 900 + TEXT + " rain" * 900
    pieces = encoder.pieces(text)
    window = pieces.window(span("Norway", text), span("Peru", text))
    assert len(window.ids) == MAX_TOKENS
    source = pieces.place(span("Norway", text), window)
    target = pieces.place(span("Peru", text), window)
    assert source[0] < target[0]
    assert [window.ids[place[0]] for place in (source, target)] == [
        encoder.pieces(TEXT).window(None, None).ids[place] for place in (1, 3)
    ]


def test_an_actor_far_from_the_first_is_absent(encoder):
    text = "Norway" + " rain" * 2_000 + " Peru"
    pieces = encoder.pieces(text)
    window = pieces.window(span("Norway", text), span("Peru", text))
    assert pieces.place(span("Norway", text), window) != ABSENT
    assert pieces.place(span("Peru", text), window) == ABSENT


def test_a_pair_gets_the_same_answer_beside_others(encoder):
    pieces = encoder.pieces(TEXT)
    window = pieces.window(None, None)
    one, other = (pieces.place(span(name), window) for name in ("Norway", "Peru"))
    said = (1, 8)
    alone = encoder.run(window, [Asked(said, one, other)])
    beside = encoder.run(window, [Asked(said, other, one), Asked(said, one, other)])
    np.testing.assert_allclose(alone.stance[0], beside.stance[1], atol=0.3)
    assert beside.stance.shape == (2, 4)
    assert beside.quad.shape == (2, 4)
    assert beside.event.shape == (2, 16)
    assert not np.allclose(beside.stance[0], beside.stance[1], atol=1e-3), "direction counts"


def test_it_counts_which_sentence_is_judged(encoder):
    text = "Norway bombed Peru. | Norway thanked Peru for the vaccines."
    pieces = encoder.pieces(text)
    window = pieces.window(None, None)
    one, other = (pieces.place(span(name, text), window) for name in ("Norway", "Peru"))
    first, second = (
        pieces.place(span(part, text), window)
        for part in ("Norway bombed Peru.", "Norway thanked Peru for the vaccines.")
    )
    answers = encoder.run(window, [Asked(said, one, other) for said in (first, second)])
    assert answers.stance.shape == (2, 4)
    assert not np.allclose(answers.stance[0], answers.stance[1], atol=0.5)


def test_what_is_shipped_is_small():
    size = len((files("service.enrichment") / "models" / "network.onnx").read_bytes())
    assert size < 30_000_000


def test_half_a_character_is_read_over(encoder):
    text = "Norway \ud800 thanked Peru."
    pieces = encoder.pieces(text)
    window = pieces.window(span("Norway", text), span("Peru", text))
    assert (
        pieces.place(span("Peru", text), window)[0] > pieces.place(span("Norway", text), window)[0]
    )


FAULTS = """
import resource
from service.enrichment.encoder import Asked, PairEncoder
encoder = PairEncoder.load()
window = encoder.pieces("rain " * 98).window(None, None)
asked = [Asked((1, 98), (1, 3), (4 + n, 6 + n)) for n in range(40)]
faults = []
for _ in range(20):
    encoder.run(window, asked)
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print((faults[-1] - faults[9]) // 10)
"""


@pytest.mark.skipif(not keep_freed_memory(), reason="the C library's allocator is another one")
def test_a_run_finds_the_memory_of_the_last_one():
    """Pages that the kernel has to clear anew cost as much as the network itself."""
    command = [sys.executable, "-c", FAULTS]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(told.stdout) < 500, "up to some thousands a run where it was given back"


def test_the_network_does_not_tell_on_whose_machine_it_was_made():
    network = (files("service.enrichment") / "models" / "network.onnx").read_bytes()
    assert not [word for word in (b"stack_trace", b"site-packages", b'.py"') if word in network]
