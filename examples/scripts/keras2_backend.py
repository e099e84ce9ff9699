'''K.function, K.gradients, K.get_session, learning phase, saliency of an input, a custom loss with K.'''
import numpy as np
import keras
from keras import backend as K
from keras.layers import Input, Dense, Lambda
from keras.models import Model

np.random.seed(4)
x = np.random.rand(50, 3).astype('float32')
y = (x.sum(axis=1, keepdims=True) * 2).astype('float32')


def smooth_l1(y_true, y_pred):
    d = K.abs(y_true - y_pred)
    return K.mean(K.switch(d < 1., 0.5 * K.square(d), d - 0.5), axis=-1)


def rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))


inputs = Input(shape=(3,))
hidden = Dense(8, activation='tanh', name='hidden')(inputs)
scaled = Lambda(lambda t: t * 2., output_shape=lambda s: s)(hidden)
outputs = Dense(1)(scaled)
model = Model(input=inputs, output=outputs)
model.compile(optimizer=keras.optimizers.Adam(lr=0.05), loss=smooth_l1, metrics=[rmse, 'mae'])
history = model.fit(x, y, epochs=30, verbose=0)
assert history.history['rmse'][-1] < 0.3, history.history['rmse'][-1]

K.set_learning_phase(0)
get_hidden = K.function([model.layers[0].input, K.learning_phase()], [model.get_layer('hidden').output])
layer_output = get_hidden([x, 0])[0]
w, b = model.get_layer('hidden').get_weights()
assert np.allclose(layer_output, np.tanh(x.dot(w) + b), atol=1e-5)

grads = K.gradients(K.sum(model.output), model.input)[0]
saliency = K.function([model.input], [grads])([x[:2]])[0]
eps = 1e-2
moved = x[:2].copy()
moved[:, 0] += eps
difference = (model.predict(moved) - model.predict(x[:2]))[:, 0] / eps
assert np.allclose(saliency[:, 0], difference, atol=0.05)
assert K.int_shape(model.output) == (None, 1) and K.image_data_format() == 'channels_last'
assert K.get_value(model.optimizer.lr) > 0
K.set_value(model.optimizer.lr, 0.001)
assert abs(K.eval(model.optimizer.lr) - 0.001) < 1e-7
print('trainable', int(np.sum([K.count_params(p) for p in set(model.trainable_weights)])))
K.clear_session()
