'''tf.keras with tf functions in layers, losses and loops: add_weight by name, tf.reduce_*, tf.where, tf.gather, tf.one_hot, Lambda, train_step.'''
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Dense, Input, Lambda, Layer
from tensorflow.keras.models import Model, Sequential
from tensorflow.keras.utils import get_custom_objects

tf.random.set_seed(0)
np.random.seed(0)
tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)


class Linear(tf.keras.layers.Layer):
    def __init__(self, units=4):
        super(Linear, self).__init__()
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight('w', shape=(input_shape[-1], self.units), initializer='random_normal', trainable=True)
        self.b = tf.Variable(initial_value=tf.zeros_initializer()(shape=(self.units,), dtype='float32'), trainable=True)

    def call(self, inputs, training=None):
        if training:
            inputs = tf.nn.dropout(inputs, rate=0.1)
        return tf.matmul(inputs, self.w) + self.b


def focal(gamma=2., alpha=.25):
    def loss(y_true, y_pred):
        pt_1 = tf.where(tf.equal(y_true, 1), y_pred, tf.ones_like(y_pred))
        pt_0 = tf.where(tf.equal(y_true, 0), y_pred, tf.zeros_like(y_pred))
        pt_1 = tf.clip_by_value(pt_1, 1e-6, 1 - 1e-6)
        pt_0 = tf.clip_by_value(pt_0, 1e-6, 1 - 1e-6)
        return -tf.reduce_mean(alpha * tf.pow(1. - pt_1, gamma) * tf.math.log(pt_1)) \
            - tf.reduce_mean((1 - alpha) * tf.pow(pt_0, gamma) * tf.math.log(1. - pt_0))
    return loss


x = np.random.randn(96, 5).astype('float32')
y = (x[:, :1] + x[:, 1:2] > 0).astype('float32')
inp = Input(shape=(5,))
h = Linear(8)(inp)
h = Lambda(lambda t: tf.concat([tf.nn.relu(t), tf.nn.relu(-t)], axis=-1))(h)
out = Dense(1, activation=tf.keras.activations.sigmoid)(h)
model = Model(inp, out)
model.compile(loss=focal(), optimizer=tf.keras.optimizers.Adam(learning_rate=0.05), metrics=[tf.keras.metrics.AUC(name='auc'), 'acc'])
history = model.fit(x, y, epochs=25, batch_size=16, verbose=0)
assert history.history['auc'][-1] > 0.9 and history.history['acc'][-1] > 0.8


class Custom(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.d1 = Dense(8, activation='relu')
        self.d2 = Dense(3)
        self.tracker = tf.keras.metrics.Mean(name='loss')

    def call(self, x):
        return self.d2(self.d1(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            logits = self(x, training=True)
            y1 = tf.one_hot(tf.cast(tf.squeeze(y, axis=-1), tf.int32), depth=3)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y1, logits=logits))
            loss += tf.add_n([tf.nn.l2_loss(v) for v in self.trainable_variables]) * 1e-4
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {'loss': self.tracker.result()}

    @property
    def metrics(self):
        return [self.tracker]


custom = Custom()
custom.compile(optimizer=tf.keras.optimizers.legacy.Adam(0.02))
h = custom.fit(x, y, epochs=10, verbose=0).history['loss']
assert h[-1] < h[0]


@tf.function
def nearest(a, b):
    distance = tf.reduce_sum(tf.square(a[:, None] - b[None]), axis=-1)
    return tf.gather(b, tf.argmin(distance, axis=1))


found = nearest(tf.constant(x[:4]), tf.constant(x)).numpy()
assert np.allclose(found, x[:4])
print(tf.reduce_max(tf.abs(custom(x[:2]))).numpy().shape, K.floatx())
