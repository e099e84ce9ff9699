"""Large contractions on small arrays: blocks, waiting sums and fetching ahead are turned on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.engines.native.twin import both, traced

import lamina as keras
from lamina import ops
from lamina.engines.native import planner
from lamina.engines.native.tiles import ahead, lanes, program, seed
from lamina.engines.native.tiles.plan import GraphPlan
from lamina.graph.tensor import Tensor

SIZES = [(1, 19, 1), (3, 33, 17), (7, 40, 65), (18, 100, 33), (33, 47, 128), (200, 100, 64)]


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "BLOCK_DEPTH", 8)
    monkeypatch.setattr(lanes, "DEEP", 4)
    monkeypatch.setattr(lanes, "BAND_BYTES", 1)
    monkeypatch.setattr(lanes, "NEAR", 1)
    monkeypatch.setattr(lanes, "LARGE", 1)
    monkeypatch.setattr(program, "FAR_BYTES", 1)
    monkeypatch.setattr(seed, "FAR_BYTES", 1)


def _product(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return ops.relu(ops.matmul(x, w) + b)


def _update(x: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """Both layouts of a result are wanted, and what is added comes from memory."""
    y = ops.tanh(ops.matmul(x, w)) + b
    return y, ops.matmul(ops.transpose(x), y), ops.matmul(y, ops.transpose(w))


def _masked(x: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """A mask is wanted in both layouts, so that its bytes are spread."""
    z = ops.matmul(x, w) + b
    mask = z > 0
    g = ops.where(mask, z, -1.0)
    back = ops.where(
        ops.transpose(mask), ops.transpose(ops.matmul(g, ops.matmul(ops.transpose(w), w))), 0.0
    )
    return g, ops.matmul(ops.transpose(x), g), back


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    "function", [_product, _update, _masked], ids=["product", "update", "masked"]
)
def test_native_agrees_with_the_reference(
    function: Callable[..., object], size: tuple[int, int, int], dtype: str
) -> None:
    rows, depth, columns = size
    random = np.random.default_rng(5)
    shapes = [(rows, depth), (depth, columns), (columns,)]
    arrays = [random.normal(size=shape).astype(dtype) for shape in shapes]
    # Sums of `depth` products in another order: some units in the last place for each.
    tolerance = 8 * depth * np.finfo(dtype).eps
    for want, got in both(function, arrays):
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * np.abs(want).max())


def test_an_update_walks_bands() -> None:
    """More comes after the sums than they read: one lane tile a band here."""
    arrays = [np.zeros(shape, "float32") for shape in [(7, 40), (40, 65), (7, 65)]]
    update = lambda x, w, g: w - ops.matmul(ops.transpose(x), g)  # noqa: E731
    plan = GraphPlan(traced(update, arrays), {}, lanes.Layouts())
    chosen = [plan.lanes(draft) for draft in plan.drafts if draft.plain is None]
    assert [(c.order[-1], c.band) for c in chosen] == [(c.elane, c.tile[c.elane]) for c in chosen]


def test_a_product_walks_its_largest_operand_once() -> None:
    """Less comes after the sums than they read: the axis of the weights is outermost, no band."""
    arrays = [np.zeros(shape, "float32") for shape in [(7, 40), (40, 65), (65,)]]
    plan = GraphPlan(traced(_product, arrays), {}, lanes.Layouts())
    (chosen,) = [plan.lanes(draft) for draft in plan.drafts if draft.plain is None]
    assert (chosen.order, chosen.band) == ((1, 0), 0)


@pytest.mark.parametrize("way", ["across", "along"])
def test_every_way_to_ask_for_the_next_strip_is_taken(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By kernels whose results are compared above."""
    asked: list[int] = []
    ask = getattr(ahead._Operand, way)

    def noted(self: ahead._Operand, turns: int) -> ahead.Requests:
        made: ahead.Requests = ask(self, turns)
        asked.append(made.count)
        assert 0 < made.count <= max(1, turns // ahead.TURNS)
        return made

    monkeypatch.setattr(ahead._Operand, way, noted)
    random = np.random.default_rng(6)
    for shapes in ([(200, 100), (100, 64), (64,)], [(33, 47), (47, 128), (128,)]):
        both(_update, [random.normal(size=shape).astype("float32") for shape in shapes])
    assert asked


def test_what_follows_on_the_sums_is_asked_for_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """In sums long enough; the update is that of the reference."""
    monkeypatch.setattr(lanes, "BLOCK_DEPTH", 512)
    made: list[ahead.Requests | None] = []
    by_rows = ahead._by_rows
    monkeypatch.setattr(ahead, "_by_rows", lambda *a: made.append(by_rows(*a)) or made[-1])
    random = np.random.default_rng(7)
    shapes = [(130, 40), (40, 65), (130, 65)]
    arrays = [random.normal(size=shape).astype("float32") for shape in shapes]
    update = lambda x, w, g: w - ops.matmul(ops.transpose(x), g)  # noqa: E731
    for want, got in both(update, arrays):
        # Sums of 130 products in another order.
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)
    assert any(made)


def test_the_kernels_are_in_blocks() -> None:
    """The fixture does what the tests above rely on."""
    arrays = [np.zeros(shape, "float32") for shape in [(7, 40), (40, 65), (65,)]]
    plan = GraphPlan(traced(_product, arrays), {}, lanes.Layouts())
    depths = [plan.lanes(draft).depth for draft in plan.drafts if draft.plain is None]
    assert depths == [8]


def test_training_agrees_with_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs are gathered once and spread, weights and activations have further layouts."""
    monkeypatch.setattr(planner, "SPREAD_BYTES", 1)
    random = np.random.default_rng(0)
    x, y = random.normal(size=(101, 17)).astype("float32"), random.integers(0, 3, 101)

    def trained(engine: str) -> list[np.ndarray]:
        monkeypatch.setenv("LAMINA_ENGINE", engine)
        keras.utils.set_random_seed(3)
        layers = [keras.layers.Dense(n, "tanh") for n in (33, 65)]
        model = keras.Sequential([*layers, keras.layers.Dense(3, "softmax")])
        model.compile(keras.optimizers.SGD(0.1, 0.9), "sparse_categorical_crossentropy")
        history = model.fit(x, y, batch_size=24, epochs=3, verbose=0).history
        return [*model.get_weights(), np.array(history["loss"])]

    for want, got in zip(trained("reference"), trained("native"), strict=True):
        # Fifteen steps in float32, sums in other orders: measured 3e-6.
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=2e-5)
