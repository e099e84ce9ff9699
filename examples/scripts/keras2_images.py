'''ImageDataGenerator.flow, fit_generator, a network with residual connections, layers by name.'''
import numpy as np
from sklearn.datasets import load_digits
from keras.preprocessing.image import ImageDataGenerator
from keras.models import Model
from keras.layers import Input, Conv2D, BatchNormalization, Activation, add, GlobalAveragePooling2D, Dense, MaxPool2D
from keras.utils import to_categorical
from keras.regularizers import l2

np.random.seed(2)
digits = load_digits()
x = digits.images[..., None] / 16.
y = to_categorical(digits.target)
datagen = ImageDataGenerator(width_shift_range=0.1, height_shift_range=0.1, featurewise_center=True)
datagen.fit(x[:600])


def residual(t, filters):
    s = Conv2D(filters, (3, 3), padding='same', kernel_initializer='he_normal', kernel_regularizer=l2(1e-4))(t)
    s = Activation('relu')(BatchNormalization()(s))
    s = Conv2D(filters, (3, 3), padding='same')(s)
    return Activation('relu')(add([t, s]))


inputs = Input(shape=(8, 8, 1))
t = Conv2D(8, (3, 3), padding='same', activation='relu', name='first')(inputs)
t = MaxPool2D()(residual(t, 8))
outputs = Dense(10, activation='softmax')(GlobalAveragePooling2D()(t))
model = Model(inputs, outputs)
model.compile('adam', 'categorical_crossentropy', metrics=['accuracy'])
history = model.fit_generator(datagen.flow(x[:600], y[:600], batch_size=20), steps_per_epoch=30, epochs=3, verbose=0,
                              workers=1, use_multiprocessing=False)
features = Model(inputs=model.input, outputs=model.get_layer('first').output)
assert features.predict(x[:2]).shape == (2, 8, 8, 8)
assert history.history['acc'][-1] > history.history['acc'][0]
print('accuracy %.2f' % history.history['acc'][-1])
