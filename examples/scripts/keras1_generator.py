'''fit_generator with samples_per_epoch and nb_val_samples, and a history with acc.'''
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense
from keras.callbacks import EarlyStopping, ModelCheckpoint, Callback

np.random.seed(5)
W = np.random.randn(6, 1)


def generate(size=20):
    while True:
        x = np.random.randn(size, 6)
        yield x, (x.dot(W) > 0).astype('float32')


class Losses(Callback):
    def on_train_begin(self, logs={}):
        self.losses = []

    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))


model = Sequential([Dense(8, input_shape=(6,), activation='relu'), Dense(1, activation='sigmoid')])
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
losses = Losses()
history = model.fit_generator(generate(), samples_per_epoch=200, nb_epoch=5, verbose=0,
                              validation_data=generate(), nb_val_samples=60,
                              callbacks=[losses, EarlyStopping(monitor='val_acc', patience=10)])
print(sorted(history.history))
assert sorted(history.history)[:2] == ['acc', 'loss'] or 'acc' in history.history
assert len(losses.losses) == 5 * 10
assert model.evaluate_generator(generate(), val_samples=100)[0] < 0.8
assert model.predict_generator(generate(), val_samples=40).shape == (40, 1)
