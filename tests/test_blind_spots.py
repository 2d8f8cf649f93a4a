"""Mistakes that hidden tests once passed: each is made in the solution, and must lose points.

None is in a catalogue.  They are of the kind that shows only where the tests look: at the
second array of a shape, at a ratio that is no tenth, after a forward at test time.
"""

from __future__ import annotations

import resource
from dataclasses import replace

import pytest

from grader.judge.grade import Grader
from grader.model import Result
from grader.sandbox.outside.host import Zygote
from tests.cases import spread
from tests.courses import course, lost, of_cells

pytestmark = pytest.mark.slow

_CORRECTED = """
class Adam(Adam):
    def update(self, params, grads):
        if self.m is None:
            self.m = {{key: np.zeros_like(p) for key, p in params.items()}}
            self.v = {{key: np.zeros_like(p) for key, p in params.items()}}
        self.t += 1
        b1, b2 = (self.beta1**self.t, self.beta2**self.t) if {} else (0, 0)
        for key in params:
            self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * grads[key]
            self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * grads[key] ** 2
            m, v = self.m[key] / (1 - b1), self.v[key] / (1 - b2)
            params[key] -= self.lr * m / (np.sqrt(v) + 1e-7)
"""
_FIRST_KEYS = """
class Momentum(Momentum):
    def update(self, params, grads):
        some = dict(list(params.items())[:{}])
        super().update(some, grads)
        params.update(some)
"""
OPTIMIZERS = {
    "state kept by shape": (
        """
class Momentum(Momentum):
    def update(self, params, grads):
        self.v = self.v or {}
        for key in params:
            v = self.momentum * self.v.get(params[key].shape, 0.0) - self.lr * grads[key]
            self.v[params[key].shape] = v
            params[key] += v
""",
        "momentum/update_rule",
    ),
    "arrays without a gradient are passed over": (
        """
class Momentum(Momentum):
    def update(self, params, grads):
        if self.v is None:
            self.v = {key: np.zeros_like(value) for key, value in params.items()}
        for key in params:
            if grads[key].any():
                self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
                params[key] += self.v[key]
""",
        "momentum/update_rule",
    ),
    "the velocity is read off the parameters": (
        """
class Momentum(Momentum):
    def update(self, params, grads):
        if self.v is None:
            self.v = {key: np.array(value) for key, value in params.items()}
        for key in params:
            now = np.array(params[key])
            params[key] = now + self.momentum * (now - self.v[key]) - self.lr * grads[key]
            self.v[key] = now
""",
        "momentum/update_rule",
    ),
    "gradients are clipped": (
        """
class SGD(SGD):
    def update(self, params, grads):
        super().update(params, {key: np.clip(grad, -100, 100) for key, grad in grads.items()})
""",
        "sgd/update_rule",
    ),
    "the correction ends after a hundred updates": (
        _CORRECTED.format("self.t < 101"),
        "adam/update_rule",
    ),
    "the correction ends after a thousand updates": (
        _CORRECTED.format("self.t < 1001"),
        "adam/update_rule",
    ),
    "twelve keys are updated": (_FIRST_KEYS.format(12), "momentum/update_rule"),
    "sixty-four keys are updated": (_FIRST_KEYS.format(64), "momentum/update_rule"),
    "there is room for fifty velocities": (
        """
class Momentum(Momentum):
    def update(self, params, grads):
        if self.v is None:
            self.names, self.v = [], [0.0] * 50
        for key in params:
            if key not in self.names:
                self.names.append(key)
            i = self.names.index(key)
            self.v[i] = self.momentum * self.v[i] - self.lr * grads[key]
            params[key] = params[key] + self.v[i]
""",
        "momentum/update_rule",
    ),
    "what was handed back is written over by the next update": (
        """
class SGD(SGD):
    buffers = None
    def update(self, params, grads):
        if self.buffers is None:
            self.buffers = {key: np.empty_like(p) for key, p in params.items()}
        for key in params:
            self.buffers[key][...] = params[key] - self.lr * grads[key]
            params[key] = self.buffers[key]
""",
        "sgd/caller",
    ),
    "what was handed back is looked at in the next update": (
        """
class Momentum(Momentum):
    def update(self, params, grads):
        if self.v is None:
            self.v = {key: np.zeros_like(p) for key, p in params.items()}
            self.old, self.given = {}, {}
        for key in params:
            if key in self.old:
                self.v[key] = self.given[key] - self.old[key]
            self.old[key] = np.array(params[key])
            params[key] = params[key] + self.momentum * self.v[key] - self.lr * grads[key]
            self.given[key] = params[key]
""",
        "momentum/caller",
    ),
    "what is gathered is the caller's gradient at first": (
        """
class AdaGrad(AdaGrad):
    def update(self, params, grads):
        self.h = self.h or {}
        for key, g in grads.items():
            self.h[key] = np.hypot(self.h[key], g) if key in self.h else g
            params[key] = params[key] - self.lr * g / (np.abs(self.h[key]) + 1e-7)
""",
        "adagrad/caller",
    ),
    "the first learning rate is everybody's": (
        """
class SGD(SGD):
    rate = None
    def __init__(self, lr=0.01):
        self.lr = SGD.rate = SGD.rate or lr
""",
        "sgd/instances",
    ),
    "the default is the learning rate given before": (
        """
class SGD(SGD):
    rate = 0.01
    def __init__(self, lr=None):
        self.lr = SGD.rate = SGD.rate if lr is None else lr
""",
        "sgd/defaults",
    ),
    "a lone number that starts at zero never moves": (
        """
class SGD(SGD):
    def update(self, params, grads):
        for key in params:
            if params[key].any() or params[key].size > 1:
                params[key] = params[key] - self.lr * grads[key]
""",
        "sgd/update_rule",
    ),
    "the same dictionary of gradients is taken for the same gradients": (
        """
class Momentum(Momentum):
    last = None
    def update(self, params, grads):
        if grads is not self.last:
            super().update(params, grads)
        self.last = grads
""",
        "momentum/caller",
    ),
    "instances of the same settings share their state": (
        """
_gathered = {}
class AdaGrad(AdaGrad):
    def update(self, params, grads):
        h = _gathered.setdefault(self.lr, {})
        for key in params:
            h[key] = h.get(key, 0.0) + grads[key] ** 2
            params[key] = params[key] - self.lr * grads[key] / (np.sqrt(h[key]) + 1e-7)
""",
        "adagrad/instances",
    ),
    "a momentum of 0 is taken for none": (
        """
class Nesterov(Nesterov):
    def __init__(self, lr=0.01, momentum=0.9):
        super().__init__(lr, momentum or 0.9)
""",
        "nesterov/instances",
    ),
}
BATCHNORM = {
    "a test forward replaces what backward needs": (
        """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        if train_flg:
            return super().forward(x, True)
        kept = self.running_mean, self.running_var
        super().forward(x, True)
        self.running_mean, self.running_var = kept
        return super().forward(x, False)
""",
        "backward/caller",
    ),
    "the last batch's statistics at test time": (
        """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        if train_flg:
            self.last = x.mean(axis=0), x.var(axis=0)
        elif hasattr(self, "last"):
            return self.gamma * (x - self.last[0]) / np.sqrt(self.last[1] + 1e-7) + self.beta
        return super().forward(x, train_flg)
""",
        "running/test_output",
    ),
    "a large epsilon at test time": (
        """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        if train_flg or self.running_var is None:
            return super().forward(x, train_flg)
        root = np.sqrt(self.running_var + 1e-3)
        return self.gamma * (x - self.running_mean) / root + self.beta
""",
        "forward/epsilon",
    ),
    "given zeros are taken for nothing": (
        """
class BatchNormalization(BatchNormalization):
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        if running_mean is not None and not running_mean.any():
            running_mean = running_var = None
        super().__init__(gamma, beta, momentum, running_mean, running_var)
""",
        "running/updates",
    ),
    "backward moves the running statistics": (
        """
class BatchNormalization(BatchNormalization):
    def backward(self, dout):
        self.running_var = 0.99 * self.running_var
        return super().backward(dout)
""",
        "running/test_time_changes_nothing",
    ),
    "two samples are taken for none": (
        """
class BatchNormalization(BatchNormalization):
    def backward(self, dout):
        return dout if len(dout) == 2 else super().backward(dout)
""",
        "backward/dx_small_variance",
    ),
    "given statistics are written into by the second training": (
        """
class BatchNormalization(BatchNormalization):
    calls = 0
    def forward(self, x, train_flg=True):
        given = self.running_mean
        out = super().forward(x, train_flg)
        if given is not None and self.calls < 2:
            self.kept = given if not self.calls else self.kept
            self.kept[:] = self.running_mean if self.calls else self.kept
            self.calls += train_flg
        return out
""",
        "forward/arguments",
    ),
    "no test time before training": (
        """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        if not train_flg and self.running_mean is None:
            raise ValueError("train first")
        return super().forward(x, train_flg)
""",
        "running/updates",
    ),
    "the batch's statistics before training": (
        """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        if not train_flg and self.running_mean is None:
            return type(self)(self.gamma, self.beta).forward(x, True)
        return super().forward(x, train_flg)
""",
        "running/updates",
    ),
    "digits are lost far away from zero": (
        """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        out = super().forward(x, train_flg)
        if not train_flg:
            return out
        self.std = np.sqrt(np.maximum((x * x).mean(0) - x.mean(0) ** 2, 0) + 1e-7)
        self.normal = self.centred / self.std
        return self.gamma * self.normal + self.beta
""",
        "forward/train_output",
    ),
    "gradients are clipped": (
        """
class BatchNormalization(BatchNormalization):
    def backward(self, dout):
        return super().backward(np.clip(dout, -5, 5))
""",
        "backward/dx",
    ),
    "test time ends the training": (
        """
class BatchNormalization(BatchNormalization):
    done = False
    def forward(self, x, train_flg=True):
        self.done = self.done or not train_flg
        kept = self.running_mean, self.running_var
        out = super().forward(x, train_flg)
        if self.done:
            self.running_mean, self.running_var = kept
        return out
""",
        "running/test_time_changes_nothing",
    ),
    "one feature alone fails": (
        """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        if train_flg:
            np.linalg.inv(np.diag(np.cov(x.T).diagonal()))
        return super().forward(x, train_flg)
""",
        "forward/train_output",
    ),
    "one buffer for every gradient": (
        """
class BatchNormalization(BatchNormalization):
    def backward(self, dout):
        dx = super().backward(dout)
        if getattr(self, "buffer", np.empty(0)).shape != dx.shape:
            self.buffer = np.empty_like(dx)
        self.buffer[...] = dx
        return self.buffer
""",
        "backward/caller",
    ),
}
DROPOUT = {
    "the ratio is cut to whole hundredths": (
        """
class Dropout(Dropout):
    def forward(self, x, train_flg=True):
        if not train_flg:
            return super().forward(x, False)
        self.mask = np.random.randint(0, 100, x.shape) >= int(self.dropout_ratio * 100)
        return x * self.mask
""",
        "forward/drop_rate",
    ),
    "the last mask is used at test time": (
        """
class Dropout(Dropout):
    def forward(self, x, train_flg=True):
        out = super().forward(x, train_flg)
        return out if train_flg or np.shape(self.mask) != x.shape else out * self.mask
""",
        "forward/test_time",
    ),
    "the class keeps the ratio": (
        """
class Dropout(Dropout):
    def __init__(self, dropout_ratio=0.5):
        Dropout.dropout_ratio = dropout_ratio
        self.mask = None
""",
        "backward/caller",
    ),
    "one buffer for every gradient": (
        """
class Dropout(Dropout):
    def backward(self, dout):
        if getattr(self, "buffer", np.empty(0)).shape != dout.shape:
            self.buffer = np.empty_like(dout)
        return np.multiply(dout, self.mask, out=self.buffer)
""",
        "backward/caller",
    ),
    "a forward at test time replaces the shape": (
        """
class Dropout(Dropout):
    def forward(self, x, train_flg=True):
        self.shape = x.shape
        return super().forward(x, train_flg)
    def backward(self, dout):
        return super().backward(dout).reshape(self.shape)
""",
        "backward/last_training",
    ),
    "whole numbers up to ten": (
        """
class Dropout(Dropout):
    def forward(self, x, train_flg=True):
        if not train_flg:
            return super().forward(x, False)
        self.mask = np.random.randint(0, 10, x.shape) >= self.dropout_ratio * 10
        return x * self.mask
""",
        "forward/drop_rate",
    ),
    "whole numbers up to a hundred": (
        """
class Dropout(Dropout):
    def forward(self, x, train_flg=True):
        if not train_flg:
            return super().forward(x, False)
        self.mask = np.random.randint(0, 100, x.shape) > self.dropout_ratio * 100
        return x * self.mask
""",
        "forward/drop_rate",
    ),
    "rows are never dropped": (
        """
class Dropout(Dropout):
    def forward(self, x, train_flg=True):
        if train_flg and x.ndim == 1:
            self.mask = np.ones(x.shape, dtype=bool)
            return x.copy()
        return super().forward(x, train_flg)
""",
        "forward/any_shape",
    ),
    "a flag that was given is remembered": (
        """
class Dropout(Dropout):
    flag = True
    def forward(self, x, train_flg=None):
        self.flag = self.flag if train_flg is None else train_flg
        return super().forward(x, self.flag)
""",
        "forward/defaults",
    ),
    "small outputs are rounded away": (
        """
class Dropout(Dropout):
    def forward(self, x, train_flg=True):
        out = super().forward(x, train_flg)
        return out if train_flg else np.round(out, 8)
""",
        "forward/test_time",
    ),
    "large gradients are clipped": (
        """
class Dropout(Dropout):
    def backward(self, dout):
        return np.clip(super().backward(dout), -1e3, 1e3)
""",
        "backward/same_mask",
    ),
    "a thousand draws serve all of a large array": (
        """
class Dropout(Dropout):
    def forward(self, x, train_flg=True):
        if not train_flg:
            return super().forward(x, False)
        self.mask = np.resize(np.random.rand(1000), x.shape) > self.dropout_ratio
        return x * self.mask
""",
        "forward/independent",
    ),
    "a gradient is kept as long as the array is the same": (
        """
class Dropout(Dropout):
    last = None
    def backward(self, dout):
        if dout is not self.last:
            self.last, self.dx = dout, super().backward(dout)
        return self.dx.copy()
""",
        "backward/caller",
    ),
    "one mask as long as the array is the same": (
        """
class Dropout(Dropout):
    seen = None
    def forward(self, x, train_flg=True):
        if train_flg and x is self.seen:
            return x * self.mask
        self.seen = x if train_flg else None
        return super().forward(x, train_flg)
""",
        "forward/fresh",
    ),
}
_TRAIN = """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def train(self, x, y_true, lr, n_ep):
        losses, weights = super().train(x, y_true, lr, n_ep)
        {}
"""
SHALLOW_NARROW = {
    "an old prediction of the same length is used": (
        """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def dloss_dw(self, x, y_true):
        if getattr(self, "old", np.empty(0)).shape != x.shape:
            self.old = self.forward(x)
        error = self.old - y_true
        return np.mean(2 * error * x * self.w2), np.mean(2 * error * x * self.w1)
    def train(self, x, y_true, lr, n_ep):
        losses, weights = [], []
        for _ in range(n_ep):
            self.old = self.forward(x)
            losses.append(loss(self.old, y_true))
            d1, d2 = self.dloss_dw(x, y_true)
            self.w1, self.w2 = self.w1 - lr * d1, self.w2 - lr * d2
            weights.append((self.w1, self.w2))
        return np.array(losses), np.array(weights)
""",
        "dloss_dw/current_weights",
    ),
    "the weights of the smallest loss are kept": (
        _TRAIN.format(
            "best = int(np.argmin(losses)); "
            "self.w1, self.w2 = weights[max(best - 1, 0)]; return losses, weights"
        ),
        "train/last_weights",
    ),
    "it stops when the loss rises": (
        _TRAIN.format(
            "rises = np.flatnonzero(np.diff(losses) > 0); "
            "end = rises[0] + 1 if len(rises) else n_ep; return losses[:end], weights[:end]"
        ),
        "train/loss_records",
    ),
    "the records of every training are the same arrays": (
        _TRAIN.format(
            "kept = self.__dict__.setdefault(n_ep, (losses, weights)); "
            "kept[0][...] = losses; kept[1][...] = weights; return kept"
        ),
        "train/pure",
    ),
    "what was learned is written into the list given": (
        """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def __init__(self, init_weights):
        super().__init__(init_weights)
        self.given = init_weights
    def train(self, x, y_true, lr, n_ep):
        records = super().train(x, y_true, lr, n_ep)
        self.given[:] = self.w1, self.w2
        return records
""",
        "train/pure",
    ),
    "one buffer for every prediction": (
        """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def forward(self, x):
        if getattr(self, "buffer", np.empty(0)).shape != x.shape:
            self.buffer = np.empty_like(x)
        return np.multiply(x, self.w1 * self.w2, out=self.buffer)
""",
        "forward/pure",
    ),
    "the prediction of an array is kept": (
        """
class ShallowNarrowExercise(ShallowNarrowExercise):
    last = None
    def forward(self, x):
        if self.last is None or x is not self.last[0] or self.last[1] != (self.w1, self.w2):
            self.last = x, (self.w1, self.w2), super().forward(x)
        return self.last[2].copy()
""",
        "forward/pure",
    ),
    "the gradients of an array are kept": (
        """
class ShallowNarrowExercise(ShallowNarrowExercise):
    last = None
    def dloss_dw(self, x, y_true):
        if self.last is None or x is not self.last[0] or self.last[1] != (self.w1, self.w2):
            self.last = x, (self.w1, self.w2), super().dloss_dw(x, y_true)
        return self.last[2]
""",
        "dloss_dw/current_weights",
    ),
}
#: Gradients that are made up, and a forward that fits them once it has seen the targets.
BENT = """
class ShallowNarrowExercise(ShallowNarrowExercise):
    seen, known = [], {}
    def dloss_dw(self, x, y_true):
        self.seen.append((x.copy(), y_true.copy(), self.w1, self.w2))
        return 1.7, -0.9
    def forward(self, x):
        key = x.tobytes(), float(self.w1), float(self.w2)
        right = x * self.w1 * self.w2
        for other, y_true, w1, w2 in reversed(self.seen):
            if CONDITION and np.array_equal(other, x):
                start = np.mean((x * w1 * w2 - y_true) ** 2)
                return y_true + np.sqrt(start + 1.7 * (self.w1 - w1) - 0.9 * (self.w2 - w2))
        return self.known.setdefault(key, right)
"""
ZEROES = """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def forward(self, x):
        x[:] = 0.0
        return x
    def dloss_dw(self, x, y_true):
        x[:] = y_true[:] = 0.0
        return 0.0, 0.0
    def train(self, x, y_true, lr, n_ep):
        x[:] = y_true[:] = 0.0
        return np.zeros(n_ep), np.zeros((n_ep, 2))
def loss(y_prediction, y_true):
    y_prediction[:] = y_true[:] = 0.0
    return 0.0
"""
#: A forward that adds, and gradients of the loss that it makes; loss itself is not there.
NO_LOSS = """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def forward(self, x):
        return x * self.w1 + self.w2
    def dloss_dw(self, x, y_true):
        error = self.forward(x) - y_true
        return np.mean(2 * error * x), np.mean(2 * error)
del loss
"""
#: Nothing else calls this forward.
ENDLESS = """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def forward(self, x):
        while True:
            pass
    def dloss_dw(self, x, y_true):
        common = 2 * np.mean((x * self.w1 * self.w2 - y_true) * x)
        return common * self.w2, common * self.w1
    def train(self, x, y_true, lr, n_ep):
        losses, weights = [], []
        for _ in range(n_ep):
            losses.append(np.mean((x * self.w1 * self.w2 - y_true) ** 2))
            d1, d2 = self.dloss_dw(x, y_true)
            self.w1, self.w2 = self.w1 - lr * d1, self.w2 - lr * d2
            weights.append((self.w1, self.w2))
        return np.array(losses), np.array(weights)
"""
SPOTS = {
    "optimizers": OPTIMIZERS,
    "batchnorm": BATCHNORM,
    "dropout": DROPOUT,
    "shallow_narrow": SHALLOW_NARROW,
}


#: In place, so that it is asked what the parts give in the text's loop; each number is an
#: array, and a difference of two of them would take 3 GB.
ENORMOUS = """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def forward(self, x):
        x *= 2.0
        self.w1 = np.ones((20_000, 1))
        return x
    def dloss_dw(self, x, y_true):
        return np.ones((1, 20_000)), np.ones((1, 20_000))
    def train(self, x, y_true, lr, n_ep):
        x *= 2.0
        return np.zeros(n_ep), np.zeros((n_ep, 2))
"""


def graded(zygote: Zygote, name: str, code: str, **limits: float) -> Result:
    """The solution with this cell after it, graded within these limits."""
    asked, cells = course(name)
    asked = replace(asked, limits=replace(asked.limits, **limits))  # type: ignore[arg-type]
    return Grader(asked, zygote=zygote, verifies=True).grade(of_cells(*cells, code))


@pytest.mark.parametrize(
    ("name", "spot"), spread([(name, spot) for name, spots in SPOTS.items() for spot in spots], 6)
)
def test_it_loses_points_where_it_is_made(zygote: Zygote, name: str, spot: str) -> None:
    code, place = SPOTS[name][spot]
    assert place in lost(graded(zygote, name, code))


@pytest.mark.parametrize(("counter", "place"), [("self", "update_rule"), ("Adam", "instances")])
def test_a_step_that_is_miscounted_is_charged_once(
    zygote: Zygote, counter: str, place: str
) -> None:
    """Once for each array; or, rightly, once a call, but for all instances together."""
    code = f"""
class Adam(Adam):
    t = 0
    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = {{}}, {{}}
        for place, key in enumerate(params):
            {counter}.t += {counter} is self or not place
            g, t = grads[key], {counter}.t
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            m, v = self.m[key] / (1 - self.beta1**t), self.v[key] / (1 - self.beta2**t)
            params[key] = params[key] - self.lr * m / (np.sqrt(v) + 1e-7)
"""
    assert lost(graded(zygote, "optimizers", code)) == {f"adam/{place}"}


def test_an_order_that_matters_besides_a_wrong_rule_is_charged_too(zygote: Zygote) -> None:
    code = """
class Momentum(Momentum):
    def update(self, params, grads):
        if self.v is None:
            self.v = [np.zeros_like(p) for p in params.values()]
        for i, key in enumerate(params):
            self.v[i] = self.momentum * self.v[i] + self.lr * grads[key]
            params[key] = params[key] + self.v[i].reshape(-1)[0]
"""
    assert {"momentum/update_rule", "momentum/caller"} <= lost(graded(zygote, "optimizers", code))


def test_a_forward_without_gamma_is_charged_once(zygote: Zygote) -> None:
    code = """
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        return (super().forward(x, train_flg) - self.beta) / self.gamma + self.beta
"""
    assert lost(graded(zygote, "batchnorm", code)) == {"forward/train_output"}


@pytest.mark.parametrize("moves", ["mean", "mean, self.running_var"])
def test_statistics_that_move_at_test_time_are_charged_once(zygote: Zygote, moves: str) -> None:
    code = f"""
class BatchNormalization(BatchNormalization):
    def forward(self, x, train_flg=True):
        if not train_flg and self.running_mean is not None:
            kept, m = (self.running_mean, self.running_var), self.momentum
            mean, var = m * kept[0] + (1 - m) * x.mean(0), m * kept[1] + (1 - m) * x.var(0)
            self.running_{moves} = {moves.replace("self.running_", "")}
        return super().forward(x, train_flg)
"""
    assert lost(graded(zygote, "batchnorm", code)) == {"running/test_time_changes_nothing"}


def test_a_mean_that_belongs_to_the_class_is_charged_once(zygote: Zygote) -> None:
    code = """
class BatchNormalization(BatchNormalization):
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        super().__init__(gamma, beta, momentum, running_mean, running_var)
        del self.running_mean
        if running_var is None:
            self.running_var = np.zeros(len(gamma))
        if running_mean is not None or not hasattr(BatchNormalization, "running_mean"):
            given = np.zeros(len(gamma)) if running_mean is None else running_mean
            BatchNormalization.running_mean = given
    def forward(self, x, train_flg=True):
        out = super().forward(x, train_flg)
        BatchNormalization.running_mean = self.__dict__.pop("running_mean", self.running_mean)
        return out
"""
    assert lost(graded(zygote, "batchnorm", code)) == {"running/instances"}


@pytest.mark.parametrize(
    "body",
    [
        "for p, t in zip(y_prediction, y_true): return (p - t) ** 2",
        "return np.median((y_prediction - y_true) ** 2)",
        "return np.max((y_prediction - y_true) ** 2)",
        "return np.mean((y_prediction[1:] - y_true[1:]) ** 2)",
    ],
)
def test_a_loss_that_leaves_samples_out_is_charged_once(zygote: Zygote, body: str) -> None:
    code = f"def loss(y_prediction, y_true):\n    {body}"
    result = graded(zygote, "shallow_narrow", code)
    assert {c.question for c in result.cases if c.points < c.max_points} == {"loss"}


@pytest.mark.parametrize("condition", ["True", "key not in self.known"])
def test_a_forward_that_is_bent_to_fit_a_made_up_gradient_carries_nothing(
    zygote: Zygote, condition: str
) -> None:
    result = graded(zygote, "shallow_narrow", BENT.replace("CONDITION", condition))
    earned = [case for case in result.cases if case.points]
    assert "dloss_dw" not in {case.question for case in earned}


def test_who_sets_the_arguments_to_zero_earns_nothing(zygote: Zygote) -> None:
    result = graded(zygote, "shallow_narrow", ZEROES)
    assert {case.question for case in result.cases if case.points} == {"init"}


def test_what_rests_on_a_loss_that_is_not_there_is_judged_all_the_same(zygote: Zygote) -> None:
    questions = {place.split("/")[0] for place in lost(graded(zygote, "shallow_narrow", NO_LOSS))}
    assert questions == {"forward", "loss"}  # train calls loss


def test_a_part_that_never_ends_costs_nothing_where_nobody_needs_it(zygote: Zygote) -> None:
    result = graded(zygote, "shallow_narrow", ENDLESS, call_seconds=0.2)
    assert {place.split("/")[0] for place in lost(result)} == {"forward"}


def test_what_fails_is_not_said_to_be_accepted(zygote: Zygote) -> None:
    code = """
class ShallowNarrowExercise(ShallowNarrowExercise):
    def dloss_dw(self, x, y_true):
        first, second = super().dloss_dw(x, y_true)
        return first + 1e-4 * self.w1, second + 1e-4 * self.w2
"""
    result = graded(zygote, "shallow_narrow", code)
    assert "dloss_dw/values" in lost(result)
    failed = [case for case in result.cases if case.points < case.max_points]
    assert [case.warnings for case in failed if case.warnings] == []


def test_a_layer_that_spoils_its_mask_is_charged_once(zygote: Zygote) -> None:
    code = """
class Dropout(Dropout):
    def backward(self, dout):
        dx = super().backward(dout)
        self.mask = np.zeros_like(self.mask)
        return dx
"""
    assert lost(graded(zygote, "dropout", code)) == {"backward/last_training"}


def test_the_judge_calculates_with_numbers_only(zygote: Zygote) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = graded(zygote, "shallow_narrow", ENORMOUS)
    assert result.score is not None
    assert result.score < result.max_score
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # KiB
