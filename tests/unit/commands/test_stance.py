"""`dyadwire stance`: answers in order, bad lines by their ids."""

import json

from service.enrichment.stance import StanceModel
from tests.unit.commands.running import (
    FAILED,
    called,
)

TEXT = "Tokyo said it would sanction Moscow."


def pair(identity, source, target, text=TEXT):
    def span(actor):
        return None if actor is None else {"start": actor[0], "end": actor[1]}

    return {"id": identity, "text": text, "source": span(source), "target": span(target)}


def test_stance_answers_in_order_and_names_bad_lines_with_their_ids(dyadwire):
    tokyo, moscow, end = (0, 5), (29, 35), len(TEXT)
    bad = [
        pair("beyond", (0, end + 1), moscow),
        pair("empty", (3, 3), moscow),
        pair("backwards", tokyo, (35, 29)),
        pair("negative", (-1, 5), moscow),
        {"id": "no target", "text": TEXT, "source": {"start": 0, "end": 5}},
        pair("no number", ("0", 5), moscow),
        pair(None, tokyo, moscow),
    ]
    good = [
        pair("both", tokyo, moscow),
        pair(7, None, moscow),
        pair("no target but null", tokyo, None),
        pair("astral 𝔍", (2, 7), (31, 37), text="𝔍 " + TEXT),
        pair("whole", (0, end), (0, end)),
    ]
    lines = [json.dumps(one) for one in [good[0], *bad, *good[1:]]]
    content = "\ufeff" + "\n".join([*lines[:3], "no json", "[]", *lines[3:]])
    out, err = dyadwire("stance", stdin=content.encode(), status=FAILED)
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["id"] for answer in answers] == [one["id"] for one in good]
    for answer in answers:
        assert set(answer) == {"id", "stance", "score", "confidence", "event", "quad_class"}
        assert answer["stance"] in {"supportive", "neutral", "opposing"}
        assert -1 <= answer["score"] <= 1
        assert 0 <= answer["confidence"] <= 1
        assert answer["quad_class"] in {1, 2, 3, 4}
    complaints = err.splitlines()
    assert complaints[0] == (
        f"stdin:2 (id 'beyond'): source: 0 to {end + 1} is no span of a text of {end}"
    )
    assert [line.partition(":")[2].partition(" ")[0].rstrip(":") for line in complaints] == [
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
    ]
    assert "'no target'" in err
    assert "target: is required" in err


def test_stance_reads_a_file_and_both_actors_may_be_left_out(dyadwire, tmp_path):
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair("x", None, None)))
    out, err = dyadwire("stance", "pairs.jsonl")
    assert json.loads(out)["id"] == "x"
    assert err == ""
    assert dyadwire("stance", stdin=b"\n\n") == ("", "")


def test_a_pair_that_cannot_be_judged_costs_itself_alone(capsys, monkeypatch, tmp_path):
    class Fussy:
        def __init__(self):
            self._model = real()

        def judge(self, pairs):
            if any("fussy" in one.text for one in pairs):
                raise ValueError("the text is: secret")
            return self._model.judge(pairs)

    real = StanceModel.load
    monkeypatch.setattr(StanceModel, "load", Fussy)
    path = tmp_path / "pairs.jsonl"
    pairs = [pair("a", (0, 5), None), pair("b", (0, 5), None, "fussy text"), pair("c", None, None)]
    path.write_text("\n".join(map(json.dumps, pairs)))
    status, out, err = called(capsys, "stance", path)
    assert status == FAILED
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a", "c"]
    assert err.startswith(f"{path}:2 (id 'b'): could not be judged: ValueError in judge ")
    assert "secret" not in err
