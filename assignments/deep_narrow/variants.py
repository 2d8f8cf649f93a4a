"""Correct solutions of deep_narrow, written otherwise: each must get full marks."""

from grader.model import Variant

_IMPORT = "import numpy as np\n"

# The text's own class, but for what it does to init_ws and for 1e-9.
_INIT = """
class DeepNarrowLNN:
    def __init__(self, init_ws):
        self.n = init_ws.size
        self.W = init_ws.reshape(1, -1).copy()
"""

_FORWARD = """
    def forward(self, x):
        y = np.prod(self.W) * x
        return y
"""

_LOSS = """
    def loss(self, y_t, y_p):
        assert y_p.shape == y_t.shape
        mse = ((y_t - y_p)**2 / 2).mean()
        return mse
"""

_GRADIENTS = """
    def dloss_dw(self, x, y_t, y_p):
        E = y_t - y_p
        Ex = np.multiply(x, E).mean()
        Wp = np.array([[np.prod(np.delete(self.W, i)) for i in range(self.n)]])
        return -Ex * Wp
"""

_TRAIN = """
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
"""

_MATRIX = """
    def dloss_dw(self, x, y_t, y_p):
        table = np.tile(self.W, (self.n, 1))
        np.fill_diagonal(table, 1.0)
        return -(x @ (y_t - y_p)) / len(x) * table.prod(axis=1)[None, :]
"""

_RATES = """
def best_learning_rate(depth):
    return {10: 0.095, 20: 0.08, 30: 0.05, 40: 0.04, 50: 0.03, 60: 0.025}[depth]
"""


def _cells(
    *, first: str = _INIT, body: str = _FORWARD + _LOSS + _GRADIENTS + _TRAIN, rates: str = _RATES
) -> tuple[str, ...]:
    return _IMPORT, first + body, rates


VARIANTS = (
    Variant(
        name="text",
        description="the text's own class, mended where the assignment asks for it; a table",
        cells=_cells(),
    ),
    Variant(
        name="loops",
        description="plain Python floats, and a guard against OverflowError",
        cells=(
            "import math\nimport numpy as np\n",
            """
class DeepNarrowLNN:
    def __init__(self, init_ws):
        self.W = [float(w) for w in np.ravel(init_ws)]

    def forward(self, x):
        out = []
        for value in x:
            for w in self.W:
                value = float(value) * w
            out.append(value)
        return np.array(out)

    def loss(self, t, p):
        total = 0.0
        for i in range(len(t)):
            d = float(t[i]) - float(p[i])
            total += d * d
        return total / (2 * len(t))

    def dloss_dw(self, x, t, p):
        slope = 0.0
        for a, b, c in zip(x, t, p):
            slope -= float(a) * (float(b) - float(c))
        slope /= len(x)
        result = []
        for i in range(len(self.W)):
            product = slope
            for j in range(len(self.W)):
                if j != i:
                    product *= self.W[j]
            result.append(product)
        return np.array(result)

    def train(self, x, t, rate, epochs):
        records = [math.nan] * epochs
        for epoch in range(epochs):
            try:
                p = self.forward(x)
                records[epoch] = self.loss(t, p)
                slopes = [float(s) for s in self.dloss_dw(x, t, p)]
            except OverflowError:
                break
            if not all(math.isfinite(s) for s in slopes):
                break
            self.W = [w - rate * s for w, s in zip(self.W, slopes)]
        return np.array(records)
""",
            "best_learning_rate = lambda n: 1.5 / n\n",
        ),
    ),
    Variant(
        name="products before and after",
        description="running products from both ends; the rate from a fitted power",
        cells=_cells(
            first="""
class DeepNarrowLNN:
    def __init__(self, weights):
        self.W = np.asarray(weights, dtype=np.float64).flatten()
""",
            body=_FORWARD
            + _LOSS
            + """
    def dloss_dw(self, x, y_t, y_p):
        before, after = np.ones_like(self.W), np.ones_like(self.W)
        before[1:] = np.cumprod(self.W[:-1])
        after[:-1] = np.cumprod(self.W[:0:-1])[::-1]
        return np.mean(x * (y_p - y_t)) * before * after
"""
            + _TRAIN,
            rates="""
def best_learning_rate(depth):
    slope, level = np.polyfit(np.log([10, 60]), np.log([0.14, 0.026]), 1)
    return np.exp(level + slope * np.log(depth))
""",
        ),
    ),
    Variant(
        name="matrix with ones",
        description="a matrix of all weights, ones on its diagonal; the step in place",
        cells=_cells(
            body=_FORWARD + _LOSS + _MATRIX + _TRAIN,
            rates="""
def best_learning_rate(depth):
    return np.interp(depth, [10, 20, 30, 40, 50, 60], [0.1, 0.075, 0.05, 0.035, 0.03, 0.025])
""",
        ),
    ),
    Variant(
        name="float32",
        description="single precision inside, in weights, samples and records",
        cells=_cells(
            first="""
class DeepNarrowLNN:
    def __init__(self, init_ws):
        self.W = init_ws.astype(np.float32).ravel()
        self.n = len(self.W)
""",
            body="""
    def forward(self, x):
        return np.prod(self.W) * x.astype(np.float32)

    def loss(self, y_t, y_p):
        return np.mean(np.square(np.float32(y_t) - np.float32(y_p))) / np.float32(2)

    def dloss_dw(self, x, y_t, y_p):
        x, e = x.astype(np.float32), np.float32(y_t) - np.float32(y_p)
        others = [np.prod(np.delete(self.W, i)) for i in range(self.n)]
        return -np.mean(x * e) * np.array(others, dtype=np.float32)

    def train(self, x, y_t, eta, n_epochs):
        records = np.full(n_epochs, np.nan, dtype=np.float32)
        for i in range(n_epochs):
            y_p = self.forward(x)
            records[i] = self.loss(y_t, y_p)
            g = self.dloss_dw(x, y_t, y_p)
            if not np.all(np.isfinite(g)):
                break
            self.W = self.W - np.float32(eta) * g
        return records
""",
            rates="def best_learning_rate(depth):\n    return np.float32(1.5 / depth)\n",
        ),
    ),
    Variant(
        name="longdouble",
        description="extended precision inside and in the results; a 0-d array as the rate",
        cells=_cells(
            first="""
class DeepNarrowLNN:
    def __init__(self, init_ws):
        self.W = init_ws.reshape(1, -1).astype(np.longdouble)
        self.n = self.W.shape[1]
""",
            body=_FORWARD
            + _LOSS
            + _GRADIENTS
            + _TRAIN.replace("np.empty(n_epochs)", "np.empty(n_epochs, np.longdouble)"),
            rates="def best_learning_rate(depth):\n    return np.array(1.5 / depth)\n",
        ),
    ),
    Variant(
        name="lists",
        description="lists wherever arrays are asked for; accepted with a warning",
        cells=_cells(
            first="""
class DeepNarrowLNN:
    def __init__(self, init_ws):
        self.W = init_ws.ravel().tolist()
""",
            body="""
    def forward(self, x):
        return [float(np.prod(self.W) * value) for value in x]

    def loss(self, y_t, y_p):
        return sum((t - p) * (t - p) for t, p in zip(y_t, y_p)) / (2 * len(y_t))

    def dloss_dw(self, x, y_t, y_p):
        xe = -sum(v * (t - p) for v, t, p in zip(x, y_t, y_p)) / len(x)
        return [float(xe * np.prod(self.W[:i] + self.W[i + 1 :])) for i in range(len(self.W))]

    def train(self, x, y_t, eta, n_epochs):
        records = []
        while len(records) < n_epochs:
            y_p = self.forward(x)
            records.append(float(self.loss(y_t, y_p)))
            grads = self.dloss_dw(x, y_t, y_p)
            if not np.isfinite(grads).all():
                records += [float("nan")] * (n_epochs - len(records))
                break
            self.W = [w - eta * g for w, g in zip(self.W, grads)]
        return records
""",
            rates="def best_learning_rate(depth):\n    return [1.5 / depth][0]\n",
        ),
    ),
    Variant(
        name="backpropagation",
        description="layer by layer forwards and backwards; a rate from three tries",
        cells=_cells(
            body="""
    def forward(self, x):
        self.a = [x]
        for w in self.W[0]:
            self.a.append(w * self.a[-1])
        return self.a[-1]
"""
            + _LOSS
            + """
    def dloss_dw(self, x, y_t, y_p):
        self.forward(x)
        delta = (y_p - y_t) / len(x)
        dW = np.zeros_like(self.W)
        for i in reversed(range(self.n)):
            dW[0, i] = np.sum(delta * self.a[i])
            delta = delta * self.W[0, i]
        return dW
"""
            + _TRAIN,
            rates="""
def best_learning_rate(depth):
    tried = np.array([1.7, 1.5, 1.3]) / depth
    return np.median(tried)
""",
        ),
    ),
    Variant(
        name="division where it can be",
        description="divides by what is not 0, and counts the zeros",
        cells=_cells(
            body=_FORWARD
            + _LOSS
            + """
    def dloss_dw(self, x, y_t, y_p):
        xe = np.mean(x * (y_t - y_p))
        zero = self.W == 0
        if zero.sum() == 0:
            return -xe * np.prod(self.W) / self.W
        dW = np.zeros_like(self.W)
        if zero.sum() == 1:
            dW[zero] = -xe * np.prod(self.W[~zero])
        return dW
"""
            + _TRAIN,
        ),
    ),
    Variant(
        name="complex step",
        description="gradients by the complex step, exact to rounding",
        cells=_cells(
            first=_INIT.replace(".reshape(1, -1)", ".ravel()"),
            body=_FORWARD
            + _LOSS
            + """
    def dloss_dw(self, x, y_t, y_p):
        xe = np.average(x * (y_p - y_t))
        result = np.empty(self.n)
        for i in range(self.n):
            W = self.W.astype(complex)
            W[i] += 1e-30j
            result[i] = np.prod(W).imag / 1e-30
        return xe * result
"""
            + _TRAIN,
            rates="""
def best_learning_rate(depth, target=2.0, start=0.9):
    rate, xx = 0.2, np.mean(np.linspace(0, 1, 100) ** 2)
    while True:
        rate *= 0.9
        w = start
        for _ in range(600):
            w += rate * xx * (target - w**depth) * w ** (depth - 1)
            if w > 1.2:
                break
        else:
            if xx * (target - w**depth) ** 2 < 1e-12:
                return 0.95 * rate
""",
        ),
    ),
    Variant(
        name="self-contained train",
        description="train computes everything itself and calls no other part",
        cells=(
            _IMPORT + "from functools import reduce\nfrom operator import mul\n",
            """
class DeepNarrowLNN:
    def __init__(self, init_ws):
        self.W = tuple(init_ws.ravel())

    def forward(self, x):
        return reduce(mul, self.W, x)

    def loss(self, y_t, y_p):
        return np.array(np.vdot(y_t - y_p, y_t - y_p) / (2 * y_t.size))

    def dloss_dw(self, x, y_t, y_p):
        common = np.mean(x * (y_p - y_t))
        w = list(self.W)
        return common * np.array([reduce(mul, w[:i] + w[i + 1 :]) for i in range(len(w))])

    def train(self, x, y_t, eta, n_epochs):
        w = np.array(self.W)
        a, b, c = np.mean(x * x), np.mean(x * y_t), np.mean(y_t * y_t)
        records = np.full(n_epochs, np.nan)
        for i in range(n_epochs):
            p = np.prod(w)
            records[i] = np.mean((y_t - p * x) ** 2) / 2
            g = (a * p - b) * np.array([np.prod(np.delete(w, k)) for k in range(len(w))])
            if not np.isfinite(g).all():
                break
            w = w - eta * g
        self.W = w
        return records
""",
            "rates = dict(zip(range(10, 61, 10), (0.1, 0.08, 0.05, 0.04, 0.03, 0.025)))\n"
            "best_learning_rate = rates.get\n",
        ),
    ),
    Variant(
        name="errors raised and caught",
        description="floating-point errors are raised inside, and caught where training ends",
        cells=_cells(
            body=_FORWARD
            + _LOSS
            + _GRADIENTS
            + """
    def epoch(self, x, y_t, eta):
        y_p = self.forward(x)
        yield self.loss(y_t, y_p)
        self.W = self.W - eta * self.dloss_dw(x, y_t, y_p)

    def train(self, x, y_t, eta, n_epochs):
        records = [np.nan] * n_epochs
        try:
            with np.errstate(over="raise", invalid="raise"):
                for i in range(n_epochs):
                    for records[i] in self.epoch(x, y_t, eta):
                        pass
        except FloatingPointError:
            pass
        return np.array(records)
""",
        ),
    ),
    Variant(
        name="inherited",
        description="a base class with history and prints; the weights behind a property",
        cells=(
            _IMPORT,
            """
class Net:
    def fit(self, x, y_t, eta, n_epochs):
        self.history = []
        bad = False
        for epoch in range(n_epochs):
            if bad:
                self.history.append(np.nan)
                continue
            y_p = self.forward(x)
            self.history.append(self.loss(y_t, y_p))
            g = self.dloss_dw(x, y_t, y_p)
            bad = not np.isfinite(g).all()
            if not bad:
                self._w = self._w - eta * g
            print(f"epoch {epoch}: {self.history[-1]:.4g}")
        return np.array(self.history)
""",
            """
class DeepNarrowLNN(Net):
    def __init__(self, init_ws):
        self._w = np.array(init_ws, ndmin=2)

    @property
    def W(self):
        return self._w

    def forward(self, x):
        return np.multiply.reduce(self._w, axis=None) * x

    def loss(self, y_t, y_p):
        return (0.5 * (y_p - y_t) ** 2).mean(keepdims=True)[0]

    def dloss_dw(self, x, y_t, y_p):
        w = self._w[0]
        others = np.array([np.prod(w, where=np.arange(w.size) != i) for i in range(w.size)])
        return -((y_t - y_p) * x).mean() * others[None]

    train = Net.fit
""",
            _RATES,
        ),
    ),
    Variant(
        name="spread over cells",
        description="methods attached later, a wrong first try; the last definition counts",
        cells=(
            _IMPORT,
            _INIT + _FORWARD + "\n\ndef best_learning_rate(depth):\n    return 0.01\n",
            "def half_mse(self, t, p):\n    return np.mean(np.square(t - p)) / 2\n\n"
            "DeepNarrowLNN.loss = half_mse\n",
            "def slopes(self, x, t, p):\n"
            "    w = self.W.ravel()\n"
            "    rolled = [np.prod(np.roll(w, -i)[1:]) for i in range(w.size)]\n"
            "    return (np.dot(x, p - t) / x.size * np.array(rolled)).reshape(self.W.shape)\n\n"
            "DeepNarrowLNN.dloss_dw = slopes\n",
            "def train(self, x, t, eta, n):\n"
            "    out = np.nan * np.ones(n)\n"
            "    for k in range(n):\n"
            "        p = self.forward(x)\n"
            "        g = self.dloss_dw(x, t, p)\n"
            "        if not np.isfinite(g).all():\n"
            "            return out  # the loss of this epoch may stay out\n"
            "        out[k] = self.loss(t, p)\n"
            "        self.W = self.W - eta * g\n"
            "    return out\n\n"
            "DeepNarrowLNN.train = train\n",
            _RATES,
        ),
    ),
    Variant(
        name="search with the net",
        description="trains the net itself, from large rates to small ones, until it stays",
        cells=_cells(
            body=_FORWARD + _LOSS + _MATRIX + _TRAIN,
            rates="""
def best_learning_rate(depth):
    x = np.linspace(0.0, 1.0, 100)
    for rate in (1.5 / depth, 1.0 / depth):
        losses = DeepNarrowLNN(np.full((1, depth), 0.9)).train(x, 2 * x, rate, 600)
        if np.all(losses[-50:] < 0.01):
            return rate
    return 0.01
""",
        ),
    ),
)

_SLIDER = "another rate, or the same one, that is fast enough"
EQUIVALENT = {
    "DeepNarrowLNN.__init__: 1 -> 2 (2)": "NumPy takes any negative number for the rest",
    "best_learning_rate: np.errstate(all='ignore') -> np.errstate()": "warnings only",
    "best_learning_rate: 0.005 -> 0.01": _SLIDER,
    "best_learning_rate: 1 -> 2": _SLIDER,
    "best_learning_rate: 22 -> 23": _SLIDER,
    "best_learning_rate: 600 -> 601": _SLIDER,
    "best_learning_rate: 100 -> 101": _SLIDER,
    "best_learning_rate: xx * errors ** 2 / 2 -> xx * errors ** 2 * 2": _SLIDER,
    "best_learning_rate: 2 -> 3 (3)": _SLIDER,
    "best_learning_rate: errors ** 2 -> errors * 2": _SLIDER,
    "best_learning_rate: depth - 1 -> depth + 1": _SLIDER,
    "best_learning_rate: 1 -> 2 (4)": _SLIDER,
}  # fmt: skip

# What is done to the solution, and is right, too.
CHEATS = {
    "best_learning_rate rounds to six digits": "a millionth more or less is as fast",
    "best_learning_rate clips to 1000": "no rate is above 1000",
    "best_learning_rate gives a buffer of its own": "a number is used at once",
}
