# %%
import numpy as np
import matplotlib.pyplot as plt

# %%
class DeepNarrowLNN:
  def __init__(self, init_ws):
    self.n = init_ws.size
    self.W = init_ws.reshape(1, -1).copy()

  def forward(self, x):
    y = np.prod(self.W) * x
    return y

  def loss(self, y_t, y_p):
    assert y_p.shape == y_t.shape
    mse = ((y_t - y_p)**2 / 2).mean()
    return mse

  def dloss_dw(self, x, y_t, y_p):
    E = y_t - y_p  # i.e., y_t - x * np.prod(self.W)
    Ex = np.multiply(x, E).mean()
    Wp = np.array([np.prod(np.delete(self.W, k)) for k in range(self.n)]).reshape(1, -1)
    dW = - Ex * Wp
    return dW

  def train(self, x, y_t, eta, n_epochs):
    loss_records = np.empty(n_epochs)
    loss_records[:] = np.nan
    for i in range(n_epochs):
      y_p = self.forward(x)
      loss_records[i] = self.loss(y_t, y_p).mean()
      dloss_dw = self.dloss_dw(x, y_t, y_p)
      if np.isnan(dloss_dw).any() or np.isinf(dloss_dw).any():
        return loss_records
      self.W -= eta * dloss_dw
    return loss_records

# %%
def best_learning_rate(depth):
  # tried out with the slider
  lrs = {10: 0.1, 20: 0.08, 30: 0.05, 40: 0.04, 50: 0.03, 60: 0.025}
  return lrs[depth]

# %%
x = np.linspace(0, 1, 100)
for n in range(10, 61, 10):
  records = DeepNarrowLNN(np.full((1, n), 0.9)).train(x, 2*x, best_learning_rate(n), 600)
  print(n, np.argmax(records < 0.01))
