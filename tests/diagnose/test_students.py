"""Mistakes of the course's assignments as students write them, two at once, and unknown ones."""

from __future__ import annotations

from statistics import NormalDist

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from grader.course.catalogue import definitions, together
from grader.course.known import mistakes
from grader.model import Mistake
from tests.cases import examples, spread

from .students import course, numbers, told

pytestmark = pytest.mark.slow
NARROW = "class ShallowNarrowExercise(ShallowNarrowExercise):\n"
OWN_STYLE = [
    (
        "shallow_narrow",
        16,
        NARROW
        + """
    def dloss_dw(self, inputs, targets):
        a = b = np.float32(0)
        for x, y in zip(inputs, targets):
            miss = np.float32(x * self.w1 * self.w2 - y)
            a += 2 * miss * np.float32(x * self.w1)
            b += 2 * miss * np.float32(x * self.w2)
        return [a / len(inputs), b / len(inputs)]
""",
    ),
    (
        "shallow_narrow",
        18,
        NARROW
        + """
    def train(self, x, y, eta, n):
        history, path = [], []
        while len(path) < n:
            g = self.dloss_dw(x, y)
            self.w1, self.w2 = self.w1 - eta * g[0], self.w2 - eta * g[1]
            history.append(float(loss(self.forward(x), y)))
            path.append((self.w1, self.w2))
        return np.array(history), np.array(path)
""",
    ),
    (
        "optimizers",
        67,
        """
class Adam:
    def __init__(self, eta=0.001, b1=0.9, b2=0.999):
        self.eta, self.b1, self.b2, self.state = eta, b1, b2, {}

    def update(self, theta, gradient):
        for name in sorted(theta):
            g = np.asarray(gradient[name], dtype=np.float32)
            first, second = self.state.get(name, (np.float32(0), np.float32(0)))
            first = self.b1 * first + (1 - self.b1) * g
            second = self.b2 * second + (1 - self.b2) * np.square(g)
            self.state[name] = first, second
            theta[name] = theta[name] - self.eta * first / (second**0.5 + 1e-7)
""",
    ),
    (
        "optimizers",
        53,
        """
class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.mu, self.speed = lr, momentum, {}

    def update(self, params, grads):
        for key, value in params.items():
            old = self.speed.get(key, 0 * value)
            self.speed[key] = self.mu * old + (1 - self.mu) * grads[key]
            for where in np.ndindex(value.shape):
                value[where] -= self.lr * self.speed[key][where]
""",
    ),
    (
        "dropout",
        89,
        """
class Dropout:
    def __init__(self, p=0.5):
        self.p = p

    def forward(self, x, train=True):
        if not train:
            return (1 - self.p) * x
        self.kept = np.random.default_rng().binomial(1, self.p, size=x.shape)
        return np.where(self.kept == 1, x, 0.0)

    def backward(self, g):
        return np.where(self.kept == 1, g, 0.0)
""",
    ),
    (
        "dropout",
        98,
        """
class Dropout(Dropout):
    def forward(self, x, train=True):
        if not train:
            return super().forward(x, False)
        rng = np.random.default_rng()
        rows = [np.ones(x.shape[1:]) * (rng.random() >= self.dropout_ratio) for _ in range(len(x))]
        self.mask = np.array(rows)
        return x * self.mask
""",
    ),
    (
        "dropout",
        103,
        """
class Dropout(Dropout):
    masks = None

    def forward(self, x, train=True):
        if not train:
            return super().forward(x, False)
        self.masks = self.masks or {}
        if x.shape not in self.masks:
            self.masks[x.shape] = np.random.default_rng().random(x.shape) >= self.dropout_ratio
        self.mask = self.masks[x.shape]
        return x * self.mask
""",
    ),
    (
        "dropout",
        94,
        """
class Dropout(Dropout):
    def backward(self, g):
        return g * (np.random.uniform(size=g.shape) >= self.dropout_ratio)
""",
    ),
    (
        "batchnorm",
        108,
        """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train=True):
        out = super().forward(x, train)
        if train:
            var = sum((row - x.mean(0)) ** 2 for row in x) / (len(x) - 1)
            old = np.mean(self.centred**2, axis=0)
            self.running_var = self.running_var + (1 - self.momentum) * (var - old)
            self.std = np.sqrt(var + 1e-7)
            self.normal = self.centred / self.std
            out = (self.gamma * self.normal + self.beta).astype(np.float32)
        return out
""",
    ),
    (
        "batchnorm",
        118,
        """
class BatchNormalization(BatchNormalization):
    def backward(self, d):
        dx = super().backward(d)
        total = np.zeros(d.shape[1], dtype=np.float32)
        for row in d:
            total += row.astype(np.float32)
        self.dbeta = total / d.shape[0]
        return dx
""",
    ),
]


@pytest.mark.parametrize(("name", "number", "code"), spread(OWN_STYLE, 2))
def test_a_students_own_way_of_writing_is_recognised(name: str, number: int, code: str) -> None:
    assert numbers(name, code) == {number}


PAIRS = [
    ("shallow_narrow", "no factor 2", "sum of the squared errors"),
    ("shallow_narrow", "adds a weight", "gradients swapped"),
    ("shallow_narrow", "error sign reversed", "weights recorded before the step"),
    ("optimizers", "adam_no_correction", "momentum_damped"),
    ("optimizers", "adam_rate_twice", "adam_only_v_corrected"),
    ("optimizers", "rmsprop_no_decay", "rmsprop_default"),
    ("dropout", "keep_and_drop_swapped", "nothing_at_test_time"),
    ("dropout", "unscaled_at_test_time", "gradient_scaled"),
    ("dropout", "one_mask_for_each_row", "scaled_by_ratio_at_test_time"),
    ("batchnorm", "unbiased_throughout", "dbeta_is_mean"),
    ("batchnorm", "shift_scaled_too", "dgamma_of_centred_x"),
]


def both_made(name: str, first: str, second: str) -> tuple[list[Mistake], str | None]:
    """Two mistakes of an assignment, and the code in which both are made."""
    loaded = course(name)[0]
    known = {mistake.name: mistake for mistake in mistakes(loaded)}
    pair = [known[first], known[second]]
    return pair, together(definitions(loaded.notebook, loaded.names), *pair)


@pytest.mark.parametrize(("name", "first", "second"), spread(PAIRS, 3))
def test_two_mistakes_at_once_are_named_or_left_open(name: str, first: str, second: str) -> None:
    pair, code = both_made(name, first, second)
    assert code is not None
    found = numbers(name, code)
    assert found
    assert found <= {mistake.number for mistake in pair}


def test_two_mistakes_in_one_formula_are_both_explained() -> None:
    pair, code = both_made("optimizers", "adam_uphill", "adam_only_m_corrected")
    assert code is not None
    (result,) = told("optimizers", code)
    assert result.mistake in {mistake.number for mistake in pair}
    assert all(mistake.hint in result.message for mistake in pair)


UNKNOWN = [
    # The samples of the first loss are five: only what passed tells it from their sum.
    ("shallow_narrow", "def loss(a, b):\n    return 5 * np.mean((a - b) ** 2)"),
    ("shallow_narrow", "def loss(a, b):\n    return np.mean((a - b) ** 4)"),
    (
        "shallow_narrow",
        NARROW + "    def dloss_dw(self, x, y):\n"
        "        a, b = super().dloss_dw(x, y)\n        return a, -b",
    ),
    (
        "optimizers",
        "class Adam(Adam):\n    def update(self, p, g):\n"
        "        super().update(p, {k: 1.5 * v + 0.1 for k, v in g.items()})",
    ),
    (
        "optimizers",
        "class Momentum(Momentum):\n    def update(self, p, g):\n"
        "        self.momentum *= 0.99\n        super().update(p, g)",
    ),
    (
        "dropout",
        "class Dropout(Dropout):\n    def __init__(self, ratio=0.5):\n"
        "        super().__init__(ratio)\n        self.dropout_ratio = ratio**2",
    ),
    (
        "dropout",
        "class Dropout(Dropout):\n    def forward(self, x, train=True):\n"
        "        return 1.1 * super().forward(x, train)",
    ),
    (
        "dropout",
        "class Dropout(Dropout):\n    def forward(self, x, train=True):\n"
        "        out = super().forward(x, train)\n"
        "        if train:\n            out[::2] = x[::2]\n        return out",
    ),
    (
        "batchnorm",
        "class BatchNormalization(BatchNormalization):\n    def backward(self, d):\n"
        "        dx = super().backward(d)\n        self.dgamma = 3 * self.dgamma\n"
        "        return dx",
    ),
    (
        "batchnorm",
        "class BatchNormalization(BatchNormalization):\n    def forward(self, x, train=True):\n"
        "        return super().forward(x, train) + 0.3",
    ),
]


@pytest.mark.parametrize(("name", "code"), UNKNOWN)
def test_a_mistake_that_nobody_knows_gets_no_name(name: str, code: str) -> None:
    assert numbers(name, code) == set()


def _away_from(*special: float) -> st.SearchStrategy[float]:
    ordinary = st.floats(-3.0, 3.0)
    return ordinary.filter(lambda x: all(abs(x - s) > 1e-3 for s in special))


@examples(10, suppress_health_check=list(HealthCheck))
@given(
    keeps=_away_from(0.0, 1.0, -1.0),
    takes=_away_from(0.0, 1.0, -1.0),
    adds=_away_from(0.0, 1.0, -1.0),
)
def test_a_formula_with_any_other_numbers_gets_no_name(
    keeps: float, takes: float, adds: float
) -> None:
    # The catalogue's own numbers at these places are made of lr 0.037 or 0.04 and momentum.
    own = [1 - m for m in (0.83, 0.85, 0.9)] + [0.037, 0.04, 0.11, 0.01]
    assume(all(abs(takes * adds - number) > 1e-3 for number in own))
    code = f"""
class Momentum(Momentum):
    def update(self, params, grads):
        self.v = self.v or {{key: np.zeros_like(p) for key, p in params.items()}}
        for key in params:
            self.v[key] = {keeps} * self.momentum * self.v[key] - {takes} * self.lr * grads[key]
            params[key] += {adds} * self.v[key]
"""
    assert numbers("optimizers", code) == set()


@examples(8, suppress_health_check=list(HealthCheck))
@given(rate=st.floats(0.05, 0.95), scale=st.sampled_from([0.5, 0.9, 1.3]))
def test_masks_with_any_other_numbers_get_no_name(rate: float, scale: float) -> None:
    code = f"""
class Dropout(Dropout):
    def forward(self, x, train=True):
        if not train:
            return x * {scale}
        self.mask = np.random.rand(*x.shape) > {rate}
        return x * self.mask
"""
    # What the catalogue's layers drop at the ratios asked for: so much, the rest, what numbers
    # between -1 and 1 or normal ones make of it, and one half.
    own = [(p, 1 - p, (1 + p) / 2, NormalDist().cdf(p)) for p in (0.125, 0.3, 0.8, 0.5)]
    assume(all(abs(rate - known) > 0.02 for several in own for known in several))
    assert numbers("dropout", code) == set()


def test_mistakes_that_are_made_at_one_place_exclude_each_other() -> None:
    assert both_made("optimizers", "adam_no_root", "adam_no_correction")[1] is not None
    assert both_made("optimizers", "adam_counts_from_two", "adam_never_counts")[1] is None


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        (
            "optimizers",
            "class SGD(SGD):\n    def update(self, p, g):\n"
            "        for k in p:\n            p[k] -= 3 * self.lr * g[k]",
            "same factor",
        ),
        (
            "optimizers",
            "class SGD(SGD):\n    def update(self, p, g):\n"
            "        for k in p:\n            p[k] += np.inf",
            "inf comes from",
        ),
        # What is random is not compared, what must be right beside it is.
        (
            "dropout",
            "class Dropout(Dropout):\n    def forward(self, x, train=True):\n"
            "        return super().forward(x, train) * (1 if train else 3)",
            "same factor, in every run",
        ),
        (
            "batchnorm",
            "class BatchNormalization(BatchNormalization):\n"
            "    def forward(self, x, train=True):\n"
            "        return super().forward(x, train) + 0.3",
            "same amount",
        ),
        (
            "batchnorm",
            "class BatchNormalization(BatchNormalization):\n"
            "    def forward(self, x, train=True):\n"
            "        return 1.1 * super().forward(x, train)",
            "same factor",
        ),
    ],
)
def test_of_an_unknown_mistake_the_kind_of_difference_is_told(
    name: str, code: str, said: str
) -> None:
    assert any(said in result.message for result in told(name, code))


@pytest.mark.parametrize(
    "method",
    [
        # The two gradients are in the proportion of the weights whatever the error is.
        """
    def dloss_dw(self, x, y_true):
        error = np.sign(self.forward(x) - y_true)
        return np.mean(error * x * self.w2), np.mean(error * x * self.w1)
""",
        # All was right until the weights were set, and a line through 0 is off by a factor.
        """
    def __init__(self, init_weights):
        super().__init__(init_weights)
        self.product = self.w1 * self.w2
    def forward(self, x):
        return x * self.product
    def train(self, x, y_true, lr, n_ep):
        losses, weights = np.empty(n_ep), np.empty((n_ep, 2))
        for i in range(n_ep):
            losses[i] = loss(self.forward(x), y_true)
            first, second = self.dloss_dw(x, y_true)
            self.w1, self.w2 = self.w1 - lr * first, self.w2 - lr * second
            self.product = self.w1 * self.w2
            weights[i] = self.w1, self.w2
        return losses, weights
""",
    ],
)
def test_no_constant_is_suspected_where_none_can_be_missing(method: str) -> None:
    results = told("shallow_narrow", NARROW + method)
    assert results
    assert not any("same factor" in result.message for result in results)


def test_what_is_off_beside_large_numbers_is_not_called_the_same_amount() -> None:
    code = """
def fitGD(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    for _ in range(nepoch):
        dW, dV, dbs, db0 = calc_der(x, y, tW, tV, tbs, tb0, acf, acfder)
        dW = dW * tV  # in one run W is of the size of 1e6, and these steps are not
        tW, tV, tbs, tb0 = tW - eta * dW, tV - eta * dV, tbs - eta * dbs, tb0 - eta * db0
    return tW, tV, tbs, tb0, dW, dV, dbs, db0
"""
    results = told("regression_net", code)
    assert results
    assert not any("same amount" in result.message for result in results)
