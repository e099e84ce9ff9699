'''Tokenizer, pad_sequences, one_hot; an embedding matrix that is set, not trained.'''
import numpy as np
from keras.preprocessing.text import Tokenizer, one_hot, text_to_word_sequence
from keras.preprocessing.sequence import pad_sequences
from keras.models import Sequential, model_from_json
from keras.layers import Embedding, Flatten, Dense, Conv1D, GlobalMaxPooling1D, SpatialDropout1D

docs = ['Well done!', 'Good work', 'Great effort', 'nice work', 'Excellent!',
        'Weak', 'Poor effort!', 'not good', 'poor work', 'Could have done better.']
labels = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
t = Tokenizer(num_words=50)
t.fit_on_texts(docs)
vocab_size = len(t.word_index) + 1
padded = pad_sequences(t.texts_to_sequences(docs), maxlen=4, padding='post')
assert padded.shape == (10, 4) and t.word_index['work'] == 1
assert len(one_hot('a b c', 20)) == 3 and text_to_word_sequence('A b!') == ['a', 'b']

np.random.seed(1)
matrix = np.random.rand(vocab_size, 8)
model = Sequential()
model.add(Embedding(vocab_size, 8, weights=[matrix], input_length=4, trainable=False))
model.add(SpatialDropout1D(0.1))
model.add(Conv1D(filters=8, kernel_size=2, activation='relu'))
model.add(GlobalMaxPooling1D())
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['acc'])
model.fit(padded, labels, epochs=300, verbose=0)
loss, accuracy = model.evaluate(padded, labels, verbose=0)
print('Accuracy: %f' % (accuracy * 100))
assert accuracy >= 0.8
assert np.allclose(model.layers[0].get_weights()[0], matrix)
again = model_from_json(model.to_json())
again.set_weights(model.get_weights())
assert np.allclose(again.predict(padded), model.predict(padded))
