"""Correct optimizers written otherwise: each piece is one way, each variant a notebook.

Every variant must get full marks.  Between them they change arrays in place or rebind
entries, put ε inside or outside the root or guard the division, make their state at the
first call or when a key is first seen, compute in float32, loop, inherit, and so on.
"""

from grader.model import Variant

_IMPORTS = "import numpy as np"

_SGD_REBIND = """
class SGD:
    def __init__(self, eta=0.01):
        self.eta = eta

    def update(self, theta, g):
        for name, value in theta.items():
            theta[name] = value - self.eta * g[name]
        return theta
"""

_SGD_OUT = """
class SGD:
    def __init__(self, lr=1e-2):
        self.lr = lr

    def update(self, params, grads):
        new = {}
        for k in sorted(params):
            new[k] = np.subtract(params[k], np.multiply(grads[k], self.lr))
        params.update(new)
        print("updated", len(new), "parameters")
"""

_SGD_LOOPS = """
class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for key in params:
            for index in np.ndindex(params[key].shape):
                params[key][index] -= self.lr * grads[key][index]
"""

_MOMENTUM_LAZY = """
class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum = lr, momentum
        self.velocity = {}

    def update(self, params, grads):
        for key in grads:
            v = self.velocity.setdefault(key, np.zeros_like(params[key]))
            v *= self.momentum
            v -= self.lr * grads[key]
            params[key] += v
"""

_MOMENTUM_DOWN = """
class Momentum:
    # The velocity points uphill here and is subtracted: the same numbers.
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.mu = momentum
        self.u = dict()

    def update(self, params, grads):
        for key in list(params):
            if key not in self.u:
                self.u[key] = grads[key] * 1.0
            else:
                self.u[key] = self.mu * self.u[key] + grads[key]
            params[key] = params[key] - self.lr * self.u[key]
"""

_MOMENTUM_CLOSURE = """
def Momentum(lr=0.01, momentum=0.9):
    v = {}

    class Holder:
        def update(self, params, grads):
            for key in params.keys():
                v[key] = momentum * v.get(key, 0.0) - lr * grads[key]
                params[key] = params[key] + v[key]

    return Holder()
"""

_NESTEROV_COPY = """
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
"""

_NESTEROV_LOOKAHEAD = """
class Nesterov:
    # v is updated first, so the step is written with the new v: mu * v_new - lr * g.
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.state = {}

    def update(self, params, grads):
        for key in params:
            g = grads[key]
            v = self.momentum * self.state.get(key, np.zeros(g.shape)) - self.lr * g
            self.state[key] = v
            params[key] = params[key] + self.momentum * v - self.lr * g
"""

_NESTEROV_TUPLES = """
class Nesterov:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.memory = []  # (key, velocity)

    def update(self, params, grads):
        old = dict(self.memory)
        self.memory = []
        for key, g in grads.items():
            v = old[key] if key in old else 0 * g
            params[key] = (
                params[key] + self.momentum**2 * v - (1 + self.momentum) * self.lr * g
            )
            self.memory.append((key, self.momentum * v - self.lr * g))
"""

_ADAGRAD_INSIDE = """
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
"""

_ADAGRAD_GUARD = """
class AdaGrad:
    def __init__(self, lr=0.01):
        self.lr = lr
        self.squares = {}

    def update(self, params, grads):
        for key, g in grads.items():
            self.squares[key] = self.squares.get(key, 0) + g * g
            root = np.sqrt(self.squares[key])
            step = np.divide(g, root, out=np.zeros_like(g), where=root > 0)
            params[key] = params[key] - self.lr * step
"""

_ADAGRAD_SINGLE = """
class AdaGrad:
    def __init__(self, lr=0.01):
        self.lr = lr
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {k: np.zeros(p.shape, dtype=np.float32) for k, p in params.items()}
        for k in params:
            g = grads[k].astype(np.float32)
            self.h[k] += g * g
            params[k] = params[k].astype(np.float32) - self.lr * g / (np.sqrt(self.h[k]) + 1e-8)
"""

_RMSPROP_LERP = """
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
"""

_RMSPROP_MAXIMUM = """
class RMSprop:
    def __init__(self, lr=0.01, rho=0.99):
        self.lr, self.rho = lr, rho
        self.mean_square = {}

    def update(self, params, grads):
        for key, g in grads.items():
            h = self.rho * self.mean_square.get(key, 0.0) + (1.0 - self.rho) * g**2
            self.mean_square[key] = h
            params[key] = params[key] - self.lr * g / np.maximum(np.sqrt(h), 1e-7)
"""

_RMSPROP_INSIDE = """
class RMSprop:
    eps = 1e-8

    def __init__(self, lr=0.01, decay_rate=0.99):
        self.lr = lr
        self.decay_rate = decay_rate
        self.h = {}

    def _average(self, key, g):
        old = self.h[key] if key in self.h else np.zeros_like(g)
        weights = [self.decay_rate, 1 - self.decay_rate]
        self.h[key] = np.average([old, g**2], axis=0, weights=weights)
        return self.h[key]

    def update(self, params, grads):
        for key in params:
            h = self._average(key, grads[key])
            params[key] -= self.lr * grads[key] * (h + self.eps) ** -0.5
"""

_ADAM_RATE = """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.iter = 0
        self.m = None
        self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = {}, {}
            for key, val in params.items():
                self.m[key] = np.zeros_like(val)
                self.v[key] = np.zeros_like(val)
        self.iter += 1
        lr_t = self.lr * np.sqrt(1.0 - self.beta2**self.iter) / (1.0 - self.beta1**self.iter)
        for key in params.keys():
            self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
            self.v[key] += (1 - self.beta2) * (grads[key] ** 2 - self.v[key])
            params[key] -= lr_t * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)
"""

_ADAM_RATE_INSIDE = """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-6):
        self.lr, self.b1, self.b2, self.eps = lr, beta1, beta2, eps
        self.t = 1
        self.moments = {}

    def update(self, params, grads):
        lr_t = self.lr * (1 - self.b2**self.t) ** 0.5 / (1 - self.b1**self.t)
        for key, g in grads.items():
            m, v = self.moments.get(key, (np.zeros_like(g), np.zeros_like(g)))
            m = self.b1 * m + (1 - self.b1) * g
            v = self.b2 * v + (1 - self.b2) * g * g
            self.moments[key] = (m, v)
            params[key] = params[key] - lr_t * m / np.sqrt(v + self.eps)
        self.t += 1
"""

_ADAM_PRODUCTS = """
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
"""

_ADAM_SINGLE = """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr, self.beta1, self.beta2, self.t = lr, beta1, beta2, 0
        self.m, self.v = {}, {}

    def update(self, params, grads):
        self.t = self.t + 1
        for key in grads:
            g = np.asarray(grads[key], dtype=np.float32)
            self.m[key] = self.beta1 * self.m.get(key, np.float32(0)) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, np.float32(0)) + (1 - self.beta2) * g**2
            m = self.m[key] / (1 - self.beta1**self.t)
            v = self.v[key] / (1 - self.beta2**self.t)
            params[key] = (params[key] - self.lr * m / (np.sqrt(v) + 1e-8)).astype(np.float32)
"""

_FAMILY = """
from dataclasses import dataclass, field


class Optimizer:
    def step(self, key, g):
        raise NotImplementedError

    def update(self, params, grads):
        self.count = getattr(self, "count", 0) + 1
        for key in params:
            params[key] = params[key] + self.step(key, grads[key])


@dataclass
class SGD(Optimizer):
    lr: float = 0.01

    def step(self, key, g):
        return -self.lr * g


@dataclass
class Momentum(Optimizer):
    lr: float = 0.01
    momentum: float = 0.9
    v: dict = field(default_factory=dict)

    def step(self, key, g):
        self.v[key] = self.momentum * self.v.get(key, 0) - self.lr * g
        return self.v[key]


class Nesterov(Momentum):
    def step(self, key, g):
        return self.momentum * super().step(key, g) - self.lr * g


@dataclass
class AdaGrad(Optimizer):
    lr: float = 0.01
    h: dict = field(default_factory=dict)

    def gather(self, key, g):
        self.h[key] = self.h.get(key, 0) + g**2

    def step(self, key, g):
        self.gather(key, g)
        return -self.lr * g / (np.sqrt(self.h[key]) + 1e-7)


class RMSprop(AdaGrad):
    def __init__(self, lr=0.01, decay_rate=0.99):
        super().__init__(lr)
        self.decay_rate = decay_rate

    def gather(self, key, g):
        self.h[key] = self.decay_rate * self.h.get(key, 0) + (1 - self.decay_rate) * g**2
"""

_FAMILY_ADAM = """
class Adam(Optimizer):
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr = lr
        self.betas = (beta1, beta2)
        self.averages = {}

    def step(self, key, g):
        pair = self.averages.setdefault(key, [0.0, 0.0])
        for i, target in enumerate((g, g * g)):
            pair[i] = self.betas[i] * pair[i] + (1 - self.betas[i]) * target
        m, v = (a / (1 - b**self.count) for a, b in zip(pair, self.betas))
        return -self.lr * m / (np.sqrt(v) + 1e-8)
"""

_STALE_ADAM = """
class Adam:
    # First try, replaced further down.
    def __init__(self, lr=0.1):
        self.lr = lr

    def update(self, params, grads):
        pass
"""

_DEMO = """
learning_rate = 0.5
trial = {"w": np.array([1.0, 2.0])}
for opt in (SGD(), Momentum(), Nesterov(), AdaGrad(), RMSprop(), Adam()):
    for _ in range(3):
        opt.update(trial, {"w": 2 * trial["w"]})
    print(type(opt).__name__, trial["w"])
"""


def _variant(name: str, description: str, *cells: str) -> Variant:
    return Variant(
        name=name,
        description=description,
        cells=(_IMPORTS, *(cell.strip("\n") for cell in cells)),
    )


VARIANTS: tuple[Variant, ...] = (
    _variant(
        "rebinding",
        "New arrays under the old keys; Adam with the corrected rate",
        *(_SGD_REBIND, _MOMENTUM_DOWN, _NESTEROV_LOOKAHEAD),
        *(_ADAGRAD_GUARD, _RMSPROP_MAXIMUM, _ADAM_RATE),
    ),
    _variant(
        "in_place",
        "Arrays changed in place; state made at the first call",
        *(_SGD_LOOPS, _MOMENTUM_LAZY, _NESTEROV_COPY),
        *(_ADAGRAD_INSIDE, _RMSPROP_LERP, _ADAM_RATE),
    ),
    _variant(
        "root_of_sum",
        "ε inside the root everywhere, as large as is accepted",
        *(_SGD_OUT, _MOMENTUM_LAZY, _NESTEROV_COPY),
        *(_ADAGRAD_INSIDE, _RMSPROP_INSIDE, _ADAM_RATE_INSIDE),
    ),
    _variant(
        "small_epsilon",
        "ε = 1e-8 or a guarded division; products in place of powers in Adam",
        *(_SGD_LOOPS, _MOMENTUM_DOWN, _NESTEROV_TUPLES),
        *(_ADAGRAD_GUARD, _RMSPROP_INSIDE, _ADAM_PRODUCTS),
    ),
    _variant(
        "single_precision",
        "float32 inside, and in what comes back",
        *(_SGD_REBIND, _MOMENTUM_CLOSURE, _NESTEROV_TUPLES),
        *(_ADAGRAD_SINGLE, _RMSPROP_LERP, _ADAM_SINGLE),
    ),
    _variant("family", "A base class, dataclasses and inheritance", _FAMILY, _FAMILY_ADAM),
    _variant(
        "functions",
        "A function that returns an object, in place of a class",
        *(_SGD_OUT, _MOMENTUM_CLOSURE, _NESTEROV_LOOKAHEAD),
        *(_ADAGRAD_SINGLE, _RMSPROP_MAXIMUM, _ADAM_PRODUCTS),
    ),
    _variant(
        "redefined",
        "A first try of Adam stands above the right one",
        *(_STALE_ADAM, _SGD_REBIND, _MOMENTUM_LAZY, _NESTEROV_TUPLES),
        *(_ADAGRAD_INSIDE, _RMSPROP_MAXIMUM, _ADAM_RATE),
    ),
    _variant(
        "duplicated",
        "Cells pasted twice, and a demo that uses the classes",
        *(_SGD_LOOPS, _SGD_LOOPS, _MOMENTUM_DOWN, _NESTEROV_COPY, _MOMENTUM_DOWN),
        *(_ADAGRAD_GUARD, _RMSPROP_LERP, _ADAM_RATE_INSIDE, _DEMO),
    ),
    _variant(
        "spread",
        "All in one cell, in another order, the import repeated",
        "\n".join((_ADAM_SINGLE, _RMSPROP_INSIDE, _ADAGRAD_SINGLE, "import numpy as np")),
        "\n".join((_NESTEROV_LOOKAHEAD, _MOMENTUM_CLOSURE, _SGD_OUT)),
    ),
    _variant(
        "attached",
        "Methods defined in later cells and attached to the classes",
        *(_SGD_REBIND, _MOMENTUM_LAZY, _NESTEROV_COPY, _ADAGRAD_GUARD, _RMSPROP_LERP),
        "class Adam:\n    pass",
        "def _init(self, lr=0.001, beta1=0.9, beta2=0.999):\n"
        "    self.hyper = (lr, beta1, beta2)\n    self.t, self.state = 0, {}\n\n"
        "Adam.__init__ = _init",
        "def _update(self, params, grads):\n"
        "    lr, b1, b2 = self.hyper\n    self.t += 1\n"
        "    for k, g in grads.items():\n"
        "        m, v = self.state.get(k, (0.0, 0.0))\n"
        "        self.state[k] = m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g\n"
        "        m, v = m / (1 - b1**self.t), v / (1 - b2**self.t)\n"
        "        params[k] -= lr * m / (v**0.5 + 1e-7)\n\n"
        "Adam.update = _update",
    ),
    _variant(
        "noisy",
        "A demo with prints, and a notebook variable named as an argument",
        *(_SGD_OUT, _MOMENTUM_CLOSURE, _NESTEROV_COPY),
        *(_ADAGRAD_INSIDE, _RMSPROP_INSIDE, _ADAM_PRODUCTS, "lr = momentum = 123.0", _DEMO),
    ),
)

# Changes of the solution that are right, too.
EQUIVALENT = {
    "AdaGrad.update: 1e-07 -> 2e-07": "any ε from 1e-8 to 1e-6 will do",
    "RMSprop.update: 1e-07 -> 2e-07": "any ε from 1e-8 to 1e-6 will do",
    "Adam.update: 1e-07 -> 2e-07": "any ε from 1e-8 to 1e-6 will do",
    "Adam.__init__: self.v = None -> (nothing)": "v is made together with m",
}
