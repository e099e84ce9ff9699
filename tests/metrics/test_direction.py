"""Which way is better, against Keras' own word for every metric."""

from __future__ import annotations

import inspect

import keras
import pytest

from lamina import metrics

ARGUMENTS = {
    "IoU": {"num_classes": 2, "target_class_ids": [0]},
    "MeanIoU": {"num_classes": 2},
    "MeanMetricWrapper": {"fn": None},
    "OneHotIoU": {"num_classes": 2, "target_class_ids": [0]},
    "OneHotMeanIoU": {"num_classes": 2},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
CLASSES = [name for name in metrics.__all__ if inspect.isclass(getattr(metrics, name))]


@pytest.mark.parametrize("name", CLASSES)
def test_of_a_class(name):
    given = ARGUMENTS.get(name, {})
    theirs = getattr(getattr(keras.metrics, name)(**given), "_direction", None)
    assert getattr(metrics, name)(**given)._direction == theirs


@pytest.mark.parametrize("name", ["mean_squared_error", "poisson", "binary_accuracy"])
def test_of_a_function(name):
    ours = metrics.MeanMetricWrapper(getattr(metrics, name))
    theirs = keras.metrics.MeanMetricWrapper(getattr(keras.metrics, name))
    assert ours._direction == getattr(theirs, "_direction", None)
