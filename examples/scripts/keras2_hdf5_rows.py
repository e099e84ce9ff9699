"""Training on rows of an HDF5 file by HDF5Matrix."""

import numpy as np, h5py
from keras.utils.io_utils import HDF5Matrix
from keras.models import Sequential
from keras.layers import Dense

with h5py.File("d.h5", "w") as f:
    f.create_dataset("my_data", data=np.random.rand(60, 10))
    f.create_dataset("my_labels", data=np.random.randint(0, 2, (60, 1)))
X_train = HDF5Matrix("d.h5", "my_data", start=0, end=40)
y_train = HDF5Matrix("d.h5", "my_labels", start=0, end=40)
X_test = HDF5Matrix("d.h5", "my_data", start=40, end=60)
y_test = HDF5Matrix("d.h5", "my_labels", start=40, end=60, normalizer=lambda x: x)
m = Sequential([Dense(8, input_shape=(10,), activation="relu"), Dense(1, activation="sigmoid")])
m.compile(loss="binary_crossentropy", optimizer="sgd")
m.fit(X_train, y_train, batch_size=32, shuffle="batch", verbose=False)
print(m.evaluate(X_test, y_test, verbose=0))
assert m.predict(X_test).shape == (20, 1)
