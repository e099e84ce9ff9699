'''Several inputs and outputs, shared layers, concatenate and merge layers, lists of targets, Model(input=, output=), summary.'''
import numpy as np
import keras
from keras.layers import Input, Embedding, LSTM, Dense, concatenate, dot, multiply, average, Reshape, Dropout
from keras.layers.merge import Add, Concatenate
from keras.layers.embeddings import Embedding as E2
from keras.models import Model
from keras.engine.topology import Layer
from keras.regularizers import l1_l2

np.random.seed(0)
headline = np.random.randint(1, 50, size=(40, 12))
extra = np.random.random((40, 5))
labels = (extra.sum(axis=1, keepdims=True) > 2.5).astype('float32')

main_input = Input(shape=(12,), dtype='int32', name='main_input')
x = Embedding(output_dim=16, input_dim=50, input_length=12)(main_input)
lstm_out = LSTM(8)(x)
auxiliary_output = Dense(1, activation='sigmoid', name='aux_output')(lstm_out)
auxiliary_input = Input(shape=(5,), name='aux_input')
x = keras.layers.concatenate([lstm_out, auxiliary_input])
x = Dense(16, activation='relu', kernel_regularizer=l1_l2(l1=1e-5, l2=1e-5))(x)
main_output = Dense(1, activation='sigmoid', name='main_output')(x)
model = Model(inputs=[main_input, auxiliary_input], outputs=[main_output, auxiliary_output])
model.compile(optimizer='rmsprop', loss={'main_output': 'binary_crossentropy', 'aux_output': 'binary_crossentropy'},
              loss_weights={'main_output': 1., 'aux_output': 0.2}, metrics=['accuracy'])
history = model.fit({'main_input': headline, 'aux_input': extra},
                    {'main_output': labels, 'aux_output': labels}, epochs=30, batch_size=8, verbose=0)
assert {'main_output_acc', 'aux_output_loss'} <= set(history.history) or 'main_output_accuracy' in history.history
assert history.history['main_output_loss'][-1] < history.history['main_output_loss'][0]
model.fit([headline, extra], [labels, labels], epochs=1, verbose=0)
main, aux = model.predict([headline, extra], batch_size=16)
assert main.shape == aux.shape == (40, 1)
assert len(model.evaluate([headline, extra], [labels, labels], verbose=0)) == 5

shared = LSTM(4)
a, b = Input(shape=(6, 3)), Input(shape=(6, 3))
merged = concatenate([shared(a), shared(b)], axis=-1)
both = Model([a, b], [Dense(1)(merged), dot([shared(a), shared(b)], axes=-1, normalize=True)])
assert both.predict([np.ones((2, 6, 3)), np.ones((2, 6, 3))])[1].shape == (2, 1)

user, item = Input((1,)), Input((1,))
u = Reshape((4,))(E2(10, 4, embeddings_initializer='uniform')(user))
v = Reshape((4,))(E2(20, 4)(item))
score = Dense(1)(Dropout(rate=0.1)(Concatenate()([multiply([u, v]), average([u, v]), Add()([u, v])])))
recommender = Model([user, item], score)
recommender.compile('adam', 'mean_squared_error')
recommender.fit([np.arange(10), np.arange(10)], np.ones(10), epochs=2, verbose=0)
recommender.summary()
