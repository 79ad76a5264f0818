"""The network and what it is drawn to. Needs torch: `make train` sets that up and runs this."""

from dataclasses import replace
from importlib.resources import files
from math import log, nan
from random import Random

import pytest

from service.enrichment.encoder import make_tokenizer
from service.training import data
from service.training.labels import NO_DEALING, PAIR_OUTPUTS, STANCES, TOPIC_OUTPUTS

torch = pytest.importorskip("torch", reason="torch comes with make train, which runs this")
losses = pytest.importorskip("service.training.losses")
batches = pytest.importorskip("service.training.batches")
fused = pytest.importorskip("service.training.fused")
heads = pytest.importorskip("service.training.heads")
model = pytest.importorskip("service.training.model")
narrowing = pytest.importorskip("service.training.narrowing")
plan = pytest.importorskip("service.training.plan")
train = pytest.importorskip("service.training.train")
unpadded = pytest.importorskip("service.training.unpadded")

TOKENIZER = files("service.enrichment") / "models" / "tokenizer.json"

TINY = model.Shape(hidden=24, heads=2, feed_forward=32, epsilon=1e-5)
TINY_WITH_DISTANCES = model.Shape(hidden=24, heads=2, feed_forward=32, epsilon=1e-5, buckets=32)


def network(shape):
    torch.manual_seed(1)
    return model.PairModel(layers=4, shape=shape).eval()


@pytest.mark.parametrize("shape", [TINY, TINY_WITH_DISTANCES])
def test_a_pair_gets_the_same_answer_whatever_else_is_asked(shape):
    read = network(shape)
    ids = torch.randint(1000, 2000, (1, 12))
    pairs = torch.tensor([[[0, 12], [1, 3], [5, 6]], [[0, 12], [5, 6], [0, 0]]])  # no target
    both = pairs.transpose(0, 1)[None]
    together = read(ids, both)
    for number in range(2):
        alone = read(ids, both[:, :, number : number + 1])
        for one, other in zip(together, alone, strict=True):
            torch.testing.assert_close(one[:, number], other[:, 0])


@pytest.mark.parametrize("shape", [TINY, TINY_WITH_DISTANCES])
def test_padding_changes_nothing(shape):
    read = network(shape)
    ids = torch.randint(1000, 2000, (1, 9))
    spans = torch.tensor([[[[0, 9]], [[1, 3]], [[5, 6]]]])
    longer = torch.cat([ids, torch.zeros(1, 4, dtype=torch.long)], dim=1)
    mask = torch.tensor([[1] * 9 + [0] * 4])
    for one, other in zip(read(ids, spans), read(longer, spans, mask), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("shape", [TINY, TINY_WITH_DISTANCES])
@pytest.mark.parametrize("layers", [2, 4])
def test_the_layers_that_are_exported_compute_the_same(shape, layers):
    torch.manual_seed(2)
    read = model.PairModel(layers=layers, shape=shape).eval()
    torch.nn.init.normal_(read.bias)
    ids = torch.randint(1000, 2000, (2, 12))
    pairs = [[[0, 12], [1, 3], [5, 6]], [[0, 12], [5, 6], [0, 0]], [[2, 9], [8, 9], [3, 4]]]
    spans = torch.tensor(pairs).transpose(0, 1).expand(2, -1, -1, -1)
    mask = torch.tensor([[1] * 12, [1] * 10 + [0] * 2])
    with torch.no_grad():
        plain = read(ids, spans, mask)
        fused.fuse(read)
        for one, other in zip(plain, read(ids, spans, mask), strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_order_of_the_tokens_counts_where_distances_do():
    read = network(TINY_WITH_DISTANCES)
    read.positions.weight.data.zero_()
    ids = torch.randint(1000, 2000, (1, 9))
    spans = torch.tensor([[[[0, 9]], [[0, 1]], [[8, 9]]]])
    turned = torch.cat([ids[:, :1], ids[:, 1:8].flip(1), ids[:, 8:]], dim=1)
    assert not torch.allclose(read(ids, spans)[0], read(turned, spans)[0], atol=1e-6)


def test_buckets_are_those_of_the_pretrained_encoder():
    wanted = {
        -300: 15, -128: 15, -20: 10, -8: 8, -7: 7, -1: 1, 0: 0, 1: 17, 7: 23, 8: 24, 20: 26, 300: 31
    }  # by the formula of Raffel et al., 32 buckets  # fmt: skip
    found = model.bucket(torch.tensor(list(wanted)), 32)
    assert found.tolist() == list(wanted.values())


def targets(stances, taught):
    count = len(stances)
    return batches.Targets(
        stance=torch.tensor([[float(s in some) for s in STANCES] for some in stances]),
        quad=torch.zeros(count, PAIR_OUTPUTS[1]),
        event=torch.zeros(count, PAIR_OUTPUTS[2]),
        weight=torch.ones(count),
        topic=torch.full((count, TOPIC_OUTPUTS), nan),
        main=torch.full((count,), batches.NO_TOPIC),
        taught=torch.tensor(taught),
    )


def outputs(*stances):
    count = len(stances)
    rest = [torch.zeros(count, size) for size in (*PAIR_OUTPUTS[1:], TOPIC_OUTPUTS)]
    return [torch.tensor(stances).log(), *rest]


def answer(*stance):
    return [*stance, *([0.0] * sum(PAIR_OUTPUTS[1:]))]


def missed(given, wanted, *, taught):
    found = losses.loss(given, wanted, 1, smoothing=0.0, taught=taught)
    return found.item() * losses.PAIRS_EXPECTED


def test_a_label_alone_counts_wholly():
    given = outputs([0.5, 0.2, 0.2, 0.1])
    wanted = targets([{STANCES[0]}], [answer(0.0, 0.0, 0.0, 0.0)])
    assert missed(given, wanted, taught=0.8) == pytest.approx(-log(0.5))


def test_either_of_two_labels_is_right():
    given = outputs([0.5, 0.2, 0.2, 0.1])
    wanted = targets([{STANCES[1], STANCES[NO_DEALING]}], [answer(0.0, 0.0, 0.0, 0.0)])
    assert missed(given, wanted, taught=0.8) == pytest.approx(-log(0.3))


def test_label_and_answer_share():
    given = outputs([0.5, 0.2, 0.2, 0.1])
    wanted = targets([{STANCES[0]}], [answer(0.75, 0.0, 0.25, 0.0)])
    of_answer = -0.75 * log(0.5) - 0.25 * log(0.2)
    expected = 0.2 * -log(0.5) + 0.8 * of_answer
    assert missed(given, wanted, taught=0.8) == pytest.approx(expected)


def test_an_answer_alone_counts_wholly_and_a_pair_without_either_not_at_all():
    given = outputs([0.5, 0.2, 0.2, 0.1], [0.1, 0.1, 0.1, 0.7])
    wanted = targets([set(), set()], [answer(0.0, 0.0, 1.0, 0.0), answer(0.0, 0.0, 0.0, 0.0)])
    assert missed(given, wanted, taught=0.8) == pytest.approx(-log(0.2))


def coded(number, event, verb):
    return {
        "id": f"p{number}",
        "marked": f"<s>Fiji</s> {verb} <t>Tonga</t>.",
        "source": "",
        "target": "",
        "label_root": event,
        "label_stance": "supportive" if event == "AID" else "opposing",
    }


def test_codes_are_learned_from_plv_alone_and_change_nothing_but_their_heads():
    real = data.from_pair_stance([coded(0, "AID", "sent food to"), coded(1, "ASSAULT", "shelled")])
    others = [replace(example, origin="corpus") for example in real]
    tokenizer = make_tokenizer(TOKENIZER.read_text(encoding="utf-8"))

    def learned(examples):
        read = network(TINY)
        heads.code_as_published(read, examples, plan.Plan(), tokenizer)
        return read

    before, after, again = network(TINY), learned([*real, *others]), learned(real)
    old, new = before.state_dict(), after.state_dict()
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    assert changed == {"quad.weight", "quad.bias", "event.weight", "event.bias"}
    assert all(torch.equal(new[name], weight) for name, weight in again.state_dict().items())

    batch, held = batches.collate(real, tokenizer)

    def right(read):
        _, _, event, _ = read(**batch.inputs)
        likely = batch.answers(event).log_softmax(-1)
        return losses.unlike(likely, held.event, smoothing=0.0).mean().item()

    assert right(after) < right(before)


@pytest.mark.parametrize("resting", [0, 1])
def test_what_goes_of_a_layer_is_what_counts_least(resting):
    real = data.from_pair_stance([coded(0, "AID", "sent food to"), coded(1, "ASSAULT", "shelled")])
    tokenizer = make_tokenizer(TOKENIZER.read_text(encoding="utf-8"))
    read = network(TINY)
    for part in (read.words, read.positions, read.embedded_norm, *read.layers)[: 3 + resting]:
        part.requires_grad_(requires_grad=not resting)
    idle = torch.arange(3, 11)
    for layer in read.layers:
        layer.narrow.weight.data[:, idle] = 0
    counts = narrowing.importance(read, [real], tokenizer, smoothing=0.1, taught=0.8)
    busy = torch.ones(32, dtype=torch.bool).index_fill(0, idle, value=False)
    assert torch.equal(counts > 0, busy.expand(4, 32))
    assert all(weight.grad is None for weight in read.parameters())

    smaller = narrowing.narrowed(read, counts, 24)
    assert smaller.layers[0].wide.weight.shape == (24, 24)
    batch, _ = batches.collate(real, tokenizer)
    with torch.no_grad():
        for one, other in zip(read(**batch.inputs), smaller.eval()(**batch.inputs), strict=True):
            torch.testing.assert_close(one, other)


def test_narrower_layers_learn_again_and_are_the_mean_of_what_each_fall_ends_with(tmp_path):
    real = data.from_pair_stance([coded(0, "AID", "sent food to"), coded(1, "ASSAULT", "shelled")])
    tokenizer = make_tokenizer(TOKENIZER.read_text(encoding="utf-8"))
    chosen = plan.Plan(width=24, narrow=3, settling=2, sentiment_share=0.0)
    whole = network(TINY)
    before = {name: weight.clone() for name, weight in whole.state_dict().items()}
    settled = train.settle(data.Sets([], real, [], []), chosen, whole, tokenizer, tmp_path)

    assert all(layer.wide.weight.shape == (24, 24) for layer in settled.layers)
    assert all(torch.equal(before[name], now) for name, now in whole.state_dict().items())
    states = [
        torch.load(tmp_path / f"narrow-{number}" / "state.pt", weights_only=True)
        for number in range(3)
    ]
    assert [state["epochs"] for state in states] == [3, 1, 1]
    rates = [state["schedule"]["base_lrs"] for state in states]
    assert rates[1] == rates[2] == [rate * train.SETTLING_RATE for rate in rates[0]]
    ends = [state["average"] for state in states]
    assert not torch.equal(ends[1]["stance.weight"], ends[2]["stance.weight"])
    for name, weight in settled.state_dict().items():
        torch.testing.assert_close(weight, sum(end[name] for end in ends) / 3)


def test_a_batch_is_filled_up_to_the_grid_and_nothing_of_what_is_learned_changes(monkeypatch):
    real = data.from_pair_stance([coded(0, "AID", "sent food to"), coded(1, "ASSAULT", "shelled")])
    tokenizer = make_tokenizer(TOKENIZER.read_text(encoding="utf-8"))
    some = [*real, replace(real[0], labels=real[0].labels * 5)]

    def learned():
        read = network(TINY)
        batch, held = batches.collate(some, tokenizer)
        answers = [batch.answers(one) for one in read(**batch.inputs)]
        missed = losses.loss(answers, held, batch.sentences, smoothing=0.1, taught=0.8)
        torch.autograd.backward(missed)
        grads = {n: p.grad for n, p in read.named_parameters() if p.grad is not None}
        return batch.inputs["spans"].shape, batch.inputs["input_ids"].shape, missed, grads

    (texts, _, pairs, _), (_, tokens), loss, gradients = learned()
    assert (texts, tokens, pairs) == (4, 16, 8)
    monkeypatch.setattr(batches, "TEXT_GRID", 1)
    monkeypatch.setattr(batches, "TOKEN_GRID", 1)
    monkeypatch.setattr(batches, "PAIR_GRID", 1)
    (texts, _, pairs, _), (_, tokens), same, alike = learned()
    assert (texts, pairs) == (3, 5)
    assert tokens < 16
    torch.testing.assert_close(loss, same)
    assert gradients.keys() == alike.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, alike[name], atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("shape", [TINY, TINY_WITH_DISTANCES])
@pytest.mark.parametrize("steps", [(1, 1), (16, 8)])
def test_without_what_fills_a_batch_up_the_same_is_answered_and_learned(shape, steps, monkeypatch):
    monkeypatch.setattr(unpadded, "TOKEN_STEP", steps[0])
    monkeypatch.setattr(unpadded, "PAIR_STEP", steps[1])
    coded_rows = [coded(0, "AID", "sent much food and medicine to"), coded(1, "ASSAULT", "shelled")]
    real = data.from_pair_stance(coded_rows)
    (label,) = real[1].labels
    some = [
        real[0],
        replace(real[1], labels=(label, replace(label, target=None), label)),
        replace(real[1], labels=(replace(label, source=label.target, target=label.source),)),
    ]
    batch, held = batches.collate(some, make_tokenizer(TOKENIZER.read_text(encoding="utf-8")))

    def learned(answer):
        read = network(shape)
        torch.nn.init.normal_(read.bias)
        answers = answer(read)
        missed = losses.loss(answers, held, batch.sentences, smoothing=0.1, taught=0.8)
        torch.autograd.backward(missed)
        return answers, {n: p.grad for n, p in read.named_parameters() if p.grad is not None}

    whole, gradients = learned(lambda read: [batch.answers(x) for x in read(**batch.inputs)])
    same, alike = learned(lambda read: unpadded.Unpadded(read)(batch))
    for one, other in zip(whole, same, strict=True):
        assert len(one) == 5
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
    assert gradients.keys() == alike.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, alike[name], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("resting", [0, 1])
def test_the_average_follows_what_learns_and_leaves_the_rest_alone(tmp_path, resting):
    real = data.from_pair_stance([coded(0, "AID", "sent food to"), coded(1, "ASSAULT", "shelled")])
    tokenizer = make_tokenizer(TOKENIZER.read_text(encoding="utf-8"))
    before, sets = network(TINY).state_dict(), data.Sets([], real, [], [])
    chosen = plan.Plan(resting=resting, epochs=1, real=1, sentiment_share=0.0)
    train.fit(sets, chosen, network(TINY), tokenizer, tmp_path)
    saved = torch.load(tmp_path / "state.pt", weights_only=True)
    decay = 2 / 11  # of the first and only step
    for name, old in before.items():
        mean = decay * old + (1 - decay) * saved["model"][name]
        torch.testing.assert_close(saved["average"][name], mean)
    same = {name for name, old in before.items() if torch.equal(old, saved["average"][name])}
    at_rest = {"words.weight", "positions.weight"}
    if resting:
        at_rest |= {name for name in before if name.startswith(("embedded_norm", "layers.0."))}
    assert at_rest <= same
    assert "layers.1.wide.weight" not in same
    assert ("layers.0.wide.weight" in same) == bool(resting)


def test_brief_numbers_give_the_same_answers_and_gradients_nearly():
    real = data.from_pair_stance([coded(0, "AID", "sent food to"), coded(1, "ASSAULT", "shelled")])
    tokenizer = make_tokenizer(TOKENIZER.read_text(encoding="utf-8"))
    batch, _ = batches.collate(real, tokenizer)

    def asked(answer):
        read = network(TINY)
        stance = answer(read)
        torch.autograd.backward(stance.float().log_softmax(-1)[..., 0].sum())
        return stance.float(), read.layers[0].wide.weight.grad

    stance, gradient = asked(lambda read: batch.answers(read(**batch.inputs)[0]))
    brief, roughly = asked(lambda read: train.Brief(read)(batch)[0])
    assert not torch.equal(brief, stance)
    torch.testing.assert_close(brief, stance, atol=0.02, rtol=0.02)
    assert roughly.dtype == torch.float32
    assert torch.cosine_similarity(roughly.flatten(), gradient.flatten(), dim=0) > 0.99


@pytest.mark.parametrize("able", ["avx512_bf16", "amx_bf16", "bf16", None])
def test_numbers_are_brief_only_where_the_processor_multiplies_such(able, monkeypatch):
    names = ("avx2", "avx512_f", "avx512_bf16", "amx_bf16")  # of an x86; "bf16" is ARM's
    monkeypatch.setattr(
        torch.cpu, "get_capabilities", lambda: dict.fromkeys(names, False) | {able: True}
    )
    real = data.from_pair_stance([coded(0, "AID", "sent food to"), coded(1, "ASSAULT", "shelled")])
    tokenizer = make_tokenizer(TOKENIZER.read_text(encoding="utf-8"))
    kinds = set()

    class Watched(unpadded.Unpadded):
        def forward(self, batch):
            answers = super().forward(batch)
            kinds.update(answer.dtype for answer in answers)
            return answers

    monkeypatch.setattr(train, "Unpadded", Watched)
    trainer = train.Trainer(plan.Plan(), network(TINY), tokenizer, steps=2)
    trainer.epoch([real], Random(1))
    assert kinds == {torch.bfloat16 if able else torch.float32}
