"""Correct start values written otherwise: any source of random numbers, any way to scale them."""

from grader.model import Variant

_IMPORTS = "import numpy as np"

_RANDN = """
def xavier(n_in, n_out):
    return np.random.randn(n_in, n_out) / np.sqrt(n_in)


def he(n_in, n_out):
    return np.random.randn(n_in, n_out) * np.sqrt(2 / n_in)
"""

_NORMAL = """
def xavier(node_num_in, node_num_out):
    std = 1.0 / np.sqrt(node_num_in)
    W = np.random.normal(loc=0.0, scale=std, size=(node_num_in, node_num_out))
    if node_num_in == 784:
        print("W", W.shape)
    return W


def he(node_num_in, node_num_out):
    std = np.sqrt(2.0) / np.sqrt(node_num_in)
    return np.random.normal(0.0, std, (node_num_in, node_num_out))
"""

_SEEDED_GENERATOR = """
rng = np.random.default_rng(0)  # once, for all


def xavier(fan_in, fan_out):
    return rng.normal(0, (1 / fan_in) ** 0.5, size=[fan_in, fan_out])


def he(fan_in, fan_out):
    return rng.normal(0, (2 / fan_in) ** 0.5, size=[fan_in, fan_out])
"""

_NEW_GENERATOR = """
def draw(variance, shape):
    generator = np.random.default_rng()  # seeded by the system, every time anew
    return generator.standard_normal(shape) * variance**0.5


def xavier(n_in, n_out):
    return draw(1 / n_in, (n_in, n_out))


def he(n_in, n_out):
    return draw(2 / n_in, (n_in, n_out))
"""

_FROM_XAVIER = """
def xavier(n_in, n_out):
    return np.random.standard_normal((n_in, n_out)) * np.power(n_in, -0.5)


def he(n_in, n_out):
    W = xavier(n_in, n_out)
    W *= 2**0.5
    return W
"""

_LOOPS = """
import math
import random


def xavier(n_in, n_out):
    weights = np.zeros((n_in, n_out))
    for i in range(n_in):
        for j in range(n_out):
            weights[i][j] = random.gauss(0, math.sqrt(1 / n_in))
    return weights


def he(n_in, n_out):
    weights = np.zeros((n_in, n_out))
    for i in range(n_in):
        for j in range(n_out):
            weights[i][j] = random.normalvariate(0, math.sqrt(2 / n_in))
    return weights
"""

_BOX_MULLER = """
def normal_numbers(n):
    # Box and Muller: two uniform numbers give one normal one.
    u, v = 1.0 - np.random.random(n), np.random.random(n)
    return np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v)


def xavier(n_in, n_out):
    return normal_numbers(n_in * n_out).reshape(n_in, n_out) * np.sqrt(1.0 / n_in)


def he(n_in, n_out):
    return normal_numbers(n_in * n_out).reshape(n_in, n_out) * np.sqrt(2.0 / n_in)
"""

_POLAR = """
def pair_of_normals(size):
    # Marsaglia's polar method, for all at once.
    x, y = np.random.uniform(-1, 1, (2, 2 * size + 50))
    s = x * x + y * y
    inside = (s < 1) & (s > 0)
    x, s = x[inside], s[inside]
    return (x * np.sqrt(-2 * np.log(s) / s))[:size]


def _fill(n_in, n_out):
    size = n_in * n_out
    found = pair_of_normals(size)
    while len(found) < size:
        found = np.append(found, pair_of_normals(size))
    return found[:size].reshape((n_in, n_out))


def xavier(n_in, n_out):
    return _fill(n_in, n_out) * np.sqrt(1 / n_in)


def he(n_in, n_out):
    return _fill(n_in, n_out) * np.sqrt(2 / n_in)
"""

_INVERSE = """
from statistics import NormalDist


def xavier(n_in, n_out):
    return np.array(NormalDist(0, (1 / n_in) ** 0.5).samples(n_in * n_out)).reshape(n_in, n_out)


def he(n_in, n_out):
    inverse = NormalDist(0, (2 / n_in) ** 0.5).inv_cdf
    return np.vectorize(inverse)(np.random.uniform(1e-15, 1, (n_in, n_out)))
"""

_FLOAT32 = """
rng = np.random.default_rng()


def xavier(n_in, n_out):
    return rng.standard_normal((n_in, n_out), dtype=np.float32) * np.float32(n_in**-0.5)


def he(n_in, n_out):
    return (np.random.randn(n_in, n_out) * np.sqrt(2.0 / n_in)).astype("float32")
"""

_LAMBDAS = """
from functools import partial

init = lambda gain, n_in, n_out: gain * np.random.randn(n_in, n_out) / np.sqrt(n_in)
xavier = lambda n_in, n_out: init(1.0, n_in, n_out)
he = partial(init, 2**0.5)
"""

_OBJECTS = """
class Initializer:
    def __init__(self, gain):
        self.gain = gain
        self.state = np.random.RandomState()

    def __call__(self, n_in, n_out):
        return self.state.normal(0, np.sqrt(self.gain / n_in), (n_in, n_out))


xavier = Initializer(1)
he = Initializer(2)
"""

_TURNED = """
def xavier(n_in, n_out):
    # One row a unit, then turned over.
    return np.random.randn(n_out, n_in).T / n_in**0.5


def he(n_in, n_out):
    columns = [np.random.randn(n_in) * (2 / n_in) ** 0.5 for _ in range(n_out)]
    return np.column_stack(columns)
"""

_COVARIANCE = """
def xavier(n_in, n_out):
    return np.random.normal(size=n_in * n_out).reshape((n_in, n_out)) @ np.eye(n_out) / n_in**0.5 \\
        if n_out < 50 else np.random.normal(0, n_in**-0.5, (n_in, n_out))


def he(n_in, n_out):
    sign = np.random.choice([-1, 1], (n_in, n_out))
    return sign * np.abs(np.random.randn(n_in, n_out)) * np.sqrt(2 / n_in)
"""

_OTHER_BITS = """
from numpy.random import MT19937, Generator, Philox

philox, twister = Generator(Philox()), Generator(MT19937())


def xavier(n_in, n_out):
    return philox.standard_normal(n_in * n_out).reshape(n_in, n_out) * n_in**-0.5


def he(n_in, n_out):
    # The sum of two independent normal numbers is a normal number, too.
    shape = n_in, n_out
    return (twister.normal(size=shape) + twister.normal(size=shape)) / np.sqrt(n_in)
"""

_LISTS = """
import random


def xavier(n_in, n_out):
    return [[random.gauss(0, 1) / n_in**0.5 for _ in range(n_out)] for _ in range(n_in)]


def he(n_in, n_out):
    return [[(2 / n_in) ** 0.5 * random.gauss(0, 1) for _ in range(n_out)] for _ in range(n_in)]
"""

_DEMO = """
n_in, n_out = 784, 10  # notebook variables
print(xavier(784, 50).std(), he(784, 50).std())
xavier(3, 2)
"""


def _variant(name: str, description: str, *cells: str) -> Variant:
    return Variant(
        name=name,
        description=description,
        cells=(_IMPORTS, *(cell.strip("\n") for cell in cells)),
    )


VARIANTS: tuple[Variant, ...] = (
    _variant("randn", "One line each", _RANDN),
    _variant("seeded_notebook", "The notebook sets a seed", "np.random.seed(0)", _RANDN, _DEMO),
    _variant("normal", "normal with its scale; prints", _NORMAL),
    _variant("seeded_generator", "One seeded generator for both", _SEEDED_GENERATOR),
    _variant("new_generator", "A new generator at each call, without a seed", _NEW_GENERATOR),
    _variant("from_xavier", "he from xavier, in place", _FROM_XAVIER),
    _variant("loops", "Python's random, entry by entry", _LOOPS),
    _variant("box_muller", "Normal numbers from uniform ones", _BOX_MULLER),
    _variant("polar", "Marsaglia's polar method", _POLAR),
    _variant("inverse", "Samples and the inverse of statistics.NormalDist", _INVERSE),
    _variant("single", "float32", _FLOAT32),
    _variant("lambdas", "Lambdas and partial", _LAMBDAS),
    _variant("objects", "Objects that can be called, with a RandomState each", _OBJECTS),
    _variant("turned", "Turned over, and column by column", _TURNED),
    _variant("products", "Through a product, and with signs of their own", _COVARIANCE),
    _variant("other_bits", "Other bit generators; the sum of two normals", _OTHER_BITS),
    _variant("lists", "Lists of lists come back", _LISTS),
    _variant("redefined", "Two definitions, the last one counts", _FLOAT32, _DEMO, _NORMAL),
)

# Changes of the solution that are right, too.
EQUIVALENT: dict[str, str] = {}

# What is done to the solution, and is right, too.
CHEATS = {
    "xavier clips to 1000": "no weight is a thousand standard deviations away",
    "he clips to 1000": "no weight is a thousand standard deviations away",
}
