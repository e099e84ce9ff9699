# 《深度学习》笔记，三. 层解释：输入层、两个隐藏层和输出层。
# 运行: lamina run examples/notes/layers.py
# 补充: 笔记的第一个列表写在导入之前，这里先导入 Dense。
from keras.layers import Dense
# 补充完
layers = [
    Dense(units=6, input_shape=(8,), activation='relu'),
    Dense(units=6, activation='relu'),
    Dense(units=4, activation='softmax')
]
from keras.models import Sequential
from keras.layers import Dense, Activation
# 均为连接层
layers = [
    Dense(units=6, input_shape=(8,), activation='relu'),
    Dense(units=6, activation='relu'),
    Dense(units=4, activation='softmax')
]

model = Sequential(layers)
