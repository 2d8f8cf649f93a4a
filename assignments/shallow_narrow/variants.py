"""Correct solutions of shallow_narrow, written otherwise: each must get full marks."""

from grader.model import Variant

_IMPORT = "import numpy as np\n"

_LOSS = """
def loss(y_prediction, y_true):
    assert y_prediction.shape == y_true.shape
    return np.mean((y_prediction - y_true) ** 2)
"""

# The course's own loop, to follow a class's first lines.
_TRAIN = """
    def train(self, x, y_true, lr, n_ep):
        assert x.shape == y_true.shape
        loss_records = np.empty(n_ep)
        weight_records = np.empty((n_ep, 2))
        for i in range(n_ep):
            y_prediction = self.forward(x)
            loss_records[i] = loss(y_prediction, y_true)
            dloss_dw1, dloss_dw2 = self.dloss_dw(x, y_true)
            self.w1 -= lr * dloss_dw1
            self.w2 -= lr * dloss_dw2
            weight_records[i] = [self.w1, self.w2]
        return loss_records, weight_records
"""

_INIT = """
class ShallowNarrowExercise:
    def __init__(self, init_weights):
        assert isinstance(init_weights, (list, np.ndarray, tuple))
        assert len(init_weights) == 2
        self.w1 = init_weights[0]
        self.w2 = init_weights[1]
"""

_FORWARD = """
    def forward(self, x):
        return x * self.w1 * self.w2
"""

_GRADIENTS = """
    def dloss_dw(self, x, y_true):
        Error = y_true - self.w1 * self.w2 * x
        dloss_dw1 = -(2 * self.w2 * x * Error).mean()
        dloss_dw2 = -(2 * self.w1 * x * Error).mean()
        return dloss_dw1, dloss_dw2
"""


def _cells(*, loss: str = _LOSS, first: str = _INIT, body: str) -> tuple[str, ...]:
    return _IMPORT, first + body, loss


VARIANTS = (
    Variant(
        name="template",
        description="the template filled in, weights changed in place",
        cells=_cells(body=_FORWARD + _GRADIENTS + _TRAIN),
    ),
    Variant(
        name="loops",
        description="plain Python: loops and floats, no NumPy but for the results",
        cells=_cells(
            loss="""
def loss(a, b):
    total = 0.0
    for i in range(len(a)):
        total += (a[i] - b[i]) ** 2
    return total / len(a)
""",
            body="""
    def forward(self, x):
        y = []
        for value in x:
            hidden = value * self.w1
            y.append(hidden * self.w2)
        return np.array(y)

    def dloss_dw(self, x, t):
        first = second = 0.0
        for i in range(len(x)):
            error = x[i] * self.w1 * self.w2 - t[i]
            first += 2 * error * x[i] * self.w2 / len(x)
            second += 2 * error * x[i] * self.w1 / len(x)
        return float(first), float(second)

    def train(self, x, t, eta, epochs):
        losses, path = [], []
        while len(losses) < epochs:
            losses.append(loss(self.forward(x), t))
            first, second = self.dloss_dw(x, t)
            self.w1, self.w2 = self.w1 - eta * first, self.w2 - eta * second
            path.append((self.w1, self.w2))
        return np.array(losses), np.array(path)
""",
        ),
    ),
    Variant(
        name="float32",
        description="single precision inside, in weights, samples and records",
        cells=_cells(
            loss="""
def loss(y_prediction, y_true):
    return np.mean(np.square(np.float32(y_prediction) - np.float32(y_true)))
""",
            body="""
        self.w1, self.w2 = np.float32(init_weights[0]), np.float32(init_weights[1])

    def forward(self, x):
        return x.astype(np.float32) * np.float32(self.w1) * np.float32(self.w2)

    def dloss_dw(self, x, y_true):
        x, y_true = x.astype(np.float32), y_true.astype(np.float32)
        common = 2 * np.mean(x * (self.forward(x) - y_true))
        return np.float32(self.w2) * common, np.float32(self.w1) * common

    def train(self, x, y_true, lr, n_ep):
        loss_records = np.empty(n_ep, dtype=np.float32)
        weight_records = np.empty((n_ep, 2), dtype=np.float32)
        for i in range(n_ep):
            loss_records[i] = loss(self.forward(x), y_true)
            d1, d2 = self.dloss_dw(x, y_true)
            self.w1 = np.float32(self.w1 - np.float32(lr) * d1)
            self.w2 = np.float32(self.w2 - np.float32(lr) * d2)
            weight_records[i] = self.w1, self.w2
        return loss_records, weight_records
""",
        ),
    ),
    Variant(
        name="longdouble",
        description="extended precision inside and in the results",
        cells=_cells(
            loss="""
def loss(y_prediction, y_true):
    return np.mean((np.longdouble(y_prediction) - y_true) ** 2)
""",
            body="""
    def forward(self, x):
        return np.longdouble(x) * self.w1 * self.w2
"""
            + _GRADIENTS.replace("self.w1 * self.w2 * x", "self.forward(x)")
            + _TRAIN.replace("np.empty(n_ep)", "np.empty(n_ep, np.longdouble)"),
        ),
    ),
    Variant(
        name="products",
        description="dot, vdot and einsum; 0-d arrays for the numbers",
        cells=_cells(
            loss="""
def loss(y_prediction, y_true):
    residual = y_prediction - y_true
    return np.array(np.vdot(residual, residual) / residual.size)
""",
            body="""
    def forward(self, x):
        return np.einsum("n,,->n", x, self.w1, self.w2)

    def dloss_dw(self, x, y_true):
        slope = np.array(np.dot(x, self.forward(x) - y_true) * 2 / x.size)
        return np.array(slope * self.w2), np.array(slope * self.w1)
"""
            + _TRAIN,
        ),
    ),
    Variant(
        name="layers",
        description="two 1x1 matrices, samples as a column, flattened at the end",
        cells=_cells(
            body="""
    def layers(self):
        return np.array([[self.w1]]), np.array([[self.w2]])

    def forward(self, x):
        first, second = self.layers()
        return (x[:, None] @ first @ second).ravel()

    def dloss_dw(self, x, y_true):
        first, second = self.layers()
        column = x[:, None]
        delta = 2 * (self.forward(x) - y_true)[:, None] / len(x)
        d_second = (column @ first).T @ delta
        d_first = column.T @ (delta @ second.T)
        return d_first.item(), d_second.item()
"""
            + _TRAIN,
        ),
    ),
    Variant(
        name="lists",
        description="lists wherever arrays are asked for; accepted with a warning",
        cells=_cells(
            loss="""
def loss(y_prediction, y_true):
    return sum((p - t) ** 2 for p, t in zip(y_prediction, y_true)) / len(y_true)
""",
            body="""
    def forward(self, x):
        return [float(value * self.w1 * self.w2) for value in x]

    def dloss_dw(self, x, y_true):
        errors = [p - t for p, t in zip(self.forward(x), y_true)]
        mean = sum(2 * e * value for e, value in zip(errors, x)) / len(errors)
        return [mean * self.w2, mean * self.w1]

    def train(self, x, y_true, lr, n_ep):
        loss_records, weight_records = [], []
        for _ in range(n_ep):
            loss_records.append(loss(self.forward(x), y_true))
            gradient = self.dloss_dw(x, y_true)
            self.w1 -= lr * gradient[0]
            self.w2 -= lr * gradient[1]
            weight_records.append([self.w1, self.w2])
        return [loss_records, weight_records]
""",
        ),
    ),
    Variant(
        name="one array of weights",
        description="weights in one array with properties, gradients as one array",
        cells=_cells(
            first="""
class ShallowNarrowExercise:
    def __init__(self, init_weights):
        self.w = np.array(init_weights, dtype=float)

    w1 = property(lambda self: self.w[0], lambda self, value: self.w.__setitem__(0, value))
    w2 = property(lambda self: self.w[1], lambda self, value: self.w.__setitem__(1, value))
""",
            body="""
    def forward(self, x):
        return x * self.w.prod()

    def dloss_dw(self, x, y_true):
        return self.w[::-1] * np.mean(2 * x * (self.forward(x) - y_true))

    def train(self, x, y_true, lr, n_ep):
        losses, weights = np.zeros(n_ep), np.zeros((n_ep, 2))
        for i in range(n_ep):
            losses[i] = loss(self.forward(x), y_true)
            self.w -= lr * self.dloss_dw(x, y_true)
            weights[i] = self.w
        return losses, weights
""",
        ),
    ),
    Variant(
        name="self-contained train",
        description="train computes everything itself and calls no other part",
        cells=_cells(
            body=_FORWARD
            + _GRADIENTS
            + """
    def train(self, x, y_true, lr, n_ep):
        a, b = self.w1, self.w2
        records = np.empty((n_ep, 3))
        for i in range(n_ep):
            e = a * b * x - y_true
            records[i, 0] = (e * e).sum() / len(e)
            a, b = a - lr * 2 * b * (e * x).mean(), b - lr * 2 * a * (e * x).mean()
            records[i, 1:] = a, b
        self.w1, self.w2 = a, b
        return records[:, 0], records[:, 1:]
""",
        ),
    ),
    Variant(
        name="0-d arrays",
        description="weights kept as 0-d arrays of their own, changed in place",
        cells=_cells(
            body="""
        self.w1 = np.array(init_weights[0], dtype=float)
        self.w2 = np.array(init_weights[1], dtype=float)
"""
            + _FORWARD
            + _GRADIENTS
            + _TRAIN,
        ),
    ),
    Variant(
        name="shape (1,)",
        description="sums that keep their axis: loss and gradients of shape (1,)",
        cells=_cells(
            loss="""
def loss(y_prediction, y_true):
    return ((y_prediction - y_true) ** 2).mean(keepdims=True)
""",
            body=_FORWARD
            + """
    def dloss_dw(self, x, y_true):
        common = (2 * x * (self.forward(x) - y_true)).mean(keepdims=True)
        return common * self.w2, common * self.w1

    def train(self, x, y_true, lr, n_ep):
        losses, weights = [], []
        for _ in range(n_ep):
            losses.append(loss(self.forward(x), y_true))
            d1, d2 = self.dloss_dw(x, y_true)
            self.w1, self.w2 = self.w1 - lr * d1[0], self.w2 - lr * d2[0]
            weights.append([self.w1, self.w2])
        return np.concatenate(losses), np.array(weights)
""",
        ),
    ),
    Variant(
        name="spread over cells",
        description="helpers and methods in cells of their own, attached to the class later",
        cells=(
            _IMPORT,
            "def square(z):\n    return z * z\n",
            "def loss(p, t):\n    return square(p - t).mean()\n",
            _INIT,
            "def predict(self, x):\n    return self.w2 * (self.w1 * x)\n\n"
            "ShallowNarrowExercise.forward = predict\n",
            "def slopes(self, x, t):\n"
            "    common = np.average(2 * (self.forward(x) - t) * x)\n"
            "    return common * self.w2, common * self.w1\n\n"
            "ShallowNarrowExercise.dloss_dw = slopes\n",
            "def fit(self, x, t, lr, n_ep):\n"
            "    history = [self.epoch(x, t, lr) for _ in range(n_ep)]\n"
            "    return np.array([h[0] for h in history]), np.array([h[1:] for h in history])\n\n"
            "def epoch(self, x, t, lr):\n"
            "    before = loss(self.forward(x), t)\n"
            "    g = self.dloss_dw(x, t)\n"
            "    self.w1 = self.w1 - lr * g[0]\n"
            "    self.w2 = self.w2 - lr * g[1]\n"
            "    return before, self.w1, self.w2\n\n"
            "ShallowNarrowExercise.train = fit\n"
            "ShallowNarrowExercise.epoch = epoch\n",
        ),
    ),
    Variant(
        name="inherited",
        description="a base class, history kept in the instance, prints in every epoch",
        cells=(
            _IMPORT + _LOSS,
            """
class Net:
    history = None

    def forward(self, x):
        self.y = x * self.w1 * self.w2
        return self.y

    def train(self, x, y_true, lr, n_ep):
        self.history = {"loss": [], "w": []}
        for epoch in range(n_ep):
            self.history["loss"].append(loss(self.forward(x), y_true))
            d1, d2 = self.dloss_dw(x, y_true)
            self.w1, self.w2 = self.w1 - lr * d1, self.w2 - lr * d2
            self.history["w"].append((self.w1, self.w2))
            print(f"epoch {epoch}: {self.history['loss'][-1]:.4f}")
        return np.array(self.history["loss"]), np.array(self.history["w"])


class ShallowNarrowExercise(Net):
    def __init__(self, init_weights):
        self.w1, self.w2 = init_weights

    def dloss_dw(self, x, y_true):
        residual = self.forward(x) - y_true
        return np.mean(2 * residual * self.w2 * x), np.mean(2 * residual * self.w1 * x)
""",
        ),
    ),
    Variant(
        name="redefined",
        description="a wrong first try, defined again in later cells; the last one counts",
        cells=(
            _IMPORT,
            "def loss(a, b):\n    return np.sum(a - b)\n" + _INIT + _FORWARD,
            _INIT + _FORWARD + _GRADIENTS + _TRAIN,
            _LOSS,
            _INIT + _FORWARD + _GRADIENTS + _TRAIN,
        ),
    ),
    Variant(
        name="complex step",
        description="gradients by the complex step, exact to rounding",
        cells=_cells(
            body=_FORWARD
            + """
    def dloss_dw(self, x, y_true):
        def cost(w1, w2):
            return np.mean((x * w1 * w2 - y_true) ** 2)

        h = 1e-30
        first = cost(self.w1 + 1j * h, self.w2).imag / h
        second = cost(self.w1, self.w2 + 1j * h).imag / h
        return first, second
"""
            + _TRAIN,
        ),
    ),
    Variant(
        name="slots",
        description="results as tuples of tuples, slots, other argument names",
        cells=_cells(
            first="""
class ShallowNarrowExercise:
    __slots__ = ("w1", "w2")

    def __init__(self, start):
        self.w1, self.w2 = (float(w) for w in start)
""",
            body="""
    def forward(self, features):
        return np.multiply(np.multiply(features, self.w1), self.w2)

    def dloss_dw(self, features, labels):
        delta = np.subtract(self.forward(features), labels)
        inner = np.inner(delta, features) / np.shape(features)[0]
        return tuple(2.0 * inner * w for w in (self.w2, self.w1))

    def train(self, features, labels, step, times):
        def once():
            now = loss(self.forward(features), labels)
            g1, g2 = self.dloss_dw(features, labels)
            self.w1 -= step * g1
            self.w2 -= step * g2
            return now, (self.w1, self.w2)

        losses, weights = zip(*(once() for _ in range(times)))
        return np.fromiter(losses, float), np.stack(weights)
""",
        ),
    ),
    Variant(
        name="global seed and copies",
        description="copies of everything, a seed set in train, asserts and type hints",
        cells=_cells(
            loss="""
def loss(y_prediction: np.ndarray, y_true: np.ndarray) -> float:
    y_prediction, y_true = y_prediction.copy(), y_true.copy()
    y_prediction -= y_true
    y_prediction *= y_prediction
    return float(y_prediction.sum()) / y_prediction.shape[0]
""",
            body=_FORWARD.replace("return x", "x = np.copy(x)\n        return x")
            + _GRADIENTS
            + _TRAIN.replace("assert", "np.random.seed(0)\n        assert"),
        ),
    ),
)
