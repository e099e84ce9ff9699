"""Two inputs, add() merge, one-step text generation as the photo caption tutorials do."""

from numpy import array, argmax
import numpy as np
from pickle import dump, load
from keras.preprocessing.text import Tokenizer
from keras.preprocessing.sequence import pad_sequences
from keras.utils import to_categorical, plot_model
from keras.models import Model
from keras.layers import Input, Dense, LSTM, Embedding, Dropout
from keras.layers.merge import add
from keras.callbacks import ModelCheckpoint
from keras.models import load_model

np.random.seed(0)
descriptions = {
    "a": ["startseq dog runs endseq"],
    "b": ["startseq cat sleeps endseq"],
    "c": ["startseq bird sings endseq"],
}
photos = {k: np.random.rand(1, 24).astype("float32") for k in descriptions}


def create_tokenizer(descriptions):
    lines = sum(descriptions.values(), [])
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(lines)
    return tokenizer


def create_sequences(tokenizer, max_length, descriptions, photos):
    X1, X2, y = list(), list(), list()
    for key, desc_list in descriptions.items():
        for desc in desc_list:
            seq = tokenizer.texts_to_sequences([desc])[0]
            for i in range(1, len(seq)):
                in_seq, out_seq = seq[:i], seq[i]
                in_seq = pad_sequences([in_seq], maxlen=max_length)[0]
                out_seq = to_categorical([out_seq], num_classes=vocab_size)[0]
                X1.append(photos[key][0])
                X2.append(in_seq)
                y.append(out_seq)
    return array(X1), array(X2), array(y)


def define_model(vocab_size, max_length):
    inputs1 = Input(shape=(24,))
    fe1 = Dropout(0.1)(inputs1)
    fe2 = Dense(16, activation="relu")(fe1)
    inputs2 = Input(shape=(max_length,))
    se1 = Embedding(vocab_size, 16, mask_zero=True)(inputs2)
    se2 = Dropout(0.1)(se1)
    se3 = LSTM(16)(se2)
    decoder1 = add([fe2, se3])
    decoder2 = Dense(16, activation="relu")(decoder1)
    outputs = Dense(vocab_size, activation="softmax")(decoder2)
    model = Model(inputs=[inputs1, inputs2], outputs=outputs)
    model.compile(loss="categorical_crossentropy", optimizer="adam")
    model.summary()
    return model


def word_for_id(integer, tokenizer):
    for word, index in tokenizer.word_index.items():
        if index == integer:
            return word
    return None


def generate_desc(model, tokenizer, photo, max_length):
    in_text = "startseq"
    for i in range(max_length):
        sequence = tokenizer.texts_to_sequences([in_text])[0]
        sequence = pad_sequences([sequence], maxlen=max_length)
        yhat = model.predict([photo, sequence], verbose=0)
        yhat = argmax(yhat)
        word = word_for_id(yhat, tokenizer)
        if word is None:
            break
        in_text += " " + word
        if word == "endseq":
            break
    return in_text


def data_generator(descriptions, photos, tokenizer, max_length):
    while 1:
        for key, desc in descriptions.items():
            in_img, in_seq, out_word = create_sequences(tokenizer, max_length, {key: desc}, photos)
            yield [[in_img, in_seq], out_word]


tokenizer = create_tokenizer(descriptions)
dump(tokenizer, open("tokenizer.pkl", "wb"))
tokenizer = load(open("tokenizer.pkl", "rb"))
vocab_size = len(tokenizer.word_index) + 1
max_length = max(len(d.split()) for v in descriptions.values() for d in v)
X1, X2, y = create_sequences(tokenizer, max_length, descriptions, photos)
model = define_model(vocab_size, max_length)
filepath = "model-ep{epoch:03d}-loss{loss:.3f}-val_loss{val_loss:.3f}.h5"
checkpoint = ModelCheckpoint("best.h5", monitor="val_loss", verbose=0, save_best_only=True, mode="min")
model.fit([X1, X2], y, epochs=200, verbose=2 if False else 0, callbacks=[checkpoint], validation_data=([X1, X2], y))
for _ in range(3):
    model.fit_generator(
        data_generator(descriptions, photos, tokenizer, max_length), epochs=1, steps_per_epoch=3, verbose=0
    )
model = load_model("best.h5")
for key in descriptions:
    print(generate_desc(model, tokenizer, photos[key], max_length))
assert generate_desc(model, tokenizer, photos["a"], max_length) == "startseq dog runs endseq"
