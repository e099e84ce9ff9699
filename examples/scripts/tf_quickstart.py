import tensorflow as tf
import numpy as np
from sklearn.datasets import load_digits

print("TensorFlow version:", tf.__version__)
tf.random.set_seed(1)
digits = load_digits()
x, y = digits.images / 16.0, digits.target
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]

model = tf.keras.models.Sequential([
    tf.keras.layers.Flatten(input_shape=(8, 8)),
    tf.keras.layers.Dense(64, activation='relu'),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(10)
])
predictions = model(x_train[:1]).numpy()
assert predictions.shape == (1, 10)
probabilities = tf.nn.softmax(predictions).numpy()
assert abs(probabilities.sum() - 1) < 1e-5
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
assert 1 < float(loss_fn(y_train[:1], predictions)) < 5
model.compile(optimizer='adam', loss=loss_fn, metrics=['accuracy'])
model.fit(x_train, y_train, epochs=8, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
assert np.allclose(probability_model(x_test[:5]).numpy().sum(axis=1), 1, atol=1e-5)
print('accuracy: %.3f' % accuracy)
assert accuracy > 0.85
