"""How cells run, how exceptions arrive, and what a worker's death leaves standing."""

from __future__ import annotations

import os
import signal
import time

import pytest

from grader.sandbox.outside.host import Link, Stopped, Zygote, student_error
from grader.sandbox.wire.protocol import Befell
from grader.words import Words

from .conftest import LIMITS, Student

EXCEPTIONS = [
    "ValueError", "TypeError", "KeyError", "IndexError", "ZeroDivisionError", "AttributeError",
    "NotImplementedError", "RuntimeError", "AssertionError", "RecursionError", "StopIteration",
]  # fmt: skip


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_exceptions_arrive_as_their_built_in_class(student: Student, name: str) -> None:
    env = student(f"def f():\n    raise {name}('what happened')")
    with pytest.raises(Exception, match="what happened") as caught:
        env["f"]()
    assert caught.type.__name__ == name
    known = student_error(caught.value)
    assert known is not None
    assert known.traceback == f"cell 1, line 2, in f\n    raise {name}('what happened')"


def test_own_exceptions_arrive_as_the_built_in_class_they_derive_from(student: Student) -> None:
    env = student(
        "class Mine(ValueError): pass\nclass Gone(BaseException): pass\n"
        "class Mute(Exception):\n    def __str__(self):\n        raise OSError\n"
        "def f(kind):\n    raise {'mine': Mine, 'gone': Gone, 'mute': Mute}[kind]('text')"
    )
    with pytest.raises(ValueError, match="text") as caught:
        env["f"]("mine")
    known = student_error(caught.value)
    assert known is not None
    assert known.name == "Mine"
    with pytest.raises(RuntimeError, match="text"):
        env["f"]("gone")
    with pytest.raises(Exception, match="could not be made"):
        env["f"]("mute")
    with pytest.raises(RuntimeError):
        student("import sys\ndef f():\n    sys.exit(3)")["f"]()


def test_an_error_in_one_cell_does_not_stop_the_next(link: Link) -> None:
    first = link.run_cell(1, "import math\n1 / 0\ndef after():\n    return math.pi")
    assert first.error == "ZeroDivisionError: division by zero"
    assert first.traceback == "cell 1, line 2, in <module>\n    1 / 0"
    assert link.run_cell(2, "print(round(after(), 2))").output == "3.14\n"
    assert str(link.run_cell(3, "def broken(:").error).startswith("SyntaxError")
    assert link.run_cell(4, "'last'").output == "'last'\n"


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("!pip install torch\nx = !ls\nok = x", "was not run"),
        ("%pip install torch\nok = 1", "%pip"),
        ("%%html\n<b>", "no Python"),
        ("%no_such_magic\nok = 1", "not known here"),
        ("%%memit\nok = 1", "run without it"),
        ("import torch.nn as nn\nclass Net(nn.Module):\n    pass\nok = Net().fit(1)", "module torch"),
        ("from vibecheck import Reviewer\nok = Reviewer('a', {}).render()", "vibecheck"),
        ("import urllib.request\ntry:\n    urllib.request.urlopen('http://a.example')\n"
         "except OSError:\n    ok = 1", "network"),
    ],
)  # fmt: skip
def test_what_is_refused_is_noted_and_the_cell_goes_on(link: Link, source: str, note: str) -> None:
    done = link.run_cell(1, source)
    assert done.error is None
    assert any(note in str(Words(text, tuple(fields.items()))) for text, fields in done.notes)
    assert note == "no Python" or "ok" in link.operate("defined")[0]


@pytest.mark.parametrize(
    ("source", "befell"),
    [
        ("%%memit\nok = 1", [Befell.WITHOUT_MAGIC]),
        ("%%no_such_magic\nok = 1", [Befell.NOT_RUN]),
        ("def broken(:", [Befell.OTHER_PYTHON]),
        ("from math import no_such_name\nno_such_name()", [Befell.OTHER_PYTHON]),
        ("from numpy import no_such_name", []),
        ("print('Cell 1 was not run, as in a notebook: Python 3.99')", []),
    ],
)
def test_what_befell_a_cell_is_told_by_kind(link: Link, source: str, befell: list[Befell]) -> None:
    assert link.run_cell(1, source).befell == befell
    assert link.run_cell(2, "ok = 1").befell == []


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "from IPython.display import display, HTML\ndisplay(HTML('<b>x</b>'))",
        "from ipywidgets import interact, IntSlider\n@interact(n=IntSlider(1, 2))\n"
        "def f(n):\n    return n\nassert f(3) == 3",
        "import otter\ngrader = otter.Notebook('a.ipynb')\ngrader.check('q1')",
        "name = input('who? ')\nassert name == ''",
        "exit()\nquit()",
        "import warnings\nwarnings.simplefilter('error')\nimport matplotlib.pyplot as plt\n"
        "plt.plot([1]); plt.show()",
        "try:\n    import no_such_module\nexcept ImportError:\n    fine = True\nassert fine",
        "import tqdm_missing\nassert list(tqdm_missing.tqdm([1, 2])) == [1, 2]",
        "%%time\nx = 1",
        "%%capture out\nprint('hidden')",
        "import os, tempfile\nopen('notes.txt', 'w').write('x')\n"
        "assert os.path.exists('notes.txt')\ntempfile.NamedTemporaryFile()",
    ],
)
def test_what_notebooks_do_is_harmless(link: Link, source: str) -> None:
    assert link.run_cell(1, source).error is None


COMPILED = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE)
address = ctypes.addressof(ctypes.c_char.from_buffer(code))
print(ctypes.CDLL(None).mprotect(ctypes.c_void_p(address), 4096, mmap.PROT_READ | mmap.PROT_EXEC))
"""


def test_code_may_be_compiled_as_it_runs(link: Link) -> None:
    """What compilers of array code do: no layer of confinement may forbid it."""
    done = link.run_cell(1, COMPILED)
    assert (done.error, done.output) == (None, "0\n")


def test_output_over_the_limit_is_cut_and_costs_nothing(link: Link) -> None:
    done = link.run_cell(1, "print('x' * 10**7)\nfor _ in range(1000):\n    print('y' * 10**4)")
    assert done.error is None
    assert len(done.output) <= LIMITS.output_bytes
    assert link.run_cell(2, "a = 1").error is None


@pytest.mark.slow
def test_a_cell_over_its_time_is_interrupted_and_keeps_what_it_defined(link: Link) -> None:
    done = link.run_cell(1, "def f():\n    return 1\nwhile True:\n    pass", seconds=0.5)
    assert done.limit == "timeout"
    done = link.run_cell(2, "import time\nx = f()\ntime.sleep(1000)", seconds=0.5)
    assert done.limit == "timeout"
    assert link.operate("lookup", "x") == 1


@pytest.mark.slow
def test_a_cell_that_blocks_the_interrupt_is_ended_from_outside(link: Link, zygote: Zygote) -> None:
    stubborn = (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
        "while True: pass"
    )
    with pytest.raises(Stopped) as stopped:
        link.run_cell(1, stubborn, seconds=0.5)
    assert stopped.value.reason == "timeout"
    assert zygote.end() == signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("while True: pass", "timeout"),
        ("import time; time.sleep(1000)", "timeout"),
        ("import os; os._exit(0)", "crash"),
        ("import ctypes; ctypes.string_at(0)", "crash"),
        ("import os; os.abort()", "crash"),
        ("import os; os.close(3)", "crash"),
        ("import os; os.write(3, b'\\xff' * 1000)", "crash"),
        ("import os\n    while True: os.write(3, b'\\0' * 100000)", "crash"),
        ("import socket\n    s = socket.socket(fileno=3)\n    s.send(b'\\x00\\x00\\x00\\x7f' * 2)",
         "crash"),
    ],
)  # fmt: skip
def test_a_call_that_does_not_end_well_is_stopped(
    student: Student, source: str, reason: str
) -> None:
    env = student(f"def f():\n    {source}")
    with pytest.raises(Stopped) as stopped:
        env["f"]()
    assert stopped.value.reason == reason
    # Where it was is known of what could still be asked, and how long it may take is said.
    is_told = reason == "timeout"
    assert ("line 2, in f" in stopped.value.traceback) is is_told
    assert (" s for one call was reached" in stopped.value.detail) is is_told


def test_too_much_memory_is_a_memory_error(student: Student) -> None:
    env = student("import numpy as np\ndef f():\n    return np.ones(10**9).sum()")
    with pytest.raises(MemoryError) as caught:
        env["f"]()
    known = student_error(caught.value)
    assert known is not None
    assert known.limit == "memory"


def test_a_zygote_that_is_killed_is_replaced(zygote: Zygote) -> None:
    worker = zygote.spawn(limits=LIMITS, deadline=time.monotonic() + 60)
    worker.prepare(files=(), names=())
    os.kill(zygote.pid, signal.SIGKILL)
    with pytest.raises(Stopped):
        worker.run_cell(1, "while True: pass")
    worker.close()
    zygote.end()
    again = zygote.spawn(limits=LIMITS, deadline=time.monotonic() + 60)
    again.prepare(files=(), names=())
    assert again.run_cell(1, "print(1)").output == "1\n"
    again.close()
    zygote.end()


def test_nothing_passes_from_one_worker_to_the_next(zygote: Zygote) -> None:
    outputs = []
    for _ in range(2):
        worker = zygote.spawn(limits=LIMITS, deadline=time.monotonic() + 60)
        worker.prepare(files=(("data/a.txt", b"here"),), names=())
        cell = (
            "import os, numpy as np, random\n"
            "print(sorted(os.listdir('.')), 'leftover' in globals())\n"
            "leftover = 1\nopen('leftover', 'w').write('x')\n"
            "print(np.random.rand(), random.random())"
        )
        outputs.append(worker.run_cell(1, cell).output.splitlines())
        worker.close()
        zygote.end()
    assert outputs[0][0] == outputs[1][0] == "['data'] False"
    assert outputs[0][1] != outputs[1][1]  # every submission draws its own random numbers


def test_numpy_cannot_be_led_to_the_judges_memory(student: Student) -> None:
    import numpy as np

    env = student(
        "class Liar:\n    __array_interface__ = {'shape': (4,), 'typestr': '<f8',"
        " 'data': (4096, False), 'version': 3}\n    def __array__(self, *a, **k):\n"
        "        raise TypeError('no')\nliar = Liar()"
    )
    # In the worker the lie may well crash NumPy; here nothing is read.
    with pytest.raises((TypeError, Stopped)):
        np.asarray(env["liar"])
