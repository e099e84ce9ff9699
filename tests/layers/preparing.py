"""Rows of the layers that prepare numbers and images before they are learnt from."""

from __future__ import annotations

from typing import Any

from tests.layers.row import Row, made

_ROWS = ((4, 3),)


def _in_turn(k: Any) -> Any:
    return k.layers.Pipeline([k.layers.Rescaling(2.0, name="one")], name="turn")


PREPARING: dict[str, Row] = {
    "Normalization": Row(made("Normalization", mean=[1.0, 2.0, 3.0], variance=[4.0, 1.0, 0.5])),
    "Normalization one": Row(made("Normalization", mean=3.0, variance=2.0)),
    "Normalization back": Row(made("Normalization", mean=3.0, variance=2.0, invert=True)),
    "Normalization axes": Row(
        made("Normalization", axis=(1, 2), mean=[3.0, 1.0], variance=[2.0, 0.0]), ((4, 3, 2),)
    ),
    "Discretization": Row(made("Discretization", [-0.5, 0.0, 1.0])),
    "Discretization one_hot": Row(
        made("Discretization", [0.0, 1.0], output_mode="one_hot"), ((4, 1),)
    ),
    "Discretization multi_hot": Row(made("Discretization", [0.0, 1.0], output_mode="multi_hot")),
    "Discretization count": Row(made("Discretization", [0.0, 1.0], output_mode="count")),
    "CategoryEncoding": Row(made("CategoryEncoding", 5), below=6),
    "CategoryEncoding count": Row(made("CategoryEncoding", 5, "count"), below=5),
    "CategoryEncoding one_hot": Row(made("CategoryEncoding", 5, "one_hot"), ((4, 1),), below=5),
    "Rescaling": Row(made("Rescaling", 1 / 255, offset=-1)),
    "Rescaling each": Row(made("Rescaling", [1.0, 2.0, 0.5], [0.0, 1.0, 2.0])),
    "Pipeline": Row(_in_turn),
}
