import tensorflow as tf
import numpy as np

IMG = (40, 40)
rng = np.random.RandomState(1)
images = rng.uniform(0, 255, (24,) + IMG + (3,)).astype('float32')
images[::2, :20] += 60
labels = np.arange(24) % 2
data_augmentation = tf.keras.Sequential([
    tf.keras.layers.RandomFlip('horizontal'),
    tf.keras.layers.RandomRotation(0.1),
    tf.keras.layers.RandomZoom(0.1),
])
preprocess_input = tf.keras.applications.mobilenet_v2.preprocess_input
base_model = tf.keras.applications.MobileNetV2(input_shape=IMG + (3,), alpha=0.35, include_top=False, weights=None)
base_model.trainable = False
inputs = tf.keras.Input(shape=IMG + (3,))
x = data_augmentation(inputs)
x = preprocess_input(x)
x = base_model(x, training=False)
x = tf.keras.layers.GlobalAveragePooling2D()(x)
x = tf.keras.layers.Dropout(0.2)(x)
outputs = tf.keras.layers.Dense(1)(x)
model = tf.keras.Model(inputs, outputs)
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.001),
              loss=tf.keras.losses.BinaryCrossentropy(from_logits=True), metrics=['accuracy'])
frozen = [w.copy() for w in base_model.get_weights()]
history = model.fit(images, labels, epochs=2, batch_size=8, verbose=0)
assert all(np.array_equal(a, b) for a, b in zip(frozen, base_model.get_weights()))
assert len(model.trainable_variables) == 2
assert np.isfinite(history.history['loss']).all()
print(len(base_model.layers), 'layers')
