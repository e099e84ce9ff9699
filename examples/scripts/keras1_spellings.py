'''Keras 1's smaller spellings: lower-case classes, nb_row, AtrousConvolution2D, Highway, MaxoutDense, TimeDistributedDense, YAML.'''
import numpy as np
from keras import optimizers, regularizers, constraints
from keras.constraints import maxnorm
from keras.layers.advanced_activations import LeakyReLU, PReLU
from keras.layers.convolutional import AtrousConvolution2D, Convolution1D, MaxPooling1D, ZeroPadding2D
from keras.layers.core import Dense, Dropout, Flatten, Highway, MaxoutDense, Reshape
from keras.layers.normalization import BatchNormalization
from keras.layers.noise import GaussianNoise
from keras.models import Sequential, model_from_yaml
from keras.utils.generic_utils import Progbar

np.random.seed(2)
X = np.random.rand(60, 6).astype('float32')
y = (X[:, 0] > X[:, 1]).astype('int32')

model = Sequential()
model.add(Dense(12, input_dim=6, init='he_normal', W_constraint=maxnorm(3), b_regularizer=regularizers.l2(1e-4)))
model.add(LeakyReLU(alpha=0.1))
model.add(BatchNormalization(mode=0, epsilon=1e-5))
model.add(Highway(activation='relu'))
model.add(MaxoutDense(output_dim=8, nb_feature=3))
model.add(GaussianNoise(0.01))
model.add(PReLU())
model.add(Dropout(p=0.1))
model.add(Dense(output_dim=1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=optimizers.adam(lr=0.02), metrics=['acc'])
history = model.fit(X, y, nb_epoch=60, batch_size=10, verbose=0, validation_split=0.2)
assert sorted(history.history) == ['acc', 'loss', 'val_acc', 'val_loss']
assert history.history['loss'][-1] < history.history['loss'][0]
print('accuracy %.2f' % model.evaluate(X, y, verbose=0)[1])

again = model_from_yaml(Sequential([Dense(3, input_dim=2)]).to_yaml())
assert again.layers[0].output_dim == 3

images = Sequential()
images.add(ZeroPadding2D((1, 1), input_shape=(8, 8, 1), dim_ordering='tf'))
images.add(AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 2), border_mode='valid', dim_ordering='tf'))
images.add(Flatten())
assert images.output_shape == (None, 6 * 6 * 4)

series = Sequential()
series.add(Convolution1D(nb_filter=5, filter_length=3, border_mode='same', subsample_length=1, input_dim=2, input_length=10))
series.add(MaxPooling1D(pool_length=2))
series.add(Reshape((25,)))
assert series.predict(np.zeros((3, 10, 2))).shape == (3, 25)

bar = Progbar(5)
bar.update(5)
