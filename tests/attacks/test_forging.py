"""Answers that lie, and searches for the tests in the worker's own memory.

Success would be points for a wrong answer, or the hidden tests' text.  All of these
would earn full points where tests and notebook share a process; see the last test.
"""

from __future__ import annotations

import pytest

from .conftest import SECRET, Attack, Case, ids

WRONG = "\ndef double(x):\n    return np.zeros(3) if hasattr(x, 'shape') else 5\n"

PATCHES = [
    Case("numpy testing", "assertions that never fail", """
for name in dir(np.testing):
    if name.startswith('assert'):
        setattr(np.testing, name, lambda *a, **k: None)
"""),
    Case("allclose", "any value is close", """
np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
np.testing._private.utils.assert_array_compare = lambda *a, **k: None
"""),
    Case("ufuncs", "comparisons that hold", """
np.equal = np.not_equal = np.less = np.subtract = lambda *a, **k: np.array(True)
np.set_printoptions(override_repr=lambda a: 'array([2., 2.])')
"""),
    Case("builtins", "isinstance, len and all that agree", """
import builtins
builtins.all = builtins.isinstance = lambda *a: True
builtins.AssertionError = type('Quiet', (Exception,), {})
"""),
    Case("excepthook", "errors that are lost on their way", """
import sys
sys.excepthook = sys.unraisablehook = lambda *a: None
sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)
"""),
    Case("otter", "a grader that gives all points", """
import sys, types
fake = types.ModuleType('otter'); fake.__path__ = []
fake.test_files = types.ModuleType('otter.test_files')
fake.test_files.test_case = lambda *a, **k: lambda f: lambda **kw: None
sys.modules.update({'otter': fake, 'otter.test_files': fake.test_files})
"""),
    Case("checks", "checks that never fail", """
import sys, types
lax = types.ModuleType('grader.checks'); lax.value = lambda *a, **k: None
sys.modules['grader.checks'] = sys.modules['grader'].checks = lax
"""),
    Case("ipython", "hooks that change what is run", """
ip = get_ipython()
ip.run_cell = ip.run_cell_async = None
ip.ast_transformers.append(None); ip.input_transformers_post.append(lambda lines: ['double = 4'])
ip.events.register('post_run_cell', lambda *a: 1 / 0)
"""),
    Case("worker", "operations that answer what is expected", """
import gc
from grader.isolation.inside.worker import Worker
for thing in gc.get_objects():
    if isinstance(thing, Worker):
        thing._operations['call'] = lambda target, x: 4
"""),
    Case("codec", "a codec that sends objects which judge themselves", """
from grader.isolation import codec, heap
class Always(int):
    __eq__ = lambda *a: True
heap.text = heap.big_int = lambda value: [99, 'eval']
heap.Heap.encode = lambda self, value, depth=0: [codec.HANDLE, 7, 'int']
"""),
    Case("exit code", "an end that looks like success", """
import atexit, os
atexit.register(os._exit, 0)
"""),
]  # fmt: skip

LIES = [
    Case("equal to all", "__eq__ says yes", """
class Yes:
    __eq__ = __ge__ = __le__ = lambda self, other: True
    __ne__ = __lt__ = lambda self, other: False
    __hash__ = lambda self: 4
    __bool__ = lambda self: True
    __abs__ = __sub__ = __rsub__ = lambda self, other=0: 0
def double(x):
    return Yes()
"""),
    Case("int subclass", "an int with its own __eq__", """
class Liar(int):
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__
def double(x):
    return Liar(5)
"""),
    Case("float subclass", "a float with its own __eq__", """
class Liar(float):
    __eq__ = lambda self, other: True
    __hash__ = float.__hash__
def double(x):
    return Liar(5)
"""),
    Case("str subclass", "text that equals a number", """
class Liar(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
def double(x):
    return Liar('4')
"""),
    Case("ndarray subclass", "__array_ufunc__ answers every comparison", """
class Liar(np.ndarray):
    def __array_ufunc__(self, *a, **k):
        return np.array(True)
    def __array_function__(self, *a, **k):
        return True
    def __array_finalize__(self, other):
        pass
    __eq__ = lambda self, other: np.ones(3, bool)
def double(x):
    return np.zeros(3).view(Liar)
"""),
    Case("interface", "__array_interface__ reads the judge's expected array", """
class Liar:
    __array_interface__ = {'shape': (3,), 'typestr': '<f8', 'data': (4096, False), 'version': 3}
def double(x):
    return Liar()
"""),
    Case("array protocol", "__array__ gives another answer at each call", """
class Liar:
    n = 0
    def __array__(self, dtype=None, copy=None):
        Liar.n += 1
        return np.zeros(3) + Liar.n
def double(x):
    return Liar()
"""),
    Case("reduce", "unpickling runs code in the judge", """
class Bomb:
    def __reduce__(self):
        import os
        return os._exit, (0,)
    __reduce_ex__ = lambda self, n: self.__reduce__()
def double(x):
    return Bomb()
"""),
    Case("nan", "NaN hides a difference", """
def double(x):
    return x * float('nan')
"""),
    Case("changed arguments", "the expectation is made from what the student left", """
def double(x):
    if hasattr(x, 'shape'):
        x[:] = 0
    return x * 0
"""),
    Case("generator", "an answer made when it is looked at", """
def double(x):
    return (n for n in [4])
"""),
    Case("class as answer", "isinstance with a metaclass that agrees", """
class Meta(type):
    __eq__ = lambda *a: True
    __instancecheck__ = lambda *a: True
    __hash__ = type.__hash__
class double(metaclass=Meta):
    def __init__(self, x):
        pass
"""),
    Case("named like ours", "a type that calls itself int", """
class Liar:
    __eq__ = lambda *a: True
Liar.__name__ = Liar.__qualname__ = 'int'; Liar.__module__ = 'builtins'
def double(x):
    return Liar()
"""),
]  # fmt: skip

SEARCHES = [
    Case("frames", "the test's frame is among the callers", """
import sys
def double(x):
    frame, seen = sys._getframe(), []
    while frame:
        seen.append(repr(frame.f_locals)); frame = frame.f_back
    raise ValueError(''.join(s for s in seen if 'SEC' + 'RET' in s) or 'nothing')
"""),
    Case("gc", "the test's constants are among all objects", """
import gc
def double(x):
    word = 'SEC' + 'RET-'
    raise ValueError(str([o for o in gc.get_objects() if type(o) is tuple and any(
        type(i) is str and i.startswith(word) for i in o)]))
"""),
    Case("modules", "the test file is among the modules", """
import sys
def double(x):
    raise ValueError(str([m for m in sys.modules if 'reference' in m or 'test_double' in m]))
"""),
    Case("memory", "the process's own memory holds the tests", """
import re
def double(x):
    word, found = ('SEC' + 'RET-').encode() + rb'[0-9a-f]{4}', []
    for line in open('/proc/self/maps'):
        if 'heap' in line and ' r' in line:
            lo, hi = (int(n, 16) for n in line.split()[0].split('-'))
            with open('/proc/self/mem', 'rb') as memory:
                memory.seek(lo); found += re.findall(word, memory.read(hi - lo))
    raise ValueError(str(found))
"""),
    Case("exception context", "the judge's exceptions carry its frames", """
def double(x):
    try:
        raise KeyError
    except KeyError as error:
        raise ValueError(str([error.__context__, error.__traceback__.tb_frame.f_back]))
"""),
]  # fmt: skip


@pytest.mark.parametrize("case", PATCHES, ids=ids)
def test_what_is_patched_in_the_worker_is_not_used_by_the_judge(attack: Attack, case: Case) -> None:
    attack("import numpy as np" + WRONG + case.code)


@pytest.mark.parametrize("case", LIES, ids=ids)
def test_a_lying_answer_is_a_wrong_answer(attack: Attack, case: Case) -> None:
    attack("import numpy as np" + case.code)


@pytest.mark.parametrize("case", SEARCHES, ids=ids)
def test_the_tests_are_not_in_the_workers_memory(attack: Attack, case: Case) -> None:
    result = attack("import numpy as np" + case.code)  # it looks for the secret in all texts
    assert SECRET not in result.cases[0].message


@pytest.mark.parametrize("case", [c for c in LIES if c.name in (
    "equal to all", "int subclass", "str subclass", "named like ours")], ids=ids)  # fmt: skip
def test_in_one_process_the_same_lies_succeed(case: Case) -> None:
    space: dict[str, object] = {}
    exec("import numpy as np" + case.code, space)
    double = space["double"]
    assert callable(double)
    assert double(2) == 4


def test_a_test_files_own_data_is_not_left_changed_for_the_next(attack: Attack) -> None:
    attack("def double(x):\n    if hasattr(x, 'shape'):\n        x[:] = 7\n        x *= 0\n"
           "        return x\n    return 0")  # fmt: skip
