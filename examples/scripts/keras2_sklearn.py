'''KerasClassifier in a grid search.'''
import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasClassifier

np.random.seed(7)
X, Y = load_iris(return_X_y=True)
order = np.random.permutation(150)
X, Y = X[order], Y[order]


def create_model(optimizer='rmsprop', init='glorot_uniform'):
    model = Sequential()
    model.add(Dense(12, input_dim=4, kernel_initializer=init, activation='relu'))
    model.add(Dense(3, kernel_initializer=init, activation='softmax'))
    model.compile(loss='sparse_categorical_crossentropy', optimizer=optimizer, metrics=['accuracy'])
    return model


model = KerasClassifier(build_fn=create_model, verbose=0)
grid = GridSearchCV(estimator=model, param_grid=dict(optimizer=['adam', 'sgd'], epochs=[10], batch_size=[5]), cv=3)
grid_result = grid.fit(X, Y)
print("Best: %f using %s" % (grid_result.best_score_, grid_result.best_params_))
assert grid_result.best_score_ > 0.6
