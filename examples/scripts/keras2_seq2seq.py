"""Encoder and decoder, saved, loaded, and taken apart for inference."""

import numpy as np
from keras.models import Model
from keras.layers import Input, LSTM, Dense

nt = 7
L = 12
encoder_inputs = Input(shape=(None, nt))
encoder = LSTM(L, return_state=True)
eo, sh, sc = encoder(encoder_inputs)
encoder_states = [sh, sc]
decoder_inputs = Input(shape=(None, nt))
decoder_lstm = LSTM(L, return_sequences=True, return_state=True)
do, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(nt, activation="softmax")
do = decoder_dense(do)
model = Model([encoder_inputs, decoder_inputs], do)
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
e = np.random.rand(20, 5, nt)
d = np.random.rand(20, 6, nt)
t = np.eye(nt)[np.random.randint(0, nt, (20, 6))]
model.fit([e, d], t, batch_size=8, epochs=1, validation_split=0.2, verbose=0)
model.save("s2s.h5")
from keras.models import load_model

model = load_model("s2s.h5")
encoder_inputs = model.input[0]
encoder_outputs, state_h_enc, state_c_enc = model.layers[2].output
encoder_model = Model(encoder_inputs, [state_h_enc, state_c_enc])
decoder_inputs = model.input[1]
dsh = Input(shape=(L,), name="input_3")
dsc = Input(shape=(L,), name="input_4")
dsi = [dsh, dsc]
decoder_lstm = model.layers[3]
do, h, c = decoder_lstm(decoder_inputs, initial_state=dsi)
ds = [h, c]
do = model.layers[4](do)
decoder_model = Model([decoder_inputs] + dsi, [do] + ds)
s = encoder_model.predict(e[:1])
tgt = np.zeros((1, 1, nt))
tgt[0, 0, 1] = 1
ot, h, c = decoder_model.predict([tgt] + s)
assert ot.shape == (1, 1, nt) and h.shape == (1, L)
print("sequence to sequence")
