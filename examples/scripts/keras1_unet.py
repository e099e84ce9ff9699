"""U-Net as Keras 1 kernels had it: merge(mode='concat'), dice loss, channels first ordering set by the backend."""

import numpy as np
from keras.models import Model
from keras.layers import Input, merge, Convolution2D, MaxPooling2D, UpSampling2D
from keras.optimizers import Adam
from keras.callbacks import ModelCheckpoint, LearningRateScheduler
from keras import backend as K

K.set_image_dim_ordering("th")
img_rows, img_cols = 16, 24
smooth = 1.0


def dice_coef(y_true, y_pred):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2.0 * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)


def dice_coef_loss(y_true, y_pred):
    return -dice_coef(y_true, y_pred)


def get_unet():
    inputs = Input((1, img_rows, img_cols))
    conv1 = Convolution2D(8, 3, 3, activation="relu", border_mode="same")(inputs)
    conv1 = Convolution2D(8, 3, 3, activation="relu", border_mode="same")(conv1)
    pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)
    conv2 = Convolution2D(16, 3, 3, activation="relu", border_mode="same")(pool1)
    pool2 = MaxPooling2D(pool_size=(2, 2))(conv2)
    conv5 = Convolution2D(32, 3, 3, activation="relu", border_mode="same")(pool2)
    up6 = merge([UpSampling2D(size=(2, 2))(conv5), conv2], mode="concat", concat_axis=1)
    conv6 = Convolution2D(16, 3, 3, activation="relu", border_mode="same")(up6)
    up7 = merge([UpSampling2D(size=(2, 2))(conv6), conv1], mode="concat", concat_axis=1)
    conv7 = Convolution2D(8, 3, 3, activation="relu", border_mode="same")(up7)
    conv10 = Convolution2D(1, 1, 1, activation="sigmoid")(conv7)
    model = Model(input=inputs, output=conv10)
    model.compile(optimizer=Adam(lr=5e-3), loss=dice_coef_loss, metrics=[dice_coef])
    return model


np.random.seed(0)
imgs = np.random.rand(24, 1, img_rows, img_cols).astype("float32") * 0.3
masks = np.zeros_like(imgs)
for i in range(24):
    r, c = np.random.randint(0, 8), np.random.randint(0, 14)
    masks[i, 0, r : r + 7, c : c + 8] = 1
imgs += masks * 0.6
mean, std = np.mean(imgs), np.std(imgs)
imgs -= mean
imgs /= std
model = get_unet()
assert model.output_shape == (None, 1, 16, 24)
model_checkpoint = ModelCheckpoint("unet.hdf5", monitor="loss", save_best_only=True)
history = model.fit(imgs, masks, batch_size=4, nb_epoch=8, verbose=0, shuffle=True, callbacks=[model_checkpoint])
model.load_weights("unet.hdf5")
print("dice %.2f" % history.history["dice_coef"][-1])
assert history.history["dice_coef"][-1] > 0.7
assert abs(history.history["dice_coef"][-1] + history.history["loss"][-1]) < 1e-5
pred = model.predict(imgs, verbose=0)
np.save("imgs_mask_test.npy", pred)
assert pred.shape == imgs.shape
