"""What holds for every test: the graph is verified after each pass, and Keras, a judge, runs on
JAX.
"""

from __future__ import annotations

import os

os.environ["LAMINA_VERIFY"] = "1"
os.environ["KERAS_BACKEND"] = "jax"
