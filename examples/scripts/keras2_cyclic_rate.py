"""A cyclical learning rate as a callback that sets optimizer.lr."""

import numpy as np
from keras.callbacks import *
from keras import backend as K


class CyclicLR(Callback):
    def __init__(
        self,
        base_lr=0.001,
        max_lr=0.006,
        step_size=2.0,
        mode="triangular",
        gamma=1.0,
        scale_fn=None,
        scale_mode="cycle",
    ):
        super(CyclicLR, self).__init__()
        self.base_lr, self.max_lr, self.step_size, self.mode, self.gamma = base_lr, max_lr, step_size, mode, gamma
        if scale_fn == None:
            if self.mode == "triangular":
                self.scale_fn = lambda x: 1.0
                self.scale_mode = "cycle"
        self.clr_iterations = 0.0
        self.trn_iterations = 0.0
        self.history = {}
        self._reset()

    def _reset(self, new_base_lr=None, new_max_lr=None, new_step_size=None):
        self.clr_iterations = 0.0

    def clr(self):
        cycle = np.floor(1 + self.clr_iterations / (2 * self.step_size))
        x = np.abs(self.clr_iterations / self.step_size - 2 * cycle + 1)
        return self.base_lr + (self.max_lr - self.base_lr) * np.maximum(0, (1 - x)) * self.scale_fn(cycle)

    def on_train_begin(self, logs={}):
        logs = logs or {}
        if self.clr_iterations == 0:
            K.set_value(self.model.optimizer.lr, self.base_lr)
        else:
            K.set_value(self.model.optimizer.lr, self.clr())

    def on_batch_end(self, epoch, logs=None):
        logs = logs or {}
        self.trn_iterations += 1
        self.clr_iterations += 1
        self.history.setdefault("lr", []).append(K.get_value(self.model.optimizer.lr))
        self.history.setdefault("iterations", []).append(self.trn_iterations)
        for k, v in logs.items():
            self.history.setdefault(k, []).append(v)
        K.set_value(self.model.optimizer.lr, self.clr())


from keras.models import Sequential
from keras.layers import Dense

m = Sequential([Dense(1, input_dim=3)])
m.compile("sgd", "mse", metrics=["mae"])
c = CyclicLR()
m.fit(np.ones((16, 3)), np.ones((16, 1)), batch_size=4, epochs=2, callbacks=[c], verbose=0)
assert len(c.history["lr"]) == 8 and "loss" in c.history, c.history
assert abs(c.history["lr"][1] - 0.0035) < 1e-6
print("rates", c.history["lr"][:3])
