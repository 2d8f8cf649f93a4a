"""Correct softmaxes and losses written otherwise: other shifts, guards, loops and indices."""

from grader.model import Variant

_IMPORTS = "import numpy as np"

_COURSE = """
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cross_entropy(y_hat, y):
    if y_hat.ndim == 1:
        return -np.sum(y * np.log(y_hat + 1e-7))
    return -np.sum(y * np.log(y_hat + 1e-7)) / len(y)


def softmax_grad(z, y):
    dz = softmax(z) - y
    return dz if z.ndim == 1 else dz / len(z)
"""

_ROWS = """
def softmax(z):
    if z.ndim == 2:
        return np.array([softmax(row) for row in z])
    m = max(z)
    powers = [np.exp(entry - m) for entry in z]
    return np.array([p / sum(powers) for p in powers])


def cross_entropy(y_hat, y):
    if y_hat.ndim == 2:
        return sum(cross_entropy(p, t) for p, t in zip(y_hat, y)) / len(y)
    loss = 0.0
    for p, t in zip(y_hat, y):
        if t == 1:
            loss -= np.log(p) if p > 0 else -np.inf
    return loss


def softmax_grad(z, y):
    if z.ndim == 2:
        return np.array([softmax_grad(a, b) for a, b in zip(z, y)]) / len(z)
    return softmax(z) - y
"""

_TRANSPOSED = """
def softmax(x):
    if x.ndim == 2:
        x = x.T
        x = x - np.max(x, axis=0)
        return (np.exp(x) / np.sum(np.exp(x), axis=0)).T
    x = x - np.max(x)
    return np.exp(x) / np.sum(np.exp(x))


def cross_entropy(y, t):
    if y.ndim == 1:
        t = t.reshape(1, t.size)
        y = y.reshape(1, y.size)
    classes = t.argmax(axis=1)
    n = y.shape[0]
    return -np.sum(np.log(y[np.arange(n), classes] + 1e-7)) / n


def softmax_grad(x, t):
    n = x.shape[0] if x.ndim == 2 else 1
    dx = softmax(x).copy()
    dx[t == 1] -= 1
    dx /= n
    return dx
"""

_LOGS = """
def log_softmax(z):
    m = np.max(z, axis=-1, keepdims=True)
    return z - m - np.log(np.sum(np.exp(z - m), axis=-1, keepdims=True))


def softmax(z):
    return np.exp(log_softmax(z))


def cross_entropy(y_hat, y):
    with np.errstate(all="ignore"):
        return -np.mean(np.sum(np.where(y > 0, np.log(y_hat), 0.0), axis=-1))


def softmax_grad(z, y):
    rows = z.size // z.shape[-1]
    return (np.exp(log_softmax(z)) - y) / rows
"""

_CLIPPED = """
def softmax(z):
    z2 = np.atleast_2d(z)
    e = np.exp(z2 - np.amax(z2, 1)[:, None])
    return (e / e.sum(1)[:, None]).reshape(z.shape)


def cross_entropy(y_hat, y):
    p = np.clip(y_hat, 1e-7, 1 - 1e-7)
    return np.mean(-np.sum(np.atleast_2d(y * np.log(p)), axis=1))


def softmax_grad(z, y):
    return (softmax(z) - y) / np.atleast_2d(z).shape[0]
"""

_FLOAT32 = """
def softmax(z):
    z = (z - z.max(-1, keepdims=True)).astype(np.float32)
    e = np.exp(z)
    return e / e.sum(-1, keepdims=True)


def cross_entropy(y_hat, y):
    p = np.sum(y_hat.astype(np.float32) * y.astype(np.float32), axis=-1)
    return -np.mean(np.log(np.maximum(p, np.float32(1e-10))))


def softmax_grad(z, y):
    return ((softmax(z) - y) / (len(z) if z.ndim > 1 else 1)).astype(np.float32)
"""

_SIGMOIDS = """
def softmax(z):
    # One over the sum of e to all differences.
    with np.errstate(over="ignore"):
        return 1.0 / np.exp(z[..., None, :] - z[..., :, None]).sum(axis=-1)


def cross_entropy(y_hat, y):
    true = (y_hat * y).sum(axis=-1)
    with np.errstate(divide="ignore"):
        return float(np.mean(-np.log(true)))


def softmax_grad(z, y):
    return np.divide(np.subtract(softmax(z), y), 1 if z.ndim < 2 else z.shape[0])
"""

_JACOBIAN = """
def softmax(z):
    e = np.exp(z - np.expand_dims(z.max(-1), -1))
    return e / np.expand_dims(e.sum(-1), -1)


def cross_entropy(y_hat, y):
    losses = -np.log((y_hat + 1e-15)[y.astype(bool)])
    return losses.mean()


def softmax_grad(z, y):
    p = np.atleast_2d(softmax(z))
    t = np.atleast_2d(y)
    out = np.empty_like(p)
    for i in range(len(p)):
        out[i] = p[i] * t[i].sum() - t[i]
    return (out / len(p)).reshape(z.shape)
"""

_EINSUM = """
def softmax(z):
    e = np.exp(z - np.max(z, -1)[..., np.newaxis])
    return np.einsum("...j,...->...j", e, 1 / np.einsum("...j->...", e))


def cross_entropy(y_hat, y):
    loss = np.einsum("...j,...j->...", y, -np.log(y_hat + 1e-9))
    return np.average(loss)


def softmax_grad(z, y):
    scale = 1.0 / len(z) if len(z.shape) == 2 else 1.0
    return scale * softmax(z) - scale * y
"""

_MATH = """
import math


def softmax(z):
    def one(row):
        top = max(row)
        powers = [math.exp(v - top) for v in row]
        total = math.fsum(powers)
        return [p / total for p in powers]

    rows = z.tolist()
    return np.array(one(rows) if z.ndim == 1 else [one(row) for row in rows])


def cross_entropy(y_hat, y):
    rows = [(y_hat, y)] if y.ndim == 1 else list(zip(y_hat, y))
    losses = [-math.log(max(p[t.argmax()], 1e-300)) for p, t in rows]
    print("losses", losses[:2])
    return math.fsum(losses) / len(losses)


def softmax_grad(z, y):
    n = 1 if z.ndim == 1 else len(z)
    return np.array(softmax(z) - y) / n
"""

_NAN = """
def softmax(z):
    shifted = z - np.nanmax(z, axis=z.ndim - 1, keepdims=True)
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=z.ndim - 1, keepdims=True)
    return shifted


def cross_entropy(y_hat, y):
    with np.errstate(all="ignore"):
        product = y * np.log(y_hat)
    product[np.isnan(product)] = 0
    return -product.sum() / (product.size / product.shape[-1])


def softmax_grad(z, y):
    p = softmax(z)
    p -= y
    p *= 1 / (z.size / z.shape[-1])
    return p
"""

_OWN_GRADIENT = """
def softmax_grad(z, y):
    # Without softmax: everything again.
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    total = powers.sum(axis=-1, keepdims=True)
    return (powers - y * total) / total / (z.shape[0] if z.ndim == 2 else 1)
"""

_LISTS = """
_softmax = softmax


def softmax(z):
    return _softmax(z).tolist()


def softmax_grad(z, y):
    return ((_softmax(z) - y) / (len(z) if z.ndim == 2 else 1)).tolist()
"""

_DEMO = """
y = np.array([0.0, 1.0])  # a notebook variable
print(softmax(np.array([5.0, 2.0, -1.0, 3.0])))
loss = cross_entropy(np.array([0.5, 0.5]), y)
"""


def _variant(name: str, description: str, *cells: str) -> Variant:
    return Variant(
        name=name,
        description=description,
        cells=(_IMPORTS, *(cell.strip("\n") for cell in cells)),
    )


VARIANTS: tuple[Variant, ...] = (
    _variant("course", "Last axis, keepdims, a guard of 1e-7", _COURSE),
    _variant("rows", "Row by row, entry by entry; inf", _ROWS),
    _variant("transposed", "The book's: transposed, class indices inside", _TRANSPOSED),
    _variant("logs", "Log-softmax; np.where", _LOGS),
    _variant("clipped", "Always two axes; clipped at both ends", _CLIPPED),
    _variant("single", "float32 after the shift", _FLOAT32),
    _variant("differences", "All differences of logits", _SIGMOIDS),
    _variant("boolean_index", "The true classes by a boolean index", _JACOBIAN),
    _variant("einsum", "einsum and np.average", _EINSUM),
    _variant("math", "Python's own functions; prints", _MATH),
    _variant("in_place", "In place on its own arrays; NaN made 0", _NAN),
    _variant("own_gradient", "A gradient without softmax", _COURSE, _OWN_GRADIENT),
    _variant("lists", "Lists come back", _COURSE, _LISTS),
    _variant("redefined", "Two definitions, the last one counts", _LOGS, _DEMO, _ROWS, _DEMO),
)

# Changes of the solution that are right, too.
EQUIVALENT = {"cross_entropy: 1e-12 -> 2e-12": "any guard up to 1e-7 will do"}

# What is done to the solution, and is right, too.
CHEATS = {
    "softmax clips to 1000": "no probability is above 1",
    "cross_entropy rounds to six digits": "a guard of 1e-7 in the logarithm changes as much",
    "cross_entropy clips to 1000": "a loss above 1000 is that of a probability below 1e-434",
    "softmax_grad clips to 1000": "no entry of the gradient is above 1",
}
