"""`model_to_dot` and `plot_model`."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

from lamina.errors import ArgumentError, DependencyError
from lamina.inspect.diagram.boxes import Shown, diagram_of
from lamina.inspect.diagram.dot import Dot


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Dot:
    """The drawing of a built model, to be written as SVG, PNG or DOT.

    Args:
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable: what
            stands in the box of a layer beside its class.
        rankdir: "TB" draws from the top down, "LR" from left to right.
        expand_nested: draw the layers of models used as layers.
        dpi: pixels an inch of a PNG.
        splines: how Graphviz draws arrows.

    Raises: NotBuiltError (a ValueError) for a model that is not built yet.
    Keras: returns an object of pydot's, which this need not have; `subgraph=True` is not offered.
    """
    if kwargs or subgraph:
        raise ArgumentError(
            "model_to_dot", "does not know this argument",
            str(sorted(kwargs) or ["subgraph"]), "leave it out",
        )  # fmt: skip
    shown = Shown(
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable,
        expand_nested,
    )  # fmt: skip
    return Dot(diagram_of(model, shown), rankdir, dpi, splines)


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Any:
    """Writes the drawing of a model into a file, whose ending gives the format, PNG without one.

    SVG needs nothing else. PNG takes Graphviz where it is installed, otherwise Pillow; where
    neither is, an SVG is written beside it, and a warning says so. In a notebook the picture is
    returned.

    Args and errors: as `model_to_dot`; DependencyError for other formats without Graphviz.
    """
    drawing = model_to_dot(
        model, show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi, False,
        show_layer_activations, show_trainable, splines, **kwargs,
    )  # fmt: skip
    path = Path(to_file)
    if not path.suffix:
        path = path.with_suffix(".png")
    format = path.suffix[1:].lower()
    try:
        content = drawing.create(format=format)
    except DependencyError as error:
        if format != "png":
            raise
        path, content = path.with_suffix(".svg"), drawing.create_svg()
        warnings.warn(f"{error}\n  written:  {path}", stacklevel=2)
    path.write_bytes(content)
    return _shown_in_notebook(path)


def _shown_in_notebook(path: Path) -> Any:
    """IPython's picture of the file, if a notebook is running; else None."""
    if "IPython" not in sys.modules or path.suffix not in (".png", ".svg", ".jpg", ".jpeg"):
        return None
    from IPython import display

    if path.suffix == ".svg":
        return display.SVG(filename=str(path))
    return display.Image(filename=str(path))
