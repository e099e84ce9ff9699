'''A stateful LSTM: batch_input_shape, reset_states, training batch by batch.'''
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, LSTM, CuDNNLSTM
from keras.utils.generic_utils import Progbar

np.random.seed(1)
batch = 2
x = np.sin(np.arange(40) / 3.).reshape(20, 2, 1, 1)
model = Sequential()
model.add(LSTM(6, batch_input_shape=(batch, 1, 1), stateful=True))
model.add(Dense(1))
model.compile(loss='mean_squared_error', optimizer='adam')
bar = Progbar(3, verbose=0)
for i in range(3):
    for t in range(19):
        model.train_on_batch(x[t], x[t + 1, :, 0])
    model.reset_states()
    bar.add(1)
one = model.predict(x[0], batch_size=batch, verbose=0)
two = model.predict(x[0], batch_size=batch, verbose=0)
model.reset_states()
three = model.predict(x[0], batch_size=batch, verbose=0)
assert not np.allclose(one, two) and np.allclose(one, three)
print('states are kept')
