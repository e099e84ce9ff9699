# 《深度学习》笔记，四. 激活函数：写在层里，或者单独成为一层。
# 运行: lamina run examples/notes/activation.py
from keras.models import Sequential
from keras.layers import Dense, Activation
model = Sequential([
    Dense(units=5, input_shape=(3,), activation='relu')
])

# 第二种方法
model = Sequential()
model.add(Dense(units=5, input_shape=(3,)))
model.add(Activation('relu'))
