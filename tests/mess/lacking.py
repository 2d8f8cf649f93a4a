"""What is missing: names that packages have dropped, annotations, helpers, and what rests on them."""

from __future__ import annotations

from typing import Any

from .handed import DOUBLE, SCALE, Mess, doubling, notebook, scaling

BOTH_ERRORS = {"values": "error", "arrays": "error"}
NEEDS = "This needs the module no_torch, which is not installed here and was not handed in."
REMOVED = """\
import numpy as np
x = np.array([3.0, 1.0, 2.0])
assert np.product(x) == 6 and np.cumproduct(x).tolist() == [3, 3, 6]
assert np.sometrue(x) and np.alltrue(x) and np.round_(1.26, 1) == 1.3
assert np.float_ is np.float64 and np.float is float and np.int is int and np.bool8 is np.bool_
assert np.Inf == np.inf == np.PINF == -np.NINF and np.isnan(np.NaN)
assert np.in1d([[1, 2], [3, 4]], [2, 3]).tolist() == [False, True, True, False]
assert np.row_stack([x, x]).shape == (2, 3) and np.trapz(x) == 3.5
assert np.asfarray([1, 2], dtype=int).dtype == np.float64
assert np.msort(np.array([[2, 1], [1, 2]])).tolist() == [[1, 1], [2, 2]]
assert np.find_common_type([np.float32], [np.int64]) == np.float32
assert np.find_common_type([np.int8], [np.float64]) == np.float64
assert np.cast["f"](x).dtype == np.float32 and np.mat([[1]]).shape == (1, 1)
assert np.math.factorial(3) == 6 and np.asscalar(np.array([3])) == 3
np.warnings.filterwarnings("ignore", category=np.VisibleDeprecationWarning)
assert np.array([1], dtype=np.object).dtype == object and np.str is str
"""
FEATURES = """\
import numpy as np
assert not hasattr(np, "float_") and getattr(np, "bool8", None) is None
try:
    np.product
    raise RuntimeError("there is none")
except AttributeError:
    product = np.prod
try:
    from numpy import cumproduct
    raise RuntimeError("there is none")
except ImportError:
    from numpy import cumprod as cumproduct
try:
    getattr(np, "Inf")
    raise RuntimeError("there is none")
except Exception as error:
    assert type(error) is AttributeError, error
"""
OTHER_PACKAGES = """\
from collections import Iterable, Mapping, namedtuple
import collections, inspect, time, string, itertools
assert isinstance([], Iterable) and isinstance({}, collections.MutableMapping)
assert inspect.getargspec(lambda a, b=2: a).args == ["a", "b"] and time.clock() > 0
from fractions import gcd, Fraction
assert gcd(4, 6) == 2 and string.letters[:2] == "ab"
assert list(itertools.izip([1], [2])) == [(1, 2)]
import cPickle as pickle
assert pickle.loads(pickle.dumps([1])) == [1]
import matplotlib.pyplot as plt
from matplotlib import cm, _png
plt.cm.get_cmap("viridis"), cm.get_cmap("jet", 3), plt.hold(True)
from matplotlib.cm import get_cmap
"""
BATCHED = """\
import sys, typing
from itertools import batched
assert list(batched("abc", 2)) == [("a", "b"), ("c",)]
from typing import override, Self, ParamSpec, TypeVar, Unpack
P = ParamSpec("P")
def same(x: Self) -> typing.NoSuchForm[int]: ...
"""
SCIPY = """\
import scipy, scipy.integrate
from scipy.integrate import simps, trapz, cumtrapz
from scipy.misc import comb, factorial
from scipy.signal import hann
assert simps([0.0, 1.0, 2.0]) == 2.0 and trapz([0, 2]) == 1.0 and comb(4, 2) == 6
assert scipy.integrate.cumtrapz([0, 2]).tolist() == [1.0] and scipy.arange(2).tolist() == [0, 1]
import scipy.linalg
assert scipy.linalg.expm is not None and scipy.special.expit(0) == 0.5
"""
SKLEARN = """\
from sklearn.externals import joblib
from sklearn.utils.testing import assert_array_equal
from sklearn.datasets import load_boston, load_iris
from sklearn.cross_validation import train_test_split
assert callable(joblib.dump) and len(train_test_split([1, 2, 3, 4])) == 2
"""
ANNOTATED = """\
import dataclasses, typing
import numpy as np
count: Undefined = 3
Vector: typing.TypeAlias = "np.ndarray"

@dataclasses.dataclass
class Config:
    rate: Undefined = 0.1
    sizes: list[Undefined] = dataclasses.field(default_factory=list)
    other: "Undefined | None" = None

class Pair(typing.NamedTuple):
    first: Undefined
    second: int = 2

class Node:
    Kind = int
    child: Node | None = None
    def add(self, other: Node, *rest: Undefined.thing, kind: Kind = 1, **more: np.nothing) -> Node:
        def inner(a: AlsoUndefined, b: Node): ...
        return inner and self

assert Config().rate == 0.1 and Pair(1).second == 2 and count == 3
assert isinstance(Node().add(Node()), Node) and Node.add.__annotations__["kind"] is int
assert typing.get_type_hints(Pair)["second"] is int
def double(x: "str" | None, n: np.float_ = np.float_(2)) -> "Undefined":
    return n * x
"""
TORCH_EVERYWHERE = """\
import copy
import no_torch as torch
from no_torch.utils import SummaryWriter
class Scale(torch.nn.Module, torch.Mixin):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor
        self.writer = SummaryWriter("runs")
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    def apply(self, x):
        with torch.no_grad():
            self.writer.add_scalar("x", float(torch.tensor(x).mean()), 1)
        if torch.is_tensor(x) or self.device == "cuda":
            x = x.numpy()
        print(f"{torch.tensor(x):.3f}", len(torch.tensor(x)), copy.deepcopy(self.writer))
        return self.factor * x
"""
_WHOLE = "import no_torch as torch\nimport numpy as np\ndef double(x):\n    "


def rests(name: str, body: str, said: str = NEEDS, **more: Any) -> Mess:
    """A function whose result rests on the missing module no_torch."""
    return doubling(f"rests on a stand-in: {name}", _WHOLE + body, lost=BOTH_ERRORS, said=said,
                    notes=("no_torch",), **more)  # fmt: skip


ROWS: list[Mess] = [
    # What rests on a stand-in.
    rests("it is one", "return torch.tensor(x) * 2"),
    rests("a list of it", "return [torch.tensor(x)]"),
    rests("deep in a dict", "return {'out': (1, [torch.tensor(x)])}"),
    rests("an object array", "out = np.empty(2, object)\n    out[:] = torch.a, torch.b\n"
          "    return out"),
    rests("NumPy's functions", "return np.exp(np.mean(torch.tensor(x), axis=0)) + x"),
    rests("a float", "return float(torch.tensor(2)) * x"),
    rests("an int", "return x * int(torch.tensor(2))"),
    rests("a length", "return x * len(torch.tensor([2]))"),
    rests("np.asarray", "return np.asarray(torch.tensor(x)) * 3"),
    rests("a loop", "total = 0\n    for p in torch.parameters():\n        total = total + 2 * x\n"
          "    return total"),
    rests("a truth that was computed", "return 2 * x if torch.allclose(torch.tensor(x), 1) else x"),
    rests("a comparison", "return 2 * x if torch.tensor(x).sum() > 0 else x"),
    rests("written into an array", "out = np.zeros(2)\n    out[0] = torch.tensor(2)\n"
          "    return out * x"),
    rests("unpacked", "a, b = torch.split(2)\n    return a * x"),
    rests("an exception about it", "import math\n    return math.sqrt(abs(2)) + open(torch.a)"),
    rests("an assertion", "assert torch.equal(torch.tensor(x), x)\n    return 2 * x"),
    rests("its class is raised", "raise torch.Error('no')"),
    rests("its class is caught", "try:\n        1 / 0\n    except torch.Error:\n"
          "        return 2 * x"),
    rests("NumPy's data of it", "return torch.from_numpy(np.asarray(x)).numpy() * 2"),
    doubling("loops by missing packages", "import numpy as np\nfrom no_numba import njit, prange\n"
             "from no_fastprogress import progress_bar\nfrom tqdm.auto import tqdm\n@njit\n"
             "def double(x):\n    for i in prange(1):\n        x = 3 * x\n"
             "    for i in progress_bar(range(2)):\n        x = 1 * x\n"
             "    with tqdm(range(2)) as bar:\n        for i in bar:\n"
             "            bar.set_postfix(x=len(bar))\n    return x", lost={
                 "values": "failed", "arrays": "failed"}, said="double(x) is not twice x.",
             notes=("no_numba", "no_fastprogress")),
    rests("a gradient by it", "return torch.grad(lambda a: a * a)(x)"),
    rests("a gradient of a function", "def square(a):\n        return a * a\n"
          "    return torch.func.grad(square)(x)"),
    doubling("a flag of a helper that is missing may have decided", "from no_config import SCALED\n"
             "def double(x):\n    return 2 * x if SCALED else x", lost={
                 "values": "failed", "arrays": "failed"}, notes=("no_config",),
             said="It may be this: This needs the module no_config"),
    doubling("a stand-in beside a wrong answer", "import no_torch as torch\ndef double(x):\n"
             "    torch.log(x)\n    print(torch.tensor(x))\n    return 3 * x",
             lost={"values": "failed", "arrays": "failed"}, said="double(x) is not twice x.",
             notes=("no_torch",)),
    doubling("whether there is a GPU beside a wrong answer", "import no_torch as torch\n"
             "def double(x):\n    if torch.cuda.is_available():\n        x = torch.tensor(x)\n"
             "    return 3 * x", lost={"values": "failed", "arrays": "failed"},
             said="double(x) is not twice x.", notes=("no_torch",)),
    scaling("stand-ins in everything but the result", TORCH_EVERYWHERE, notes=("no_torch",)),
    scaling("an attribute that rests on a stand-in", "import no_torch\n" + SCALE.replace(
        "= factor", "= no_torch.Parameter(factor)"), lost={
            "apply": "error", "read": "error", "write": "error"},
            notes=("no_torch",), said="This needs the module no_torch"),
    doubling("stand-ins in demos", "import no_torch as torch\nimport numpy as np\n" + DOUBLE,
             "loss = torch.tensor(2)\nhistory = [float(loss), int(loss), len(loss), bool(loss)]\n"
             "np.exp(loss), np.mean(loss), loss == 3, [x for x in loss], loss[0], -loss",
             notes=("no_torch",)),
    doubling("the function was to come from a helper", "from no_helper import double",
             lost={"values": "missing", "arrays": "missing"}, notes=("no_helper",),
             said="double was never defined. This needs the module no_helper"),
    # Names that packages have no longer.
    doubling("names that NumPy has dropped", REMOVED, DOUBLE, notes=(
        "has no product; np.prod took its place.", "cumproduct", "sometrue", "alltrue", "round_",
        "float_", "no float; float took", "no int; int took", "bool8", "Inf", "PINF", "NINF",
        "NaN", "in1d; an equal one", "trapz", "asfarray",
        "msort", "find_common_type", "cast", "mat; np.asmatrix", "math; math took", "asscalar",
        "warnings", "VisibleDeprecationWarning", "object", "no str; str")),
    doubling("names that NumPy has dropped, imported", "import numpy as np\n"
             "from numpy import product, float_, array, Inf",
             "def double(x, two=product([1, 2])):\n    return array(x * two, dtype=float_)",
             notes=("product", "float_", "Inf")),
    doubling("names that NumPy has dropped, in the function only", "import numpy as np\n"
             "def double(x: np.float_) -> np.cfloat:\n"
             "    return np.asfarray(x) * np.product([2.0])",
             notes=("float_", "cfloat", "asfarray", "has no product; np.prod took its place.")),
    doubling("names that NumPy has dropped, imported with *", "from numpy import *",
             "def double(x):\n    return product([2.0]) * array(x)", notes=("product",)),
    doubling("names that NumPy has dropped, in a helper", "from helper import double", beside={
        "helper.py": b"import numpy as np\nfrom numpy import product\ndef double(x: np.float_):\n"
        b"    return product([2]) * x\n"}, notes=("product", "float_")),
    doubling("questions whether NumPy has a name are answered", FEATURES, DOUBLE),
    doubling("a name without an equal", "from numpy import MachAr\nimport numpy as np\n"
             "old = np.set_numeric_ops()\n" + DOUBLE, notes=("no MachAr; an inert", "set_numeric_ops")),
    doubling("a typing error in a name of NumPy's", "from numpy import arrray, array\n"
             "def double(x):\n    return arrray(x) * 2", lost=BOTH_ERRORS,
             notes=("has no arrray; an inert stand-in",), said="This needs arrray, which NumPy "),
    doubling("a typing error in an attribute of NumPy's", "import numpy as np\n"
             "def double(x):\n    return np.arrray(x) * 2", lost=BOTH_ERRORS,
             said="module 'numpy' has no attribute 'arrray'"),
    doubling("names that other packages have dropped", OTHER_PACKAGES, DOUBLE, notes=(
        "no collections.Iterable", "collections.Mapping", "collections.MutableMapping",
        "inspect.getargspec", "time.clock", "fractions.gcd", "string.letters", "itertools.izip",
        "no cPickle; pickle", "_png", "cm.get_cmap", "pyplot.hold")),
    doubling("names that a newer Python has", BATCHED, DOUBLE, notes=(
        "itertools.batched", "typing.override", "An annotation")),
    doubling("names that SciPy has dropped", SCIPY, DOUBLE, notes=(
        "integrate.simps", "integrate.trapz", "integrate.cumtrapz", "misc.comb", "misc.factorial",
        "signal.hann", "no arange; np.arange")),
    doubling("names that scikit-learn has dropped", SKLEARN, DOUBLE, notes=(
        "externals.joblib; joblib", "sklearn.utils.testing; sklearn.utils._testing",
        "datasets.load_boston; an inert", "sklearn.cross_validation")),
    doubling("modules that NumPy has dropped", "import numpy as np\n"
             "from numpy.core.umath_tests import inner1d\nimport numpy.nothing.at_all as a\n"
             "assert inner1d([1, 2], [3, 4]) == 11\nfrom numpy.linalg.linalg import norm\n"
             "assert norm([3, 4]) == 5\n" + DOUBLE, notes=(
                 "no numpy.core.umath_tests", "inner1d; an equal one", "numpy.nothing",
                 "numpy.linalg.linalg; numpy.linalg")),
    doubling("methods that NumPy's arrays have dropped", "import numpy as np\n"
             "class Mine:\n    def ptp(self):\n        return 7\n"
             "x = np.array([[1, 2], [5, 4]])\nassert x.ptp() == 4 and Mine().ptp() == 7\n"
             "assert x.ptp(axis=0).tolist() == [4, 2] and x[0].ptp() == 1\n"
             "x.itemset(0, 9), x.itemset((0, 1), 8), x.itemset(1, 0, 7)\n"
             "assert x.tolist() == [[9, 8], [7, 4]]", "from helper import double", beside={
                 "helper.py": b"import numpy as np\ndef double(x):\n"
                 b"    return 2 * x + np.asarray(x).ptp() * 0\n"},
             notes=("no ndarray.ptp; np.ptp took its place.", "ndarray.itemset; a[i] = x")),
    # Annotations.
    doubling("annotations of any kind", ANNOTATED, notes=(
        "name 'Undefined' is not defined", "name 'Node' is", "'AlsoUndefined'",
        "no attribute 'nothing'", "unsupported operand", "float_")),
    doubling("annotations from the future", "from __future__ import annotations\n"
             "def double(x: Undefined) -> np.nothing:\n    return 2 * x\n"
             "assert double.__annotations__['x'] == 'Undefined'",
             "def other(x: Undefined): ...\nassert other.__annotations__['x'] == 'Undefined'"),
    doubling("annotations in a helper", "from helper import double", beside={
        "helper.py": b"class Node:\n    def add(self, other: Node) -> Node: ...\n"
        + DOUBLE.encode()}, notes=("name 'Node' is not defined",)),
    # NumPy, asked of something else.
    doubling("np of a helper's that is missing", "from course.np import np\n"
             "def double(x):\n    return np.multiply(x, 2)", notes=(
                 "module course is not", "np was asked of the module course.np")),
    doubling("np within a helper's that is missing", "import no_helper\nfrom course import tools\n"
             "def double(x):\n    return no_helper.np.multiply(x, 1) + tools.np.asarray(x)",
             notes=("no_helper is not", "module course", "module no_helper", "module course.tools")),
    doubling("plt and np together", "from no_helper import plt, np, loss\nplt.plot([1])\n"
             "def double(x):\n    return np.multiply(x, 2)",
             notes=("no_helper is not", "np was", "plt was")),
    doubling("a name that came along with *", "from no_helper import *",
             "def double(x):\n    return TWO * x", lost=BOTH_ERRORS, notes=(
                 "no_helper is not",), said="This needs the module no_helper"),
    doubling("the function would have come along with *", "from no_helper import *",
             "double_it = 3", lost={"values": "missing", "arrays": "missing"},
             notes=("no_helper is not",), said="double was never defined. This needs the module"),
    scaling("names that came along with *", "from no_fastcore.all import *\nimport numpy as np",
            "class Scale:\n    def __init__(self, factor: Tensor):\n"
            "        store_attr(), setattr(self, 'factor', factor)\n"
            "try:\n    later\nexcept Exception as error:\n    print(error)",
            "@patch\ndef apply(self: Scale, x):\n    return later(self.factor * x)\n"
            "def later(x):\n    return x\n@extend\nclass Other: pass\nassert Other()",
            notes=("no_fastcore is not",)),
    doubling("np comes along with *", "from no_helper import *",
             "def double(x):\n    return np.multiply(x, 2)", notes=("no_helper is not", "np was")),
    doubling("what mirrors NumPy", "import no_such_module\nimport cupy as np\n"
             "import jax.numpy as jnp\nfrom autograd import numpy as anp, grad\n"
             "from jax import numpy as jaxnp, jit\nimport jax\nfrom autograd.numpy import linalg\n"
             "assert linalg.norm([3, 4]) == 5 and np.asnumpy([1]).tolist() == [1]\n"
             "assert jax.numpy.float64 is np.float64 and jaxnp.product([2, 3]) == 6\n"
             "@jit\ndef double(x):\n    return anp.add(jnp.asarray(x), np.asarray(x))",
             notes=("no_such_module", "cupy is not installed here; NumPy took its place.",
                    "jax is not", "jax.numpy is", "autograd is not", "autograd.numpy is",
                    "product")),
    doubling("what mirrors NumPy, within try", "try:\n    import cupy as np\n"
             "except ImportError:\n    import numpy as np\nassert np.__name__ == 'numpy'\n" + DOUBLE),
    doubling("what a mirror of NumPy lacks", "import cupy as cp\ndef double(x):\n"
             "    return cp.RawKernel('double')(x)", lost=BOTH_ERRORS,
             notes=("cupy is not",), said="This needs the module cupy"),
]  # fmt: skip
ADDED = """\
class Scale:
    pass
"""
ROWS += [
    # Classes cell by cell.
    scaling("%%add_to, several methods", "import jdc", "class Base:\n    def unit(self):\n"
            "        return 1.0", "class Scale(Base):\n    SECRET = 1\n",
            "%%add_to Scale\n\nONE = 1.0\nimport math\n\ndef __init__(self, factor):\n"
            "    self.__factor = factor\n\n@property\ndef factor(self):\n"
            "    return self.__factor * self.ONE\n\n@factor.setter\ndef factor(self, value):\n"
            "    self.__factor = value\n", "%%time\n%%add_to Scale\n@staticmethod\n"
            "def times(a, b):\n    return a * b * ONE\n\ndef apply(self, x):\n"
            "    '''Of a\n  text.'''\n    return self.times(self.factor, x) * self.unit()\n\n"
            "def unit(self):\n    assert __class__ is Scale\n    return super().unit()",
            notes=("module jdc",)),
    scaling("%%add_to, an error between", ADDED, "%%add_to Scale\n"
            "def __init__(self, factor):\n    self.factor = factor\n1 / 0\n"
            "def apply(self, x):\n    return self.factor * x", errors=("ZeroDivisionError",),
            notes=("Cell 2 stopped",)),
    scaling("%%add_to a class that is not there", "%%add_to Scales\ndef f(self): ...", SCALE,
            errors=("NameError",)),
    scaling("%%add_to by the shell's function, over a function of the same name",
            "def apply(x):\n    return x", ADDED, "%%add_to Scale\n"
            "def __init__(self, factor): self.factor = factor\n"
            "def apply(self, x): return apply(self.factor * x)\n"),
    scaling("%%add_to an instance", SCALE, "scale = Scale(2.0)", "%%add_to scale\n"
            "def twice(self):\n    return self.apply(2.0)", "assert scale.twice() == 4.0"),
    scaling("add_to_class of d2l", "from d2l import torch as d2l\nimport numpy as np",
            "class Scale(d2l.HyperParameters):\n    def __init__(self, factor, unused=3):\n"
            "        self.save_hyperparameters(ignore=['unused'])",
            "def apply(x):\n    return x",
            "@d2l.add_to_class(Scale)\ndef apply(self, x):\n    return apply(self.factor * x)",
            notes=("module d2l",)),
    scaling("patches of fastcore", "from no_fastcore import patch, patch_to, patch_property\n"
            + ADDED, "@patch\ndef __init__(self: Scale, factor):\n    self._factor = factor",
            "@patch(as_prop=True)\ndef factor(self: 'Scale'):\n    return self._factor",
            "@patch(set_prop=True)\ndef factor(self: Scale, value):\n    self._factor = value",
            "@patch_to(Scale, cls_method=True)\ndef times(cls, a, b):\n    return a * b\n"
            "@patch_to((Scale, dict))\ndef apply(self, x):\n"
            "    return self.times(self.factor, x)\n@patch\ndef other(self: Scale | int): ...\n"
            "assert Scale.other", notes=("no_fastcore",)),
    scaling("decorators of unknown names that take a class", "import no_tools\n" + ADDED,
            "@no_tools.method_of_class(Scale)\ndef __init__(self, factor):\n"
            "    self.factor = factor",
            "@no_tools.adds.it(\n    Scale\n)\ndef apply(self, x):\n    return self.factor * x",
            "@no_tools.register\nclass Other: pass\n@no_tools.whatever(Scale)\ndef free(x):\n"
            "    return x\nassert free(3) == 3 and not hasattr(Scale, 'free')\n"
            "assert no_tools.compile(Scale) is Scale and Other()", notes=("no_tools",)),
    scaling("a decorator of one's own, and plain assignment", "def add(cls):\n    def to(f):\n"
            "        setattr(cls, f.__name__, f)\n        return f\n    return to\n" + ADDED,
            "@add(Scale)\ndef __init__(self, factor):\n    self.factor = factor",
            "def multiply(self, x):\n    return self.factor * x\nScale.apply = multiply"),
    # davos.
    doubling("smuggle", "%pip install -q davos\nimport davos",
             "smuggle numpy as np    # pip: numpy==1.26.4\nfrom scipy smuggle stats, linalg as la\n"
             "if True:\n    smuggle os.path, sys as system; smuggle json\n"
             "from collections smuggle (  # pip: collections\n    OrderedDict,\n    deque as d,\n)\n"
             "smuggled = 'smuggle numpy as np'\nassert system and d and json and la",
             "def double(x):\n    smuggle numpy as num\n    return num.multiply(x, 2)",
             notes=("%pip", "davos")),
    doubling("smuggle after an error", "1 / 0\nsmuggle numpy as np\ndef double(x):\n"
             "    return np.multiply(x, 2)", errors=("ZeroDivisionError",), notes=("Cell 1",)),
    # Written for a newer Python.
    Mess(name="a newer Python's syntax", files={"a.ipynb": notebook(
        DOUBLE, "type = = 3", metadata={"language_info": {"name": "python", "version": "3.99.1"}})},
        errors=("SyntaxError",), notes=("written with Python 3.99",)),
    Mess(name="a newer Python's syntax is not there", files={"a.ipynb": notebook(
        DOUBLE, metadata={"language_info": {"name": "python", "version": "3.99.1"}})}),
]  # fmt: skip
