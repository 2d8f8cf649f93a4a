"""Code that waits where nobody looks.  Success would be a judge that waits with it.

The wall seconds of a submission are bounded by its settings (here 6 and a start).
"""

from __future__ import annotations

import time

import pytest

from .conftest import ONE_CASE, Attack, Case, ids

pytestmark = pytest.mark.slow
SLEEP = "__import__('time').sleep(60)"
WAITS = [
    Case("del", "an object's end", f"""
class D:
    def __del__(self):
        {SLEEP}
def double(x):
    return D()
"""),
    Case("repr", "what a message shows", f"""
class D:
    def __repr__(self):
        {SLEEP}
    __str__ = __eq__ = __float__ = __len__ = __bool__ = __iter__ = __array__ = __repr__
def double(x):
    return D()
"""),
    Case("exception text", "what an error says", f"""
class E(Exception):
    def __str__(self):
        {SLEEP}
def double(x):
    raise E
"""),
    Case("exit", "the interpreter's end", f"""
import atexit
atexit.register(lambda: {SLEEP})
def double(x):
    raise SystemExit
"""),
    Case("attribute", "a look at an attribute", f"""
class D:
    def __getattribute__(self, name):
        {SLEEP}
def double(x):
    return D()
"""),
    Case("import", "a module's first lines", f"""
open('slow.py', 'w').write("{SLEEP}")
def double(x):
    import slow
"""),
    Case("thread", "a thread that holds the interpreter", """
import threading
def spin():
    while True: pass
for _ in range(4): threading.Thread(target=spin, daemon=True).start()
def double(x):
    threading.Event().wait()
"""),
    Case("no alarm", "the worker's own alarm is off", """
import signal
signal.setitimer(signal.ITIMER_REAL, 0); signal.signal(signal.SIGALRM, signal.SIG_IGN)
def double(x):
    while True: pass
"""),
    Case("stop", "a process that is stopped, not dead", """
import os, signal, ctypes
def double(x):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 60)); signal.sigwait([12])
"""),
    Case("child", "only a child uses time", """
import os
def double(x):
    if os.fork() == 0:
        while True: pass
    os.wait()
"""),
]  # fmt: skip


@pytest.mark.parametrize("case", WAITS, ids=ids)
def test_a_call_that_waits_is_not_waited_for(attack: Attack, case: Case) -> None:
    begin = time.monotonic()
    attack(case.code, test_file=ONE_CASE, waits=True)
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("cells", [1, 30])
def test_cells_that_wait_are_bounded_together(attack: Attack, cells: int) -> None:
    begin = time.monotonic()
    attack(*[f"try:\n    {SLEEP}\nexcept BaseException: {SLEEP}"] * cells,
           test_file=ONE_CASE, waits=True)  # fmt: skip
    assert time.monotonic() - begin < 20
