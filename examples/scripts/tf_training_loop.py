import tensorflow as tf
import numpy as np

tf.random.set_seed(0)
rng = np.random.RandomState(0)
x = rng.randn(256, 4).astype('float32')
y = (x @ np.array([[1.], [-2.], [0.5], [0.]], 'float32'))[:, 0]
train_ds = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(256).batch(32)

inputs = tf.keras.Input(shape=(4,))
outputs = tf.keras.layers.Dense(1)(tf.keras.layers.Dense(16, activation='relu')(inputs))
model = tf.keras.Model(inputs, outputs)
optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
loss_object = tf.keras.losses.MeanSquaredError()
train_loss = tf.keras.metrics.Mean(name='train_loss')


@tf.function
def train_step(features, targets):
    with tf.GradientTape() as tape:
        predictions = model(features, training=True)
        loss = loss_object(targets[:, tf.newaxis], predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)


history = []
for epoch in range(10):
    train_loss.reset_state()
    for features, targets in train_ds:
        train_step(features, targets)
    history.append(float(train_loss.result()))
print('%.4f -> %.4f' % (history[0], history[-1]))
assert history[-1] < 0.2 * history[0]

w = tf.Variable(3.0)
with tf.GradientTape() as tape:
    z = w ** 2
assert float(tape.gradient(z, w)) == 6.0
w.assign_sub(1.0)
assert w.numpy() == 2.0
