'''Several inputs and outputs, losses by name, loss weights.'''
import numpy as np
from keras.models import Model
from keras.layers import Input, Dense, Embedding, LSTM, concatenate
from keras.utils import to_categorical

np.random.seed(0)
headlines = np.random.randint(1, 50, (64, 12))
extra = np.random.rand(64, 5)
labels = np.random.randint(0, 2, (64, 1))

main_input = Input(shape=(12,), dtype='int32', name='main_input')
x = Embedding(output_dim=16, input_dim=50, input_length=12)(main_input)
lstm_out = LSTM(8)(x)
auxiliary_output = Dense(1, activation='sigmoid', name='aux_output')(lstm_out)
auxiliary_input = Input(shape=(5,), name='aux_input')
x = concatenate([lstm_out, auxiliary_input])
x = Dense(16, activation='relu')(x)
x = Dense(16, activation='relu')(x)
main_output = Dense(1, activation='sigmoid', name='main_output')(x)
model = Model(inputs=[main_input, auxiliary_input], outputs=[main_output, auxiliary_output])
model.compile(optimizer='rmsprop',
              loss={'main_output': 'binary_crossentropy', 'aux_output': 'binary_crossentropy'},
              loss_weights={'main_output': 1., 'aux_output': 0.2})
history = model.fit({'main_input': headlines, 'aux_input': extra},
                    {'main_output': labels, 'aux_output': labels}, epochs=2, batch_size=32, verbose=0)
total = history.history['loss'][-1]
parts = history.history['main_output_loss'][-1] + 0.2 * history.history['aux_output_loss'][-1]
print(sorted(history.history))
assert abs(total - parts) < 1e-4
assert [y.shape for y in model.predict([headlines, extra])] == [(64, 1), (64, 1)]
