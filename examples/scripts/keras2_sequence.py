'''keras.utils.Sequence, fit_generator with workers, flow_from_directory, class weights, predict_generator.'''
import os
import numpy as np
from keras.callbacks import LearningRateScheduler
from keras.layers import Conv2D, Dense, GlobalAveragePooling2D, MaxPooling2D
from keras.models import Sequential
from keras.optimizers import SGD
from keras.preprocessing.image import ImageDataGenerator, array_to_img, img_to_array, load_img
from keras.utils import Sequence, to_categorical

np.random.seed(1)


class Rows(Sequence):
    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return int(np.ceil(len(self.x) / float(self.batch_size)))

    def __getitem__(self, idx):
        part = slice(idx * self.batch_size, (idx + 1) * self.batch_size)
        return self.x[part], self.y[part]

    def on_epoch_end(self):
        order = np.random.permutation(len(self.x))
        self.x, self.y = self.x[order], self.y[order]


x = np.random.rand(50, 5)
y = to_categorical((x[:, 0] > .5).astype(int), num_classes=2)
model = Sequential([Dense(8, activation='relu', input_shape=(5,)), Dense(2, activation='softmax')])
model.compile(SGD(lr=0.5, momentum=0.9), 'categorical_crossentropy', metrics=['accuracy'])
history = model.fit_generator(Rows(x, y, 8), epochs=25, verbose=0, workers=2, use_multiprocessing=False, max_queue_size=4,
                              validation_data=Rows(x, y, 8), class_weight={0: 1., 1: 1.5},
                              callbacks=[LearningRateScheduler(lambda epoch: 0.2 if epoch < 20 else 0.05)])
assert history.history['val_acc'][-1] > 0.85
assert model.predict_generator(Rows(x, y, 8)).shape == (50, 2)

for kind, level in (('dark', 40), ('light', 200)):
    os.makedirs(os.path.join('data', kind))
    for i in range(6):
        picture = np.clip(np.random.normal(level, 10, (12, 12, 3)), 0, 255)
        array_to_img(picture, scale=False).save(os.path.join('data', kind, '%d.png' % i))
train = ImageDataGenerator(rescale=1. / 255, horizontal_flip=True, width_shift_range=0.1)
flow = train.flow_from_directory('data', target_size=(10, 10), batch_size=4, class_mode='binary')
assert flow.class_indices == {'dark': 0, 'light': 1} and flow.samples == 12
cnn = Sequential()
cnn.add(Conv2D(4, (3, 3), activation='relu', input_shape=(10, 10, 3)))
cnn.add(MaxPooling2D(pool_size=(2, 2)))
cnn.add(GlobalAveragePooling2D())
cnn.add(Dense(1, activation='sigmoid'))
cnn.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
cnn.fit_generator(flow, steps_per_epoch=3, epochs=2, verbose=0)
picture = img_to_array(load_img(os.path.join('data', 'dark', '0.png'), target_size=(10, 10)))
print(cnn.predict(np.expand_dims(picture / 255., axis=0)).shape)
