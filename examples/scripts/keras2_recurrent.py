"""A recurrent layer of one's own: Recurrent, step, get_initial_state."""

import numpy as np
from keras import backend as K
from keras import regularizers, constraints, initializers, activations
from keras.layers.recurrent import Recurrent
from keras.engine import InputSpec
from keras.models import Sequential
from keras.layers import LSTM


class MinimalRNN(Recurrent):
    def __init__(self, units, activation="tanh", **kwargs):
        self.units = units
        self.activation = activations.get(activation)
        super(MinimalRNN, self).__init__(**kwargs)

    def build(self, input_shape):
        self.input_dim = input_shape[2]
        self.states = [None]
        self.W = self.add_weight(shape=(self.input_dim, self.units), name="W", initializer="glorot_uniform")
        self.U = self.add_weight(shape=(self.units, self.units), name="U", initializer="orthogonal")
        self.input_spec = [InputSpec(shape=(None, None, self.input_dim))]
        self.built = True

    def get_initial_state(self, inputs):
        s0 = K.zeros_like(inputs)
        s0 = K.sum(s0, axis=(1, 2))
        s0 = K.expand_dims(s0)
        s0 = K.tile(s0, [1, self.units])
        return [s0]

    def step(self, x, states):
        h = self.activation(K.dot(x, self.W) + K.dot(states[0], self.U))
        return h, [h]

    def compute_output_shape(self, input_shape):
        if self.return_sequences:
            return (None, input_shape[1], self.units)
        return (None, self.units)


m = Sequential()
m.add(LSTM(5, input_shape=(4, 3), return_sequences=True))
m.add(MinimalRNN(6, return_sequences=True))
m.add(MinimalRNN(2))
m.compile("adam", "mse")
m.fit(np.ones((8, 4, 3)), np.ones((8, 2)), epochs=1, verbose=0)
print(m.output_shape)
assert m.output_shape == (None, 2)
