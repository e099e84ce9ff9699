'''A generative adversarial network with a switch of trainable, and train_on_batch.'''
import numpy as np
from keras.models import Sequential, Model
from keras.layers import Dense, Input
from keras.layers.advanced_activations import LeakyReLU
from keras.optimizers import Adam

np.random.seed(9)
optimizer = Adam(0.01, 0.5)
discriminator = Sequential([Dense(8, input_dim=1), LeakyReLU(alpha=0.2), Dense(1, activation='sigmoid')])
discriminator.compile(loss='binary_crossentropy', optimizer=optimizer, metrics=['accuracy'])
generator = Sequential([Dense(8, input_dim=2), LeakyReLU(alpha=0.2), Dense(1)])
z = Input(shape=(2,))
discriminator.trainable = False
combined = Model(z, discriminator(generator(z)))
combined.compile(loss='binary_crossentropy', optimizer=Adam(0.01, 0.5))

before = discriminator.get_weights()
combined.train_on_batch(np.random.randn(16, 2), np.ones((16, 1)))
assert all(np.array_equal(a, b) for a, b in zip(before, discriminator.get_weights()))
for epoch in range(100):
    real = 3 + 0.5 * np.random.randn(16, 1)
    fake = generator.predict(np.random.randn(16, 2), verbose=0)
    d_loss_real = discriminator.train_on_batch(real, np.ones((16, 1)))
    d_loss_fake = discriminator.train_on_batch(fake, np.zeros((16, 1)))
    d_loss = 0.5 * np.add(d_loss_real, d_loss_fake)
    g_loss = combined.train_on_batch(np.random.randn(16, 2), np.ones((16, 1)))
made = generator.predict(np.random.randn(500, 2), verbose=0)
print('mean of what it makes: %.2f, d %.3f, g %.3f' % (made.mean(), d_loss[0], g_loss))
assert np.isfinite(made).all() and np.isfinite(d_loss).all()
