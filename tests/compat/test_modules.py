"""Old import paths: what they give, what is refused, what an error says."""

from __future__ import annotations

import importlib
import subprocess
import sys
import types

import numpy as np
import pytest

import lamina
from lamina import compat
from lamina.errors import ArgumentError, MissingNameError, StateError, UnsupportedImportError
from lamina.random import draw_seed

IMPORTS = [
    ("import keras; found = keras.layers.Dense", "Dense"),
    ("import keras.layers; found = keras.layers.Dense", "Dense"),
    ("import keras.layers.core; found = keras.layers.core.Dense", "Dense"),
    ("from keras.layers import Dense as found", "Dense"),
    ("from keras.layers.core import Dense as found", "Dense"),
    ("from keras.engine.topology import Layer as found", "Layer"),
    ("from keras.engine.training import Model as found", "Model"),
    ("from keras.models import Sequential as found", "Sequential"),
    ("from keras.optimizers import adam as found", "Adam"),
    ("from keras.optimizers.legacy import Adam as found", "Adam"),
    ("from keras.metrics import categorical_crossentropy as found", "categorical_crossentropy"),
    ("from keras.objectives import categorical_crossentropy as found", "categorical_crossentropy"),
    ("from tensorflow import keras; found = keras.models.Sequential", "Sequential"),
    ("import tensorflow as tf; found = tf.keras.layers.Dense", "Dense"),
    ("import tensorflow.keras as keras; found = keras.layers.Dense", "Dense"),
    ("from tensorflow.python.keras.models import Sequential as found", "Sequential"),
    ("from tf_keras.optimizers import Adam as found", "Adam"),
]


@pytest.mark.parametrize(("text", "name"), IMPORTS)
def test_an_import_gives_laminas_own_object(text, name, fakes):
    compat.install()
    names = {}
    exec(text, names)
    assert names["found"] is getattr(fakes, name)


def test_all_names_of_a_module(clean_process):
    compat.install()
    names = {}
    exec("from tensorflow.keras.layers import *", names)
    assert names["Dense"] is lamina.layers.Dense


def test_a_function_with_older_spellings_is_the_same_but_for_them(fakes):
    compat.install()
    from keras.utils.np_utils import normalize

    assert normalize(3) == fakes.normalize(3)
    with pytest.warns(UserWarning, match="a="):
        assert normalize(a=3, axis=4) == (3, 4)


MISSING = [
    ("import keras.aplications", "keras", "has no 'aplications'", "did you mean applications"),
    ("import keras.zzz", "keras", "has no 'zzz'", "dir(keras) lists"),
    ("import keras.layers.cores", "keras.layers", "has no 'cores'", "did you mean core"),
    ("from keras.layers import Danse", "keras.layers", "has no 'Danse'", "did you mean Dense"),
    ("import tensorflow.nnn", "tensorflow", "has no 'nnn'", "did you mean nn"),
    ("import tensorflow.lite", "tensorflow", "has no 'lite'", "model.save"),
    ("from tensorflow import Tensr", "tensorflow", "has no 'Tensr'", "did you mean Tensor"),
    ("from tensorflow.train import Saver", "tensorflow.train", "has no 'Saver'", "save_weights"),
    ("import tensorflow_hub", "tensorflow_hub", "runs on TensorFlow", "keras.applications"),
]


@pytest.mark.parametrize(("text", "where", "what", "mend"), MISSING)
def test_what_is_missing_is_named_at_import(text, where, what, mend, fakes):
    compat.install()
    with pytest.raises(UnsupportedImportError) as caught:
        exec(text, {})
    assert isinstance(caught.value, ImportError)
    assert caught.value.where == where
    assert what in caught.value.what
    assert mend in caught.value.mend


def test_settings_stand_under_their_path_alone(clean_process):
    compat.install()
    import keras

    assert keras.config.floatx() == "float32"
    assert {"epsilon", "set_floatx", "dtype_policy"} <= set(dir(keras.config))
    assert not {"Config", "num_threads"} & set(dir(keras.config))
    assert not hasattr(keras.config, "SWITCHES")


def test_dir_lists_no_module_that_is_not_there(clean_process):
    compat.install()
    import keras

    for name in dir(keras):
        assert hasattr(keras, name), name
    assert {"breast_cancer", "iris"}.isdisjoint(dir(keras.datasets)), "Keras has no such data"


def test_a_seed_of_tensorflow_leaves_numpys_stream_alone(clean_process):
    compat.install()
    import tensorflow as tf

    np.random.seed(5)
    expected = np.random.rand(3)
    np.random.seed(5)
    tf.random.set_seed(1)
    first = draw_seed()
    assert np.random.rand(3).tolist() == expected.tolist()
    tf.random.set_seed(1)
    assert draw_seed() == first


def test_what_is_missing_is_named_as_an_attribute(fakes):
    compat.install()
    import keras

    with pytest.raises(MissingNameError) as caught:
        keras.layers.Densse()
    assert str(caught.value) == (
        "keras.layers has no 'Densse' in lamina\n"
        "  received: keras.layers.Densse\n"
        "  mend:     did you mean Dense?"
    )
    assert not hasattr(keras, "estimator")
    assert not hasattr(keras.layers, "__file__")
    assert getattr(keras, "nowhere", None) is None


def test_modules_are_real_ones(fakes):
    compat.install()
    import keras.layers.core

    for name in ("keras", "keras.layers", "keras.layers.core"):
        module = importlib.import_module(name)
        assert isinstance(module, types.ModuleType)
        assert sys.modules[name] is module
        assert module.__spec__.name == module.__name__ == name
    assert "Dense" in dir(keras.layers)
    assert {"layers", "models", "optimizers", "__version__"} <= set(dir(keras))


@pytest.mark.parametrize(
    ("generation", "keras", "tensorflow"),
    [(None, "3.15.0", "2.21.0"), (3, "3.15.0", "2.21.0"), (2, "2.15.0", "2.15.0"),
     (1, "1.2.2", "1.0.0")],
)  # fmt: skip
def test_versions(generation, keras, tensorflow, fakes):
    compat.install(keras=generation)
    import tensorflow as tf

    assert importlib.import_module("keras").__version__ == f"{keras}+lamina.{lamina.__version__}"
    assert tf.keras.__version__.startswith(f"{keras}+")
    assert tf.__version__.startswith(f"{tensorflow}+")


def test_old_paths_are_refused_where_keras_3_is_asked_for(fakes):
    compat.install(keras=3)
    import keras

    with pytest.raises(UnsupportedImportError, match="a path of Keras 1 and 2"):
        importlib.import_module("keras.layers.core")
    assert not hasattr(keras.layers, "core")
    assert not hasattr(keras.optimizers, "adam")


def test_install_refuses_where_the_real_one_is_imported(monkeypatch, clean_process):
    real = types.ModuleType("tensorflow")
    real.__version__, real.__file__ = "2.0", "/lib/tensorflow.py"
    monkeypatch.setitem(sys.modules, "tensorflow", real)
    with pytest.raises(StateError) as caught:
        lamina.install()
    assert str(caught.value) == (
        "lamina.install() comes too late: the real tensorflow is already imported\n"
        "  received: tensorflow 2.0 from /lib/tensorflow.py\n"
        "  mend:     call it before the first import of tensorflow, or use `lamina run`"
    )
    assert not compat.installed()


def test_install_knows_three_keras(clean_process):
    with pytest.raises(ArgumentError, match="keras=4"):
        compat.install(keras=4)


class Shell:
    """What IPython hands to an extension, as far as this one looks at it: nothing."""


def test_the_notebook_extension_installs_and_takes_back(fakes):
    lamina.load_ipython_extension(Shell())
    import keras

    assert keras.layers.Dense is fakes.Dense
    lamina.load_ipython_extension(Shell())  # %reload_ext calls both
    assert compat.installed()
    lamina.unload_ipython_extension(Shell())
    assert not compat.installed()
    assert "keras" not in sys.modules


def test_after_uninstall_the_real_one_is_found():
    """In a process of its own: the judges' keras is there, and imported anew."""
    text = (
        "import lamina, sys; from lamina import compat; lamina.install(); import keras.callbacks;"
        "a = keras.__version__; compat.uninstall(); import importlib.util as u;"
        "print('lamina' in a, 'lamina' in str(u.find_spec('keras').origin))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
