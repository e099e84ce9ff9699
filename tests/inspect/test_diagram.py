"""Drawings of models: what is drawn, where, and in which formats."""

from __future__ import annotations

import io
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

import lamina as keras
from lamina import layers
from lamina.errors import ArgumentError, DependencyError, NotBuiltError
from lamina.inspect.diagram import dot as dot_module
from lamina.inspect.diagram.boxes import Shown, diagram_of
from lamina.inspect.diagram.drawing import draw
from lamina.inspect.diagram.placement import GAP, place
from lamina.utils import model_to_dot, plot_model

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def model():
    """A branch, a shared layer, an op and a nested model."""
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    shared = layers.Dense(3, activation="relu", name="shared")
    inner = keras.Sequential(
        [keras.Input((3,)), layers.Dense(3, name="first"), layers.Dense(3, name="second")],
        name="inner",
    )
    x = layers.Add(name="add")([shared(left), inner(shared(right))])
    return keras.Model([left, right], layers.Dense(1, name="head")(x * 2.0))


def titles(diagram):
    return [box.rows[0][0].text for box in diagram.boxes]


def test_layers_ops_and_arrows(model):
    diagram = diagram_of(model, Shown())
    names = [title.partition(" ")[0] for title in titles(diagram)]
    assert sorted(names) == sorted(["left", "right", "shared", "inner", "add", "multiply", "head"])
    arrows = {(names[a], names[b]) for a, b in diagram.arrows}
    assert arrows == {
        ("left", "shared"), ("right", "shared"), ("shared", "inner"), ("shared", "add"),
        ("inner", "add"), ("add", "multiply"), ("multiply", "head"),
    }  # fmt: skip


def test_a_sequential_model_is_drawn_without_its_input():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3), layers.Dense(1)], name="m")
    diagram = diagram_of(model, Shown(names=False))
    assert titles(diagram) == ["Dense", "Dense"]
    assert diagram.arrows == [(0, 1)]


def test_what_a_box_tells(model):
    model.get_layer("shared").trainable = False
    diagram = diagram_of(model, Shown(True, True, True, True, True))
    rows = {box.rows[0][0].text: box.rows[1:] for box in diagram.boxes}
    told = [[cell.text for cell in row] for row in rows["shared (Dense)"]]
    assert told == [
        ["Activation: relu"],
        [
            "Input shape: (None, 4)", "Output shape: (None, 3)", "Output dtype: float32",
            "Non-trainable",
        ],
    ]  # fmt: skip
    assert [cell.text for cell in rows["left (InputLayer)"][0]] == [
        "Output shape: (None, 4)", "Output dtype: float32",
    ]  # fmt: skip


@pytest.mark.parametrize("sideways", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_boxes_do_not_overlap_and_arrows_go_on(sideways, seed):
    random = np.random.default_rng(seed)
    count = 17
    sizes = [(float(w), float(h)) for w, h in random.uniform(20, 200, (count, 2))]
    arrows = sorted({(int(random.integers(0, t)), t) for t in random.integers(1, count, 30)})
    placed = place(sizes, arrows, sideways)
    axis = 0 if sideways else 1
    for a, b in combinations(range(count), 2):
        apart = [
            abs(placed.middles[a][i] - placed.middles[b][i]) - (sizes[a][i] + sizes[b][i]) / 2
            for i in range(2)
        ]
        assert max(apart) >= GAP - 1e-6
    for way in placed.ways:
        along = [point[axis] for point in way]
        assert along == sorted(along)
        assert along[-1] > along[0]
    for middle, size in zip(placed.middles, sizes, strict=True):
        for i in range(2):
            assert size[i] / 2 - 1e-6 <= middle[i] <= placed.size[i] - size[i] / 2 + 1e-6


def test_a_nested_model_is_drawn_inside_its_frame(model):
    drawing = draw(diagram_of(model, Shown(nested=True)))
    rectangles = {r.text.partition(" ")[0]: r for r in drawing.rectangles}
    frame = rectangles["inner"]
    assert frame.ground is None
    for name in ("first", "second"):
        r = rectangles[name]
        assert frame.x <= r.x
        assert r.x + r.width <= frame.x + frame.width
        assert frame.y <= r.y
        assert r.y + r.height <= frame.y + frame.height


def test_svg_holds_every_text_and_arrow(model, tmp_path):
    model.get_layer("head").name = "a <b> & c"
    plot_model(model, tmp_path / "model.svg", show_layer_names=True)
    root = ElementTree.parse(tmp_path / "model.svg").getroot()
    texts = {element.text for element in root.iter(f"{SVG}text")}
    assert {"a <b> & c (Dense)", "shared (Dense)", "multiply"} <= texts
    assert len(list(root.iter(f"{SVG}polyline"))) == 7


def test_png_by_pillow(model, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    plot_model(model, tmp_path / "plain", dpi=72)
    with Image.open(tmp_path / "plain.png") as plain:
        width, height = plain.size
    plot_model(model, str(tmp_path / "fine.png"), dpi=144)
    with Image.open(tmp_path / "fine.png") as fine:
        assert fine.size == pytest.approx((2 * width, 2 * height), abs=1)
        assert fine.getextrema() == ((0, 255),) * 3


def test_without_anything_png_becomes_svg_with_a_warning(model, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "lamina.inspect.diagram.png", None)
    with pytest.warns(UserWarning, match="needs Graphviz or Pillow"):
        plot_model(model, tmp_path / "model.png")
    assert [path.name for path in tmp_path.iterdir()] == ["model.svg"]
    with pytest.raises(DependencyError, match="a drawing as pdf needs Graphviz"):
        plot_model(model, tmp_path / "model.pdf")


def test_graphviz_makes_pictures_where_it_is(model, tmp_path, monkeypatch):
    tool = tmp_path / "dot"
    tool.write_text("#!/bin/sh\nprintf '%s:' $1\ncat\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    made = model_to_dot(model).create(prog="dot", format="png")
    assert made == b"-Tpng:" + model_to_dot(model).to_string().encode()
    with pytest.raises(ArgumentError, match="needs the name of a format"):
        model_to_dot(model).create(format="png -o /tmp/x")


def test_dot_names_what_it_draws(model):
    text = model_to_dot(model, show_shapes=True, rankdir="LR", expand_nested=True).to_string()
    assert "rankdir=LR" in text
    assert "subgraph cluster_" in text
    assert text.count(" -> ") == 8
    assert "Output shape: (None, 3)" in text
    assert text.count("{") == text.count("}")


def test_a_subclassed_model_is_one_box():
    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    model = Own()
    with pytest.raises(NotBuiltError, match="cannot be drawn before it is built"):
        model_to_dot(model)
    model(np.zeros((1, 3), "float32"))
    assert titles(model_to_dot(model).diagram) == ["own (Own)"]


@pytest.mark.parametrize(
    ("options", "text"),
    [({"rankdir": "XY"}, "rankdir"), ({"dpi": 0}, "dpi"), ({"layer_range": [1]}, "layer_range")],
)
def test_refused_arguments(model, options, text):
    with pytest.raises(ArgumentError, match=text):
        model_to_dot(model, **options)


def test_a_notebook_shows_the_drawing(model):
    drawn = ElementTree.parse(io.StringIO(model_to_dot(model)._repr_svg_())).getroot()
    assert drawn.tag == f"{SVG}svg"
    assert isinstance(model_to_dot(model), dot_module.Dot)
