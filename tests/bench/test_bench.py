"""The benchmark: its C programs compute what they say, tables and options say what they should."""

import argparse
import json
import shutil

import numpy as np
import pytest
from bench import machine, measure, native, report
from bench.__main__ import SECTIONS, parse
from bench.measure import Effort, Measured
from bench.peers import c
from bench.process import Unanswered
from bench.sections import sizes, train
from bench.workloads import WORKLOADS, Workload, from_json

NOTES = WORKLOADS["notes"]


def _reference(w, epochs):
    """Loss of the last epoch by NumPy in float64: forward, clipped loss, its gradient, Adam."""
    x, y = w.data()
    x = x.astype("float64")
    weights = [v.astype("float64") for v in w.weights()]
    first, second = ([np.zeros_like(v) for v in weights] for _ in range(2))
    step, losses = 0, []
    for _ in range(epochs):
        losses = []
        for start in range(0, w.rows, w.batch):
            rows = slice(start, start + w.batch)
            loss, gradient = _loss_and_gradient(weights, x[rows], y[rows])
            losses.append(loss)
            step += 1
            rate = w.rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for v, g, m, s in zip(weights, gradient, first, second, strict=True):
                m += (g - m) * 0.1
                s += (g * g - s) * 0.001
                v -= m * rate / (np.sqrt(s) + 1e-7)
    return np.mean(losses)


def _loss_and_gradient(weights, x, y):
    w1, b1, w2, b2, w3, b3 = weights
    h1 = np.maximum(x @ w1 + b1, 0)
    h2 = np.maximum(h1 @ w2 + b2, 0)
    z = h2 @ w3 + b3
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.log(np.clip(p[rows, y], 1e-7, 1 - 1e-7)).mean()
    # No probability of these few steps reaches the clip: softmax and log together.
    g3 = p.copy()
    g3[rows, y] -= 1
    g3 /= len(y)
    g2 = (g3 @ w3.T) * (h2 > 0)
    g1 = (g2 @ w2.T) * (h1 > 0)
    return loss, [x.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0)]


NEEDS_A_COMPILER = pytest.mark.skipif(
    shutil.which("gcc") is None, reason="no C compiler: the programs are for machines that have one"
)


@NEEDS_A_COMPILER
def test_the_c_program_trains_the_notes_network(tmp_path):
    program = native.build("notes_net", tmp_path)
    data = tmp_path / "data"
    c.write_data(NOTES, data)
    found = c.run(program, data, 2, shuffle=False)
    # float32 with -ffast-math against float64, 420 steps.
    assert found["loss"] == pytest.approx(_reference(NOTES, 2), rel=1e-4)
    assert found["us_per_step"] > 0
    assert c.run(program, data, 2, shuffle=True)["loss"] != found["loss"]


def test_the_c_program_has_one_network_only():
    with pytest.raises(native.Unavailable, match="the notes' shapes"):
        c.prepare(WORKLOADS["wide"])


@NEEDS_A_COMPILER
def test_the_peak_is_that_of_a_processor_of_today():
    # From one scalar operation a cycle at 1 GHz to 64 lanes of two operations at 10 GHz.
    assert 1e9 < native.peak() < 1.3e12


def _entry(**more):
    rows = [
        Measured("lamina", [2e-6, 1e-6, 9e-6], 0.5, None, 0.3).__dict__,
        Measured("jax", [20e-6], 0.5, None, 2.0, "by scan").__dict__,
        Measured("pytorch", unavailable="No module named 'torch'").__dict__,
    ]
    record = machine.record([0])
    return {"machine": record, "rounds": 3, "peak": 1e11, "rows": rows, **more}


def test_the_table_gives_medians_and_ratios_to_lamina():
    text = train.table(_entry(workload=NOTES.to_json()))
    assert "| lamina | 2.00 (1.00 to 9.00) | 1.00 | 0.30 | 0.50000 |  |" in text
    assert "| jax | 20.0 (20.0 to 20.0) | 10.00 | 2.00 | 0.50000 | by scan |" in text
    assert "| pytorch | not measured: No module named 'torch' |" in text
    # 10 rows: forward and weight gradient of 1x16, and these and dx of 16x32 and 32x2.
    assert NOTES.flops == 2 * 10 * (2 * 16 + 3 * 16 * 32 + 3 * 32 * 2)
    assert "products at the peak: 0.35 us" in text


def test_the_readme_shows_workloads_by_peers_between_its_marks(tmp_path):
    readme, kept = tmp_path / "README.md", tmp_path / "results.json"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    report.save(kept, {"train/notes/1": _entry(workload=NOTES.to_json(), rounds=1)})
    entries = report.save(kept, {"train/notes/1": _entry(workload=NOTES.to_json())})
    assert entries == json.loads(kept.read_text(encoding="utf-8"))
    assert entries["train/notes/1"]["rounds"] == 3
    for _ in range(2):  # twice: the marks are still there
        report.write_readme(entries, {"train": train.tables, "sizes": sizes.tables}, readme)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| us a step | lamina | jax | limit |" in text
    assert "| notes | 2.00 | 20.0 (10.0) | 0.35 |" in text
    assert "Not measured: notes, pytorch: No module named 'torch'." in text
    assert "medians of 3 rounds" in text


def test_sizes_show_the_worst_of_a_width_and_its_neighbours():
    slow = _entry(workload=sizes.workload(65, 32).to_json())
    slow["rows"][0]["seconds"] = [40e-6]
    fast = _entry(workload=sizes.workload(64, 32).to_json())
    text = sizes.tables({"65x32/1": slow, "64x32/1": fast})
    assert "| **64** |  |  |  |  |  | 2.00 |" in text
    assert "Over 1.05 (width x batch): 65x32 2.00." in text


def test_parts_of_the_sizes_are_all_of_them_once():
    whole = sizes.points(parse(["sizes"]))
    parts = [sizes.points(parse(["sizes", "--part", f"{i}/8"])) for i in range(1, 9)]
    assert len(whole) == 33 * 11
    names = [w.name for part in parts for w in part]
    assert sorted(names) == sorted(w.name for w in whole)
    few = sizes.points(parse(["sizes", "--widths", "63,64", "--batches", "1"]))
    assert [w.sizes for w in few] == [(63, 63, 10), (64, 64, 10)]


@pytest.mark.parametrize(
    ("words", "section"),
    [([], "all"), (["--write"], "all"), *(([name, "--rounds", "1"], name) for name in SECTIONS)],
)
def test_every_section_has_a_command(words, section):
    given = parse(words)
    assert isinstance(given, argparse.Namespace)
    assert given.section == section
    assert given.rounds == (1 if "--rounds" in words else 9)


def test_workers_are_told_their_threads_and_lose_what_slows_numpy():
    before = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "1", "HOME": "/h"}
    found = machine.environment(2, before)
    assert found["HOME"] == "/h"
    assert found["OMP_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == "2"
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"} & set(found)


def test_rounds_are_interleaved_and_a_peer_that_stops_is_left_out():
    calls = []

    def steady(count):
        calls.append("steady")
        return 0.01 * count

    def stops(count):
        calls.append("stops")
        if calls.count("stops") > 3:
            raise Unanswered("its process ended")
        return 1.0

    found = {"steady": Measured("steady"), "stops": Measured("stops")}
    measure.interleave({"steady": steady, "stops": stops}, found, Effort(3, 0.1))
    assert found["steady"].seconds == pytest.approx([0.01] * 3)
    assert found["stops"].unavailable == "its process ended"
    assert found["stops"].median is None
    assert calls[-5:] == ["steady", "stops", "steady", "stops", "steady"]


def test_peers_that_differ_are_named():
    near, far = Measured("a", loss=0.5), Measured("b", loss=0.51)
    assert measure.disagreement([near, near, Measured("c")], 1e-3) == ""
    assert "their losses differ by" in measure.disagreement([near, far], 1e-3)
    outs = [Measured("a", out=[0.2, 0.8]), Measured("b", out=[0.8, 0.2])]
    assert "their predictions differ by" in measure.disagreement(outs, 1e-3)
    assert measure.disagreement([near, Measured("d", loss=float("nan"))], 1e-3)


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_workloads_fill_their_batches(name):
    w = WORKLOADS[name]
    x, y = w.data()
    assert w.rows % w.batch == 0
    words = w.whole[0][0] == "embedding"
    assert x.shape == (w.rows, *w.row_shape) == (w.rows, *w.sample(1).shape[1:])
    assert x.dtype == w.sample(1).dtype == ("int32" if words else "float32")
    assert len(y) == w.rows
    weights = w.weights()
    if w.sizes:
        assert [v.shape for v in weights][::2] == list(zip(w.sizes, w.sizes[1:], strict=False))
    assert [v.shape for v in weights] == [s for link in w.links for s in link.weights]
    assert len({part[0] for part in w.calm().parts} & {"dropout"}) == 0
    assert {v.dtype.name for v in weights} == {"float32"}
    assert sum(v.size for v in weights) == w.weight_count
    assert from_json(json.loads(json.dumps(w.to_json()))) == w


@pytest.mark.parametrize(("hidden", "loss"), [("relu", "sparse"), ("tanh", "mse")])
def test_the_onnx_model_is_the_network(hidden, loss):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from bench.peers import onnxruntime

    w = Workload("small", (5, 7, 3), 4, 8, hidden, loss)
    x, _ = w.data()
    w1, b1, w2, b2 = w.weights()
    wanted = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[hidden](x @ w1 + b1) @ w2 + b2
    if loss == "sparse":
        wanted = np.exp(wanted) / np.exp(wanted).sum(1, keepdims=True)
    # float32, sums of at most seven terms.
    assert onnxruntime.prepare(w).forward["session.run"](x) == pytest.approx(wanted, abs=1e-6)
