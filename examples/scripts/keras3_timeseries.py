import numpy as np
import keras

keras.utils.set_random_seed(5)
t = np.arange(400)
series = np.sin(t / 8.0) + 0.1 * np.cos(t / 3.0)
train = keras.utils.timeseries_dataset_from_array(
    series[:-12, None], targets=series[12:], sequence_length=12, batch_size=32, end_index=300
)
test = keras.utils.timeseries_dataset_from_array(
    series[:-12, None], targets=series[12:], sequence_length=12, batch_size=32, start_index=300
)
model = keras.Sequential(
    [
        keras.Input((12, 1)),
        keras.layers.Conv1D(8, 3, padding="causal", activation="relu"),
        keras.layers.Bidirectional(keras.layers.LSTM(8)),
        keras.layers.Dense(1),
    ]
)
model.compile("adam", "mse", metrics=["mae"])
model.fit(train, epochs=15, validation_data=test, verbose=0)
loss, mae = model.evaluate(test, verbose=0)
print("mae %.3f" % mae)
assert mae < 0.5
model.summary()
