"""Attention beyond the contract: errors, and what calls of other forms give."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina.errors import ArgumentError, ArgumentTypeError, ShapeError
from lamina.layers import Attention, GroupQueryAttention, MultiHeadAttention

RNG = np.random.default_rng(3)
Q, V = (RNG.normal(size=shape).astype("float32") for shape in ((2, 3, 4), (2, 5, 4)))
# Sums in another order, in float32.
CLOSE = {"rtol": 1e-5, "atol": 1e-6}

ERRORS = [
    (lambda: Attention(score_mode="sum"), ArgumentError, "'dot' or 'concat'"),
    (lambda: Attention()(Q), ArgumentError, "needs inputs as a list"),
    (lambda: Attention()([Q]), ArgumentError, "1 of them"),
    (lambda: Attention()([Q, V], mask=[None]), ArgumentError, "needs mask as a list"),
    (lambda: MultiHeadAttention(0, 2), ArgumentError, "num_heads"),
    (lambda: MultiHeadAttention(2, 2.5), ArgumentError, "key_dim"),
    (lambda: MultiHeadAttention(2, 2, value_dim=-1), ArgumentError, "value_dim"),
    (lambda: MultiHeadAttention(2, 2, sliding_window=0), ArgumentError, "sliding_window"),
    (lambda: MultiHeadAttention(2, 2, attention_axes="1"), ArgumentTypeError, "attention_axes"),
    (lambda: MultiHeadAttention(2, 2, output_shape=2.5), ArgumentTypeError, "output_shape"),
    (lambda: MultiHeadAttention(2, 2)(Q, V, Q), ShapeError, "a key for each value"),
    (lambda: GroupQueryAttention(2, 3, 2), ArgumentError, "a multiple"),
    (lambda: GroupQueryAttention(2, 0, 2), ArgumentError, "num_query_heads"),
    (lambda: GroupQueryAttention(2, 2, 1).compute_output_shape((2, 3, 4), (2, 5, 6)), ShapeError,
     "of one width"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "match"), ERRORS)
def test_errors_say_what_is_wrong(call, error, match):
    with pytest.raises(error, match=match):
        call()


@pytest.mark.parametrize("make", [lambda: MultiHeadAttention(2, 3),
                                  lambda: GroupQueryAttention(3, 2, 1)])  # fmt: skip
def test_the_two_ways_of_computing_agree(make):
    """With the scores, without them; by names; with and without a hint."""
    layer = make()
    y = np.asarray(layer(query=Q, value=V))
    named, scores = layer(Q, V, V, return_attention_scores=True)
    np.testing.assert_allclose(named, y, **CLOSE)
    np.testing.assert_allclose(np.asarray(scores).sum(-1), 1, **CLOSE)
    hinted = type(layer).from_config({**layer.get_config(), "flash_attention": True})
    hinted(Q, V)
    hinted.set_weights(layer.get_weights())
    np.testing.assert_array_equal(hinted(Q, V), y)


def test_the_shapes_it_was_built_for_are_written_down_as_by_keras():
    import keras as judge

    for key in ((), (V,)):
        layers = [
            (module.layers.MultiHeadAttention(2, 3), module.layers.GroupQueryAttention(3, 2, 1))
            for module in (keras, judge)
        ]
        for ours, theirs in zip(*layers, strict=True):
            for layer in (ours, theirs):
                layer(Q, V, *key)
            assert ours.get_build_config() == theirs.get_build_config()


def test_a_query_that_is_masked_sees_nothing_and_its_mask_goes_on():
    layer = MultiHeadAttention(2, 3)
    mask = np.array([[True, True, False], [True, False, True]])
    plain, scores = layer(Q, V, return_attention_scores=True)
    masked, seen = layer(Q, V, query_mask=mask, return_attention_scores=True)
    np.testing.assert_array_equal(np.asarray(masked)[mask], np.asarray(plain)[mask])
    assert np.all(np.moveaxis(np.asarray(seen), 1, 2)[~mask] == 0)
    assert np.all(np.asarray(scores) > 0)


def test_every_length_goes_through_one_model():
    x = keras.Input((None, 4))
    y = MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    assert y.shape == (None, None, 4)
    model = keras.Model(x, y)
    long = model.predict(V, verbose=0)
    # A causal model's first steps do not know of the later ones.
    np.testing.assert_allclose(model.predict(V[:, :2], verbose=0), long[:, :2], **CLOSE)


def test_dropout_drops_while_training_only():
    layer = MultiHeadAttention(2, 3, dropout=0.5, seed=1)
    calm = np.asarray(layer(Q, V))
    drawn = [np.asarray(layer(Q, V, training=True)) for _ in range(2)]
    assert not np.allclose(drawn[0], drawn[1])
    np.testing.assert_array_equal(layer(Q, V, training=False), calm)
    simple = Attention(dropout=0.5, seed=2)
    drawn = [np.asarray(simple([Q, V], training=True)) for _ in range(2)]
    assert not np.allclose(drawn[0], drawn[1])
