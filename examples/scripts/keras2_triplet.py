"""Triplet losses, as a function and as a layer that adds its loss."""

import numpy as np
from keras.models import Model, Sequential
from keras.layers import Input, Dense, concatenate, Lambda, Layer, Flatten
from keras import backend as K
import keras


class TripletLossLayer(Layer):
    def __init__(self, alpha, **kwargs):
        self.alpha = alpha
        super(TripletLossLayer, self).__init__(**kwargs)

    def triplet_loss(self, inputs):
        a, p, n = inputs
        p_dist = K.sum(K.square(a - p), axis=-1)
        n_dist = K.sum(K.square(a - n), axis=-1)
        return K.sum(K.maximum(p_dist - n_dist + self.alpha, 0), axis=0)

    def call(self, inputs):
        loss = self.triplet_loss(inputs)
        self.add_loss(loss)
        return loss


def lossless(y_true, y_pred, alpha=0.4):
    total = y_pred.shape.as_list()[-1]
    a = y_pred[:, 0 : int(total * 1 / 3)]
    p = y_pred[:, int(total * 1 / 3) : int(total * 2 / 3)]
    n = y_pred[:, int(total * 2 / 3) : int(total * 3 / 3)]
    return K.maximum(K.sum(K.square(a - p), axis=1) - K.sum(K.square(a - n), axis=1) + alpha, 0.0)


base = Sequential(
    [Dense(8, activation="relu", input_shape=(6,)), Dense(4), Lambda(lambda x: K.l2_normalize(x, axis=1))]
)
A, P_, N = Input((6,)), Input((6,)), Input((6,))
ea, ep, en = base(A), base(P_), base(N)
m = Model([A, P_, N], concatenate([ea, ep, en], axis=-1))
m.compile(loss=lossless, optimizer="adam")
x = np.random.rand(10, 6)
m.fit([x, x, x], np.empty((10, 300)), epochs=1, verbose=0) if False else m.fit(
    [x, x, x], np.zeros((10, 12)), epochs=1, verbose=0
)
ll = TripletLossLayer(alpha=0.2, name="t")([ea, ep, en])
net = Model([A, P_, N], ll)
net.compile(loss=None, optimizer="adam")
print(net.train_on_batch([x, x, x], None))
