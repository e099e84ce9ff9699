# 《深度学习》笔记，五. 训练神经网络：编译并训练。
# 运行: lamina run examples/notes/training.py
import keras
from keras.models import Sequential
from keras.layers import Activation
from keras.layers.core import Dense
from keras.optimizers import Adam
from keras.metrics import categorical_crossentropy

# 补充: 笔记没有给出数据。这里用它的课程问题：2100 名 13 到 100 岁的人和有无副作用，年龄缩放到 [0, 1]。
from lamina.datasets import clinical_trial
(scaled_train_samples, train_labels), _, _ = clinical_trial.load_data()
# 补充完

model = Sequential([
    Dense(units=16, input_shape=(1,), activation='relu'), # 一个输入， 16个神经元， RELU函数
    Dense(units=32, activation='relu'),
    Dense(units=2, activation='sigmoid')
])
"""
输入层：这个模型的输入层没有单独定义，因为输入层会根据后续添加的第一个 Dense 层自动创建。这里指定了输入数据的形状为 (1,)，意味着输入数据是一个包含 1 个特征的向量。

第一个隐藏层：这是一个具有 16 个神经元的全连接层，激活函数为 ReLU。输入特征的维度为 1。

第二个隐藏层：这是一个具有 32 个神经元的全连接层，激活函数为 ReLU。

输出层：这是一个具有 2 个神经元的全连接层，激活函数为 sigmoid。sigmoid 函数常用于二分类问题，它将神经网络的输出压缩到 (0, 1) 范围内，表示两个类别的概率。
"""
model.compile(
    optimizer=Adam(learning_rate=0.0001),  # 学习率
    loss='sparse_categorical_crossentropy', # 交叉熵损失函数
    metrics=['accuracy'] # 准确率
)
"""
优化器：你选择了 Adam 优化器，并设置了学习率为 0.0001。Adam 是一种常用的优化算法，它结合了动量方法和自适应学习率。

损失函数：你选择了稀疏分类交叉熵作为损失函数。这个损失函数通常用于多类别分类问题，特别是当标签是整数形式时，比如 0、1、2 等。

评估指标：你指定了模型在训练和验证过程中要计算的评估指标为准确率（accuracy）。准确率是分类问题中常用的评估指标，表示模型预测正确的样本比例。
"""
model.fit(
    x=scaled_train_samples, # 样本
    y=train_labels, # 标签
    batch_size=10, # 一次穿多少
    epochs=20,  # 传几次
    shuffle=True, # 清洗
    verbose=2 # 看两次日志
)
"""
训练数据 (x) 和标签 (y)：scaled_train_samples 是训练数据，train_labels 是对应的标签。模型将使用这些数据进行训练。

批大小 (batch_size)：你将训练数据分成了批次，每个批次包含了 10 个样本。批大小的选择影响了模型的训练速度和内存消耗。

训练周期数 (epochs)：你设置了训练周期为 20，也就是模型将遍历整个训练数据集 20 次，每次遍历称为一个训练周期。

洗牌 (shuffle)：你设置了数据是否在每个训练周期之前进行洗牌，这样可以增加数据的随机性，有助于模型学习更好的特征。

详细程度 (verbose)：你设置了输出的详细程度为 2，表示每个训练周期结束后输出一行日志，包括训练的进度条和评估指标。

通过这些参数，模型将使用 Adam 优化器来最小化稀疏分类交叉熵损失，对训练数据进行 20 个训练周期的训练，每次训练使用 10 个样本，并且在训练过程中将数据进行洗牌以增加随机性。
"""
