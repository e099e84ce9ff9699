"""A noisy layer and minibatch discrimination."""

import numpy as np
from keras import backend as K
from keras.engine import Layer, InputSpec
from keras import initializers, activations, regularizers, constraints
from keras.models import Sequential
from keras.layers import Dense


class NoisyDense(Layer):
    def __init__(
        self, units, sigma_init=0.02, activation=None, use_bias=True, kernel_initializer="glorot_uniform", **kwargs
    ):
        if "input_shape" not in kwargs and "input_dim" in kwargs:
            kwargs["input_shape"] = (kwargs.pop("input_dim"),)
        super(NoisyDense, self).__init__(**kwargs)
        self.units = units
        self.sigma_init = sigma_init
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)

    def build(self, input_shape):
        self.input_dim = input_shape[-1]
        self.kernel = self.add_weight(
            shape=(self.input_dim, self.units),
            initializer=self.kernel_initializer,
            name="kernel",
            regularizer=None,
            constraint=None,
        )
        self.sigma_kernel = self.add_weight(
            shape=(self.input_dim, self.units),
            initializer=initializers.Constant(value=self.sigma_init),
            name="sigma_kernel",
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.epsilon_kernel = K.zeros(shape=(self.input_dim, self.units))
        self.sample_noise()
        super(NoisyDense, self).build(input_shape)

    def call(self, X):
        perturbation = self.sigma_kernel * K.random_uniform(shape=(self.input_dim, self.units))
        output = K.dot(X, self.kernel + perturbation)
        if self.use_bias:
            output += self.bias
        if self.activation is not None:
            output = self.activation(output)
        return output

    def compute_output_shape(self, input_shape):
        output_shape = list(input_shape)
        output_shape[-1] = self.units
        return tuple(output_shape)

    def sample_noise(self):
        K.set_value(self.epsilon_kernel, np.random.normal(0, 1, (self.input_dim, self.units)))


class MinibatchDiscrimination(Layer):
    def __init__(self, nb_kernels, kernel_dim, init="glorot_uniform", weights=None, **kwargs):
        self.init = initializers.get(init)
        self.nb_kernels = nb_kernels
        self.kernel_dim = kernel_dim
        self.initial_weights = weights
        super(MinibatchDiscrimination, self).__init__(**kwargs)

    def build(self, input_shape):
        self.W = self.add_weight(
            shape=(self.nb_kernels, input_shape[1], self.kernel_dim),
            initializer=self.init,
            name="kernel",
            trainable=True,
        )
        self.built = True

    def call(self, x, mask=None):
        activation = K.reshape(K.dot(x, self.W), (-1, self.nb_kernels, self.kernel_dim))
        diffs = K.expand_dims(activation, 3) - K.expand_dims(K.permute_dimensions(activation, [1, 2, 0]), 0)
        abs_diffs = K.sum(K.abs(diffs), axis=2)
        minibatch_features = K.sum(K.exp(-abs_diffs), axis=2)
        return K.concatenate([x, minibatch_features], 1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[1] + self.nb_kernels


m = Sequential()
m.add(NoisyDense(8, input_dim=5, activation="relu"))
m.add(MinibatchDiscrimination(4, 3))
m.add(Dense(1))
m.compile("adam", "mse")
m.fit(np.ones((8, 5)), np.ones((8, 1)), epochs=1, verbose=0)
print(m.output_shape)
assert m.output_shape == (None, 1)
