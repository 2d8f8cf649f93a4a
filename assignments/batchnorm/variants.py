"""Correct layers written otherwise; every one must get full marks.

They differ in how the statistics are computed, where ε stands, what is remembered, which
form the gradient has, and in everything that nobody asked about.
"""

from grader.model import Variant

_IMPORTS = "import numpy as np"

_STEPS = """
class BatchNormalization:
    # The gradient step by step through the graph; running statistics of shape (D,).
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.gamma = gamma
        self.beta = beta
        self.momentum = momentum
        self.running_mean = running_mean
        self.running_var = running_var
        self.batch_size = None
        self.xc = None
        self.std = None
        self.dgamma = None
        self.dbeta = None

    def forward(self, x, train_flg=True):
        if self.running_mean is None:
            D = x.shape[1]
            self.running_mean = np.zeros(D)
            self.running_var = np.zeros(D)
        if train_flg:
            mu = x.mean(axis=0)
            xc = x - mu
            var = np.mean(xc**2, axis=0)
            std = np.sqrt(var + 10e-7)
            xn = xc / std
            self.batch_size = x.shape[0]
            self.xc = xc
            self.xn = xn
            self.std = std
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        else:
            xc = x - self.running_mean
            xn = xc / np.sqrt(self.running_var + 10e-7)
        return self.gamma * xn + self.beta

    def backward(self, dout):
        dbeta = dout.sum(axis=0)
        dgamma = np.sum(self.xn * dout, axis=0)
        dxn = self.gamma * dout
        dxc = dxn / self.std
        dstd = -np.sum((dxn * self.xc) / (self.std * self.std), axis=0)
        dvar = 0.5 * dstd / self.std
        dxc += (2.0 / self.batch_size) * self.xc * dvar
        dmu = np.sum(dxc, axis=0)
        dx = dxc - dmu / self.batch_size
        self.dgamma = dgamma
        self.dbeta = dbeta
        return dx
"""

_COMPACT = """
class BatchNormalization:
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.g, self.b, self.m = gamma, beta, momentum
        zeros = np.zeros_like(gamma)
        self.running_mean = zeros if running_mean is None else np.array(running_mean)
        self.running_var = zeros.copy() if running_var is None else np.array(running_var)

    def forward(self, x, training=True):
        if not training:
            return self.g * (x - self.running_mean) / np.sqrt(self.running_var + 1e-8) + self.b
        mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        self.inv = 1 / np.sqrt(var + 1e-8)
        self.xhat = (x - mean) * self.inv
        self.running_mean = self.m * self.running_mean + (1 - self.m) * mean
        self.running_var = self.m * self.running_var + (1 - self.m) * var
        return self.g * self.xhat + self.b

    def backward(self, dout):
        n = len(dout)
        self.dgamma = (dout * self.xhat).sum(0)
        self.dbeta = dout.sum(0)
        return self.g * self.inv / n * (n * dout - self.dbeta - self.xhat * self.dgamma)
"""

_KEEPDIMS = """
class BatchNormalization:
    # Everything of shape (1, D), the running statistics too; moved in place, on copies.
    eps = 1e-5

    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        d = len(gamma)
        self.gamma = gamma.reshape(1, d)
        self.beta = beta.reshape(1, d)
        self.momentum = momentum
        self.running_mean = np.zeros((1, d))
        self.running_var = np.zeros((1, d))
        if running_mean is not None:
            self.running_mean += running_mean
        if running_var is not None:
            self.running_var += running_var

    def forward(self, x, is_train=True):
        if is_train:
            mu = np.sum(x, axis=0, keepdims=True) / x.shape[0]
            var = np.sum((x - mu) ** 2, axis=0, keepdims=True) / x.shape[0]
            self.running_mean *= self.momentum
            self.running_mean += (1 - self.momentum) * mu
            self.running_var *= self.momentum
            self.running_var += (1 - self.momentum) * var
            self.cache = (x - mu, var + self.eps)
        else:
            mu, var = self.running_mean, self.running_var
        return self.gamma * (x - mu) / np.sqrt(var + self.eps) + self.beta

    def backward(self, dout):
        xc, v = self.cache
        n = xc.shape[0]
        self.dbeta = np.sum(dout, axis=0)
        self.dgamma = np.sum(dout * xc / np.sqrt(v), axis=0)
        dxn = dout * self.gamma
        dvar = np.sum(dxn * xc * -0.5 * v**-1.5, axis=0, keepdims=True)
        dmu = np.sum(-dxn / np.sqrt(v), axis=0, keepdims=True)
        dmu = dmu + dvar * np.mean(-2 * xc, axis=0, keepdims=True)
        return dxn / np.sqrt(v) + dvar * 2 * xc / n + dmu / n
"""

_OUTSIDE = """
class BatchNormalization:
    # ε is added to the root; the gradient goes through the root itself.
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.gamma, self.beta, self.momentum = gamma, beta, momentum
        self.running_mean = 0 * gamma if running_mean is None else running_mean
        self.running_var = 0 * gamma if running_var is None else running_var

    def forward(self, x, train=True):
        if train:
            self.mean, self.sigma = x.mean(0), x.std(0)
            self.x = x.copy()
            keep, new = self.momentum, 1 - self.momentum
            self.running_mean = keep * self.running_mean + new * self.mean
            self.running_var = keep * self.running_var + new * self.sigma**2
            return (x - self.mean) / (self.sigma + 1e-5) * self.gamma + self.beta
        return (x - self.running_mean) / (self.running_var**0.5 + 1e-5) * self.gamma + self.beta

    def backward(self, dout):
        centred = self.x - self.mean
        size = self.sigma + 1e-5
        self.dgamma = np.sum(dout * centred / size, axis=0)
        self.dbeta = np.sum(dout, axis=0)
        g = dout * self.gamma
        dsize = -np.sum(g * centred, axis=0) / size**2
        n = self.x.shape[0]
        safe = np.where(self.sigma == 0, 1.0, self.sigma)
        return (g - g.mean(0)) / size + dsize * centred / (n * safe)
"""

_LOOPS = """
class BatchNormalization:
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.gamma = [float(v) for v in gamma]
        self.beta = [float(v) for v in beta]
        self.momentum = momentum
        start = [0.0] * len(self.gamma)
        self.running_mean = np.array(start if running_mean is None else running_mean)
        self.running_var = np.array(start if running_var is None else running_var)

    def forward(self, x, train_flag=True):
        rows, columns = x.shape
        out = np.zeros((rows, columns))
        if train_flag:
            self.xn = np.zeros((rows, columns))
            self.root = []
            for j in range(columns):
                mean = sum(x[i, j] for i in range(rows)) / rows
                var = sum((x[i, j] - mean) ** 2 for i in range(rows)) / rows
                root = (var + 1e-7) ** 0.5
                self.root.append(root)
                for i in range(rows):
                    self.xn[i, j] = (x[i, j] - mean) / root
                    out[i, j] = self.gamma[j] * self.xn[i, j] + self.beta[j]
                for old, new in ((self.running_mean, mean), (self.running_var, var)):
                    old[j] = self.momentum * old[j] + (1 - self.momentum) * new
            return out
        for j in range(columns):
            root = (self.running_var[j] + 1e-7) ** 0.5
            out[:, j] = self.gamma[j] * (x[:, j] - self.running_mean[j]) / root + self.beta[j]
        return out

    def backward(self, dout):
        rows, columns = dout.shape
        dx = np.zeros((rows, columns))
        self.dgamma, self.dbeta = np.zeros(columns), np.zeros(columns)
        for j in range(columns):
            for i in range(rows):
                self.dgamma[j] += dout[i, j] * self.xn[i, j]
                self.dbeta[j] += dout[i, j]
            for i in range(rows):
                inner = rows * dout[i, j] - self.dbeta[j] - self.xn[i, j] * self.dgamma[j]
                dx[i, j] = self.gamma[j] / self.root[j] / rows * inner
        return dx
"""

_EINSUM = """
def mean0(a):
    return np.einsum("nd->d", a) / a.shape[0]


class BatchNormalization:
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.__dict__.update(gamma=gamma, beta=beta, momentum=momentum)
        self.running_mean, self.running_var = running_mean, running_var

    def _move(self, old, new):
        return (1 - self.momentum) * new + self.momentum * (0 if old is None else old)

    def forward(self, x, flag=True):
        if flag:
            mu = mean0(x)
            var = np.einsum("nd,nd->d", x - mu, x - mu) / x.shape[0]
            self.running_mean = self._move(self.running_mean, mu)
            self.running_var = self._move(self.running_var, var)
            self.scale = (var + 1e-6) ** -0.5
            self.normal = np.einsum("nd,d->nd", x - mu, self.scale)
            return np.einsum("nd,d->nd", self.normal, self.gamma) + self.beta
        mu, var = (0 if s is None else s for s in (self.running_mean, self.running_var))
        return self.gamma * (x - mu) * (var + 1e-6) ** -0.5 + self.beta

    def backward(self, dout):
        self.dgamma = np.einsum("nd,nd->d", dout, self.normal)
        self.dbeta = np.einsum("nd->d", dout)
        n = dout.shape[0]
        part = dout - self.dbeta / n - self.normal * self.dgamma / n
        return np.einsum("nd,d,d->nd", part, self.scale, self.gamma)
"""

_JACOBIAN = """
class BatchNormalization:
    # dx by the whole Jacobian of a column: (I - 1/N - n n^T / N) / std.
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.params = {"gamma": gamma, "beta": beta}
        self.momentum = momentum
        self.running_mean = np.zeros(gamma.shape) if running_mean is None else running_mean
        self.running_var = np.zeros(gamma.shape) if running_var is None else running_var

    def forward(self, x, train_flg=True):
        print("forward", x.shape, train_flg)
        if train_flg:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = self.running_mean * self.momentum + mean * (1 - self.momentum)
            self.running_var = self.running_var * self.momentum + var * (1 - self.momentum)
            self.std = np.sqrt(var + 1e-7)
            self.normal = normal = (x - mean) / self.std
        else:
            normal = (x - self.running_mean) / np.sqrt(self.running_var + 1e-7)
        return normal * self.params["gamma"] + self.params["beta"]

    def backward(self, dout):
        n, d = dout.shape
        dx = np.empty((n, d))
        for j in range(d):
            h = self.normal[:, j]
            jacobian = (np.eye(n) - 1 / n - np.outer(h, h) / n) / self.std[j]
            dx[:, j] = jacobian @ dout[:, j] * self.params["gamma"][j]
        self.dgamma = np.diag(dout.T @ self.normal).copy()
        self.dbeta = np.ones(n) @ dout
        return dx
"""

_SINGLE = """
class BatchNormalization:
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.gamma = gamma.astype(np.float32)
        self.beta = beta.astype(np.float32)
        self.momentum = momentum
        self.running_mean = 0 if running_mean is None else running_mean.astype(np.float32)
        self.running_var = 0 if running_var is None else running_var.astype(np.float32)

    def forward(self, x, train_flg=True):
        x = x.astype(np.float32)
        if not train_flg:
            root = np.sqrt(self.running_var + 1e-7)
            return self.gamma * ((x - self.running_mean) / root) + self.beta
        mean = x.mean(0)
        self.xc = x - mean
        var = (self.xc**2).mean(0)
        self.root = np.sqrt(var + 1e-7)
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        return self.gamma * self.xc / self.root + self.beta

    def backward(self, dout):
        dout = dout.astype(np.float32)
        xn = self.xc / self.root
        self.dgamma, self.dbeta = (dout * xn).sum(0), dout.sum(0)
        dxn = dout * self.gamma
        return (dxn - dxn.mean(0) - xn * (dxn * xn).mean(0)) / self.root
"""

_FUNCTIONS = """
def normalize(x, mean, var, eps=1e-7):
    return (x - mean) / np.sqrt(var + eps)


def moving(old, new, keep):
    return keep * old + (1.0 - keep) * new


class BatchNormalization(object):
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.gamma, self.beta, self.momentum = np.array(gamma), np.array(beta), momentum
        self.running_mean, self.running_var = running_mean, running_var
        self.last = None
"""

_ATTACHED = """
def _forward(self, x, train_flg=True):
    if self.running_mean is None:
        self.running_mean = np.zeros(x.shape[1])
        self.running_var = np.zeros(x.shape[1])
    if not train_flg:
        return self.gamma * normalize(x, self.running_mean, self.running_var) + self.beta
    x = np.array(x)
    self.last = x
    self.running_mean = moving(self.running_mean, x.mean(0), self.momentum)
    self.running_var = moving(self.running_var, x.var(0), self.momentum)
    return self.gamma * normalize(x, x.mean(0), x.var(0)) + self.beta


BatchNormalization.forward = _forward
"""

_ATTACHED_BACKWARD = """
def _backward(self, dout):
    x = self.last
    mean, var = x.mean(0), x.var(0)
    n = x.shape[0]
    xn = normalize(x, mean, var)
    self.dgamma = np.sum(xn * dout, 0)
    self.dbeta = np.sum(dout, 0)
    dxn = self.gamma * dout
    dvar = np.sum(dxn * (x - mean), 0) * -0.5 / (var + 1e-7) / np.sqrt(var + 1e-7)
    dmean = -np.sum(dxn, 0) / np.sqrt(var + 1e-7) - 2 * dvar * np.mean(x - mean, 0)
    return dxn / np.sqrt(var + 1e-7) + dvar * 2 * (x - mean) / n + dmean / n


BatchNormalization.backward = _backward
"""

_LISTS = """
class BatchNormalization(BatchNormalization):
    # What comes back are nested lists.
    def forward(self, x, train_flg=True):
        return super().forward(x, train_flg).tolist()

    def backward(self, dout):
        return super().backward(dout).tolist()
"""

_DEMO = """
momentum, gamma = 0.123, "a notebook variable"
demo = BatchNormalization(np.ones(3), np.zeros(3))
for _ in range(5):
    print(demo.forward(np.random.randn(6, 3), True).std(axis=0))
print(demo.backward(np.ones((6, 3))))
"""


def _variant(name: str, description: str, *cells: str) -> Variant:
    return Variant(
        name=name,
        description=description,
        cells=(_IMPORTS, *(cell.strip("\n") for cell in cells)),
    )


VARIANTS: tuple[Variant, ...] = (
    _variant("steps", "Backward step by step through the graph; ε = 1e-6", _STEPS),
    _variant("compact", "The closed form of dx; ε = 1e-8; given arrays copied", _COMPACT),
    _variant("keepdims", "Statistics of shape (1, D); all terms of dmean; ε = 1e-5", _KEEPDIMS),
    _variant("outside", "ε = 1e-5 outside the root; keeps a copy of x", _OUTSIDE),
    _variant("loops", "Loops over rows and columns", _LOOPS),
    _variant("einsum", "Sums by einsum; running statistics None at first", _EINSUM),
    _variant("jacobian", "dx by each column's Jacobian; prints", _JACOBIAN),
    _variant("single", "float32 inside, and in what comes back", _SINGLE),
    _variant(
        "attached",
        "Methods in cells of their own; statistics computed again in backward",
        *(_FUNCTIONS, _ATTACHED, _ATTACHED_BACKWARD),
    ),
    _variant("lists", "Nested lists come back", _STEPS, _LISTS),
    _variant(
        "redefined",
        "A wrong first try, and a demo",
        "class BatchNormalization:\n    pass",
        _STEPS,
        _DEMO,
    ),
    _variant(
        "duplicated", "Cells pasted twice, in another order", _COMPACT, _DEMO, _OUTSIDE, _COMPACT
    ),
)

# Changes of the solution that are right, too.
EQUIVALENT = {
    "BatchNormalization.forward: 1e-07 -> 2e-07": "any small ε will do",
    "BatchNormalization.forward: 1e-07 -> 2e-07 (2)": "any small ε will do",
}
