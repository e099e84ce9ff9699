'''A layer in the manner of Keras 1: get_output_shape_for, K operations, add_weight by position.'''
import numpy as np
from keras import backend as K
from keras.engine.topology import Layer
from keras.models import Sequential
from keras.layers import Dense


class Scale(Layer):
    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super(Scale, self).__init__(**kwargs)

    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[1], self.output_dim), initializer='uniform',
                                 trainable=True, name='W')
        super(Scale, self).build(input_shape)

    def call(self, x, mask=None):
        return K.dot(x, self.W)

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.output_dim)


np.random.seed(3)
x = np.random.rand(12, 4)
model = Sequential()
model.add(Scale(5, input_shape=(4,)))
model.add(Dense(1))
model.compile('sgd', 'mse')
before = model.train_on_batch(x, x[:, :1])
for _ in range(50):
    after = model.train_on_batch(x, x[:, :1])
print('%.4f -> %.4f' % (before, after))
assert after < before
assert np.allclose(K.eval(K.dot(K.variable(x), K.variable(np.ones((4, 2))))), x.sum(1)[:, None].repeat(2, 1))
