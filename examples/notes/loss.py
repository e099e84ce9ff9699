# 《深度学习》笔记，五.7 损失函数。
# 运行: lamina run examples/notes/loss.py
# 补充: 笔记的这一段没有写导入。
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import Adam
# 补充完
model = Sequential([
    Dense(16, input_shape=(1,), activation='relu'),
    Dense(32, activation='relu'),
    Dense(2, activation='sigmoid')
])
model.compile(
    Adam(learning_rate=.0001), 
    loss='sparse_categorical_crossentropy',  # 均方误差
    metrics=['accuracy']
)
