'''Recurrent layers in the manner of Keras 1: output_dim, inner_init, dropout_W, return_sequences.'''
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, TimeDistributed, RepeatVector
from keras.layers.embeddings import Embedding
from keras.layers.recurrent import LSTM, GRU, SimpleRNN

np.random.seed(7)
x = np.random.randint(1, 20, (30, 8))
y = np.random.randint(0, 2, (30, 1))

model = Sequential()
model.add(Embedding(20, 6, input_length=8))
model.add(LSTM(output_dim=5, init='glorot_uniform', inner_init='orthogonal', forget_bias_init='one',
               activation='tanh', inner_activation='hard_sigmoid', return_sequences=True))
model.add(GRU(4, dropout_W=0.1, dropout_U=0.1))
model.add(Dense(1, activation='sigmoid'))
model.compile('adam', 'binary_crossentropy', metrics=['acc'])
model.fit(x, y, nb_epoch=2, batch_size=10, verbose=0)
assert model.predict(x).shape == (30, 1)

seq = Sequential()
seq.add(SimpleRNN(4, input_shape=(8, 1)))
seq.add(RepeatVector(3))
seq.add(LSTM(4, return_sequences=True))
seq.add(TimeDistributed(Dense(2, activation='softmax')))
seq.compile(loss='categorical_crossentropy', optimizer='rmsprop')
assert seq.output_shape == (None, 3, 2)
print('recurrent')
