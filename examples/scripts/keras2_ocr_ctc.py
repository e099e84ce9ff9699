"""Reading with CTC: a loss in a Lambda, a generator of dicts, decoding."""

import numpy as np
from keras import backend as K
from keras.layers import (
    Input,
    Dense,
    Lambda,
    LSTM,
    Reshape,
    Conv2D,
    MaxPooling2D,
    Bidirectional,
    add,
    concatenate,
    Activation,
    GRU,
)
from keras.models import Model
from keras.optimizers import SGD


def ctc_lambda_func(args):
    y_pred, labels, input_length, label_length = args
    y_pred = y_pred[:, 2:, :]
    return K.ctc_batch_cost(labels, y_pred, input_length, label_length)


inp = Input(name="the_input", shape=(16, 8, 1), dtype="float32")
h = Conv2D(4, (3, 3), padding="same", activation="relu")(inp)
h = MaxPooling2D((1, 2))(h)
h = Reshape(target_shape=(16, 16))(h)
g1 = GRU(8, return_sequences=True, kernel_initializer="he_normal")(h)
g1b = GRU(8, return_sequences=True, go_backwards=True)(h)
g = add([g1, g1b])
h = Dense(6)(g)
y_pred = Activation("softmax", name="softmax")(h)
labels = Input(name="the_labels", shape=[4], dtype="float32")
il = Input(name="input_length", shape=[1], dtype="int64")
ll = Input(name="label_length", shape=[1], dtype="int64")
loss_out = Lambda(ctc_lambda_func, output_shape=(1,), name="ctc")([y_pred, labels, il, ll])
model = Model(inputs=[inp, labels, il, ll], outputs=loss_out)
model.compile(
    loss={"ctc": lambda y_true, y_pred: y_pred},
    optimizer=SGD(lr=0.02, decay=1e-6, momentum=0.9, nesterov=True, clipnorm=5),
)
n = 12


def gen():
    while 1:
        yield (
            {
                "the_input": np.random.rand(n, 16, 8, 1),
                "the_labels": np.random.randint(0, 5, (n, 4)),
                "input_length": np.full((n, 1), 14),
                "label_length": np.full((n, 1), 4),
            },
            {"ctc": np.zeros([n])},
        )


h = model.fit_generator(generator=gen(), steps_per_epoch=2, epochs=2, verbose=0)
print(h.history)
test_func = K.function([inp], [y_pred])
out = test_func([np.random.rand(2, 16, 8, 1)])[0]
d = K.get_value(K.ctc_decode(out, input_length=np.ones(out.shape[0]) * out.shape[1], greedy=True)[0][0])
print(d.shape)
assert h.history["loss"][-1] < h.history["loss"][0] + 1
