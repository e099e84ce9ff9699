'''A siamese network: a shared model, Lambda, the contrastive loss and a metric of one's own.'''
import numpy as np
from keras.models import Model
from keras.layers import Input, Dense, Lambda
from keras.optimizers import RMSprop
from keras import backend as K

np.random.seed(6)


def euclidean_distance(vects):
    x, y = vects
    sum_square = K.sum(K.square(x - y), axis=1, keepdims=True)
    return K.sqrt(K.maximum(sum_square, K.epsilon()))


def eucl_dist_output_shape(shapes):
    shape1, shape2 = shapes
    return (shape1[0], 1)


def contrastive_loss(y_true, y_pred):
    margin = 1
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * K.square(K.maximum(margin - y_pred, 0)))


def accuracy(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))


base = Input(shape=(4,))
base_network = Model(base, Dense(8, activation='relu')(Dense(8, activation='relu')(base)))
input_a, input_b = Input(shape=(4,)), Input(shape=(4,))
distance = Lambda(euclidean_distance, output_shape=eucl_dist_output_shape)(
    [base_network(input_a), base_network(input_b)])
model = Model([input_a, input_b], distance)
model.compile(loss=contrastive_loss, optimizer=RMSprop(), metrics=[accuracy])
a, b = np.random.rand(60, 4), np.random.rand(60, 4)
b[::2] = a[::2] + 0.01
same = (np.arange(60) % 2 == 0).astype('float32')
history = model.fit([a, b], same, batch_size=16, epochs=30, verbose=0)
print('accuracy %.2f' % history.history['accuracy'][-1])
assert history.history['loss'][-1] < history.history['loss'][0]
assert history.history['accuracy'][-1] >= 0.5
