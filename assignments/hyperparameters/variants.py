"""Correct samplers written otherwise: any base, any call of rng, any way to walk."""

from grader.model import Variant

_IMPORTS = "import numpy as np"

_BASE_TEN = """
def sample_learning_rate(low, high, size, rng):
    r = rng.uniform(np.log10(low), np.log10(high), size)
    return 10 ** r


def sample_beta(low, high, size, rng):
    r = rng.uniform(np.log10(1 - high), np.log10(1 - low), size)
    return 1 - 10 ** r


def sample_units(low, high, size, rng):
    return rng.integers(low, high + 1, size)


def minimize(w0, lr, steps):
    w = w0
    path = [w]
    for i in range(steps):
        w = w - lr * (2 * w - 10)
        path.append(w)
    return np.array(path)
"""

_RANDOM = """
def sample_learning_rate(lo, hi, n, rng):
    return lo * (hi / lo) ** rng.random(n)


def sample_beta(lo, hi, n, rng):
    return 1 - sample_learning_rate(1 - hi, 1 - lo, n, rng)


def sample_units(lo, hi, n, rng):
    return np.floor(lo + (hi - lo + 1) * rng.random(n)).astype(int)


def minimize(w, lr, steps):
    # In closed form.
    return 5 + (w - 5) * (1 - 2 * lr) ** np.arange(steps + 1)
"""

_LOOPS = """
import math


def sample_learning_rate(low, high, size, rng):
    result = np.zeros(size)
    for i in range(size):
        result[i] = math.exp(rng.uniform(math.log(low), math.log(high)))
    return result


def sample_beta(low, high, size, rng):
    result = []
    for _ in range(size):
        result.append(1 - 2 ** rng.uniform(math.log2(1 - high), math.log2(1 - low)))
    return np.array(result)


def sample_units(low, high, size, rng):
    units = []
    while len(units) < size:
        units.append(rng.integers(low, high, endpoint=True))
    return np.array(units)


def minimize(w0, lr, steps):
    path = np.empty(steps + 1)
    path[0] = w0
    for t in range(1, steps + 1):
        path[t] = path[t - 1] - lr * (2 * path[t - 1] - 10)
    return path
"""

_CHOICE = """
def sample_learning_rate(low, high, size, rng):
    print("drawing", size) if size == 5 else None
    return np.power(10.0, np.log10(low) + (np.log10(high) - np.log10(low)) * rng.random((size,)))


def sample_beta(low, high, size, rng):
    u = rng.random(size)
    return 1.0 - (1.0 - low) ** u * (1.0 - high) ** (1.0 - u)


def sample_units(low, high, size, rng):
    return rng.choice(np.arange(low, high + 1), size=size, replace=True)


def minimize(w0, lr, steps):
    path = np.full(steps + 1, float(w0))
    for t in range(steps):
        path[t + 1 :] -= lr * (2 * path[t] - 10)
    return path
"""

_SHUFFLED = """
def sample_learning_rate(low, high, size, rng):
    # More than needed, then some of them in another order.
    many = np.geomspace(low, high, 2) ** 0 * np.exp(
        rng.uniform(np.log(low), np.log(high), (size, 2)))
    return rng.permutation(many[:, 0])


def sample_beta(low, high, size, rng):
    child = np.random.default_rng(rng.integers(2**63))
    return 1 - np.exp(child.uniform(np.log(1 - high), np.log(1 - low), size))


def sample_units(low, high, size, rng):
    return rng.integers(low, high, size, endpoint=True, dtype=np.int32)


def minimize(w0, lr, steps):
    J = lambda w: 2 * w - 10
    ws = [float(w0)]
    while len(ws) <= steps:
        ws += [ws[-1] - lr * J(ws[-1])]
    return np.asarray(ws)
"""

_FLOAT32 = """
def sample_learning_rate(low, high, size, rng):
    u = rng.random(size, dtype=np.float32)
    return np.exp(np.float32(np.log(low)) + u * np.float32(np.log(high / low)))


def sample_beta(low, high, size, rng):
    return (1 - np.exp(rng.uniform(np.log(1 - high), np.log(1 - low), size))).astype(np.float32)


def sample_units(low, high, size, rng):
    return rng.integers(low, high + 1, size=size, dtype=np.uint32)


def minimize(w0, lr, steps):
    path = np.zeros(steps + 1, dtype=np.longdouble)
    path[0] = w0
    for t in range(steps):
        path[t + 1] = path[t] - lr * (2 * path[t] - 10)
    return path
"""

_EXPONENTIAL = """
def sample_learning_rate(low, high, size, rng):
    # The distribution function of exponential numbers is uniform.
    u = 1 - np.exp(-rng.exponential(size=size))
    return np.exp(np.log(low) + u * (np.log(high) - np.log(low)))


def sample_beta(low, high, size, rng):
    width = np.log((1 - low) / (1 - high))
    return 1 - (1 - high) * np.exp(rng.beta(1, 1, size) * width)


def sample_units(low, high, size, rng):
    return low + (rng.random(size) * (high - low + 1)).astype(np.int64)


def minimize(w0, lr, steps):
    if steps == 0:
        return np.array([w0], dtype=float)
    before = minimize(w0, lr, steps - 1) if steps < 500 else None
    if before is None:
        path = [float(w0)]
        for _ in range(steps):
            path.append(path[-1] * (1 - 2 * lr) + 10 * lr)
        return np.array(path)
    return np.append(before, before[-1] - lr * (2 * before[-1] - 10))
"""

_OBJECTS = """
class LogUniform:
    def __init__(self, near_one):
        self.near_one = near_one

    def __call__(self, low, high, size, rng):
        if self.near_one:
            low, high = 1 - high, 1 - low
        drawn = np.exp(rng.uniform(np.log(low), np.log(high), size=(size,)))
        return 1 - drawn if self.near_one else drawn


sample_learning_rate, sample_beta = LogUniform(False), LogUniform(True)
sample_units = lambda low, high, size, rng: rng.integers(low, high + 1, (size,))


def minimize(w0, lr, steps):
    from itertools import accumulate, repeat
    return np.array(list(accumulate(repeat(None, steps), lambda w, _: w - lr * (2 * w - 10),
                                    initial=float(w0))))
"""

_LISTS = """
def sample_learning_rate(low, high, size, rng):
    return [float(10 ** rng.uniform(np.log10(low), np.log10(high))) for _ in range(size)]


def sample_beta(low, high, size, rng):
    return [1 - rate for rate in sample_learning_rate(1 - high, 1 - low, size, rng)]


def sample_units(low, high, size, rng):
    return [int(rng.integers(low, high + 1)) for _ in range(size)]


def minimize(w0, lr, steps):
    path = [w0]
    for _ in range(steps):
        path.append(path[-1] - lr * (2 * path[-1] - 10))
    return path
"""

_REJECTED = """
def sample_learning_rate(low, high, size, rng):
    out = np.exp(rng.uniform(np.log(low), np.log(high), size))
    return np.clip(out, low, high)


def sample_beta(low, high, size, rng):
    e = -rng.uniform(-np.log10(1 - low), -np.log10(1 - high), size)
    return 1 - 10.0 ** e


def sample_units(low, high, size, rng):
    # Draws in a larger range and keeps what lies in this one.
    found = np.array([], dtype=int)
    while found.size < size:
        more = rng.integers(low, high + 2, 2 * size + 5)
        found = np.concatenate([found, more[more <= high]])
    return found[:size]


def minimize(w0, lr, steps):
    w, path = float(w0), np.zeros(steps + 1)
    for i in range(steps + 1):
        path[i] = w
        w -= lr * 2 * (w - 5)
    return path
"""

_BYTES = """
def levels(n, rng):
    # Random bits, taken as whole numbers.
    return np.frombuffer(rng.bytes(8 * n), dtype=np.uint64) / 2.0**64


def sample_learning_rate(low, high, size, rng):
    return low * (high / low) ** levels(size, rng)


def sample_beta(low, high, size, rng):
    far, near = np.log1p(-low), np.log1p(-high)
    return -np.expm1(far + (near - far) * levels(size, rng))


def sample_units(low, high, size, rng):
    return low + (levels(size, rng) * (high - low + 1)).astype(int)


def minimize(w0, lr, steps):
    slope = np.polyder(np.poly1d([1, -10, 25]))

    def walk(w):
        yield w
        for _ in range(steps):
            w = w - lr * slope(w)
            yield w

    return np.fromiter(walk(w0), float)
"""

_NORMALS = """
from statistics import NormalDist


def sample_learning_rate(low, high, size, rng):
    # Normal numbers, and how far up they lie.
    middle = NormalDist()
    u = np.array([middle.cdf(z) for z in rng.standard_normal(size)])
    return np.power(low, 1 - u) * np.power(high, u)


def sample_beta(low, high, size, rng):
    return np.array([1 - sample_learning_rate(1 - high, 1 - low, 1, rng)[0] for _ in range(size)])


def sample_units(low, high, size, rng):
    # How often each number comes, and then in which order.
    numbers = np.arange(low, high + 1)
    found = np.repeat(numbers, rng.multinomial(size, np.full(len(numbers), 1 / len(numbers))))
    rng.shuffle(found)
    return found


def minimize(w0, lr, steps):
    factors = np.cumprod(np.append(1.0, np.full(steps, 1 - 2 * lr)))
    return 5 + (w0 - 5) * factors
"""

_DEMO = """
rng = np.random.default_rng(0)
low, high, size = 1, 2, 3  # notebook variables
print(sample_learning_rate(1e-4, 1, 5, rng), sample_beta(0.9, 0.99, 5, rng))
print(sample_units(50, 100, 5, rng), minimize(0, 0.01, 3))
"""


def _variant(name: str, description: str, *cells: str) -> Variant:
    return Variant(
        name=name,
        description=description,
        cells=(_IMPORTS, *(cell.strip("\n") for cell in cells)),
    )


VARIANTS: tuple[Variant, ...] = (
    _variant("base_ten", "Exponents of ten, a list of steps", _BASE_TEN),
    _variant("demo", "Draws in the notebook, too", _BASE_TEN, _DEMO),
    _variant("random", "random and a ratio; the descent in closed form", _RANDOM),
    _variant("loops", "One number at a time", _LOOPS),
    _variant("choice", "choice; means of logarithms; prints", _CHOICE),
    _variant("child", "A generator seeded from rng; draws that are thrown away", _SHUFFLED),
    _variant("single", "float32, int32, longdouble", _FLOAT32),
    _variant("exponential", "Other distributions turned into uniform ones", _EXPONENTIAL),
    _variant("objects", "Objects that can be called, lambdas", _OBJECTS),
    _variant("lists", "Lists come back", _LISTS),
    _variant("rejected", "Clipped, turned round, rejected", _REJECTED),
    _variant("bytes", "Random bits; log1p and expm1; the slope of a polynomial", _BYTES),
    _variant("normals", "From normal numbers, one call each; from counts", _NORMALS),
    _variant("redefined", "Two definitions, the last one counts", _RANDOM, _DEMO, _CHOICE),
)

# Changes of the solution that are right, too.
EQUIVALENT: dict[str, str] = {}

# What is done to the solution, and is right, too.
CHEATS = {
    "sample_beta clips to 1000": "no β is above 1",
    "minimize rounds to six digits": "the path goes to 5, where single precision keeps no more",
}
