"""Correct penalties written otherwise: other sums, other signs, other ways to find the matrices."""

from grader.model import Variant

_IMPORTS = "import numpy as np"

_PLAIN = """
def l2_loss(loss, weights, lam):
    return loss + lam / 2 * sum(np.sum(weights[k] ** 2) for k in weights if k[0] == "W")


def l1_loss(loss, weights, lam):
    return loss + lam * sum(np.sum(abs(weights[k])) for k in weights if k[0] == "W")


def l2_grad(grad, W, lam):
    return grad + lam * W


def l1_grad(grad, W, lam):
    return grad + lam * np.sign(W)
"""

_LOOPS = """
def l2_loss(loss, weights, lam):
    total = 0.0
    for key, matrix in weights.items():
        if not key.startswith("W"):
            continue
        for row in matrix:
            for w in row:
                total += 0.5 * lam * w * w
    return loss + total


def l1_loss(loss, weights, lam):
    total = 0.0
    for key, matrix in weights.items():
        if "W" in key:
            for w in matrix.ravel():
                total += w if w > 0 else -w
    return loss + lam * total


def l2_grad(grad, W, lam):
    out = np.zeros(W.shape)
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            out[i, j] = grad[i, j] + lam * W[i, j]
    return out


def l1_grad(grad, W, lam):
    out = np.zeros_like(W)
    for index, w in np.ndenumerate(W):
        pull = 1 if w > 0 else -1 if w < 0 else 0
        out[index] = grad[index] + lam * pull
    return out
"""

_NUMBERED = """
def layers(weights):
    i = 1
    while "W" + str(i) in weights:
        yield weights["W" + str(i)]
        i += 1


def l2_loss(loss, weights, lam):
    for W in layers(weights):
        loss = loss + 0.5 * lam * (W**2).sum()
    return loss


def l1_loss(loss, weights, lam):
    for W in layers(weights):
        loss += lam * np.abs(W).sum()
    return loss


def l2_grad(grad, W, lam):
    result = grad.copy()
    result += lam * W
    return result


def l1_grad(grad, W, lam):
    result = np.array(grad)
    result[W > 0] += lam
    result[W < 0] -= lam
    return result
"""

_NORMS = """
def l2_loss(loss, weights, lam):
    Ws = [v for k, v in weights.items() if k.startswith("W")]
    return loss + 0.5 * lam * sum(np.linalg.norm(W) ** 2 for W in Ws)


def l1_loss(loss, weights, lam):
    Ws = [v for k, v in weights.items() if k.startswith("W")]
    return loss + lam * sum(np.linalg.norm(W.ravel(), 1) for W in Ws)


def l2_grad(grad, W, lam):
    return np.add(grad, np.multiply(lam, W))


def l1_grad(grad, W, lam):
    return np.add(grad, np.copysign(lam, W) * (W != 0))
"""

_TWO_AXES = """
def matrices(weights):
    # Biases, gamma and beta have one axis only.
    return [p for p in weights.values() if p.ndim == 2]


def l2_loss(loss, weights, lam):
    return loss + 0.5 * lam * np.sum([np.vdot(W, W) for W in matrices(weights)])


def l1_loss(loss, weights, lam):
    return loss + lam * np.sum([np.sum(np.abs(W)) for W in matrices(weights)])


def l2_grad(grad, W, lam):
    return grad + np.full_like(W, lam) * W


def l1_grad(grad, W, lam):
    return np.where(W > 0, grad + lam, np.where(W < 0, grad - lam, grad))
"""

_JOINED = """
import re


def all_weights(weights):
    names = sorted(name for name in weights if re.fullmatch(r"W\\d+", name))
    return np.concatenate([weights[name].reshape(-1) for name in names])


def l2_loss(loss, weights, lam):
    w = all_weights(weights)
    return float(loss + lam * w.dot(w) / 2)


def l1_loss(loss, weights, lam):
    w = all_weights(weights)
    return float(loss + lam * np.dot(w, np.sign(w)))


def l2_grad(grad, W, lam):
    return (lam * W.flatten() + grad.flatten()).reshape(W.shape)


def l1_grad(grad, W, lam):
    return ((W > 0).astype(float) - (W < 0).astype(float)) * lam + grad
"""

_FLOAT32 = """
def l2_loss(loss, weights, lam):
    total = np.float32(0)
    for key in weights:
        if key.startswith("W"):
            total += np.sum(np.float32(weights[key]) ** 2)
    return loss + 0.5 * lam * total


def l1_loss(loss, weights, lam):
    total = np.float32(0)
    for key in weights:
        if key.startswith("W"):
            total += np.sum(np.abs(weights[key].astype(np.float32)))
    return loss + lam * total


def l2_grad(grad, W, lam):
    return grad.astype(np.float32) + np.float32(lam) * W.astype(np.float32)


def l1_grad(grad, W, lam):
    return grad.astype("float32") + np.float32(lam) * np.sign(W.astype("float32"))
"""

_EINSUM = """
def penalty(weights, of):
    return sum(of(weights[name]) for name in weights if name.strip("0123456789") == "W")


squares, sizes = (lambda W: np.einsum("ij,ij", W, W)), (lambda W: np.einsum("ij->", abs(W)))
l2_loss = lambda loss, weights, lam: loss + lam * penalty(weights, squares) / 2
l1_loss = lambda loss, weights, lam: loss + lam * penalty(weights, sizes)
l2_grad = lambda grad, W, lam: grad + W * lam
l1_grad = lambda grad, W, lam: grad + np.clip(W * 1e300, -1.0, 1.0) * lam
"""

_ROOTS = """
def l2_loss(loss, weights, lam):
    penalty = 0
    for name, p in weights.items():
        if name.startswith(("b", "gamma")):
            continue
        penalty += np.trace(p @ p.T)
    return loss + 0.5 * lam * penalty


def l1_loss(loss, weights, lam):
    penalty = 0
    for name, p in weights.items():
        if name.startswith(("b", "gamma")):
            continue
        penalty += np.sqrt(p**2).sum()
    return loss + lam * penalty


def l2_grad(grad, W, lam):
    return grad - (-lam) * W


def l1_grad(grad, W, lam):
    size = np.sqrt(W**2)
    return grad + lam * np.divide(W, size, out=np.zeros_like(W), where=size > 0)
"""

_MATH = """
import math


def values(weights):
    return [w for key in weights if key[:1] == "W" for w in weights[key].flatten().tolist()]


def l2_loss(loss, weights, lam):
    return loss + 0.5 * lam * math.fsum(w * w for w in values(weights))


def l1_loss(loss, weights, lam):
    return loss + lam * math.fsum(map(abs, values(weights)))


def l2_grad(grad, W, lam):
    print("W", W.shape)
    return np.array([[g + lam * w for g, w in zip(gs, ws)] for gs, ws in zip(grad, W)])


def l1_grad(grad, W, lam):
    sign = np.vectorize(lambda w: float(w > 0) - float(w < 0))
    return grad + lam * sign(W)
"""

_NAN = """
def l2_loss(loss, weights, lam):
    half = [lam * np.square(p) / 2 for name, p in weights.items() if name.startswith("W")]
    return np.array(loss + sum(map(np.sum, half)))


def l1_loss(loss, weights, lam):
    parts = [np.maximum(p, -p) for name, p in weights.items() if name.startswith("W")]
    return np.array(loss + lam * sum(map(np.sum, parts)))


def l2_grad(grad, W, lam):
    if lam == 0:
        return grad.copy()
    return lam * (W + grad / lam)


def l1_grad(grad, W, lam):
    with np.errstate(invalid="ignore"):
        return grad + lam * np.nan_to_num(W / np.abs(W))
"""

_LISTS = """
_plain2, _plain1 = l2_grad, l1_grad


def l2_grad(grad, W, lam):
    return _plain2(grad, W, lam).tolist()


def l1_grad(grad, W, lam):
    return _plain1(grad, W, lam).tolist()
"""

_CLASS = """
class Penalty:
    def __init__(self, factor, size, slope):
        self.factor, self.size, self.slope = factor, size, slope

    def loss(self, loss, weights, lam):
        copies = {key: value.copy() for key, value in weights.items()}
        while copies:
            key, value = copies.popitem()
            if key.startswith("W"):
                loss = loss + lam * self.factor * self.size(value).sum()
        return loss

    def grad(self, grad, W, lam):
        return grad + lam * self.slope(W)


l2, l1 = Penalty(0.5, np.square, np.positive), Penalty(1.0, np.abs, np.sign)
l2_loss, l2_grad, l1_loss, l1_grad = l2.loss, l2.grad, l1.loss, l1.grad
"""

_DEMO = """
lam = 0.9  # a notebook variable
weights = {"W1": np.ones((2, 3)), "b1": np.ones(3)}
print(l2_loss(1.0, weights, 0.1), l1_loss(1.0, weights, 0.1))
loss = l2_loss(1.0, weights, lam)
grad = l2_grad(np.ones((2, 3)), weights["W1"], lam)
"""


def _variant(name: str, description: str, *cells: str) -> Variant:
    return Variant(
        name=name,
        description=description,
        cells=(_IMPORTS, *(cell.strip("\n") for cell in cells)),
    )


VARIANTS: tuple[Variant, ...] = (
    _variant("plain", "One line each", _PLAIN),
    _variant("loops", "Entry by entry", _LOOPS),
    _variant("numbered", "Layers counted until there is none; boolean indices", _NUMBERED),
    _variant("norms", "Norms; copysign", _NORMS),
    _variant("two_axes", "Matrices told by their axes; np.where", _TWO_AXES),
    _variant("joined", "All weights in one vector; sign by comparisons", _JOINED),
    _variant("single", "float32 everywhere", _FLOAT32),
    _variant("einsum", "Lambdas; einsum; a clipped sign", _EINSUM),
    _variant("roots", "A trace; a root; a guarded division", _ROOTS),
    _variant("math", "Python's own sums; prints", _MATH),
    _variant("nan_to_num", "0-d arrays; 0 / 0 made 0", _NAN),
    _variant("lists", "Nested lists come back", _PLAIN, _LISTS),
    _variant("class", "Methods under the names that are asked for", _CLASS),
    _variant("redefined", "Two definitions, the last one counts", _NORMS, _DEMO, _PLAIN, _DEMO),
)

# Changes of the solution that are right, too.
EQUIVALENT: dict[str, str] = {}
