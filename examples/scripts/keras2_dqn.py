'''Deep Q-learning on a walk of five places: predict and fit of single rows, deque memory.'''
import random
from collections import deque
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import Adam

random.seed(0)
np.random.seed(0)


class DQNAgent:
    def __init__(self, state_size, action_size):
        self.memory = deque(maxlen=200)
        self.gamma, self.epsilon = 0.9, 1.0
        self.action_size = action_size
        self.model = Sequential()
        self.model.add(Dense(16, input_dim=state_size, activation='relu'))
        self.model.add(Dense(action_size, activation='linear'))
        self.model.compile(loss='mse', optimizer=Adam(lr=0.02))

    def act(self, state):
        if np.random.rand() <= self.epsilon:
            return random.randrange(self.action_size)
        return np.argmax(self.model.predict(state, verbose=0)[0])

    def replay(self, batch_size):
        for state, action, reward, next_state, done in random.sample(self.memory, batch_size):
            target = reward
            if not done:
                target = reward + self.gamma * np.amax(self.model.predict(next_state, verbose=0)[0])
            target_f = self.model.predict(state, verbose=0)
            target_f[0][action] = target
            self.model.fit(state, target_f, epochs=1, verbose=0)
        self.epsilon = max(0.05, self.epsilon * 0.9)


agent = DQNAgent(5, 2)
for episode in range(30):
    place = 2
    for step in range(12):
        state = np.eye(5)[[place]]
        action = agent.act(state)
        place += 1 if action == 1 else -1
        done = place in (0, 4)
        reward = 1.0 if place == 4 else 0.0
        agent.memory.append((state, action, reward, np.eye(5)[[place]], done))
        if done:
            break
    if len(agent.memory) > 16:
        agent.replay(16)
values = agent.model.predict(np.eye(5), verbose=0)
print(np.round(values[1:4], 2))
assert values[3, 1] > values[3, 0]
