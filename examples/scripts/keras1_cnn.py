'''A convolutional network in the manner of Keras 1: Convolution2D(nb_filter, rows, columns), border_mode, dim_ordering.'''
import numpy as np
from sklearn.datasets import load_digits
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Flatten
from keras.layers import Convolution2D, MaxPooling2D
from keras.utils import np_utils
from keras import backend as K

K.set_image_dim_ordering('tf')
np.random.seed(0)
digits = load_digits()
X = digits.images.reshape(-1, 8, 8, 1).astype('float32') / 16
Y = np_utils.to_categorical(digits.target, 10)

nb_filters = 8
nb_pool = 2
nb_conv = 3

model = Sequential()
model.add(Convolution2D(nb_filters, nb_conv, nb_conv, border_mode='valid', input_shape=(8, 8, 1)))
model.add(Activation('relu'))
model.add(Convolution2D(nb_filters, nb_conv, nb_conv, border_mode='same', subsample=(1, 1)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(nb_pool, nb_pool)))
model.add(Dropout(0.1))
model.add(Flatten())
model.add(Dense(32))
model.add(Activation('relu'))
model.add(Dense(10))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adadelta', metrics=['accuracy'])
model.optimizer.lr = 1.0
model.fit(X[:1500], Y[:1500], batch_size=32, nb_epoch=6, verbose=0)
score = model.evaluate(X[1500:], Y[1500:], verbose=0)
print('accuracy %.3f' % score[1])
assert model.layers[0].output_shape == (None, 6, 6, 8)
assert score[1] > 0.8
