"""Answers that lie, and searches for the tests in the worker's own memory.

Success would be points for a wrong answer, or the hidden tests' text.  All of these
would earn full points where tests and notebook share a process; see the last test.
"""

from __future__ import annotations

import pytest

from .conftest import SECRET, TEST_FILE, Attack, Case, does_harm, ids, shown
from .free import HARM, NONE, Free

NAIVE = f"""
import numpy as np
from grader import checks
from otter.test_files import test_case

OK_FORMAT = False
name = "double"
points = 6


@test_case(name="plain", hidden=True)
def test_plain(double):
    assert double(2) == 4, "{SECRET}"


@test_case(name="all", hidden=True)
def test_all(double):
    assert all([isinstance(double(2), int), double(2) == 4]), "{SECRET}"


@test_case(name="testing", hidden=True)
def test_testing(double):
    np.testing.assert_array_equal(double(np.arange(3.0)), [0.0, 2.0, 4.0])


@test_case(name="allclose", hidden=True)
def test_allclose(double):
    assert np.allclose(double(np.arange(3.0)), [0.0, 2.0, 4.0])


@test_case(name="equal", hidden=True)
def test_equal(double):
    expected = np.array([0.0, 2.0, 4.0])
    assert np.equal(np.asarray(double(np.arange(3.0))), expected).all()


@test_case(name="checks", hidden=True)
def test_checks(double):
    checks.value(double(np.arange(3.0)), np.array([0.0, 2.0, 4.0]), name="double(x)")
"""
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
    Case("builtins", "all and any that agree", """
import builtins
builtins.all = builtins.any = lambda *a: True
"""),
    Case("tracer", "an expectation that is changed while the test runs", """
import sys
def look(frame, event, argument):
    if frame.f_code.co_name == 'test_equal':
        if 'expected' in frame.f_locals:
            frame.f_locals['expected'][:] = 0
        return look
sys.settrace(look)
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
ip.input_transformers_post.append(lambda lines: ['pass'])
"""),
    Case("worker", "operations that answer what is expected", """
import gc
from grader.sandbox.inside.worker import Worker
for thing in gc.get_objects():
    if isinstance(thing, Worker):
        thing._operations['call'] = lambda target, x: 4
""", unshown="a student may answer what he likes; only the judge knows what is right"),
    Case("codec", "a codec that sends objects which judge themselves", """
from grader.sandbox.wire import codec, heap
class Always(int):
    __eq__ = lambda *a: True
heap.text = heap.big_int = lambda value: [99, 'eval']
heap.Heap.encode = lambda self, value, depth=0: [codec.HANDLE, 7, 'int']
""", unshown="a judge that reads another way than the worker writes has no such objects"),
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
    Case("array protocol", "__array__ gives what its caller expects", """
import sys
class Liar:
    def __array__(self, dtype=None, copy=None):
        frame = sys._getframe()
        while frame and 'expected' not in frame.f_locals:
            frame = frame.f_back
        return frame.f_locals['expected'] if frame else np.zeros(3)
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
""", unshown="a test that does not ask for finite values is fooled here as there"),
    Case("changed arguments", "the expectation is made from what the student left", """
def double(x):
    if hasattr(x, 'shape'):
        x[:] = 0
    return x * 0
""", unshown="a test that makes its expectation afterwards is fooled here as there"),
    Case("generator", "an answer made when it is looked at", """
def double(x):
    return (n for n in [4])
""", unshown="a wrong answer in one process, too"),
    Case("class as answer", "isinstance with a metaclass that agrees", """
class Meta(type):
    __eq__ = lambda *a: True
    __instancecheck__ = lambda *a: True
    __hash__ = type.__hash__
class double(metaclass=Meta):
    def __new__(cls, x):
        return cls
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
        seen.append(repr(frame.f_code.co_consts)); frame = frame.f_back
    raise ValueError(''.join(s for s in seen if 'SEC' + 'RET-' in s)[-300:])
"""),
    Case("gc", "the test's constants are among all objects", """
import gc
def double(x):
    found = [repr(o.__code__.co_consts) for o in gc.get_objects() if type(o) is type(double)]
    raise ValueError(str([text for text in found if 'SEC' + 'RET-' in text]))
"""),
    Case("modules", "the test file is among the modules", """
import sys
def double(x):
    tests = vars(sys.modules['test_' + 'double']).values()
    raise ValueError([t.test_func.__code__.co_consts for t in tests if hasattr(t, 'test_func')])
"""),
    Case("memory", "the process's own memory holds the tests", """
import re
def double(x):
    word, found = ('SEC' + 'RET-').encode() + rb'[0-9a-f]{4}', []
    for line in open('/proc/self/maps'):
        fields = line.split()
        if fields[1][0] == 'r' and len(fields) < 6 or 'heap' in line:
            lo, hi = (int(n, 16) for n in fields[0].split('-'))
            with open('/proc/self/mem', 'rb') as memory:
                memory.seek(lo); found += re.findall(word, memory.read(min(hi - lo, 1 << 23)))
    raise ValueError(str(found[:5]))
"""),
    Case("exception context", "the judge's exceptions carry its frames", """
def double(x):
    try:
        raise KeyError
    except KeyError as error:
        raise ValueError(repr(error.__traceback__.tb_frame.f_back.f_code.co_consts))
"""),
]  # fmt: skip


def code(case: Case) -> str:
    """The notebook: a wrong function first where the case has none."""
    return "import numpy as np" + (WRONG if case in PATCHES else "") + case.code


@pytest.mark.parametrize("case", PATCHES, ids=ids)
def test_what_is_patched_in_the_worker_is_not_used_by_the_judge(attack: Attack, case: Case) -> None:
    attack(code(case), test_file=NAIVE if case in shown(PATCHES) else TEST_FILE)


@pytest.mark.parametrize("case", LIES, ids=ids)
def test_a_lying_answer_is_a_wrong_answer(attack: Attack, case: Case) -> None:
    attack(code(case), test_file=NAIVE if case in shown(LIES) else TEST_FILE)


@pytest.mark.parametrize("case", SEARCHES, ids=ids)
def test_the_tests_are_not_in_the_workers_memory(attack: Attack, case: Case) -> None:
    attack(code(case), test_file=NAIVE)  # it looks for the secret in all texts


@pytest.mark.slow
@pytest.mark.parametrize("case", shown([*PATCHES, *LIES, *SEARCHES]), ids=ids)
def test_in_one_process_it_succeeds(free: Free, case: Case) -> None:
    does_harm(free, "graded", code(case))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "outcome"), [("2 * x", HARM), ("3 * x + 1", NONE)], ids=["right", "wrong"]
)
def test_in_one_process_an_honest_answer_gets_its_due(
    free: Free, answer: str, outcome: str
) -> None:
    assert free.run("graded", f"def double(x):\n    return {answer}")[0] == outcome


def test_a_test_files_own_data_is_not_left_changed_for_the_next(attack: Attack) -> None:
    attack("def double(x):\n    if hasattr(x, 'shape'):\n        x[:] = 7\n        x *= 0\n"
           "        return x\n    return 0")  # fmt: skip
