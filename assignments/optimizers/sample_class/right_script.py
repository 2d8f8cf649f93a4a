# %%
import numpy as np

# %%
class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for key in params:
            for index in np.ndindex(params[key].shape):
                params[key][index] -= self.lr * grads[key][index]

# %%
def Momentum(lr=0.01, momentum=0.9):
    v = {}

    class Holder:
        def update(self, params, grads):
            for key in params.keys():
                v[key] = momentum * v.get(key, 0.0) - lr * grads[key]
                params[key] = params[key] + v[key]

    return Holder()

# %%
class Nesterov:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.v = None

    def update(self, params, grads):
        if self.v is None:
            self.v = {}
            for key, val in params.items():
                self.v[key] = np.zeros_like(val)
        for key in params.keys():
            v_prev = self.v[key].copy()
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += -self.momentum * v_prev + (1 + self.momentum) * self.v[key]

# %%
class AdaGrad:
    def __init__(self, lr=0.01):
        self.lr = lr
        self.h = {}

    def update(self, params, grads):
        for key in params:
            if self.h.get(key) is None:
                self.h[key] = np.zeros_like(params[key])
            self.h[key] = self.h[key] + np.square(grads[key])
            params[key] -= self.lr * grads[key] / np.sqrt(self.h[key] + 1e-6)

# %%
class RMSprop:
    def __init__(self, lr=0.01, decay_rate=0.99):
        self.lr = lr
        self.decay_rate = decay_rate
        self.h = None

    def update(self, params, grads):
        if not self.h:
            self.h = {}
            for key in params.keys():
                self.h[key] = np.zeros_like(params[key])
        for key in params.keys():
            self.h[key] += (1 - self.decay_rate) * (grads[key] * grads[key] - self.h[key])
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-6)

# %%
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr, self.beta1, self.beta2 = lr, beta1, beta2
        self.m, self.v = {}, {}
        self.p1 = self.p2 = 1.0  # beta1 ** t and beta2 ** t

    def update(self, params, grads):
        self.p1 *= self.beta1
        self.p2 *= self.beta2
        for key in params:
            if key not in self.m:
                self.m[key] = np.zeros_like(params[key])
                self.v[key] = np.zeros_like(params[key])
            self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * grads[key]
            self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * grads[key] ** 2
            m_hat = self.m[key] / (1 - self.p1)
            v_hat = self.v[key] / (1 - self.p2)
            params[key][...] = params[key] - self.lr * m_hat / np.sqrt(v_hat + 1e-8)

# %%
if __name__ == "__main__":
    p = {"w": np.array([1.0, -2.0])}
    opt = Adam(0.1)
    for _ in range(5):
        opt.update(p, {"w": 2 * p["w"]})
        print(p["w"])
