"""Neural style transfer: K.gradients, K.function, scipy's L-BFGS, an Evaluator class."""

import numpy as np
from keras import backend as K
from keras.applications import vgg19
from keras.models import Model
from keras.layers import Conv2D, MaxPooling2D, Input
import time

try:
    from scipy.optimize import fmin_l_bfgs_b
except ImportError:
    fmin_l_bfgs_b = None

img_nrows, img_ncols = 16, 16
np.random.seed(3)
base = np.random.rand(1, img_nrows, img_ncols, 3) * 255
style = np.random.rand(1, img_nrows, img_ncols, 3) * 255


def preprocess(img):
    return vgg19.preprocess_input(img.copy())


base_image = K.variable(preprocess(base))
style_reference_image = K.variable(preprocess(style))
if K.image_data_format() == "channels_first":
    combination_image = K.placeholder((1, 3, img_nrows, img_ncols))
else:
    combination_image = K.placeholder((1, img_nrows, img_ncols, 3))
input_tensor = K.concatenate([base_image, style_reference_image, combination_image], axis=0)

inp = Input(tensor=input_tensor)
h = Conv2D(4, 3, activation="relu", padding="same", name="block1_conv1")(inp)
h = MaxPooling2D()(h)
h = Conv2D(6, 3, activation="relu", padding="same", name="block2_conv1")(h)
model = Model(inp, h)
outputs_dict = dict([(layer.name, layer.output) for layer in model.layers])


def gram_matrix(x):
    assert K.ndim(x) == 3
    if K.image_data_format() == "channels_first":
        features = K.batch_flatten(x)
    else:
        features = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
    return K.dot(features, K.transpose(features))


def style_loss(style, combination):
    S, C = gram_matrix(style), gram_matrix(combination)
    size = img_nrows * img_ncols
    return K.sum(K.square(S - C)) / (4.0 * (3**2) * (size**2))


def content_loss(base, combination):
    return K.sum(K.square(combination - base))


def total_variation_loss(x):
    assert K.ndim(x) == 4
    a = K.square(x[:, : img_nrows - 1, : img_ncols - 1, :] - x[:, 1:, : img_ncols - 1, :])
    b = K.square(x[:, : img_nrows - 1, : img_ncols - 1, :] - x[:, : img_nrows - 1, 1:, :])
    return K.sum(K.pow(a + b, 1.25))


loss = K.variable(0.0)
layer_features = outputs_dict["block2_conv1"]
loss = loss + 0.025 * content_loss(layer_features[0, :, :, :], layer_features[2, :, :, :])
for layer_name in ["block1_conv1", "block2_conv1"]:
    f = outputs_dict[layer_name]
    loss = loss + (1.0 / 2) * style_loss(f[1, :, :, :], f[2, :, :, :])
loss = loss + 1e-5 * total_variation_loss(combination_image)
grads = K.gradients(loss, combination_image)
outputs = [loss]
if isinstance(grads, (list, tuple)):
    outputs += grads
else:
    outputs.append(grads)
f_outputs = K.function([combination_image], outputs)


def eval_loss_and_grads(x):
    x = x.reshape((1, img_nrows, img_ncols, 3))
    outs = f_outputs([x])
    return outs[0], outs[1].flatten().astype("float64")


class Evaluator(object):
    def __init__(self):
        self.loss_value = None
        self.grads_values = None

    def loss(self, x):
        assert self.loss_value is None
        loss_value, grad_values = eval_loss_and_grads(x)
        self.loss_value = loss_value
        self.grad_values = grad_values
        return self.loss_value

    def grads(self, x):
        assert self.loss_value is not None
        grad_values = np.copy(self.grad_values)
        self.loss_value = None
        self.grad_values = None
        return grad_values


evaluator = Evaluator()
x = preprocess(base)
first = evaluator.loss(x)
g = evaluator.grads(x)
assert g.shape == (img_nrows * img_ncols * 3,)
if fmin_l_bfgs_b is not None:
    for i in range(2):
        x, min_val, info = fmin_l_bfgs_b(evaluator.loss, x.flatten(), fprime=evaluator.grads, maxfun=10)
    print("loss %.1f -> %.1f" % (first, min_val))
    assert min_val < first
else:
    print("no scipy, loss %.1f" % first)
