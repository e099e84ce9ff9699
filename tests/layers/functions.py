"""Rows of layers that pass on, apply a function, or go both ways."""

from __future__ import annotations

from tests.layers.row import Row, made, own

_IDS = ((4, 5),)
FUNCTIONS: dict[str, Row] = {
    "Identity": Row(made("Identity", name="same")),
    "Lambda": own(lambda k: k.layers.Lambda(lambda x: x**2 + 1.0), (4, 2, 3)),
    "Lambda arguments": own(
        lambda k: k.layers.Lambda(lambda x, by: k.ops.sum(x, by), arguments={"by": 2}), (4, 2, 3)
    ),
    "Lambda several": own(
        lambda k: k.layers.Lambda(lambda x: [x[0] * k.ops.tanh(x[1]), x[1][:, :1]]), (4, 3), (4, 3)
    ),
    "Lambda stated": own(
        lambda k: k.layers.Lambda(lambda x: k.ops.reshape(x, (-1, 6)), output_shape=(6,)),
        (4, 2, 3),
    ),
    "Lambda shape": own(
        lambda k: k.layers.Lambda(
            lambda x: k.ops.transpose(x, (0, 2, 1)), output_shape=lambda s: (s[0], s[2], s[1])
        ),
        (4, 2, 3),
    ),
    "ReversibleEmbedding": Row(made("ReversibleEmbedding", 7, 3), _IDS, below=7),
    "ReversibleEmbedding kept": Row(
        made(
            "ReversibleEmbedding", 7, 3, False, embeddings_regularizer="l2",
            embeddings_constraint="unit_norm", logit_soft_cap=2.0,
        ),
        _IDS, below=7,
    ),
}  # fmt: skip
