"""An optimizer of one's own by get_updates, beside SGD."""

import numpy as np
from keras.optimizers import Optimizer
from keras.legacy import interfaces
from keras import backend as K
from keras.models import Sequential
from keras.layers import Dense


class MySGD(Optimizer):
    def __init__(self, lr=0.01, momentum=0.0, decay=0.0, nesterov=False, **kwargs):
        super(MySGD, self).__init__(**kwargs)
        with K.name_scope(self.__class__.__name__):
            self.iterations = K.variable(0, dtype="int64", name="iterations")
            self.lr = K.variable(lr, name="lr")
            self.momentum = K.variable(momentum, name="momentum")
            self.decay = K.variable(decay, name="decay")
        self.initial_decay = decay
        self.nesterov = nesterov

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        lr = self.lr
        if self.initial_decay > 0:
            lr *= 1.0 / (1.0 + self.decay * K.cast(self.iterations, K.dtype(self.decay)))
        shapes = [K.int_shape(p) for p in params]
        moments = [K.zeros(shape) for shape in shapes]
        self.weights = [self.iterations] + moments
        for p, g, m in zip(params, grads, moments):
            v = self.momentum * m - lr * g
            self.updates.append(K.update(m, v))
            if self.nesterov:
                new_p = p + self.momentum * v - lr * g
            else:
                new_p = p + v
            if getattr(p, "constraint", None) is not None:
                new_p = p.constraint(new_p)
            self.updates.append(K.update(p, new_p))
        return self.updates

    def get_config(self):
        config = {
            "lr": float(K.get_value(self.lr)),
            "momentum": float(K.get_value(self.momentum)),
            "decay": float(K.get_value(self.decay)),
            "nesterov": self.nesterov,
        }
        base_config = super(MySGD, self).get_config()
        return dict(list(base_config.items()) + list(config.items()))


np.random.seed(0)
x = np.random.randn(32, 3)
y = 2 * x.sum(1) + 1


def mk(opt):
    m = Sequential([Dense(1, input_dim=3, kernel_initializer="ones")])
    m.compile(opt, "mse")
    return m


a = mk(MySGD(lr=0.05, momentum=0.9))
from keras.optimizers import SGD

b = mk(SGD(lr=0.05, momentum=0.9))
ha = a.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"]
hb = b.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"]
print(ha, hb)
np.testing.assert_allclose(ha, hb, rtol=1e-4)
