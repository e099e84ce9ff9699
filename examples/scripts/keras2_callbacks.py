'''Callbacks of Keras 2, with acc and val_acc as their names were, and files that come back.'''
import os
import tempfile
import numpy as np
from keras.models import Sequential, load_model
from keras.layers import Dense, BatchNormalization
from keras.callbacks import (ModelCheckpoint, EarlyStopping, ReduceLROnPlateau, CSVLogger,
                             LearningRateScheduler, LambdaCallback, TerminateOnNaN)
import keras.backend as K

np.random.seed(4)
x = np.random.randn(80, 5)
y = (x[:, 0] * x[:, 1] > 0).astype('float32')
folder = tempfile.mkdtemp()
path = os.path.join(folder, 'weights.{epoch:02d}-{val_acc:.2f}.hdf5')
best = os.path.join(folder, 'best.h5')

model = Sequential([Dense(16, input_dim=5, activation='relu'), BatchNormalization(),
                    Dense(1, activation='sigmoid')])
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['acc'])
seen = []
history = model.fit(x, y, validation_split=0.25, epochs=4, batch_size=16, verbose=0, callbacks=[
    ModelCheckpoint(path, monitor='val_acc', verbose=0),
    ModelCheckpoint(best, monitor='val_acc', save_best_only=True, mode='max'),
    EarlyStopping(monitor='val_loss', patience=10),
    ReduceLROnPlateau(monitor='val_loss', factor=0.2, patience=5, min_lr=0.0001),
    LearningRateScheduler(lambda epoch: 0.01 * 0.5 ** epoch),
    LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs['val_acc'])),
    CSVLogger(os.path.join(folder, 'log.csv')), TerminateOnNaN()])
assert seen == history.history['val_acc']
assert abs(K.get_value(model.optimizer.lr) - 0.01 * 0.5 ** 3) < 1e-9
assert len([f for f in os.listdir(folder) if f.startswith('weights')]) == 4
again = load_model(best)
assert abs(again.evaluate(x[60:], y[60:], verbose=0)[1] - max(seen)) < 1e-6
with open(os.path.join(folder, 'log.csv')) as log:
    assert log.readline().startswith('epoch,acc')
print('best %.2f' % max(seen))
