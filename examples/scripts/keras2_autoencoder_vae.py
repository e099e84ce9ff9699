'''A variational autoencoder: Lambda with K.random_normal, a loss by add_loss.'''
import numpy as np
from keras.layers import Lambda, Input, Dense
from keras.models import Model
from keras.losses import mse
from keras import backend as K

np.random.seed(1)
x_train = np.random.rand(200, 12).astype('float32')


def sampling(args):
    z_mean, z_log_var = args
    batch = K.shape(z_mean)[0]
    dim = K.int_shape(z_mean)[1]
    epsilon = K.random_normal(shape=(batch, dim))
    return z_mean + K.exp(0.5 * z_log_var) * epsilon


inputs = Input(shape=(12,), name='encoder_input')
x = Dense(16, activation='relu')(inputs)
z_mean = Dense(2, name='z_mean')(x)
z_log_var = Dense(2, name='z_log_var')(x)
z = Lambda(sampling, output_shape=(2,), name='z')([z_mean, z_log_var])
encoder = Model(inputs, [z_mean, z_log_var, z], name='encoder')
latent_inputs = Input(shape=(2,), name='z_sampling')
decoder = Model(latent_inputs, Dense(12, activation='sigmoid')(Dense(16, activation='relu')(latent_inputs)),
                name='decoder')
outputs = decoder(encoder(inputs)[2])
vae = Model(inputs, outputs, name='vae_mlp')
reconstruction_loss = mse(inputs, outputs) * 12
kl_loss = -0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
vae.add_loss(K.mean(reconstruction_loss + kl_loss))
vae.compile(optimizer='adam')
history = vae.fit(x_train, epochs=5, batch_size=20, verbose=0, validation_data=(x_train, None))
print('%.3f' % history.history['loss'][-1])
assert history.history['loss'][-1] < history.history['loss'][0]
assert len(encoder.predict(x_train)) == 3
