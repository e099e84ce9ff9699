"""Tomorrow's demand from that of the last four weeks, by a GRU.

The series is made here: a yearly and a weekly rhythm, a trend and noise. The error is set against
that of the simplest forecast, the same as a week ago. It runs on lamina, or on Keras itself:

    lamina run examples/time_series_forecast.py
    python examples/time_series_forecast.py
"""

import keras
import numpy as np

WINDOW, DAYS, HELD = 28, 1200, 250


def demand():
    """One number a day."""
    stream = np.random.default_rng(3)
    day = np.arange(DAYS)
    week = np.array([0.2, 0.4, 0.5, 0.4, 0.6, -0.9, -1.2])[day % 7]
    year = np.sin(2 * np.pi * day / 365)
    return (week + year + day / 800 + 0.15 * stream.normal(size=DAYS)).astype("float32")


def windows(series):
    """Every WINDOW days, and the day after them."""
    count = len(series) - WINDOW
    x = np.stack([series[i : i + WINDOW] for i in range(count)])
    return x[..., np.newaxis], series[WINDOW:, np.newaxis]


def build():
    """Two recurrent layers, the first giving all its steps to the second."""
    return keras.Sequential(
        [
            keras.layers.Input((WINDOW, 1)),
            keras.layers.GRU(16, return_sequences=True),
            keras.layers.SimpleRNN(16),
            keras.layers.Dense(1),
        ]
    )


def main(epochs=8, weights=None):
    """Trains and returns the history and the weights with which it began."""
    keras.utils.set_random_seed(1)
    series = demand()
    x, y = windows((series - series.mean()) / series.std())
    model = build()
    if weights is not None:
        model.set_weights(weights)
    start = model.get_weights()
    model.compile(keras.optimizers.Adam(0.005), loss="mse", metrics=["mae"])
    history = model.fit(
        x[:-HELD], y[:-HELD], batch_size=32, epochs=epochs, shuffle=False, verbose=2,
        validation_data=(x[-HELD:], y[-HELD:]),
    )  # fmt: skip
    return history.history, start


def week_ago():
    """The mean error of taking the value of a week ago."""
    series = demand()
    x, y = windows((series - series.mean()) / series.std())
    return float(np.abs(x[-HELD:, -7] - y[-HELD:]).mean())


if __name__ == "__main__":
    found, _ = main()
    print(f"mean error {found['val_mae'][-1]:.3f}; as a week ago: {week_ago():.3f}")
