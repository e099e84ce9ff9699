'''Models and weights in files: save, load_model with custom_objects, by_name, to_json, ModelCheckpoint, CSVLogger, plot_model.'''
import os
import numpy as np
from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, TensorBoard
from keras.layers import Dense, Dropout
from keras.models import Sequential, load_model, model_from_json
import keras.backend as K
import keras.losses
from keras.utils import plot_model
from keras.utils.vis_utils import model_to_dot

np.random.seed(0)
x = np.random.rand(80, 4)
y = np.dot(x, [[1.], [2.], [-1.], [0.5]])


def scaled_mse(y_true, y_pred):
    return 10 * K.mean(K.square(y_true - y_pred), axis=-1)


def build():
    model = Sequential()
    model.add(Dense(10, input_dim=4, activation='relu', name='first'))
    model.add(Dropout(0.1))
    model.add(Dense(1, name='last'))
    return model


model = build()
model.compile(loss=scaled_mse, optimizer='adam', metrics=['mse'])
checkpoint = ModelCheckpoint('weights.{epoch:02d}-{val_loss:.2f}.hdf5', monitor='val_loss', save_best_only=True, mode='auto', period=1)
best = ModelCheckpoint('best.h5', monitor='val_loss', save_best_only=True, save_weights_only=True)
model.fit(x, y, epochs=15, batch_size=8, validation_split=0.25, verbose=0,
          callbacks=[checkpoint, best, CSVLogger('log.csv', separator=','), EarlyStopping(patience=5),
                     ReduceLROnPlateau(factor=0.5, patience=2, min_lr=1e-5), TensorBoard(log_dir='logs')])
assert any(name.startswith('weights.') for name in os.listdir('.'))
assert open('log.csv').readline().startswith('epoch,')

model.save('model.h5')
again = load_model('model.h5', custom_objects={'scaled_mse': scaled_mse})
assert np.allclose(again.predict(x), model.predict(x))
keras.losses.scaled_mse = scaled_mse
third = load_model('model.h5', compile=False)
assert np.allclose(third.predict(x), model.predict(x))

with open('model.json', 'w') as f:
    f.write(model.to_json())
model.save_weights('model_weights.h5')
with open('model.json') as f:
    fourth = model_from_json(f.read())
fourth.load_weights('model_weights.h5')
assert np.allclose(fourth.predict(x), model.predict(x))

fifth = Sequential([Dense(10, input_dim=4, name='first'), Dense(7, name='other')])
fifth.load_weights('model_weights.h5', by_name=True)
assert np.allclose(fifth.get_weights()[0], model.get_weights()[0])
build().load_weights('best.h5')
try:
    plot_model(model, to_file='model.png', show_shapes=True)
except (ImportError, OSError) as e:  # without Graphviz
    print(type(e).__name__)
print(model_to_dot(model) is not None)
