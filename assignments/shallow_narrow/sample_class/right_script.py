# %% [markdown]
# # A shallow, narrow linear network
# Written in an editor, cell by cell.

# %%
import numpy as np
import matplotlib.pyplot as plt

%matplotlib inline


# %%
def loss(y_prediction, y_true):
    return np.mean(np.square(y_true - y_prediction))


# %%
class ShallowNarrowExercise:
    def __init__(self, init_weights):
        self.w1, self.w2 = init_weights

    def forward(self, x):
        return self.w2 * (self.w1 * x)

    def dloss_dw(self, x, y_true):
        minus_error = y_true - self.forward(x)
        common = -2 * np.mean(minus_error * x)
        return common * self.w2, common * self.w1

    def train(self, x, y_true, lr, n_ep):
        losses, weights = np.empty(n_ep), np.empty((n_ep, 2))
        for epoch in range(n_ep):
            losses[epoch] = loss(self.forward(x), y_true)
            slopes = self.dloss_dw(x, y_true)
            self.w1, self.w2 = (w - lr * s for w, s in zip((self.w1, self.w2), slopes))
            weights[epoch] = self.w1, self.w2
        return losses, weights


# %%
if __name__ == "__main__":
    x = np.linspace(0, 1, 30)
    model = ShallowNarrowExercise((1.4, -1.6))
    losses, _ = model.train(x, 2 * x, 0.05, 300)
    plt.plot(losses)
    plt.show()
    print(model.w1 * model.w2)
