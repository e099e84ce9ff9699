"""lamina.preprocessing.sequence: lists of numbers as arrays."""

from lamina.preprocessing.padding import pad_sequences
from lamina.preprocessing.skipgrams import make_sampling_table, skipgrams
from lamina.preprocessing.timeseries import TimeseriesGenerator
from lamina.registry import names_only

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]

__getattr__ = names_only("lamina.preprocessing.sequence", __all__)
