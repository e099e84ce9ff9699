"""An actor and a critic on one tape, deep Q-learning with a frozen network, a clipped policy step."""

import tensorflow as tf, numpy as np
from tensorflow import keras
from tensorflow.keras import layers


class Env:
    def reset(self):
        self.s = np.random.randn(4) * 0.1
        self.t = 0
        return self.s

    def step(self, a):
        self.s = self.s + np.array([0.1, 0.05, -0.05, 0.1]) * (1 if a else -1) + np.random.randn(4) * 0.01
        self.t += 1
        return self.s, 1.0 - abs(self.s[0]), self.t >= 15, {}


np.random.seed(0)
tf.random.set_seed(0)
env = Env()
gamma = 0.99
eps = np.finfo(np.float32).eps.item()
inputs = layers.Input(shape=(4,))
common = layers.Dense(16, activation="relu")(inputs)
action = layers.Dense(2, activation="softmax")(common)
critic = layers.Dense(1)(common)
model = keras.Model(inputs=inputs, outputs=[action, critic])
optimizer = keras.optimizers.Adam(learning_rate=0.01)
huber_loss = keras.losses.Huber()
for ep in range(3):
    state = env.reset()
    ep_reward = 0
    aph = []
    cvh = []
    rh = []
    with tf.GradientTape() as tape:
        for ts in range(1, 16):
            state = tf.convert_to_tensor(state)
            state = tf.expand_dims(state, 0)
            ap, cv = model(state)
            cvh.append(cv[0, 0])
            a = np.random.choice(2, p=np.squeeze(ap) / np.sum(np.squeeze(ap)))
            aph.append(tf.math.log(ap[0, a]))
            state, r, done, _ = env.step(a)
            rh.append(r)
            ep_reward += r
            if done:
                break
        returns = []
        ds = 0
        for r in rh[::-1]:
            ds = r + gamma * ds
            returns.insert(0, ds)
        returns = np.array(returns)
        returns = (returns - np.mean(returns)) / (np.std(returns) + eps)
        returns = returns.tolist()
        al = []
        cl = []
        for lp, v, ret in zip(aph, cvh, returns):
            diff = ret - v
            al.append(-lp * diff)
            cl.append(huber_loss(tf.expand_dims(v, 0), tf.expand_dims(ret, 0)))
        loss_value = sum(al) + sum(cl)
        grads = tape.gradient(loss_value, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
    assert np.isfinite(float(loss_value))


# DQN
def q():
    return keras.Sequential(
        [layers.Dense(16, activation="relu", input_shape=(4,)), layers.Dense(2, activation="linear")]
    )


m = q()
tgt = q()
tgt.set_weights(m.get_weights())
opt = keras.optimizers.Adam(learning_rate=0.0025, clipnorm=1.0)
lf = keras.losses.Huber()
S = np.random.randn(32, 4)
S2 = np.random.randn(32, 4)
A = np.random.randint(0, 2, 32)
R = np.random.randn(32)
D = tf.convert_to_tensor([float(i % 7 == 0) for i in range(32)])
losses = []
for _ in range(5):
    fr = tgt.predict(S2, verbose=0)
    u = R + gamma * tf.reduce_max(fr, axis=1)
    u = u * (1 - D) - D
    masks = tf.one_hot(A, 2)
    with tf.GradientTape() as tape:
        qv = m(S)
        qa = tf.reduce_sum(tf.multiply(qv, masks), axis=1)
        loss = lf(u, qa)
    g = tape.gradient(loss, m.trainable_variables)
    opt.apply_gradients(zip(g, m.trainable_variables))
    losses.append(float(loss))
# PPO-ish
logits = m(S)
lp = tf.nn.log_softmax(logits)
act = tf.squeeze(tf.random.categorical(logits, 1), axis=1)
assert act.shape == (32,) and act.dtype == tf.int64


@tf.function
def train_policy(obs, acts, lpb, adv):
    with tf.GradientTape() as tape:
        ratio = tf.exp(tf.reduce_sum(tf.nn.log_softmax(m(obs)) * tf.one_hot(acts, 2), axis=1) - lpb)
        ma = tf.where(adv > 0, (1 + 0.2) * adv, (1 - 0.2) * adv)
        pl = -tf.reduce_mean(tf.minimum(ratio * adv, ma))
    g = tape.gradient(pl, m.trainable_variables)
    opt.apply_gradients(zip(g, m.trainable_variables))
    return tf.reduce_mean(lpb - ratio)


kl = train_policy(
    tf.cast(S, tf.float32), A, tf.reduce_sum(lp * tf.one_hot(A, 2), axis=1), tf.cast(R, tf.float32)
)
tau = 0.005
for a, b in zip(tgt.variables, m.variables):
    a.assign(b * tau + a * (1 - tau))

print(losses, float(kl))
assert losses[-1] < losses[0]
# Before its first step the policy is the old one: the mean of log p - 1.
chosen = tf.reduce_sum(lp * tf.one_hot(A, 2), axis=1)
np.testing.assert_allclose(kl, np.mean(chosen.numpy() - 1), rtol=1e-4)
