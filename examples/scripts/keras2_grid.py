"""KerasClassifier and KerasRegressor in cross_val_score, GridSearchCV and a Pipeline."""

import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor
from keras.constraints import maxnorm
from sklearn.model_selection import GridSearchCV, cross_val_score, StratifiedKFold, KFold
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.pipeline import Pipeline
from keras.utils import np_utils

seed = 7
np.random.seed(seed)
X = np.random.randn(60, 4)
Y = np.array(["a", "b", "c"])[X[:, :3].argmax(1)]
encoder = LabelEncoder()
encoder.fit(Y)
encoded_Y = encoder.transform(Y)
dummy_y = np_utils.to_categorical(encoded_Y)


def baseline_model(optimizer="adam", init="glorot_uniform", neurons=8):
    model = Sequential()
    model.add(Dense(neurons, input_dim=4, kernel_initializer=init, activation="relu", kernel_constraint=maxnorm(4)))
    model.add(Dropout(0.1))
    model.add(Dense(3, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


estimator = KerasClassifier(build_fn=baseline_model, epochs=5, batch_size=5, verbose=0)
kfold = KFold(n_splits=3, shuffle=True, random_state=seed)
results = cross_val_score(estimator, X, dummy_y, cv=kfold)
print("Baseline: %.2f%% (%.2f%%)" % (results.mean() * 100, results.std() * 100))


def bm(optimizer="adam", init="uniform"):
    m = Sequential([Dense(6, input_dim=4, kernel_initializer=init, activation="relu"), Dense(1, activation="sigmoid")])
    m.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return m


model = KerasClassifier(build_fn=bm, verbose=0)
grid = GridSearchCV(
    estimator=model,
    param_grid=dict(optimizer=["rmsprop", "adam"], epochs=[2], batch_size=[10], init=["normal"]),
    n_jobs=1,
    cv=2,
)
gr = grid.fit(X, (X[:, 0] > 0).astype(int))
print("Best: %f using %s" % (gr.best_score_, gr.best_params_))
for mean, stdev, param in zip(
    gr.cv_results_["mean_test_score"], gr.cv_results_["std_test_score"], gr.cv_results_["params"]
):
    print(mean, param)


def larger():
    m = Sequential()
    m.add(Dense(8, input_dim=4, init="normal", activation="relu"))
    m.add(Dense(1, init="normal"))
    m.compile(loss="mean_squared_error", optimizer="adam")
    return m


est = [("standardize", StandardScaler()), ("mlp", KerasRegressor(build_fn=larger, nb_epoch=5, batch_size=5, verbose=0))]
print(cross_val_score(Pipeline(est), X, X[:, 0], cv=KFold(n_splits=3)).mean())
