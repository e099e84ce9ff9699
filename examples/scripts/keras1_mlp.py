'''A multi-layer perceptron in the manner of Keras 1: nb_epoch, init, W_regularizer, show_accuracy's time.'''
from __future__ import print_function
import numpy as np
from sklearn.datasets import load_iris
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.optimizers import SGD
from keras.regularizers import l2
from keras.utils import np_utils

np.random.seed(1337)

batch_size = 10
nb_classes = 3
nb_epoch = 60

iris = load_iris()
order = np.random.permutation(len(iris.data))
X, y = iris.data[order].astype('float32'), iris.target[order]
X = (X - X.mean(axis=0)) / X.std(axis=0)
Y = np_utils.to_categorical(y, nb_classes)

model = Sequential()
model.add(Dense(16, input_dim=4, init='uniform', W_regularizer=l2(0.0001)))
model.add(Activation('relu'))
model.add(Dropout(0.1))
model.add(Dense(nb_classes, init='glorot_normal'))
model.add(Activation('softmax'))

sgd = SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd, metrics=['accuracy'])
history = model.fit(X[:120], Y[:120], nb_epoch=nb_epoch, batch_size=batch_size, verbose=0,
                    validation_data=(X[120:], Y[120:]))
score = model.evaluate(X[120:], Y[120:], verbose=0)
classes = model.predict_classes(X[120:], verbose=0)
proba = model.predict_proba(X[120:], verbose=0)
print('Test accuracy:', score[1])
assert len(history.history['val_acc']) == nb_epoch
assert abs(score[1] - np.mean(classes == y[120:])) < 1e-6
assert np.allclose(proba.sum(axis=1), 1, atol=1e-5)
assert score[1] > 0.85
