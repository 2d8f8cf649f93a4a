"""What is asked of stand-ins: base classes by name, arrays of a GPU, whether a module is there."""

from __future__ import annotations

from .handed import DOUBLE, SCALE, Mess, doubling, scaling

BOTH_ERRORS = {"values": "error", "arrays": "error"}

ROWS: list[Mess] = [
    scaling("a missing base class by name", "import no_torch\nfrom typing import Generic, TypeVar\n"
            "from no_lib import Mixin\nT = TypeVar('T')\n"
            "class Scale(no_torch.nn.Module, Mixin, Generic[T]):\n    def __init__(self, factor):\n"
            "        no_torch.nn.Module.__init__(self)\n        Mixin.__init__(self, name='s')\n"
            "        no_torch.nn.Module.__setattr__(self, 'factor', factor)\n"
            "    def apply(self, x):\n        return self.factor * x",
            "assert Scale.__parameters__ == (T,)\nScale[int](2)", notes=("no_torch", "no_lib")),
    scaling("store_attr of fastcore", "from no_fastcore.all import *\n" + SCALE.replace(
        "self.factor = factor", "store_attr()"), notes=("no_fastcore",)),
    scaling("store_attr of some names", "from no_fastcore.basics import store_attr\nclass Pair:\n"
            "    def __init__(self, a, b=3, *, c=4):\n        d = 1\n        store_attr('a,b', e=d)\n"
            "class Rest:\n    def __init__(self, a, b, c=4):\n"
            "        store_attr(self=self, but='b')\n"
            "assert vars(Pair(1)) == {'a': 1, 'b': 3, 'e': 1}\n"
            "assert vars(Rest(1, 2)) == {'a': 1, 'c': 4}", SCALE, notes=("no_fastcore",)),
    doubling("arrays of a GPU", "import cupy as cp\nimport numpy as np\n"
             "def double(x: cp.ndarray | float):\n    if isinstance(x, cp.ndarray):\n"
             "        x = x.get()\n    return 2 * cp.asnumpy(x)",
             "assert double(cp.array([1])).tolist() == [2] and cp.ndarray((2, 3)).shape == (2, 3)",
             notes=("NumPy took its place",), absent="cupy"),
    doubling("a method that only arrays of a GPU have", "import cupy as cp\ndef double(x):\n"
             "    return (2 * cp.asarray(x)).toDlpack()", lost=BOTH_ERRORS,
             said="It may be this: The module cupy is not installed here; NumPy took its place.",
             notes=("NumPy took its place",), absent="cupy"),
    doubling("jax's devices", "import jax, jax.numpy as jnp\ndef double(x):\n"
             "    return jax.device_get(jax.block_until_ready(2 * jax.device_put(jnp.asarray(x))))",
             notes=("jax is not", "jax.numpy is not"), absent="jax"),
    doubling("whether a module can be found", "import importlib.util\n"
             "assert importlib.util.find_spec('no_torch') is None\n"
             "HAS = {m: importlib.util.find_spec(m) is not None for m in ('no_jax', 'numpy')}\n"
             "if HAS['no_jax']:\n    import no_jax\nassert HAS['numpy']\n" + DOUBLE),
    doubling("numba.vectorize", "import numpy as np\nfrom numba import vectorize, float64\n"
             "import numba as nb\n@vectorize([float64(float64)], target='parallel')\n"
             "def double(x):\n    return 2 * x\n@vectorize\ndef relu(x):\n"
             "    return x if x > 0 else 0\n@nb.vectorize(['float64(float64, float64)'])\n"
             "def add(a, b):\n    return a + b",
             "assert relu(np.array([[-1.0, 0.5]])).tolist() == [[0, 0.5]] and relu(-1) == 0\n"
             "assert add([1, 2], 3).dtype == np.float64 and add([1, 2], 3).tolist() == [4, 5]",
             notes=("numba",), absent="numba"),
    doubling("a case for a missing class", "import no_torch\nfrom no_torch import Tensor\n"
             "class Point:\n    __match_args__ = ('x',)\n    def __init__(self, x):\n"
             "        self.x = x\ndef double(x):\n    match x:\n        case no_torch.Tensor():\n"
             "            x = x.numpy()\n        case [Tensor(shape=s), *_] | Tensor(shape=s):\n"
             "            x = s\n        case Point(y):\n            x = y\n"
             "        case int() | float():\n            pass\n    return 2 * x",
             "assert double(Point(2)) == 4", notes=("no_torch",)),
]  # fmt: skip
