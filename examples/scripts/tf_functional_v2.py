'''tf.keras as of TensorFlow 2: several outputs by name, tf.data with dicts, custom metric, callbacks, SavedModel-free saving.'''
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import Input, Model, layers
from tensorflow.keras.callbacks import EarlyStopping, LearningRateScheduler
from tensorflow.keras.layers.experimental.preprocessing import Normalization
from tensorflow.python.keras.utils.np_utils import to_categorical

tf.random.set_seed(3)
np.random.seed(3)
print(tf.__version__.split('.')[0])
gpus = tf.config.experimental.list_physical_devices('GPU')
for gpu in gpus:
    tf.config.experimental.set_memory_growth(gpu, True)

x = np.random.randn(120, 4).astype(np.float32) * 3 + 1
cls = (x[:, 0] > 1).astype(np.int32) + (x[:, 1] > 1)
reg = x[:, :1] * 2


class TruePositives(tf.keras.metrics.Metric):
    def __init__(self, name='hits', **kwargs):
        super(TruePositives, self).__init__(name=name, **kwargs)
        self.hits = self.add_weight(name='hits', initializer='zeros')

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = tf.reshape(tf.argmax(y_pred, axis=1), shape=(-1, 1))
        values = tf.cast(y_true, 'int32') == tf.cast(y_pred, 'int32')
        self.hits.assign_add(tf.reduce_sum(tf.cast(values, 'float32')))

    def result(self):
        return self.hits

    def reset_state(self):
        self.hits.assign(0.)


normalizer = Normalization(axis=-1)
normalizer.adapt(x)
inputs = Input(shape=(4,), name='features')
h = normalizer(inputs)
h = layers.Dense(16, activation=tf.nn.relu, kernel_regularizer=keras.regularizers.l2(1e-4))(h)
a = layers.Dense(3, activation='softmax', name='kind')(h)
b = layers.Dense(1, name='amount')(h)
model = Model(inputs=inputs, outputs=[a, b])
model.compile(optimizer=tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.ExponentialDecay(0.05, 100, 0.9)),
              loss={'kind': 'sparse_categorical_crossentropy', 'amount': tf.keras.losses.MeanSquaredError()},
              loss_weights={'kind': 1.0, 'amount': 0.1}, metrics={'kind': ['accuracy', TruePositives()], 'amount': 'mae'})
data = tf.data.Dataset.from_tensor_slices(({'features': x}, {'kind': cls[:, None], 'amount': reg}))
train = data.shuffle(120, seed=1).batch(20).prefetch(tf.data.AUTOTUNE)
history = model.fit(train, epochs=20, validation_data=data.batch(40), verbose=0,
                    callbacks=[EarlyStopping(monitor='val_loss', patience=20, restore_best_weights=True)])
assert history.history['val_kind_accuracy'][-1] > 0.85
assert 0 < history.history['kind_hits'][-1] <= 120
kinds, amounts = model.predict({'features': x}, verbose=0)
assert kinds.shape == (120, 3) and amounts.shape == (120, 1)
model.save('both.keras')
again = tf.keras.models.load_model('both.keras', custom_objects={'TruePositives': TruePositives})
np.testing.assert_allclose(again.predict(x, verbose=0)[1], amounts, rtol=1e-5)
assert to_categorical(cls).shape == (120, 3)
