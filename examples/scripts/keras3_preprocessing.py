import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(2)
age = np.random.randint(18, 80, (120, 1)).astype("float32")
city = np.random.choice(["rome", "oslo", "lima"], (120, 1))
y = ((age > 40) & (city == "rome")).astype("int32")
normalizer = layers.Normalization()
normalizer.adapt(age)
lookup = layers.StringLookup(output_mode="one_hot")
lookup.adapt(city)
a, c = keras.Input((1,), name="age"), keras.Input((1,), dtype="string", name="city")
h = layers.concatenate([normalizer(a), lookup(c)])
out = layers.Dense(1, activation="sigmoid")(layers.Dense(16, activation="relu")(h))
model = keras.Model({"age": a, "city": c}, out)
model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
model.fit({"age": age, "city": city}, y, epochs=30, verbose=0)
accuracy = model.evaluate({"age": age, "city": city}, y, verbose=0)[1]
print("accuracy %.2f" % accuracy)
assert accuracy > 0.9
buckets = layers.Discretization(bin_boundaries=[30, 50])
assert np.asarray(buckets(age))[:3].tolist() == np.digitize(age[:3], [30, 50]).tolist()
vectorize = layers.TextVectorization(max_tokens=20, output_sequence_length=4)
vectorize.adapt(["the cat sat", "the dog ran"])
assert np.asarray(vectorize(["the cat flew"]))[0, 0] == 2
