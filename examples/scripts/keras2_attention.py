'''Attention over time by hand: K.dot, K.softmax, K.batch_dot, RepeatVector, Permute, masks.'''
import numpy as np
from keras import initializers, regularizers, constraints
from keras.engine import Layer
from keras.layers import Input, Embedding, Bidirectional, GRU, Dense
from keras.models import Model
from keras import backend as K


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
        eij = K.squeeze(K.dot(x, K.expand_dims(self.W)), axis=-1)
        if self.bias:
            eij += self.b
        a = K.exp(K.tanh(eij))
        if mask is not None:
            a *= K.cast(mask, K.floatx())
        a /= K.cast(K.sum(a, axis=1, keepdims=True) + K.epsilon(), K.floatx())
        return K.sum(x * K.expand_dims(a), axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[-1]


np.random.seed(8)
x = np.random.randint(1, 30, (40, 7))
x[:, 5:] = 0
y = (x[:, 0] > 15).astype('float32')
inp = Input(shape=(7,))
h = Embedding(30, 8, mask_zero=True)(inp)
h = Bidirectional(GRU(6, return_sequences=True))(h)
model = Model(inp, Dense(1, activation='sigmoid')(Attention()(h)))
model.compile('adam', 'binary_crossentropy', metrics=['acc'])
first = model.predict(x)
x2 = x.copy()
model.fit(x, y, epochs=3, verbose=0)
assert model.predict(x).shape == (40, 1) and np.isfinite(model.predict(x)).all()
print('attended')
