# 《深度学习》笔记，二. 人工神经网络：Keras Sequential Model。
# 运行: lamina run examples/notes/sequential.py
from keras.models import Sequential
from keras.layers import Dense, Activation
# 补充: 笔记在给 layers 赋值之前就用到了它，这里先给出同样的列表。
layers = [
    Dense(units=3, input_shape=(2,), activation='relu'),
    Dense(units=2, activation='softmax')
]
# 补充完
model = Sequential(layers)
layers = [
    Dense(units=3, input_shape=(2,), activation='relu'),
    Dense(units=2, activation='softmax')
]
