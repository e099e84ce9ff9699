"""Which of two sides does a short review take? Words become vectors, an LSTM reads them.

The reviews are made here: a few words of praise or blame among neutral ones, and "not" turns the
next of them round, so that their order counts. It runs on lamina, or on Keras itself:

    lamina run examples/text_classifier.py
    python examples/text_classifier.py
"""

import keras
import numpy as np

GOOD = ["good", "great", "fine", "superb", "lovely", "bright", "warm", "clever"]
BAD = ["bad", "awful", "poor", "dull", "weak", "cold", "slow", "clumsy"]
NEUTRAL = ["the", "a", "film", "play", "plot", "cast", "and", "is", "was", "it", "with", "very"]
WORDS = ["", "not", *GOOD, *BAD, *NEUTRAL]  # 0 stands for nothing
LENGTH = 12


def review(stream):
    """Numbers of words, and 1 for praise."""
    words = list(stream.choice(NEUTRAL, stream.integers(4, LENGTH - 3)))
    side = int(stream.integers(2))
    turned = stream.random() < 0.5
    word = str(stream.choice(GOOD if side != turned else BAD))
    place = int(stream.integers(len(words) + 1))
    words[place:place] = ["not", word] if turned else [word]
    return [WORDS.index(word) for word in words], side


def reviews(count, seed):
    """Reviews as rows of equal length, zeros after their end, and their sides."""
    stream = np.random.default_rng(seed)
    x, y = np.zeros((count, LENGTH), "int32"), np.zeros(count, "int32")
    for row in range(count):
        words, y[row] = review(stream)
        x[row, : len(words)] = words
    return x, y


def build():
    """A bidirectional LSTM over the words; those that are not there are masked."""
    return keras.Sequential(
        [
            keras.layers.Input((LENGTH,), dtype="int32"),
            keras.layers.Embedding(len(WORDS), 8, mask_zero=True),
            keras.layers.Bidirectional(keras.layers.LSTM(12)),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def main(epochs=6, weights=None):
    """Trains and returns the history and the weights with which it began."""
    keras.utils.set_random_seed(1)
    x, y = reviews(1200, seed=2)
    model = build()
    if weights is not None:
        model.set_weights(weights)
    start = model.get_weights()
    model.compile(keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x[:1000], y[:1000], batch_size=32, epochs=epochs, shuffle=False, verbose=2,
        validation_data=(x[1000:], y[1000:]),
    )  # fmt: skip
    return history.history, start


if __name__ == "__main__":
    found, _ = main()
    print(f"right on {found['val_accuracy'][-1]:.1%} of reviews it has not seen")
