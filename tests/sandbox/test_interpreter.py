"""One warm interpreter for the zygotes of all jobs."""

import base64
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import Fault
from grader.model import Limits
from grader.sandbox.inside import processes
from grader.sandbox.outside import interpreter as outside
from grader.sandbox.outside.host import Zygote
from grader.sandbox.outside.interpreter import Interpreter

pytestmark = pytest.mark.slow


@pytest.fixture
def interpreter() -> Iterator[Interpreter]:
    with Interpreter() as started:
        yield started


@pytest.fixture(scope="module")
def shared() -> Iterator[Interpreter]:
    """For tests that neither kill it nor look at what else its processes are."""
    with Interpreter() as started:
        yield started


def printed(zygote: Zygote, code: str) -> str:
    """What a cell of a fresh worker prints."""
    link = zygote.spawn(limits=Limits(), deadline=time.monotonic() + 60)
    try:
        link.prepare(files=(), names=())
        return link.run_cell(1, code).output.strip()
    finally:
        link.close()
        zygote.end()


def number_of(interpreter: Interpreter) -> int:
    """The interpreter's process number."""
    assert interpreter._process is not None
    return interpreter._process.pid


def test_zygotes_of_one_interpreter_keep_apart(shared: Interpreter) -> None:
    with Zygote(shared) as first, Zygote(shared) as second:
        assert first.pid != second.pid
        assert printed(first, "open('a', 'w').write('x'); x = 1; print(x)") == "1"
        assert printed(second, "import os; print(os.listdir('.'), 'x' in globals())") == "[] False"
        drawn = "import numpy as np, random; print(np.random.rand(), random.random())"
        assert printed(first, drawn) != printed(second, drawn)


def test_modules_are_preloaded_for_all_later_zygotes(shared: Interpreter) -> None:
    known = "import sys; print('wave' in sys.modules)"
    with Zygote(shared) as plain:
        assert printed(plain, known) == "False"
    with Zygote(shared, preload=["wave", "not_installed_anywhere"]) as loaded:
        assert printed(loaded, known) == "True"


def test_modules_are_only_in_the_zygote_that_is_to_have_them(interpreter: Interpreter) -> None:
    known = "import sys; print('wave' in sys.modules)"
    with Zygote(interpreter) as plain:
        assert plain.having(()) is plain
        loaded = plain.having(("wave",))
        assert plain.having(("wave",)) is loaded
        assert [printed(zygote, known) for zygote in (plain, loaded)] == ["False", "True"]
        os.kill(loaded.pid, signal.SIGKILL)
        assert [printed(zygote, known) for zygote in (plain, loaded)] == ["False", "True"]
        assert len(processes.children(number_of(interpreter))) == 2
    gone = time.monotonic() + 60
    while processes.children(number_of(interpreter)):
        assert time.monotonic() < gone, "a zygote outlives the one it belongs to"


def test_an_interpreter_that_is_killed_is_replaced(interpreter: Interpreter) -> None:
    with Zygote(interpreter) as first:
        assert printed(first, "print(1)") == "1"
        os.kill(number_of(interpreter), signal.SIGKILL)
        assert printed(first, "print(2)") == "2"  # zygotes outlive it
        os.kill(first.pid, signal.SIGKILL)
        assert printed(first, "print(3)") == "3"


def test_a_killed_zygote_leaves_no_zombie(interpreter: Interpreter) -> None:
    with Zygote(interpreter) as zygote:
        zygote.pid  # noqa: B018 - waits until it is there
        assert len(processes.children(number_of(interpreter))) == 1
        os.kill(zygote.pid, signal.SIGKILL)
        assert printed(zygote, "print(1)") == "1"
        assert processes.children(number_of(interpreter)) == [zygote.pid]


PLOTS = """
import hashlib, io
import matplotlib.pyplot as plt
from mpl_toolkits.mplot3d import axes3d
figure = plt.figure()
figure.add_subplot(1, 2, 1, title="$x_1$").plot([1, 3, 2], label="loss")
plt.legend()
figure.add_subplot(1, 2, 2, projection="3d").scatter([1], [2], [3])
picture = io.BytesIO()
figure.savefig(picture)
print(hashlib.sha256(picture.getvalue()).hexdigest())
"""


def test_a_single_submission_sees_what_one_of_a_class_sees(interpreter: Interpreter) -> None:
    imported = "import sys; print('mpl_toolkits.axes_grid1' in sys.modules)"
    interpreter.is_for_one = True
    with Zygote(interpreter) as alone:
        assert printed(alone, imported) == "False"
        drawn_alone = printed(alone, PLOTS)
    interpreter.is_for_one = False
    with Zygote(interpreter) as of_a_class:
        assert printed(of_a_class, imported) == "True"
        assert printed(of_a_class, PLOTS) == drawn_alone


def test_a_python_of_another_kind_compiles_the_modules_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "MAGIC_NUMBER", b"other")
    monkeypatch.setattr(outside, "_compiled", lambda: {"grader.sandbox.inside.interpreter": "?"})
    with Zygote() as zygote:
        assert printed(zygote, "print(1)") == "1"


def test_what_modules_are_compiled_to_does_not_say_where_they_lie() -> None:
    for name, code in outside._compiled().items():
        assert str(Path(outside.__file__).parents[2]).encode() not in base64.b64decode(code), name


def test_a_zygote_can_be_closed_before_it_is_there(shared: Interpreter) -> None:
    Zygote(shared).close()
    with Zygote(shared) as next_one:
        assert printed(next_one, "print(1)") == "1"


def test_a_copy_of_this_process_uses_it_without_ending_it(shared: Interpreter) -> None:
    shared.start()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with shared, Zygote(shared) as zygote:
                status = int(printed(zygote, "print(0)"))
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    with Zygote(shared) as zygote:
        assert printed(zygote, "print(1)") == "1"


def test_what_cannot_be_run_is_named_in_one_sentence(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("no program")
    with (
        Interpreter(str(python)) as interpreter,
        pytest.raises(Fault, match=f"{python} cannot be run .*--worker-python"),
    ):
        interpreter.start()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "it gave no reason"),
        ("echo no such thing >&2; exit 3", "no such thing"),
        ('exec "{python}" -c "raise SystemExit(\'no numpy here\')"', "no numpy here"),
    ],
)
def test_an_interpreter_that_does_not_start_is_a_fault_with_its_reason(
    tmp_path: Path, script: str, reason: str
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\n" + script.format(python=sys.executable) + "\n")
    python.chmod(0o755)
    with Interpreter(str(python)) as interpreter, Zygote(interpreter) as zygote:
        with pytest.raises(Fault, match=reason) as fault:
            zygote.spawn(limits=Limits(), deadline=time.monotonic() + 60)
        assert str(python) in str(fault.value)
