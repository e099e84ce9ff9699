'''Branches that are merged, in the three ways of Keras 1.'''
import numpy as np
from keras.models import Sequential, Model
from keras.layers import Input, Dense, Merge, merge

np.random.seed(2)
a, b = np.random.rand(40, 3), np.random.rand(40, 3)
y = (a.sum(axis=1) > b.sum(axis=1)).astype('int')

left = Sequential()
left.add(Dense(4, input_dim=3, activation='tanh'))
right = Sequential()
right.add(Dense(4, input_dim=3, activation='tanh'))
model = Sequential()
model.add(Merge([left, right], mode='concat'))
model.add(Dense(1, activation='sigmoid'))
model.compile('rmsprop', 'binary_crossentropy', metrics=['accuracy'])
hist = model.fit([a, b], y, nb_epoch=3, batch_size=8, verbose=0)
assert len(hist.history['acc']) == 3

x1, x2 = Input(shape=(3,)), Input(shape=(3,))
for mode, wanted in (('sum', a + b), ('mul', a * b), ('ave', (a + b) / 2), ('max', np.maximum(a, b)),
                     ('concat', np.concatenate([a, b], axis=1))):
    joined = Model(input=[x1, x2], output=merge([x1, x2], mode=mode))
    assert np.allclose(joined.predict([a, b]), wanted, atol=1e-6), mode
print('merged')
