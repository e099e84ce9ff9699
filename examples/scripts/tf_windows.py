"""Forecasting with tf.data windows, causal convolution and a learning-rate sweep."""

import tensorflow as tf, numpy as np


def windowed_dataset(series, window_size, batch_size, shuffle_buffer):
    series = tf.expand_dims(series, axis=-1)
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window(window_size + 1, shift=1, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window_size + 1))
    ds = ds.shuffle(shuffle_buffer)
    ds = ds.map(lambda w: (w[:-1], w[1:]))
    return ds.batch(batch_size).prefetch(1)


series = np.sin(np.arange(120) / 5).astype("float32")
ds = windowed_dataset(series, 10, 16, 50)
m = tf.keras.models.Sequential(
    [
        tf.keras.layers.Conv1D(8, 5, strides=1, padding="causal", activation="relu", input_shape=[None, 1]),
        tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(8, return_sequences=True)),
        tf.keras.layers.Dense(1),
        tf.keras.layers.Lambda(lambda x: x * 2.0),
    ]
)
lr_schedule = tf.keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 * 10 ** (epoch / 20))
m.compile(
    loss=tf.keras.losses.Huber(), optimizer=tf.keras.optimizers.SGD(learning_rate=1e-3, momentum=0.9), metrics=["mae"]
)
h = m.fit(ds, epochs=2, callbacks=[lr_schedule], verbose=0)
print(h.history["lr"] if "lr" in h.history else h.history.keys())


def model_forecast(model, series, window_size):
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window(window_size, shift=1, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window_size))
    ds = ds.batch(32).prefetch(1)
    return model.predict(ds, verbose=0)


f = model_forecast(m, series[..., np.newaxis], 10)
print(f.shape)
assert f.shape[0] == 111
assert np.isfinite(f).all()
