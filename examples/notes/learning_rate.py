# 《深度学习》笔记，五.8 学习率和正则化。
# 运行: lamina run examples/notes/learning_rate.py
# 补充: 笔记的这一段没有写导入，regularizers 也没有定义。
from keras import regularizers
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import Adam
# 补充完
model = Sequential([
    Dense(units=16, input_shape=(1,), activation='relu'),
    Dense(units=32, activation='relu', kernel_regularizer=regularizers.l2(0.01)),# 正则化
    Dense(units=2, activation='sigmoid')
])

model.compile(
    optimizer=Adam(learning_rate=0.0001), # 设置学习率
    loss='sparse_categorical_crossentropy', 
    metrics=['accuracy']
)
