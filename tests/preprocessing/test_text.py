"""Words and their numbers, against Keras' own functions, which it keeps from Keras 1."""

from __future__ import annotations

import json

import numpy as np
import pytest
from keras.src.legacy.preprocessing import text as judge

from lamina.errors import ArgumentError, StateError
from lamina.preprocessing import text

TEXTS = [
    "The cat, the dog - and THE mouse!\nA cat's tail.", "dog dog dog", "", "  \t ",
    "Ünïcode élan é", "a_b c;d e", "one two two three three three",
]  # fmt: skip
OTHERS = ["the unknown mouse", "two dogs", "tail TAIL", "a a a"]
CUTS = [
    {}, {"lower": False}, {"filters": ""}, {"filters": "aeiou"}, {"split": "t"}, {"split": "the"},
]  # fmt: skip


@pytest.mark.parametrize("given", CUTS)
@pytest.mark.parametrize("line", TEXTS)
def test_texts_are_cut_and_hashed_as_by_keras(line, given):
    assert text.text_to_word_sequence(line, **given) == judge.text_to_word_sequence(line, **given)
    for function in (None, "md5", len):
        expected = judge.hashing_trick(line, 17, hash_function=function, **given)
        assert text.hashing_trick(line, 17, hash_function=function, **given) == expected
    assert text.one_hot(line, 9, **given) == judge.one_hot(line, 9, **given)
    assert text.one_hot(line, 9, analyzer=list) == judge.one_hot(line, 9, analyzer=list)


TOKENIZERS = [
    {}, {"num_words": 5}, {"num_words": 4, "oov_token": "<OOV>"}, {"oov_token": "the"},
    {"char_level": True}, {"char_level": True, "lower": False, "oov_token": "?", "num_words": 6},
    {"analyzer": lambda t: t.split("e")}, {"filters": "", "split": "o", "lower": False},
    {"document_count": 3},
]  # fmt: skip
MODES = ("binary", "count", "freq", "tfidf")
LISTS = [["Two", "words"], ["the"], []]


def both(given, texts):
    pair = text.Tokenizer(**given), judge.Tokenizer(**given)
    for tokenizer in pair:
        tokenizer.fit_on_texts(texts)
    return pair


@pytest.mark.parametrize("given", TOKENIZERS)
def test_a_tokenizer_is_keras(given):
    ours, theirs = both(given, TEXTS)
    for name in ("word_counts", "word_docs", "word_index", "index_word", "index_docs"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert list(ours.word_index) == list(theirs.word_index)
    for texts in (TEXTS, OTHERS, LISTS):
        sequences = ours.texts_to_sequences(texts)
        assert sequences == theirs.texts_to_sequences(texts)
        assert ours.sequences_to_texts(sequences) == theirs.sequences_to_texts(sequences)
        for mode in MODES:
            # The same formula in float64.
            np.testing.assert_allclose(
                ours.texts_to_matrix(texts, mode), theirs.texts_to_matrix(texts, mode), rtol=1e-14
            )
    unknown = [[1, 2, 99], [0, 3]]
    assert ours.sequences_to_texts(unknown) == theirs.sequences_to_texts(unknown)
    ours.fit_on_texts(OTHERS)
    theirs.fit_on_texts(OTHERS)
    assert ours.word_index == theirs.word_index


def test_sequences_alone_can_be_counted():
    ours, theirs = text.Tokenizer(num_words=9), judge.Tokenizer(num_words=9)
    rows = [[1, 2, 2, 8], [3], [2, 11]]
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_sequences(rows)
    for mode in MODES:
        np.testing.assert_allclose(
            ours.sequences_to_matrix(rows, mode), theirs.sequences_to_matrix(rows, mode), rtol=1e-14
        )


@pytest.mark.parametrize("given", [g for g in TOKENIZERS if "analyzer" not in g])
def test_json_goes_both_ways_between_keras_and_lamina(given):
    ours, theirs = both(given, TEXTS)
    told, expected = json.loads(ours.to_json()), json.loads(theirs.to_json(indent=2))
    for config in (told["config"], expected["config"]):
        for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index"):
            config[name] = json.loads(config[name])
    assert told == expected
    for made in (text.tokenizer_from_json(theirs.to_json()),
                 judge.tokenizer_from_json(ours.to_json())):  # fmt: skip
        assert made.texts_to_sequences(OTHERS) == theirs.texts_to_sequences(OTHERS)
        np.testing.assert_allclose(
            made.texts_to_matrix(OTHERS, "tfidf"), theirs.texts_to_matrix(OTHERS, "tfidf"),
            rtol=1e-14,
        )  # fmt: skip
    # Keras' own cannot learn on after this.
    text.tokenizer_from_json(theirs.to_json()).fit_on_texts(OTHERS)


def fitted():
    tokenizer = text.Tokenizer()
    tokenizer.fit_on_texts(["a b"])
    return tokenizer


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [(lambda: text.Tokenizer().texts_to_matrix(["a"]), StateError, "how many words there are"),
     (lambda: text.Tokenizer(3).texts_to_matrix(["a"], "tfidf"), StateError, "how rare"),
     (lambda: fitted().texts_to_matrix(["a"], "sum"), ArgumentError, "binary, count, freq, tfidf"),
     (lambda: text.hashing_trick("a", 1), ArgumentError, "room for one word"),
     (lambda: text.hashing_trick("a", 5, "sha"), ArgumentError, "'md5'"),
     (lambda: text.tokenizer_from_json("[]"), ArgumentError, "what Tokenizer.to_json wrote"),
     (lambda: text.tokenizer_from_json("{"), ArgumentError, "what Tokenizer.to_json wrote")],
)  # fmt: skip
def test_errors_say_what_is_missing(call, error, match):
    with pytest.raises(error, match=match) as caught:
        call()
    assert isinstance(caught.value, ValueError)
