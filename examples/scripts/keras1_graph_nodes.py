'''Keras 0.3 and 1: a Graph of named nodes for sentences, n-grams side by side, and one with shared nodes on two inputs.'''
import numpy as np
from keras.models import Graph
from keras.layers import containers
from keras.layers.core import Dense, Dropout, Flatten
from keras.layers.embeddings import Embedding
from keras.layers.recurrent import LSTM
from keras.layers.convolutional import Convolution1D, MaxPooling1D

np.random.seed(0)
length, words = 12, 30
model = Graph()
model.add_input(name='input', input_shape=(length,), dtype='int')
model.add_node(Embedding(words, 8, input_length=length, weights=[np.random.rand(words, 8)]), name='embedding', input='input')
for n in (3, 5):
    grams = containers.Sequential()
    grams.add(Convolution1D(nb_filter=6, filter_length=n, border_mode='valid', activation='relu', subsample_length=1, input_dim=8, input_length=length))
    grams.add(MaxPooling1D(pool_length=length - n + 1))
    grams.add(Flatten())
    model.add_node(grams, name='grams_%d' % n, input='embedding')
model.add_node(Dropout(0.1), name='dropout', inputs=['grams_3', 'grams_5'], merge_mode='concat')
model.add_node(Dense(1, activation='sigmoid'), name='likely', input='dropout')
model.add_output(name='output', input='likely')
model.compile(optimizer='adam', loss={'output': 'binary_crossentropy'})

sentences = np.random.randint(0, words, (200, length))
labels = (sentences == 7).any(axis=1).astype(int)
history = model.fit({'input': sentences, 'output': labels}, batch_size=10, nb_epoch=25, verbose=0)
found = model.predict({'input': sentences})['output']
assert found.shape == (200, 1)
assert history.history['loss'][-1] < 0.5 * history.history['loss'][0]
assert np.mean((found[:, 0] > 0.5) == labels) > 0.9
assert abs(model.evaluate({'input': sentences, 'output': labels}, verbose=0) - history.history['loss'][-1]) < 0.2

pairs = Graph()
for side in ('left', 'right'):
    pairs.add_input(name=side, input_shape=(4,), dtype='int')
pairs.add_shared_node(Embedding(words, 6), name='words', inputs=['left', 'right'], outputs=['left_words', 'right_words'])
pairs.add_node(LSTM(5), name='forwards', input='left_words')
pairs.add_node(LSTM(5, go_backwards=True), name='backwards', input='right_words')
pairs.add_node(Dense(3, activation='softmax'), name='kind', inputs=['forwards', 'backwards'], merge_mode='sum', create_output=True)
pairs.compile('rmsprop', {'kind': 'categorical_crossentropy'})


def batches():
    while True:
        left, right = np.random.randint(0, words, (2, 8, 4))
        yield {'left': left, 'right': right, 'kind': np.eye(3)[left[:, -1] % 3]}


history = pairs.fit_generator(batches(), samples_per_epoch=160, nb_epoch=2, verbose=0)
assert len(history.history['loss']) == 2
assert pairs.predict_on_batch(next(batches()))['kind'].shape == (8, 3)
print('a graph of nodes: loss', round(model.evaluate({'input': sentences, 'output': labels}, verbose=0), 3))
