import os
import tempfile

os.environ["KERAS_BACKEND"] = "jax"

import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(812)
x = np.random.randn(300, 20).astype("float32")
y = (ops.convert_to_numpy(ops.sum(x[:, :5], axis=1)) > 0).astype("int32")

inputs = keras.Input(shape=(20,))
h = layers.Dense(32, activation="gelu")(inputs)
h = layers.LayerNormalization()(h + layers.Dense(32)(h))
h = ops.concatenate([h, ops.tanh(h)], axis=-1)
outputs = layers.Dense(1, activation="sigmoid")(h)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(1e-2, decay_steps=100), weight_decay=1e-4
    ),
    loss=keras.losses.BinaryCrossentropy(label_smoothing=0.05),
    metrics=[keras.metrics.BinaryAccuracy(name="acc"), keras.metrics.AUC(name="auc")],
)
history = model.fit(x, y, validation_split=0.2, epochs=10, batch_size=32, verbose=0)
results = model.evaluate(x, y, verbose=0, return_dict=True)
print({k: round(v, 3) for k, v in results.items()})
assert set(results) == {"loss", "acc", "auc"}
assert results["auc"] > 0.9
path = os.path.join(tempfile.mkdtemp(), "model.keras")
model.save(path)
reloaded = keras.saving.load_model(path)
np.testing.assert_allclose(model.predict(x, verbose=0), reloaded.predict(x, verbose=0), rtol=1e-5)
