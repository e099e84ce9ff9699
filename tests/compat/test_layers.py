"""Older spellings of layers, as rows: each makes the layer that the new one makes."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import compat
from lamina.utils import clear_session

pytestmark = pytest.mark.filterwarnings("ignore:.*spelling of Keras")
CALLS = [
    ("Convolution1D(4, 3, border_mode='same')", "Conv1D(4, 3, padding='same')"),
    ("Convolution1D(nb_filter=4, filter_length=3, subsample_length=2)", "Conv1D(4, 3, 2)"),
    ("Convolution1D(4, 3, 'one', 'relu')",
     "Conv1D(4, 3, kernel_initializer='ones', activation='relu')"),
    ("AtrousConvolution1D(4, 3, atrous_rate=2)", "Conv1D(4, 3, dilation_rate=2)"),
    ("Convolution2D(4, 3, 2, border_mode='same')", "Conv2D(4, (3, 2), padding='same')"),
    ("Convolution2D(4, 3, 2, 'one')", "Conv2D(4, (3, 2), kernel_initializer='ones')"),
    ("Convolution2D(nb_filter=4, nb_row=3, nb_col=2, subsample=(2, 1), dim_ordering='th')",
     "Conv2D(4, (3, 2), (2, 1), data_format='channels_first')"),
    ("Convolution2D(4, 3, 2, bias=False, W_regularizer='l2', dim_ordering='default')",
     "Conv2D(4, (3, 2), use_bias=False, kernel_regularizer='l2')"),
    ("AtrousConvolution2D(4, 3, 2, atrous_rate=(2, 2))", "Conv2D(4, (3, 2), dilation_rate=2)"),
    ("Conv2D(4, 3, 3)", "Conv2D(4, 3, strides=3)"),
    ("Conv2D(4, 3, 3, 'same')", "Conv2D(4, 3, strides=3, padding='same')"),
    ("Convolution3D(4, 3, 2, 1)", "Conv3D(4, (3, 2, 1))"),
    ("Convolution3D(4, kernel_dim1=3, kernel_dim2=2, kernel_dim3=1)", "Conv3D(4, (3, 2, 1))"),
    ("SeparableConvolution2D(4, 3, 2, init='one')",
     "SeparableConv2D(4, (3, 2), depthwise_initializer='ones', pointwise_initializer='ones')"),
    ("Deconvolution2D(4, 3, 2, (None, 8, 8, 4), subsample=(2, 2))",
     "Conv2DTranspose(4, (3, 2), (2, 2))"),
    ("Deconv2D(4, 3, strides=2)", "Conv2DTranspose(4, 3, 2)"),
    ("MaxPooling1D(pool_length=3, stride=2)", "MaxPooling1D(3, 2)"),
    ("AveragePooling1D(pool_length=3, border_mode='same')", "AveragePooling1D(3, padding='same')"),
    ("MaxPooling2D((2, 2), dim_ordering='th')", "MaxPooling2D(2, data_format='channels_first')"),
    ("GlobalMaxPooling2D(dim_ordering='tf')", "GlobalMaxPooling2D()"),
    ("UpSampling1D(length=3)", "UpSampling1D(3)"),
    ("ZeroPadding2D((1, 2), dim_ordering='th')", "ZeroPadding2D((1, 2), 'channels_first')"),
    ("BatchNormalization(mode=0, gamma_init='zero', beta_init='one')",
     "BatchNormalization(gamma_initializer='zeros', beta_initializer='ones')"),
    ("BatchNormalization(1e-5, 0, 1)", "BatchNormalization(epsilon=1e-5, axis=1)"),
    ("BatchNormalization(fused=True)", "BatchNormalization()"),
    ("SpatialDropout2D(p=0.3)", "SpatialDropout2D(0.3)"),
    ("GaussianNoise(sigma=0.3)", "GaussianNoise(0.3)"),
    ("PReLU(init='one')", "PReLU('ones')"),
    ("LeakyReLU(alpha=0.1)", "LeakyReLU(0.1)"),
]  # fmt: skip


def config(layers, call):
    clear_session()
    found = eval(f"layers.{call}", {"layers": layers}).get_config()
    return {key: value for key, value in found.items() if key != "name"}


@pytest.mark.filterwarnings("ignore:LeakyReLU")
@pytest.mark.parametrize(("old", "new"), CALLS)
def test_an_old_call_makes_the_new_layer(old, new, clean_process):
    compat.install()
    from keras import layers

    assert config(layers, old) == config(layers, new)


def test_keras_1_reads_sizes_by_position(clean_process):
    compat.install(keras=1)
    from keras import layers

    assert layers.Convolution2D(4, 3, 2).kernel_size == (3, 2)
    assert layers.Convolution1D(4, 3).kernel_size == (3,)


def test_each_class_of_a_family_is_read_by_its_own_rows(clean_process):
    compat.install()
    from keras.layers.convolutional import Conv2D, Convolution1D

    class Own(Conv2D):
        def __init__(self):
            super().__init__(4, 3, 2, border_mode="same")

    made = (Own(), Convolution1D(4, 3, border_mode="same"))
    assert [layer.kernel_size for layer in made] == [(3, 2), (3,)]


@pytest.mark.parametrize(
    ("call", "shape"),
    [("Conv1D(2, 3, input_dim=4, input_length=9)", (None, 9, 4)),
     ("Convolution1D(4, 3, input_dim=5)", (None, None, 5))],
)  # fmt: skip
def test_the_length_of_sequences_is_part_of_their_shape(call, shape, clean_process):
    compat.install()
    import keras

    assert keras.Sequential([eval(f"keras.layers.{call}")]).input_shape == shape


def test_what_an_output_shape_becomes_is_said(clean_process):
    compat.install()
    from keras.layers import Deconvolution2D

    with pytest.warns(UserWarning, match=r"sizes follow from strides.*output_padding= adds"):
        Deconvolution2D(4, 3, 2, output_shape=(None, 9, 9, 4))


@pytest.mark.parametrize(("mode", "axis"), [(1, 1), (2, 0)])
def test_modes_of_normalisation(clean_process, mode, axis):
    compat.install()
    from keras.layers.normalization import BatchNormalization
    from keras.models import Sequential, model_from_json

    x = np.random.default_rng(0).normal(1.0, 3.0, (6, 4)).astype("float32")
    epsilon = 0.01
    model = Sequential([BatchNormalization(epsilon, mode, input_shape=(4,))])
    again = model_from_json(model.to_json())
    deviation = np.sqrt(x.var(axis, keepdims=True) + epsilon) + (epsilon if mode == 1 else 0)
    for one in (model, again):
        # The same in training and prediction; sums of six float32 numbers.
        np.testing.assert_allclose(
            one.predict(x, verbose=0), (x - x.mean(axis, keepdims=True)) / deviation, rtol=1e-4,
            atol=1e-5,
        )  # fmt: skip


def test_thresholded_relu(clean_process):
    compat.install()
    from keras.layers.advanced_activations import ThresholdedReLU

    layer = ThresholdedReLU(0.5)
    assert np.asarray(layer(np.float32([-1, 0.4, 0.6]))).tolist() == [0, 0, np.float32(0.6)]
    assert type(layer).from_config(layer.get_config()).theta == 0.5
