'''Keras 2 beside TensorFlow 1: layers on placeholders, a session, tf.train's optimizers, tf.gradients with weights, as in DDPG.'''
import numpy as np
import tensorflow as tf
from keras import backend as K
from keras.layers import Dense, Dropout, Input, Lambda, concatenate
from keras.metrics import categorical_accuracy
from keras.models import Model, Sequential
from keras.objectives import categorical_crossentropy

np.random.seed(3)
tf.set_random_seed(3)
config = tf.ConfigProto(allow_soft_placement=True)
sess = tf.Session(config=config)
K.set_session(sess)

# A classifier without a Model.
rows = tf.placeholder(tf.float32, shape=(None, 6))
labels = tf.placeholder(tf.float32, shape=(None, 3))
hidden = Dropout(0.1)(Dense(24, activation='relu')(rows))
found = Dense(3, activation='softmax')(hidden)
loss = tf.reduce_mean(categorical_crossentropy(labels, found))
train_step = tf.train.AdamOptimizer(0.02).minimize(loss)
sess.run(tf.global_variables_initializer())
x = np.random.rand(120, 6).astype('float32')
y = np.eye(3)[x[:, :3].argmax(axis=1)]
with sess.as_default():
    for _ in range(150):
        train_step.run(feed_dict={rows: x, labels: y, K.learning_phase(): 1})
    right = categorical_accuracy(labels, found).eval(feed_dict={rows: x, labels: y, K.learning_phase(): 0})
assert right.mean() > 0.9, right.mean()
_, value = sess.run([train_step, loss], feed_dict={rows: x, labels: y, K.learning_phase(): 0})
assert value < 0.4, value

# TensorFlow's optimizers in compile, and their formulas.
def line(optimizer):
    model = Sequential([Dense(1, input_shape=(1,), kernel_initializer='zeros', use_bias=False)])
    model.compile(loss='mse', optimizer=optimizer)
    model.fit(np.ones((4, 1)), np.ones((4, 1)), batch_size=4, epochs=2, verbose=0)
    return model.get_weights()[0][0, 0]

# The gradient of (1 - w)^2 is 2 (w - 1).
w, mean = 0.0, 1.0
for _ in range(2):
    g = 2 * (w - 1)
    mean = 0.9 * mean + 0.1 * g * g
    w -= 0.1 * g / np.sqrt(mean + 1e-10)
assert abs(line(tf.train.RMSPropOptimizer(0.1)) - w) < 1e-5
w = v = 0.0
for _ in range(2):
    g = 2 * (w - 1)
    v = 0.9 * v + g
    w -= 0.1 * v
assert abs(line(tf.train.MomentumOptimizer(0.1, 0.9)) - w) < 1e-5
w, total = 0.0, 0.1
for _ in range(2):
    g = 2 * (w - 1)
    total += g * g
    w -= 0.1 * g / np.sqrt(total)
assert abs(line(tf.train.AdagradOptimizer(0.1)) - w) < 1e-5
assert abs(line(tf.train.GradientDescentOptimizer(0.1)) - 0.36) < 1e-5

# An actor that climbs what a critic says of its actions.
state = Input((4,))
actor = Model(state, Lambda(lambda a: a * 2.0)(Dense(2, activation='tanh')(state)))
seen, action = Input((4,)), Input((2,))
critic = Model([seen, action], Dense(1)(concatenate([seen, action])))
critic.set_weights([np.array([[0.0]] * 4 + [[1.0], [-1.0]]), np.zeros(1)])
slopes = K.function(critic.inputs, K.gradients(critic.output, [critic.inputs[1]]))
weight = K.placeholder(shape=(None, 2))
pairs = zip(tf.gradients(actor.output, actor.trainable_weights, -weight), actor.trainable_weights)
climb = K.function(inputs=[actor.input, weight], outputs=[], updates=[tf.train.AdamOptimizer(0.05).apply_gradients(pairs)])
states = np.random.rand(32, 4)
before = critic.predict([states, actor.predict(states)]).mean()
for _ in range(60):
    climb([states, slopes([states, actor.predict(states)])[0]])
after = critic.predict([states, actor.predict(states)]).mean()
assert after > before + 1.0, (before, after)
print('TensorFlow 1 beside Keras: right %.2f, value %.2f -> %.2f' % (right.mean(), before, after))
