"""lamina.ops: the vocabulary, with the names of keras.ops."""
