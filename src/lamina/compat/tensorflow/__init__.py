"""The parts of `tensorflow` that programs for Keras use beside `tensorflow.keras`.

`table` lists every path, the modules behind it, and what is refused; each family of functions
stands in a module of its own, mostly as a table of TensorFlow's names of lamina's ops. What holds
for all: `name=` changes nothing, and a number or array beside a tensor takes the tensor's dtype.
"""
