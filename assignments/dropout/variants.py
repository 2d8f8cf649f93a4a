"""Correct layers written otherwise: any random function, any way to keep the mask."""

from grader.model import Variant

_IMPORTS = "import numpy as np"

_RAND = """
class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio
        self.mask = None

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.dropout_ratio
            return x * self.mask
        else:
            return x * (1.0 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.mask
"""

_GENERATOR = """
class Dropout:
    def __init__(self, p=0.5):
        self.keep = 1 - p
        self.rng = np.random.default_rng()

    def forward(self, inputs, training=True):
        if not training:
            return self.keep * inputs
        self.kept = self.rng.random(inputs.shape) < self.keep
        return np.where(self.kept, inputs, 0.0)

    def backward(self, dout):
        return np.where(self.kept, dout, 0.0)
"""

_LOOPS = """
import random


class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.ratio = dropout_ratio

    def forward(self, x, is_train=True):
        out = np.zeros_like(x)
        if is_train:
            self.mask = np.zeros(x.shape)
            for index in np.ndindex(*x.shape):
                if random.random() >= self.ratio:
                    self.mask[index] = 1.0
                    out[index] = x[index]
            return out
        for index in np.ndindex(*x.shape):
            out[index] = x[index] * (1 - self.ratio)
        return out

    def backward(self, dout):
        dx = np.zeros_like(dout)
        for index in np.ndindex(*dout.shape):
            dx[index] = dout[index] * self.mask[index]
        return dx
"""

_BINOMIAL = """
class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio

    def forward(self, x, train_flag=True):
        if train_flag:
            self.mask = np.random.binomial(1, 1 - self.dropout_ratio, size=x.shape)
            print("kept", self.mask.mean())
            return np.multiply(x, self.mask)
        return np.multiply(x, 1 - self.dropout_ratio)

    def backward(self, dout):
        return np.multiply(dout, self.mask)
"""

_CHOICE = """
class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.p = dropout_ratio
        self.mask = None

    def forward(self, x, train=True):
        q = 1 - self.p
        if train == False:
            return x * q
        self.mask = np.random.choice([0.0, 1.0], size=x.shape, p=[self.p, q])
        return self.mask * x

    def backward(self, dout):
        assert self.mask is not None
        return self.mask * dout
"""

_FLOAT32 = """
class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = np.float32(dropout_ratio)

    def forward(self, x, train_flg=True):
        x = x.astype(np.float32)
        if train_flg:
            draws = np.random.default_rng().random(x.shape, dtype=np.float32)
            self.mask = (draws >= self.dropout_ratio).astype(np.float32)
            return x * self.mask
        return x * (1 - self.dropout_ratio)

    def backward(self, dout):
        return dout.astype(np.float32) * self.mask
"""

_INDICES = """
class Dropout:
    # Remembers where entries were dropped, not a mask.
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio
        self.dropped = ()

    def _without(self, array):
        result = array.copy()
        result.reshape(-1)[self.dropped] = 0
        return result

    def forward(self, x, train_flg=True):
        if train_flg:
            self.dropped = np.flatnonzero(np.random.uniform(size=x.size) < self.dropout_ratio)
            return self._without(x)
        return x - self.dropout_ratio * x

    def backward(self, dout):
        return self._without(dout)
"""

_BOOLEAN_INDEX = """
class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio

    def forward(self, x, train_flg=True):
        out = np.array(x)
        if train_flg:
            self.off = np.random.random_sample(x.shape) <= self.dropout_ratio
            out[self.off] = 0.0
        else:
            out *= 1.0 - self.dropout_ratio
        return out

    def backward(self, dout):
        dx = np.array(dout)
        dx[self.off] = 0.0
        return dx
"""

_NORMAL = """
from statistics import NormalDist


class Dropout:
    # Normal numbers with the right quantile are as good as uniform ones.
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio
        self.limit = NormalDist().inv_cdf(dropout_ratio)

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = 1 * (np.random.randn(*x.shape) > self.limit)
            return x * self.mask
        return x * (1 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.mask
"""

_FLAT = """
def draw_mask(shape, ratio):
    flat = [np.random.random() for _ in range(int(np.prod(shape)))]
    return (np.array(flat) > ratio).reshape(shape)


class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio
        self.masks = []  # the last is the one that counts

    def forward(self, x, train_flg=True):
        if train_flg:
            self.masks.append(draw_mask(x.shape, self.dropout_ratio))
            self.masks = self.masks[-1:]
        return x * self.masks[-1] if train_flg else x * (1 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.masks[-1]
"""

_LISTS = """
class Dropout(Dropout):
    # What comes back are nested lists.
    def forward(self, x, train_flg=True):
        return super().forward(x, train_flg).tolist()

    def backward(self, dout):
        return super().backward(dout).tolist()
"""

_CLOSURE = """
def Dropout(dropout_ratio=0.5):
    memory = {}

    class Layer:
        @staticmethod
        def forward(x, train_flg=True):
            if not train_flg:
                return (1 - dropout_ratio) * x
            memory["mask"] = np.random.rand(*np.shape(x)) >= dropout_ratio
            return x * memory["mask"]

        @staticmethod
        def backward(dout):
            return dout * memory["mask"]

    return Layer()
"""

_SHARED_GENERATOR = """
rng = np.random.default_rng(2024)


class Dropout:
    # One generator for all layers, seeded once: every mask is still another.
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio

    def forward(self, x, train_flg=True):
        if not train_flg:
            return x * (1 - self.dropout_ratio)
        self.mask = ~(rng.integers(0, 1_000_000, x.shape) < 1_000_000 * self.dropout_ratio)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask
"""

_DEMO = """
dropout_ratio = 0.9  # a notebook variable
layer = Dropout(0.2)
print(layer.forward(np.ones((3, 4)), True), layer.backward(np.ones((3, 4))))
"""


def _variant(name: str, description: str, *cells: str) -> Variant:
    return Variant(
        name=name,
        description=description,
        cells=(_IMPORTS, *(cell.strip("\n") for cell in cells)),
    )


VARIANTS: tuple[Variant, ...] = (
    _variant("rand", "A boolean mask from rand", _RAND),
    _variant(
        "seeded_notebook", "The notebook sets a seed, once", "np.random.seed(0)", _RAND, _DEMO
    ),
    _variant("generator", "A generator for each layer; np.where", _GENERATOR),
    _variant("shared_generator", "One seeded generator for all; integers", _SHARED_GENERATOR),
    _variant("loops", "Python's random, entry by entry", _LOOPS),
    _variant("binomial", "binomial; an integer mask; prints", _BINOMIAL),
    _variant("choice", "choice with probabilities", _CHOICE),
    _variant("single", "float32 everywhere", _FLOAT32),
    _variant("indices", "Flat indices in place of a mask", _INDICES),
    _variant("boolean_index", "Zeros put in with a boolean index", _BOOLEAN_INDEX),
    _variant("normal", "Normal numbers and their quantile", _NORMAL),
    _variant("flat", "A helper that draws one by one; a list of masks", _FLAT),
    _variant("lists", "Nested lists come back", _BINOMIAL, _LISTS),
    _variant("closure", "A function that returns an object", _CLOSURE),
    _variant("redefined", "Two definitions, the last one counts", _CHOICE, _DEMO, _GENERATOR),
)

# Changes of the solution that are right, too.
EQUIVALENT = {
    "Dropout.__init__: self.mask = None -> (nothing)": "backward comes after a training forward",
}
