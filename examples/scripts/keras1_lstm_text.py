'''Characters one by one: LSTM with dropout_W, RMSprop, sampling from predict, np.bool, TimeDistributed from layers.wrappers.'''
from __future__ import print_function
import random
import sys
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Activation
from keras.layers import LSTM
from keras.layers.recurrent import GRU
from keras.layers.wrappers import TimeDistributed, Bidirectional
from keras.optimizers import RMSprop

np.random.seed(0)
random.seed(0)
text = 'abcdefgh' * 12
chars = sorted(list(set(text)))
char_indices = dict((c, i) for i, c in enumerate(chars))
indices_char = dict((i, c) for i, c in enumerate(chars))
maxlen, step = 5, 1
sentences, next_chars = [], []
for i in range(0, len(text) - maxlen, step):
    sentences.append(text[i: i + maxlen])
    next_chars.append(text[i + maxlen])
X = np.zeros((len(sentences), maxlen, len(chars)), dtype=bool)
y = np.zeros((len(sentences), len(chars)), dtype=bool)
for i, sentence in enumerate(sentences):
    for t, char in enumerate(sentence):
        X[i, t, char_indices[char]] = 1
    y[i, char_indices[next_chars[i]]] = 1

model = Sequential()
model.add(LSTM(16, input_shape=(maxlen, len(chars)), dropout_W=0.0, dropout_U=0.0))
model.add(Dense(len(chars)))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.02))


def sample(preds, temperature=1.0):
    preds = np.asarray(preds).astype('float64')
    preds = np.log(preds) / temperature
    exp_preds = np.exp(preds)
    preds = exp_preds / np.sum(exp_preds)
    return np.argmax(np.random.multinomial(1, preds, 1))


for iteration in range(1, 4):
    model.fit(X, y, batch_size=16, nb_epoch=6, verbose=0)
sentence = text[:maxlen]
generated = sentence
for i in range(8):
    x = np.zeros((1, maxlen, len(chars)))
    for t, char in enumerate(sentence):
        x[0, t, char_indices[char]] = 1.
    next_char = indices_char[sample(model.predict(x, verbose=0)[0], 0.2)]
    generated += next_char
    sentence = sentence[1:] + next_char
    sys.stdout.write(next_char)
print()
assert generated.startswith('abcde')
assert sum(a == b for a, b in zip(generated, text)) >= 11

tags = Sequential()
tags.add(Bidirectional(GRU(4, return_sequences=True), input_shape=(maxlen, 3)))
tags.add(TimeDistributed(Dense(2, activation='softmax')))
tags.compile('sgd', 'categorical_crossentropy')
assert tags.predict(np.zeros((2, maxlen, 3))).shape == (2, maxlen, 2)
