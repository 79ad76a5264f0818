"""What two readers saw of dyads, and the figures of what was found."""

from pathlib import Path

import pytest

from contracts.article import Article
from contracts.events import Dyad
from contracts.vocabulary import Stance
from service.enrichment.enricher import Enricher
from service.training import data, readers, sentences
from service.training.readers import SeenDyads

SHARED = Path(__file__).parents[3].parent / "shared" / "data"

FOR, AGAINST, NEITHER = Stance.SUPPORTIVE, Stance.OPPOSING, Stance.NEUTRAL


def said(source, target, stance, confidence=1.0):
    return Dyad(
        source=source, target=target, stance=stance, score=0, confidence=confidence, evidence=()
    )


def figures(seen, *found):
    got = readers.dyad_figures([seen], [found])
    return got["dyads_f1"], got["dyads_with_stance_f1"], got["neutral_dyads_f1"]


def test_only_what_both_saw_alike_is_asked_for():
    one = {("IRN", "OMN"): FOR, ("OMN", "IRN"): FOR, ("IRN", "USA"): AGAINST}
    other = {("IRN", "OMN"): FOR, ("OMN", "IRN"): NEITHER, ("USA", "IRN"): AGAINST}
    seen = SeenDyads.by(one, other)
    assert seen.alike == {("IRN", "OMN"): FOR}
    assert seen.optional == {("OMN", "IRN"), ("IRN", "USA"), ("USA", "IRN")}
    assert figures(seen, said("IRN", "OMN", FOR)) == (1, 1, 0)
    assert figures(seen, said("IRN", "OMN", FOR), said("USA", "IRN", FOR)) == (1, 1, 0)
    assert figures(seen, said("IRN", "OMN", AGAINST)) == (1, 0, 0)
    assert figures(seen, said("IRN", "OMN", FOR), said("USA", "OMN", FOR))[0] == pytest.approx(
        2 / 3
    )


def test_neutral_dyads_have_a_figure_of_their_own():
    seen = SeenDyads({("IRN", "OMN"): NEITHER, ("OMN", "IRN"): FOR}, frozenset())
    assert figures(seen, said("IRN", "OMN", NEITHER), said("OMN", "IRN", FOR)) == (1, 1, 1)
    assert figures(seen, said("IRN", "OMN", FOR), said("OMN", "IRN", FOR)) == (1, 1, 0)


def test_sentences_are_read_with_what_each_reader_saw():
    for part in sentences.PARTS:
        listed = sentences.read(part)
        assert len({one.id for one in listed}) == len(listed)
        assert any(one.dyads.alike for one in listed)
        assert any(not one.one and not one.other for one in listed)
    ids = [one.id for part in sentences.PARTS for one in sentences.read(part)]
    assert len(set(ids)) == len(ids)


def test_a_line_that_is_no_dyad_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sentences, "FOLDER", tmp_path)
    path = tmp_path / "choose.txt"
    path.write_text(
        "# a comment\na-1 || IRN>OMN neutral?; OMN>IRN opposing || \n", encoding="utf-8"
    )
    (one,) = sentences.read("choose")
    assert one.one == {("IRN", "OMN"): NEITHER, ("OMN", "IRN"): AGAINST}
    assert one.other == {}
    path.write_text("a-1 || IRN>OMN friendly ||\n", encoding="utf-8")
    with pytest.raises(ValueError, match="IRN>OMN friendly"):
        sentences.read("choose")


def test_readers_agree_with_each_other_on_most_dyads():
    for part in sentences.PARTS:
        agreed = readers.agreement((one.one, one.other) for one in sentences.read(part))
        assert agreed["dyads_with_stance_f1"] >= 0.9


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
def test_sentences_are_read_nearly_as_a_careful_reader_does():
    texts = sentences.texts(SHARED)
    listed = sentences.read("choose")
    assert all(data.held_out(one.id) for one in listed), "nothing that is trained on"
    found = Enricher.load().enrich([Article(id=one.id, text=texts[one.id]) for one in listed])
    got = readers.dyad_figures([one.dyads for one in listed], [one.dyads for one in found])
    assert got["dyads_f1"] >= 0.75
    assert got["dyads_with_stance_f1"] >= 0.7
