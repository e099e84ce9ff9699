"""WGAN-GP: _Merge, a partial as a loss, gradients of gradients."""

import numpy as np
from functools import partial
import keras.backend as K
from keras.layers.merge import _Merge
from keras.layers import Input, Dense, LeakyReLU
from keras.models import Sequential, Model
from keras.optimizers import RMSprop


class RandomWeightedAverage(_Merge):
    def _merge_function(self, inputs):
        alpha = K.random_uniform((8, 1))
        return (alpha * inputs[0]) + ((1 - alpha) * inputs[1])


def wasserstein_loss(y_true, y_pred):
    return K.mean(y_true * y_pred)


def gradient_penalty_loss(y_true, y_pred, averaged_samples):
    gradients = K.gradients(y_pred, averaged_samples)[0]
    gradients_sqr = K.square(gradients)
    gradients_sqr_sum = K.sum(gradients_sqr, axis=np.arange(1, len(gradients_sqr.shape)))
    gradient_l2_norm = K.sqrt(gradients_sqr_sum)
    gradient_penalty = K.square(1 - gradient_l2_norm)
    return K.mean(gradient_penalty)


gen = Sequential([Dense(8, input_dim=4), LeakyReLU(alpha=0.2), Dense(6)])
critic = Sequential([Dense(8, input_dim=6), LeakyReLU(), Dense(1)])
gen.trainable = False
real = Input(shape=(6,))
zd = Input(shape=(4,))
fake = gen(zd)
fv = critic(fake)
vv = critic(real)
interp = RandomWeightedAverage()([real, fake])
vi = critic(interp)
pgl = partial(gradient_penalty_loss, averaged_samples=interp)
pgl.__name__ = "gradient_penalty"
cm = Model(inputs=[real, zd], outputs=[vv, fv, vi])
opt = RMSprop(lr=0.00005)
cm.compile(loss=[wasserstein_loss, wasserstein_loss, pgl], optimizer=opt, loss_weights=[1, 1, 10])
critic.trainable = False
gen.trainable = True
zg = Input(shape=(4,))
gm = Model(zg, critic(gen(zg)))
gm.compile(loss=wasserstein_loss, optimizer=opt)
valid = -np.ones((8, 1))
fakey = np.ones((8, 1))
dummy = np.zeros((8, 1))
for i in range(3):
    d = cm.train_on_batch([np.random.rand(8, 6), np.random.randn(8, 4)], [valid, fakey, dummy])
    g = gm.train_on_batch(np.random.randn(8, 4), valid)
print(d, g)
assert len(d) == 4 and np.isfinite(d).all()
