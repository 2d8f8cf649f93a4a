"""Cells that stop at an error, overwrite what they defined, or try to end the notebook."""

from __future__ import annotations

from .handed import DOUBLE, SCALE, Mess, doubling, scaling

STOPPED = "stopped at an error"
NOT_CALLED = "double was overwritten by something that cannot be called"
BOTH_MISSING = {"values": "missing", "arrays": "missing"}
BOTH_ERRORS = {"values": "error", "arrays": "error"}
MUTE = """\
class Mute(Exception):
    def __str__(self):
        raise ValueError("no words")
"""

ROWS: list[Mess] = [
    doubling("fails before the definition", f"1 / 0\n{DOUBLE}", errors=("ZeroDivisionError",),
             notes=("Cell 1 " + STOPPED,)),
    doubling("fails after the definition", f"{DOUBLE}\n1 / 0", errors=("ZeroDivisionError",)),
    doubling("fails between two definitions", f"def half(x):\n    return x / 2\nhalf()\n{DOUBLE}",
             errors=("TypeError",), notes=("Cell 1 " + STOPPED,)),
    doubling("fails in a cell before", "undefined_name", DOUBLE, errors=("NameError",)),
    doubling("own assertion fails", DOUBLE, "assert double(2) == 5, 'why?'",
             errors=("AssertionError: why?",)),
    doubling("syntax error in another cell", DOUBLE, "print 'done'", errors=("SyntaxError",)),
    doubling("syntax error around the definition", "x = (\n" + DOUBLE, lost=BOTH_MISSING,
             errors=("SyntaxError",), said="double was never defined"),
    doubling("tabs and spaces mixed", "def double(x):\n\tif True:\n\t\treturn 2 * x",
             "def other(x):\n    return x"),
    doubling("tabs and spaces mixed in one block", DOUBLE, "if True:\n        a = 1\n\tb = 2",
             errors=("TabError",)),
    doubling("raise after the class", f"{DOUBLE}\nraise NotImplementedError('the rest')",
             errors=("NotImplementedError: the rest",)),
    doubling("defined twice, the last counts", "def double(x):\n    return None", DOUBLE),
    doubling("future annotations, then an error",
             f"from __future__ import annotations\n1 / 0\ndef other(x: Unknown) -> Missing: ...\n"
             f"{DOUBLE}", "def another(x: Unknown): ...",
             errors=("ZeroDivisionError",), notes=("Cell 1 " + STOPPED,)),
    doubling("annotation of a missing name after an error",
             f"1 / 0\ndef other(x: Unknown) -> Missing: ...\n{DOUBLE}",
             errors=("ZeroDivisionError",), notes=("Cell 1 " + STOPPED, "'Unknown'", "'Missing'")),
    doubling("sys.exit() in a cell", f"import sys\nsys.exit()\n{DOUBLE}",
             notes=("sys.exit() ended cell 1",)),
    doubling("sys.exit with a message", DOUBLE, "import sys\nsys.exit('bad data')",
             errors=("SystemExit: bad data",)),
    doubling("exit() and quit()", "exit()\nquit()\n" + DOUBLE, notes=("exit() and quit()",)),
    doubling("raise KeyboardInterrupt", "raise KeyboardInterrupt\n" + DOUBLE,
             errors=("KeyboardInterrupt",), notes=("Cell 1 " + STOPPED,)),
    doubling("raise SystemExit in the function", "def double(x):\n    raise SystemExit(1)",
             lost=BOTH_ERRORS, said="SystemExit"),
    doubling("an exception that cannot be told", MUTE + "raise Mute\n" + DOUBLE,
             errors=("Mute: (its message could not be made)",), notes=("Cell 1 " + STOPPED,)),
    doubling("an exception that cannot be told, in the function",
             MUTE + "def double(x):\n    raise Mute", lost=BOTH_ERRORS,
             said="Your code raised Mute"),
    doubling("endless recursion in a cell", f"def f(n):\n    return f(n + 1)\nf(0)\n{DOUBLE}",
             errors=("RecursionError",), notes=("Cell 1 " + STOPPED,)),
    doubling("endless recursion in the function", "def double(x):\n    return double(x)",
             lost=BOTH_ERRORS, said="RecursionError"),
    doubling("a deep recursion that was allowed",
             "import sys\nsys.setrecursionlimit(20_000)\ndef depth(n):\n"
             "    return 0 if n == 0 else 1 + depth(n - 1)\nassert depth(9_000) == 9_000", DOUBLE),
    doubling("never defined", "def dubble(x):\n    return 2 * x", lost=BOTH_MISSING,
             said="dubble is there, which is nearly the same name"),
    doubling("deleted at the end", DOUBLE, "del double", lost=BOTH_MISSING,
             said="cell 2 takes it away again: del double"),
    doubling("%reset -f at the end", DOUBLE, "%reset -f", lost=BOTH_MISSING,
             said="cell 2 takes it away again: %reset -f"),
    doubling("%reset -f at the beginning", "%reset -f\nimport numpy as np", DOUBLE),
    doubling("reset through get_ipython", "from IPython import get_ipython\n"
             "get_ipython().magic('reset -sf')\nimport numpy as np", DOUBLE),
    doubling("%reset that asks first", DOUBLE, "%reset"),
    doubling("overwritten by its result", DOUBLE, "double = double(3)", notes=(NOT_CALLED,)),
    doubling("overwritten in the same cell", f"{DOUBLE}\ndouble = double(3)", notes=(NOT_CALLED,)),
    doubling("overwritten by None", DOUBLE, "double = None", notes=(NOT_CALLED,)),
    doubling("overwritten in a %%time cell", f"%%time\n{DOUBLE}\ndouble = double(3)",
             notes=(NOT_CALLED,)),
    scaling("class overwritten by its instance", SCALE, "Scale = Scale(2)",
            notes=("Scale was overwritten",)),
    doubling("fails in a %%time cell", f"%%time\n1 / 0\n{DOUBLE}", errors=("ZeroDivisionError",),
             notes=("Cell 1 " + STOPPED,)),
    doubling("fails in a %%capture cell", f"%%capture\n1 / 0\n{DOUBLE}",
             errors=("ZeroDivisionError",), notes=("Cell 1 " + STOPPED,)),
    doubling("np rebound at the end",
             "import numpy as np\ndef double(x):\n    return np.multiply(2, x)", "np = None",
             lost=BOTH_ERRORS, said="'NoneType' object has no attribute 'multiply'"),
    doubling("too slow a cell after the definition", DOUBLE, "while True:\n    pass",
             "x = double(2)", course="hurried", status="timeout", errors=("stopped at the time limit",)),
    doubling("too slow a cell before the definition", f"import time\ntime.sleep(60)\n{DOUBLE}",
             course="hurried", status="timeout", errors=("stopped at the time limit",),
             notes=("Cell 1 " + STOPPED,)),
    doubling("the function is too slow for one test case",
             "def double(x):\n    while isinstance(x, int): pass\n    return 2 * x",
             lost={"values": "timeout"}, said="Your code took too long here"),
    doubling("the function asks for too much memory in one test case",
             "def double(x):\n    return 2 * x if not isinstance(x, int) else bytearray(10**12)",
             lost={"values": "memory"}, said="more memory"),
    doubling("restart of the runtime after an install",
             "!pip install numpy\nimport os\nos.kill(os.getpid(), 9)", DOUBLE,
             notes=("!pip install", "restart of the runtime")),
]  # fmt: skip
