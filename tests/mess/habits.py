"""Habits of Python: builtins overwritten, global settings changed, signals, warnings."""

from __future__ import annotations

from .handed import DOUBLE, Mess, doubling

ROWS: list[Mess] = [
    doubling("builtins overwritten", "open = 5\nprint = None\nlist = [1]\nsum = 0\nmax = min = 1\n"
             "type = 'adam'\ninput = 2\nid = dict = str = 3\nlen = isinstance = callable = None",
             DOUBLE),
    doubling("numpy's own names overwritten", "import numpy as np\nnp.ndarray = np.generic = list\n"
             "np.asarray = np.frombuffer = None", DOUBLE),
    doubling("sys.path and the environment emptied", DOUBLE, "import os, sys\n"
             "sys.path.clear()\nos.environ.clear()"),
    doubling("a low recursion limit", DOUBLE, "import sys\nsys.setrecursionlimit(60)"),
    doubling("time stands still", DOUBLE, "import time\ntime.sleep = lambda s: None\n"
             "time.time = time.monotonic = time.process_time = lambda: 0"),
    doubling("a thread that never ends", "import threading\ndef spin():\n    while True: pass\n"
             "threading.Thread(target=spin).start()", DOUBLE),
    doubling("the working folder is removed", "import os\nos.mkdir('a')\nos.chdir('a')\n"
             "os.rmdir('../a')", DOUBLE),
    doubling("the definition made by exec", "exec('def double(x): return 2 * x')"),
    doubling("builtins overwritten for everybody", "import builtins\nbuiltins.sum = 0\n"
             "builtins.print = lambda *a, **k: None\nbuiltins.input = None", DOUBLE, "1 + 1"),
    doubling("warnings as errors", "import warnings\nwarnings.filterwarnings('error')",
             "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()", DOUBLE,
             "x = double(2)\nx"),
    doubling("a warning as an error", "import warnings\nimport numpy as np\n"
             "warnings.simplefilter('error')\nnp.log(0.0)\n" + DOUBLE,
             errors=("RuntimeWarning",), notes=("Cell 1 stopped at an error",)),
    doubling("NumPy's settings", "import numpy as np\nnp.seterr(all='raise')\n"
             "np.set_printoptions(precision=3, suppress=True)\nnp.random.seed(0)\n"
             "def double(x):\n    return np.add(x, x)"),
    doubling("np.mean replaced",
             "import numpy as np\nnp.mean = lambda *a, **k: 0.0\nnp.asarray = None", DOUBLE),
    doubling("logging configured", "import logging\n"
             "logging.basicConfig(level=logging.DEBUG, filename='train.log')\n"
             "logging.info('x')\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()",
             DOUBLE),
    doubling("signal.alarm as a time limit", "import signal\ndef stop(number, frame):\n"
             "    raise TimeoutError\nsignal.signal(signal.SIGALRM, stop)\n"
             "signal.setitimer(signal.ITIMER_REAL, 0.1)\nn = 0\ntry:\n"
             "    while True:\n        n += 1\nexcept TimeoutError:\n    late = True\nfinally:\n"
             "    signal.alarm(0)", "assert late", "while True: pass\nx = 1", DOUBLE,
             course="hurried", status="timeout", errors=("stopped at the time limit",)),
    doubling("signal.alarm around the function", "import signal\nclass Late(Exception): pass\n"
             "def stop(number, frame):\n    raise Late\ndef double(x):\n"
             "    before = signal.signal(signal.SIGALRM, stop)\n    signal.alarm(5)\n    try:\n"
             "        return 2 * x\n    finally:\n        signal.alarm(0)\n"
             "        signal.signal(signal.SIGALRM, before)", "double(1)"),
    doubling("slow but within the limit", "import time\nstart = time.process_time()\n"
             "while time.process_time() - start < 0.4: pass\ntime.sleep(0.1)", DOUBLE,
             course="hurried"),
    doubling("Greek and Japanese names", "η = 2\n学習率 = 0.1\nclass Größe:\n    pass\n"
             "def double(ｘ):\n    return η * x"),
    doubling("generators and comprehensions", "def numbers():\n    n = yield 2\n    yield n\n"
             "g = numbers()\nfactor = next(g)\nassert g.send(3) == 3\n"
             "def double(x):\n    return next(f * x for f in [factor])"),
    doubling("numpy.typing and future annotations",
             "from __future__ import annotations\nimport numpy as np\nimport numpy.typing as npt\n"
             "from typing import TypeVar, Literal, overload\nT = TypeVar('T')\n"
             "Vector = npt.NDArray[np.float64]\n"
             "def double(x: Vector | float, how: Literal['a'] = 'a') -> Undefined:\n"
             "    return 2 * x"),
    doubling("if __name__ == '__main__'", "if __name__ == '__main__':\n    FACTOR = 2\n"
             "def double(x):\n    return FACTOR * x"),
    doubling("star imports", "from numpy import *\nfrom math import *\n"
             "from matplotlib.pyplot import *",
             DOUBLE),
    doubling("argparse in a cell", "import argparse\np = argparse.ArgumentParser()\n"
             "p.add_argument('data')\nargs = p.parse_args()\n" + DOUBLE,
             errors=("SystemExit: 2",), notes=("Cell 1 stopped at an error",)),
    doubling("own names of Otter and the tests", "env = 1\nname = points = 5\ntest_case = None\n"
             "forward = loss = 3.0\ncheck = student = worker = 1", DOUBLE, "grader = 3\n"
             "otter = None"),
    doubling("a lambda", "double = lambda x: 2 * x"),
    doubling("functools.partial", "from functools import partial\nimport operator\n"
             "double = partial(operator.mul, 2)"),
    doubling("np.vectorize", "import numpy as np\ndouble = np.vectorize(lambda x: 2 * x)"),
    doubling("a bound method", "class Twice:\n    def run(self, x):\n        return 2 * x\n"
             "double = Twice().run"),
    doubling("an object that can be called", "class Twice:\n    def __call__(self, x):\n"
             "        return 2 * x\ndouble = Twice()"),
    doubling("*args and **kwargs", "def double(*args, **kwargs):\n    return 2 * args[0]"),
    doubling("a closure", "def make(n):\n    count = 0\n    def inner(x):\n        nonlocal count\n"
             "        count += 1\n        return n * x\n    return inner\ndouble = make(2)"),
    doubling("own decorators", "import functools, time\ndef timed(f):\n    @functools.wraps(f)\n"
             "    def inner(*args, **kwargs):\n        start = time.time()\n"
             "        result = f(*args, **kwargs)\n        print(time.time() - start)\n"
             "        return result\n    return inner\n@timed\n" + DOUBLE),
    doubling("lru_cache over arrays", "from functools import lru_cache\n@lru_cache\n" + DOUBLE,
             lost={"arrays": "error"}, said="unhashable"),
    doubling("a result that shares memory", "import numpy as np\nout = np.empty(2)\n"
             "def double(x):\n    return np.multiply(x, 2, out=out) if np.ndim(x) else 2 * x"),
    doubling("the argument changed in place", "def double(x):\n    x *= 2\n    return x"),
    doubling("odd entries of globals()", "globals()[5] = 1\nglobals()['a b'] = 2", DOUBLE),
    doubling("the function prints and draws", "import matplotlib.pyplot as plt\ndef double(x):\n"
             "    print('x' * 100_000)\n    plt.figure()\n    plt.plot([1, 2])\n    plt.show()\n"
             "    return 2 * x"),
    doubling("hooks and exceptions of Python", "import sys, atexit\n"
             "sys.excepthook = lambda *a: None\natexit.register(print, 'end')\nsys.ps1 = '> '\n"
             "sys.displayhook = print\nsys.tracebacklimit = 0", "1 / 0", "1 + 1", DOUBLE,
             errors=("ZeroDivisionError",)),
    doubling("tests of one's own", DOUBLE, "import doctest, unittest\n"
             "class Mine(unittest.TestCase):\n"
             "    def test_two(self):\n        self.assertEqual(double(2), 4)\ndoctest.testmod()\n"
             "unittest.main(argv=[''], exit=False)", "unittest.main()", notes=("sys.exit()",)),
    doubling("all variables cleared first", "for name in dir():\n    if not name.startswith('_'):\n"
             "        del globals()[name]\n%matplotlib inline", DOUBLE),
    doubling("modules reloaded", "import importlib\nimport numpy as np\n"
             "import matplotlib.pyplot as plt\nimportlib.reload(np)\nimportlib.reload(plt)\n"
             "plt.plot(np.ones(3))\nplt.show()", DOUBLE),
]  # fmt: skip
