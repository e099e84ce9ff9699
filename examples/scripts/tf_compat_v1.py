import os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf
from tensorflow.python.keras.layers import Dense
from tensorflow.python.keras.models import Sequential
from tensorflow.keras import backend as K

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
gpus = tf.config.list_physical_devices('GPU')
for gpu in gpus:
    tf.config.experimental.set_memory_growth(gpu, True)
config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
config.gpu_options.allow_growth = True
session = tf.compat.v1.Session(config=config)
K.set_session(session) if hasattr(K, 'set_session') else tf.compat.v1.keras.backend.set_session(session)

strategy = tf.distribute.get_strategy()
with strategy.scope():
    model = Sequential([Dense(3, activation='relu', input_shape=(2,)), Dense(1)])
    model.compile(optimizer='sgd', loss='mse')
a = tf.constant([[1., 2.], [3., 4.]])
assert tf.reduce_sum(a).numpy() == 10
assert tf.matmul(a, tf.transpose(a)).numpy().tolist() == [[5., 11.], [11., 25.]]
assert tf.cast(tf.reduce_mean(a), tf.int32).numpy() == 2
assert tf.concat([a, a], axis=0).shape == (4, 2)
assert tf.reshape(a, [-1]).shape[0] == 4
model.fit(a, tf.constant([[1.], [2.]]), epochs=2, verbose=0)
print(len(gpus), 'devices')
