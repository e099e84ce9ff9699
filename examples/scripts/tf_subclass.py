import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
import numpy as np

tf.random.set_seed(3)


class ResidualBlock(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.d1 = layers.Dense(units, activation='relu')
        self.d2 = layers.Dense(units)
        self.norm = layers.LayerNormalization()

    def call(self, inputs, training=None):
        return self.norm(inputs + self.d2(self.d1(inputs)))


class CustomModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [ResidualBlock(6) for _ in range(2)]
        self.out = layers.Dense(1)

    def call(self, x, training=False):
        for block in self.blocks:
            x = block(x, training=training)
        return self.out(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == 'loss':
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


x = np.random.RandomState(0).randn(100, 6).astype('float32')
y = tf.reduce_sum(tf.square(x), axis=1, keepdims=True).numpy()
model = CustomModel()
model.compile(optimizer=keras.optimizers.Adam(0.01), loss='mse', metrics=['mae'])
history = model.fit(x, y, epochs=12, batch_size=20, verbose=0)
print(history.history['loss'][0], history.history['loss'][-1])
assert history.history['loss'][-1] < history.history['loss'][0]
assert len(model.trainable_weights) == 2 * 6 + 2
