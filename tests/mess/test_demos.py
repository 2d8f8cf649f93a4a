"""Demo cells after a correct solution, whatever they do, cost no points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course import known
from grader.judge.grade import Grader
from grader.model import Limits, Result, Status
from grader.sandbox.outside.host import Zygote
from tests.cases import examples, spread
from tests.courses import NAMES, course, of_cells

pytestmark = pytest.mark.slow
#: So short that a demo of a few seconds is like one of hours under the limits of a course.
HURRIED = Limits(cell_seconds=0.4, cells_seconds=1.0, call_seconds=3, total_seconds=60)
DEMOS = {
    "endless": "steps = 0\nwhile True:\n    steps += 1",
    "endless, and errors caught": "while True:\n    try:\n        while True: pass\n"
    "    except BaseException:\n        pass",
    "sleeping": "import time\ntime.sleep(1000)",
    "waiting for a thread": "import threading\nthreading.Event().wait()",
    "forking": "import os\nos.fork()",
    "forking without end": "import os\nwhile True:\n    os.fork()",
    "processes": "import multiprocessing, time\nworkers = [multiprocessing.get_context('fork')"
    ".Process(target=time.sleep, args=(100,)) for _ in range(8)]\n[w.start() for w in workers]",
    "a thread that never ends": "import threading\ndef spin():\n    while True: pass\n"
    "threading.Thread(target=spin, daemon=True).start()",
    "allocating": "import numpy as np\nkept = [np.ones(1 << 20) for _ in range(10_000)]",
    "allocating, and keeping some": "import numpy as np\nkept = globals().get('kept', [])\n"
    "while True:\n    try:\n        kept.append(np.ones(1 << 20))\n"
    "    except MemoryError:\n        break",
    "a list without end": "rows = []\nwhile True:\n    rows.append(rows[-100:])",
    "recursion without end": "def down(): return down()\ndown()",
    "plotting": "import numpy as np\nimport matplotlib.pyplot as plt\nfor _ in range(5):\n"
    "    plt.figure(figsize=(9, 9))\n    plt.plot(np.random.rand(9, 2000))\n    plt.show()",
    "printing": "while True:\n    print('epoch', 'x' * 10_000)",
    "an alarm that rings later": "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.3)",
    "the process ends": "import os\nos._exit(1)",
    "the process crashes": "import ctypes\nctypes.string_at(0)",
    "files without end": "import itertools\nfor n in itertools.count():\n"
    "    open(f'{n}.bin', 'wb').write(bytes(1 << 20))",
    "the judge's pipe is closed": "import os\nos.closerange(3, 100)",
}  # fmt: skip


Solved = Callable[[str, Sequence[str]], Result]


@pytest.fixture(scope="module")
def solved(zygote: Zygote) -> Solved:
    """Grades an assignment's solution, followed by demo cells."""

    @cache
    def of(name: str) -> tuple[Grader, tuple[str, ...]]:
        asked = replace(course(name)[0], limits=HURRIED)
        return Grader(asked, zygote=zygote), known.variants(asked)[0].cells

    def grade(name: str, demos: Sequence[str]) -> Result:
        grader, solution = of(name)
        return grader.grade(of_cells(*solution, *demos))

    return grade


@pytest.mark.parametrize("demo", spread(DEMOS, 3))
def test_a_demo_costs_no_points(solved: Solved, demo: str) -> None:
    result = solved("shallow_narrow", [DEMOS[demo]])
    assert result.score == result.max_score


@examples(2)
@given(
    name=st.sampled_from(NAMES),
    demos=st.lists(st.sampled_from(sorted(DEMOS)), min_size=2, max_size=20),
)
def test_whatever_demos_follow_a_solution_cost_no_points(
    solved: Solved, name: str, demos: list[str]
) -> None:
    result = solved(name, [DEMOS[demo] for demo in demos])
    assert result.score == result.max_score
    assert result.status is not Status.FAULT


def test_the_page_says_which_cells_were_cut_short(solved: Solved) -> None:
    result = solved("shallow_narrow", [DEMOS["endless"]] * 9)
    assert result.status is Status.TIMEOUT
    (note,) = (str(note) for note in result.notes if "the cells before used up" in note)
    assert "only imports, definitions and what these need" in note
    assert "memory" not in "".join(map(str, (*result.notes, *(c.error for c in result.cells))))
