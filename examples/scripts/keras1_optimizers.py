"""Keras 1 in every spelling of a multilayer perceptron."""

import numpy as np
from keras.models import Sequential
from keras.layers.core import (
    Dense,
    Dropout,
    Activation,
    Flatten,
    Reshape,
    Permute,
    RepeatVector,
    Lambda,
    ActivityRegularization,
    Masking,
    Highway,
    MaxoutDense,
)
from keras.layers.noise import GaussianNoise, GaussianDropout
from keras.layers.local import LocallyConnected1D
from keras.optimizers import SGD, RMSprop, Adagrad, Adadelta, Adam, Adamax, Nadam
from keras.regularizers import l2, activity_l2, l1l2
from keras.utils import np_utils, generic_utils, visualize_util
from keras.objectives import mean_squared_error
from keras.initializations import normal, glorot_uniform

m = Sequential()
m.add(Dense(64, input_dim=20, init="uniform", W_regularizer=l2(0.01), activity_regularizer=activity_l2(0.01)))
m.add(Activation("tanh"))
m.add(Dropout(0.5))
m.add(Dense(10, init=lambda shape, name=None: normal(shape, scale=0.05, name=name)))
m.add(Activation("softmax"))
sgd = SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)
m.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
X = np.random.random((100, 20))
y = np_utils.to_categorical(np.random.randint(10, size=(100, 1)), 10)
m.fit(X, y, nb_epoch=2, batch_size=16, verbose=0, show_accuracy=True) if False else m.fit(
    X, y, nb_epoch=2, batch_size=16, verbose=0
)
score = m.evaluate(X, y, batch_size=16, verbose=0)
classes = m.predict_classes(X, batch_size=32, verbose=0)
proba = m.predict_proba(X, batch_size=32, verbose=0)
assert classes.shape == (100,) and proba.shape == (100, 10)
progbar = generic_utils.Progbar(X.shape[0])
for i in range(0, 100, 10):
    progbar.add(10, values=[("train loss", 1.0)])
json_string = m.to_json()
open("a.json", "w").write(json_string)
m.save_weights("w.h5", overwrite=True)
from keras.models import model_from_json

m2 = model_from_json(open("a.json").read())
m2.load_weights("w.h5")
assert np.allclose(m2.predict(X), m.predict(X), atol=1e-6)
print("saved and read again")
