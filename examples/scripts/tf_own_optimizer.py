"""An optimizer of one's own by slots and _resource_apply_dense, beside SGD."""

import tensorflow as tf, numpy as np


class SGDM(tf.keras.optimizers.Optimizer):
    def __init__(self, learning_rate=0.01, momentum=0.9, name="SGDM", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("momentum", momentum)

    def _create_slots(self, var_list):
        for var in var_list:
            self.add_slot(var, "momentum")

    @tf.function
    def _resource_apply_dense(self, grad, var):
        var_dtype = var.dtype.base_dtype
        lr_t = self._decayed_lr(var_dtype)
        m = self.get_slot(var, "momentum")
        mom = self._get_hyper("momentum", var_dtype)
        m_t = m.assign(mom * m - lr_t * grad)
        return var.assign_add(m_t)

    def _resource_apply_sparse(self, grad, var):
        raise NotImplementedError

    def get_config(self):
        base_config = super().get_config()
        return {
            **base_config,
            "learning_rate": self._serialize_hyperparameter("learning_rate"),
            "momentum": self._serialize_hyperparameter("momentum"),
        }


x = np.random.RandomState(0).randn(32, 3).astype("float32")
y = 2 * x.sum(1) + 1


def mk(o):
    m = tf.keras.Sequential([tf.keras.layers.Dense(1, input_dim=3, kernel_initializer="ones")])
    m.compile(o, "mse")
    return m


ha = mk(SGDM(0.05)).fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"]
hb = (
    mk(tf.keras.optimizers.SGD(0.05, momentum=0.9))
    .fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0)
    .history["loss"]
)
print(ha, hb)
np.testing.assert_allclose(ha, hb, rtol=1e-4)
