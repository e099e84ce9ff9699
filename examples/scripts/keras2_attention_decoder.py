"""An encoder-decoder with attention written in backend ops, in the manner of Keras 2."""

import numpy as np
from keras import backend as K
from keras import initializers, regularizers, constraints
from keras.engine.topology import Layer, InputSpec
from keras.layers import (
    Input,
    LSTM,
    Dense,
    Embedding,
    Bidirectional,
    TimeDistributed,
    Concatenate,
    RepeatVector,
    Permute,
    multiply,
    Flatten,
    Activation,
    Lambda,
)
from keras.models import Model
from keras.optimizers import Adam
from keras.preprocessing.sequence import pad_sequences


def dot_product(x, kernel):
    if K.backend() == "tensorflow":
        return K.squeeze(K.dot(x, K.expand_dims(kernel)), axis=-1)
    else:
        return K.dot(x, kernel)


class AttentionWithContext(Layer):
    def __init__(
        self,
        W_regularizer=None,
        u_regularizer=None,
        b_regularizer=None,
        W_constraint=None,
        u_constraint=None,
        b_constraint=None,
        bias=True,
        **kwargs,
    ):
        self.supports_masking = True
        self.init = initializers.get("glorot_uniform")
        self.W_regularizer = regularizers.get(W_regularizer)
        self.u_regularizer = regularizers.get(u_regularizer)
        self.b_regularizer = regularizers.get(b_regularizer)
        self.W_constraint = constraints.get(W_constraint)
        self.u_constraint = constraints.get(u_constraint)
        self.b_constraint = constraints.get(b_constraint)
        self.bias = bias
        super(AttentionWithContext, self).__init__(**kwargs)

    def build(self, input_shape):
        assert len(input_shape) == 3
        self.W = self.add_weight(
            (
                input_shape[-1],
                input_shape[-1],
            ),
            initializer=self.init,
            name="{}_W".format(self.name),
            regularizer=self.W_regularizer,
            constraint=self.W_constraint,
        )
        if self.bias:
            self.b = self.add_weight(
                (input_shape[-1],),
                initializer="zero",
                name="{}_b".format(self.name),
                regularizer=self.b_regularizer,
                constraint=self.b_constraint,
            )
        self.u = self.add_weight(
            (input_shape[-1],),
            initializer=self.init,
            name="{}_u".format(self.name),
            regularizer=self.u_regularizer,
            constraint=self.u_constraint,
        )
        super(AttentionWithContext, self).build(input_shape)

    def compute_mask(self, input, input_mask=None):
        return None

    def call(self, x, mask=None):
        uit = dot_product(x, self.W) if False else K.dot(x, self.W)
        if self.bias:
            uit += self.b
        uit = K.tanh(uit)
        ait = dot_product(uit, self.u)
        a = K.exp(ait)
        if mask is not None:
            a *= K.cast(mask, K.floatx())
        a /= K.cast(K.sum(a, axis=1, keepdims=True) + K.epsilon(), K.floatx())
        a = K.expand_dims(a)
        weighted_input = x * a
        return K.sum(weighted_input, axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[-1]


np.random.seed(1)
MAXLEN, VOCAB = 12, 40
texts = [list(np.random.randint(2, VOCAB, np.random.randint(4, MAXLEN + 1))) for _ in range(300)]
labels = np.array([int(5 in t or 6 in t or 7 in t) for t in texts])
x = pad_sequences(texts, maxlen=MAXLEN)

inp = Input(shape=(MAXLEN,), dtype="int32")
emb = Embedding(VOCAB, 16, mask_zero=True)(inp)
h = Bidirectional(LSTM(12, return_sequences=True))(emb)
att = AttentionWithContext()(h)
out = Dense(1, activation="sigmoid")(att)
model = Model(inputs=inp, outputs=out)
model.compile(optimizer=Adam(lr=0.02), loss="binary_crossentropy", metrics=["acc"])
hist = model.fit(x, labels, epochs=12, batch_size=30, verbose=0, validation_split=0.2)
print(sorted(hist.history))
print("acc %.2f" % hist.history["acc"][-1])
assert hist.history["acc"][-1] > 0.85
assert sorted(hist.history) == ["acc", "loss", "val_acc", "val_loss"]

# attention over inputs with functional layers (Permute / RepeatVector)
inputs = Input(shape=(6, 4))
a = Permute((2, 1))(inputs)
a = Dense(6, activation="softmax")(a)
a = Lambda(lambda t: K.mean(t, axis=1), name="dim_reduction")(a)
a = RepeatVector(4)(a)
probs = Permute((2, 1), name="attention_vec")(a)
mul = multiply([inputs, probs])
m2 = Model(inputs, Dense(1, activation="sigmoid")(Flatten()(mul)))
m2.compile("adam", "binary_crossentropy", metrics=["accuracy"])
xx = np.random.randn(50, 6, 4)
m2.fit(xx, (xx[:, 0, 0] > 0).astype(int), epochs=2, verbose=0)
get_att = K.function([m2.input, K.learning_phase()], [m2.get_layer("attention_vec").output])
att_values = get_att([xx[:3], 0])[0]
assert att_values.shape == (3, 6, 4)
np.testing.assert_allclose(att_values.sum(axis=1), 1, rtol=1e-4)
print("attention ok")
