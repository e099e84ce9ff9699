'''The Keras 0.3 to 1 ways: Graph-like models by merge modes, Merge of branches, RepeatVector, sequence to sequence, sample weights.'''
import numpy as np
from keras.models import Sequential, Model
from keras.layers import Merge, merge, Input, Embedding, SimpleRNN, Dense, Activation, RepeatVector, TimeDistributed, LSTM, Lambda, Permute
from keras.optimizers import Adagrad, Adadelta, RMSprop
from keras.regularizers import l1l2, activity_l2
from keras.callbacks import LearningRateScheduler, Callback
from keras import objectives, initializations, activations, metrics
from keras.utils.np_utils import to_categorical, probas_to_classes

np.random.seed(0)
left = Sequential()
left.add(Dense(8, input_shape=(4,), activation='tanh', activity_regularizer=activity_l2(1e-5)))
right = Sequential()
right.add(Dense(8, input_shape=(3,), activation='tanh', W_regularizer=l1l2(l1=1e-6, l2=1e-6)))
both = Sequential()
both.add(Merge([left, right], mode='concat', concat_axis=-1))
both.add(Dense(3))
both.add(Activation('softmax'))
both.compile(optimizer=Adagrad(lr=0.2), loss='categorical_crossentropy', metrics=['accuracy'])
a, b = np.random.rand(60, 4), np.random.rand(60, 3)
labels = (a[:, 0] > 0.5).astype(int) + (b[:, 0] > 0.5)
history = both.fit([a, b], to_categorical(labels, 3), nb_epoch=80, batch_size=12, verbose=0,
                   sample_weight=np.ones(60))
classes = probas_to_classes(both.predict([a, b]))
assert classes.shape == (60,) and np.mean(classes == labels) > 0.8

model = Sequential()
model.add(LSTM(16, input_shape=(5, 2), inner_activation='hard_sigmoid', init='glorot_uniform', inner_init='orthogonal'))
model.add(RepeatVector(4))
model.add(LSTM(output_dim=16, return_sequences=True))
model.add(TimeDistributed(Dense(1)))
model.compile('rmsprop', 'mse')
x = np.random.rand(20, 5, 2)
model.fit(x, np.repeat(x[:, -1:, :1], 4, axis=1), nb_epoch=3, batch_size=5, verbose=0)
assert model.predict(x).shape == (20, 4, 1)

one, two = Input(shape=(6,)), Input(shape=(6,))
summed = merge([one, two], mode='sum')
dotted = merge([one, two], mode='dot', dot_axes=1)
cosine = merge([one, two], mode='cos', dot_axes=1)
net = Model(input=[one, two], output=[summed, dotted])
out = net.predict([np.ones((2, 6)), np.ones((2, 6))])
assert np.allclose(out[0], 2) and np.allclose(out[1].ravel(), 6)
loss = objectives.get('mse')
print(history.history['acc'][-1] if 'acc' in history.history else None)
