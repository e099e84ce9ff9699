"""Programs as they were written for Keras 1, 2 and tf.keras, whole, through `lamina run`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lamina

SOURCE = Path(lamina.__file__).resolve().parent.parent
DATA = """
import numpy as np
x = np.random.RandomState(0).rand(90, 4).astype("float32")
y = (x.sum(axis=1) > 2).astype("int64")
"""
KERAS_1 = """
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.optimizers import Adam
from keras.regularizers import l2
from keras.utils.np_utils import to_categorical

model = Sequential()
model.add(Dense(output_dim=8, input_dim=4, init="uniform", W_regularizer=l2(0.01)))
model.add(Activation("relu"))
model.add(Dropout(p=0.5))
model.add(Dense(2, activation="softmax", bias=True))
model.compile(Adam(lr=0.01, decay=1e-3), "categorical_crossentropy", ["acc"])
hot = to_categorical(y, nb_classes=2)
history = model.fit(x, hot, nb_epoch=3, batch_size=16, verbose=0, validation_split=0.2)
assert sorted(history.history) == ["acc", "loss", "val_acc", "val_loss"]
assert history.history["val_accuracy"] == history.history["val_acc"]
assert history.epoch == [0, 1, 2]
assert model.predict_classes(x).shape == (90,)
batches = ((x[i : i + 10], hot[i : i + 10]) for _ in range(9) for i in range(0, 90, 10))
history = model.fit_generator(batches, samples_per_epoch=90, nb_epoch=2, verbose=0)
assert len(history.history["loss"]) == 2
assert abs(float(model.optimizer.iterations) - (3 * 5 + 2 * 9)) == 0
"""
IMAGES_OF_KERAS_1 = """
from keras.layers.advanced_activations import LeakyReLU
from keras.layers.convolutional import Convolution2D, MaxPooling2D, UpSampling2D, ZeroPadding2D
from keras.layers.core import Activation, Dense, Dropout, Flatten
from keras.layers.noise import GaussianNoise
from keras.layers.normalization import BatchNormalization
from keras.layers.pooling import GlobalAveragePooling2D
from keras.models import Sequential
from keras import backend as K

K.set_image_dim_ordering("th")
pictures = np.random.RandomState(1).rand(90, 1, 8, 8)
model = Sequential()
model.add(ZeroPadding2D((1, 1), input_shape=(1, 8, 8)))
model.add(Convolution2D(4, 3, 3, border_mode="same", init="he_normal"))
model.add(BatchNormalization(mode=0, axis=1))
model.add(LeakyReLU(0.1))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Convolution2D(6, 3, 3, subsample=(2, 2), activation="relu"))
model.add(UpSampling2D())
model.add(GaussianNoise(0.1))
model.add(GlobalAveragePooling2D())
model.add(Dropout(0.25))
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
history = model.fit(pictures, y, nb_epoch=2, batch_size=16, verbose=0, validation_split=0.1)
assert [tuple(layer.output.shape[1:]) for layer in model.layers[:6]] == [
    (1, 10, 10), (4, 10, 10), (4, 10, 10), (4, 10, 10), (4, 5, 5), (6, 2, 2)
]
assert len(history.history["val_acc"]) == 2
"""
GRAPH_OF_KERAS_1 = """
from keras.layers import Input, Dense
from keras.models import Model
from keras.optimizers import SGD
from keras import objectives, initializations
from keras.constraints import maxnorm

a = Input(shape=(4,))
b = Dense(6, init=initializations.get("normal"), W_constraint=maxnorm(2))(a)
model = Model(input=a, output=Dense(1)(b))
model.compile(optimizer=SGD(0.1, 0.9), loss=objectives.mean_squared_error)
model.fit(x, y, nb_epoch=1, verbose=2)
assert len(model.layers) == 3 and model.output_shape == (None, 1)
assert (np.sqrt((model.get_weights()[0] ** 2).sum(axis=0)) <= 2 + 1e-5).all()
"""
KERAS_2 = """
import keras
from keras import backend as K
from keras.models import Sequential, Model
from keras.layers import Dense, Input, concatenate
from keras.callbacks import EarlyStopping, ReduceLROnPlateau, LambdaCallback

def loss(y_true, y_pred):
    return K.mean(K.square(K.cast(y_true, K.floatx()) - y_pred), axis=-1)

left = Input(shape=(4,))
joined = concatenate([Dense(3, activation="tanh")(left), left])
model = Model(inputs=left, outputs=Dense(1, activation="sigmoid")(joined))
model.compile(keras.optimizers.SGD(lr=0.1, momentum=0.9), loss=loss, metrics=["accuracy"])
seen = []
history = model.fit(
    x, y, epochs=5, verbose=0, validation_data=(x, y), workers=4, use_multiprocessing=True,
    callbacks=[
        EarlyStopping(monitor="val_acc", patience=3),
        LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["val_acc"])),
    ],
)
assert seen == history.history["val_accuracy"]
assert abs(model.optimizer.lr - 0.1) < 1e-7
K.set_value(model.optimizer.lr, 0.05)
assert abs(K.get_value(model.optimizer.lr) - 0.05) < 1e-7
"""
TF_KERAS = """
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.callbacks import Callback

tf.random.set_seed(3)

class Halt(Callback):
    def on_epoch_end(self, epoch, logs={}):
        if logs.get("accuracy") > 0.0:
            self.model.stop_training = True

model = tf.keras.Sequential([
    layers.Dense(16, activation=tf.keras.activations.relu, input_shape=(4,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.01),
    loss=tf.keras.losses.BinaryCrossentropy(),
    metrics=[tf.keras.metrics.BinaryAccuracy(name="accuracy")],
)
history = model.fit(x, y, epochs=4, verbose=0, callbacks=[Halt()])
assert len(history.history["accuracy"]) == 1
assert isinstance(model, keras.Model) and keras.__version__.startswith("3.")
"""
DATA_TOOLS = """
import keras_preprocessing.image
from keras.datasets import cifar10, imdb, mnist
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing import image, sequence
from keras.preprocessing.image import ImageDataGenerator
from keras.preprocessing.text import Tokenizer
from keras.utils.data_utils import get_file, Sequence
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import text_to_word_sequence

tokenizer = Tokenizer(nb_words=4)
tokenizer.fit_on_texts(["one two two", "three two"])
rows = sequence.pad_sequences(tokenizer.texts_to_sequences(["two three", "one"]), maxlen=3)
assert rows.tolist() == [[0, 1, 3], [0, 0, 2]], rows
assert text_to_word_sequence("A b!") == ["a", "b"] and pad_sequences is sequence.pad_sequences
assert callable(mnist.load_data) and callable(imdb.get_word_index) and callable(cifar10.load_data)
pictures = np.random.RandomState(1).rand(20, 6, 5, 3)
np.random.seed(1)
turned = image.random_rotation(pictures[0], 20, row_index=0, col_index=1, channel_index=2)
assert turned.shape == (6, 5, 3)
generator = ImageDataGenerator(horizontal_flip=True, featurewise_center=True, dim_ordering="tf")
assert isinstance(generator, keras_preprocessing.image.ImageDataGenerator)
generator.fit(X=pictures)
flow = generator.flow(pictures, y[:20], batch_size=6, seed=1)
assert isinstance(flow, Sequence) and len(flow) == 4
model = Sequential()
model.add(Flatten(input_shape=(6, 5, 3)))
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy", ["accuracy"])
history = model.fit_generator(flow, samples_per_epoch=20, nb_epoch=3, verbose=0)
assert len(history.history["acc"]) == 3
assert float(model.optimizer.iterations) == 12
"""
PROGRAMS = {
    "Keras 1": (KERAS_1, ["output_dim", "init", "W_regularizer", "p", "bias", "lr", "decay",
                          "nb_classes", "nb_epoch", "samples_per_epoch", "nb_epoch"]),
    "images of Keras 1": (IMAGES_OF_KERAS_1, ["border_mode", "init", "mode", "subsample",
                                              "nb_epoch"]),
    "a graph of Keras 1": (GRAPH_OF_KERAS_1, ["init", "W_constraint", "input", "output",
                                              "nb_epoch"]),
    "Keras 2": (KERAS_2, ["lr"]),
    "tf.keras": (TF_KERAS, []),
    "data tools": (DATA_TOOLS, ["nb_words", "row_index", "col_index", "channel_index",
                                "dim_ordering", "X", "samples_per_epoch", "nb_epoch"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_runs_and_says_once_what_it_read_how(name):
    text, spellings = PROGRAMS[name]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-m", "lamina", "run", "-"], env=environment, input=DATA + text,
        text=True, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "is a spelling of Keras" in line]
    assert sorted(line.partition("(")[2].partition("=")[0] for line in said) == sorted(spellings)
    assert all(line.startswith("<stdin>:") for line in said)
