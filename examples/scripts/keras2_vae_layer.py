"""A variational autoencoder whose loss is a layer that uses tensors around it."""

import numpy as np

np.random.seed(0)
from keras.layers import Lambda, Input, Dense, Layer
from keras.models import Model
from keras import backend as K, metrics, objectives

x = Input(batch_shape=(10, 12))
h = Dense(8, activation="relu")(x)
z_mean = Dense(2)(h)
z_log_var = Dense(2)(h)


def sampling(args):
    z_mean, z_log_var = args
    epsilon = K.random_normal(shape=(10, 2), mean=0.0, stddev=1.0)
    return z_mean + K.exp(z_log_var / 2) * epsilon


z = Lambda(sampling, output_shape=(2,))([z_mean, z_log_var])
dh = Dense(8, activation="relu")
dm = Dense(12, activation="sigmoid")
xd = dm(dh(z))


class CustomVariationalLayer(Layer):
    def __init__(self, **kwargs):
        self.is_placeholder = True
        super(CustomVariationalLayer, self).__init__(**kwargs)

    def vae_loss(self, x, x_decoded_mean):
        xent_loss = 12 * metrics.binary_crossentropy(x, x_decoded_mean)
        kl_loss = -0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
        return K.mean(xent_loss + kl_loss)

    def call(self, inputs):
        x = inputs[0]
        x_decoded_mean = inputs[1]
        loss = self.vae_loss(x, x_decoded_mean)
        self.add_loss(loss, inputs=inputs)
        return x


y = CustomVariationalLayer()([x, xd])
vae = Model(x, y)
vae.compile(optimizer="rmsprop", loss=None)
xx = np.random.RandomState(0).rand(40, 12)
vae.fit(xx, shuffle=True, epochs=2, batch_size=10, validation_data=(xx, None), verbose=0)


def vae_loss(x, x_decoded_mean):
    xent_loss = 12 * objectives.binary_crossentropy(x, x_decoded_mean)
    kl_loss = -0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
    return xent_loss + kl_loss


vae2 = Model(x, xd)
vae2.compile(optimizer="rmsprop", loss=vae_loss)
h = vae2.fit(xx, xx, epochs=30, batch_size=10, verbose=0)
assert h.history["loss"][-1] < h.history["loss"][0]
gi = Input(shape=(2,))
g = Model(gi, dm(dh(gi)))
assert g.predict(np.zeros((1, 2))).shape == (1, 12)
print("loss %.2f -> %.2f" % (h.history["loss"][0], h.history["loss"][-1]))
