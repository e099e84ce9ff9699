"""lamina.preprocessing.text: texts as lists of numbers."""

from lamina.preprocessing.tokenizer import Tokenizer, tokenizer_from_json
from lamina.preprocessing.words import hashing_trick, one_hot, text_to_word_sequence
from lamina.registry import names_only

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"]

__getattr__ = names_only("lamina.preprocessing.text", __all__)
