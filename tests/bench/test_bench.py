"""The benchmark: the C program computes the notes' network, tables say what they should."""

import numpy as np
import pytest
from bench.measure import Measured
from bench.peers import c
from bench.report import table
from bench.workloads import WORKLOADS

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


def test_the_c_program_trains_the_notes_network(tmp_path):
    try:
        program = c.build(tmp_path)
    except c.Unavailable as reason:
        pytest.skip(f"{reason}: the program is for machines that have one")
    data = tmp_path / "data"
    c.write_data(NOTES, data)
    found = c.run(program, data, 2, shuffle=False)
    # float32 with -ffast-math against float64, 420 steps.
    assert found["loss"] == pytest.approx(_reference(NOTES, 2), rel=1e-4)
    assert found["us_per_step"] > 0
    assert c.run(program, data, 2, shuffle=True)["loss"] != found["loss"]


def test_the_c_program_has_one_network_only():
    with pytest.raises(c.Unavailable, match="the notes' shapes"):
        c.prepare(WORKLOADS["wide"])


def test_table_gives_medians_and_ratios_to_lamina():
    rows = [
        Measured("lamina", [2.0, 1.0, 9.0], 0.5, 40.0, 0.3),
        Measured("slow", [20.0], float("nan"), None, 2.0),
        Measured("absent", unavailable="No module named 'absent'"),
    ]
    text = table(NOTES, rows)
    assert "| lamina | 2.00 (1.00 to 9.00) | 1.00 | 40 | 0.30 | 0.50000 |" in text
    assert "| slow | 20.00 (20.00 to 20.00) | 10.00 |  | 2.00 |  |" in text
    assert "| absent | not measured: No module named 'absent' |" in text


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_workloads_fill_their_batches(name):
    w = WORKLOADS[name]
    x, y = w.data()
    assert w.rows % w.batch == 0
    assert x.shape == (w.rows, w.sizes[0])
    assert len(y) == w.rows
    assert [v.shape for v in w.weights()][::2] == list(zip(w.sizes, w.sizes[1:], strict=False))
