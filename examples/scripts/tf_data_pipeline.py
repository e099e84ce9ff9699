import tensorflow as tf
import numpy as np
from tensorflow.keras import layers
from tensorflow.keras.models import Model

AUTOTUNE = tf.data.AUTOTUNE
x = np.arange(60, dtype='float32').reshape(30, 2)
y = (np.arange(30) % 3).astype('int64')
ds = tf.data.Dataset.from_tensor_slices((x, y))
ds = ds.map(lambda a, b: (a / 60., tf.one_hot(b, 3)), num_parallel_calls=AUTOTUNE)
train = ds.take(24).shuffle(24).batch(8).repeat().prefetch(AUTOTUNE)
val = ds.skip(24).batch(3).cache()
assert sum(1 for _ in val) == 2
a, b = next(iter(val))
assert a.shape == (3, 2) and b.numpy().sum() == 3
inp = layers.Input(shape=(2,))
model = Model(inp, layers.Dense(3, activation='softmax')(inp))
model.compile(optimizer=tf.keras.optimizers.SGD(0.1), loss='categorical_crossentropy', metrics=['accuracy'])
history = model.fit(train, epochs=3, steps_per_epoch=3, validation_data=val, verbose=0)
assert set(history.history) >= {'accuracy', 'loss', 'val_accuracy', 'val_loss'}
squares = tf.data.Dataset.range(5).map(lambda n: n ** 2)
assert [int(n) for n in squares] == [0, 1, 4, 9, 16]
zipped = tf.data.Dataset.zip((tf.data.Dataset.range(3), squares))
assert [(int(p), int(q)) for p, q in zipped] == [(0, 0), (1, 1), (2, 4)]
print('pipelines')
