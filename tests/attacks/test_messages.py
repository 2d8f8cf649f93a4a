"""A worker that speaks for itself: raw frames on the pipe to the judge.

Success would be a judge that crashes, hangs, runs out of memory or believes a
message that it did not ask for.  The honest notebook after each proves that the
judge lives.
"""

from __future__ import annotations

import resource
import time

import pytest

from grader.model import Outcome

from .conftest import ONE_CASE, Attack, Case, does_harm, ids, shown
from .free import NONE, Free

pytestmark = pytest.mark.slow
PREAMBLE = """
import os, socket, struct, time, msgspec
import numpy as np
from grader.sandbox.wire import protocol as P
pipe = socket.socket(fileno=os.dup(3))
def frame(message, raw=b''):
    body = message if type(message) is bytes else msgspec.msgpack.encode(message)
    return struct.pack('<II', len(body), len(raw)) + body + raw
def say(message, raw=b''):
    pipe.sendall(frame(message, raw))
def parcel(*contents):
    return P.Parcel(contents=list(contents))
def done(value, *contents, raw=b''):
    say(P.Done(value=value, parcel=parcel(*contents)), raw)
def call_back(number=-1, *arguments):
    say(P.CallBack(function=number, arguments=list(arguments), keywords={}, parcel=parcel()))
def raised(**changes):
    fields = dict(kind='ValueError', name='E', message='m', traceback='', limit='')
    say(P.Raised(**(fields | changes), parcel=parcel()))
def rest():
    time.sleep(30)
"""

ORDER = [
    Case("ready instead of done", "a message of another kind is taken", "say(P.Ready(layers=['all']))"),
    Case("cell done instead", "a message of another kind is taken",
         "say(P.CellDone(error=None, traceback='', output='', notes=[], limit=''))"),
    Case("call back to nothing", "a function that was never passed is called", "call_back(-1)"),
    Case("call back to a positive number", "an object is called in the judge", "call_back(3)"),
    Case("requests to the judge", "the judge does what the worker asks",
         "say(P.Operate(operation='call', arguments=['__import__', 'os'], keywords={},"
         " seconds=1.0, parcel=parcel()))"),
    Case("end of file", "the judge reads for ever", "pipe.shutdown(socket.SHUT_RDWR)"),
    Case("half a frame", "the judge reads for ever",
         "pipe.sendall(frame(P.Ready(layers=[]))[:7]); pipe.shutdown(socket.SHUT_WR)"),
    Case("descriptors", "the judge keeps what it is sent",
         "socket.send_fds(pipe, [b'\\0' * 8], [0, 1, 2] * 50); rest2 = os._exit(1)",
         unshown="a judge that does not ask for descriptors gets none"),
]  # fmt: skip

FRAMES = [
    Case("huge length", "the judge reserves 4 GB", "pipe.sendall(b'\\xff' * 8)"),
    Case("huge raw length", "the judge reserves 4 GB", "pipe.sendall(struct.pack('<II', 1, 2**32 - 1))"),
    Case("empty", "an empty message is taken", "pipe.sendall(bytes(8))"),
    Case("unknown tag", "an unknown message is taken", "say(msgspec.msgpack.encode(['eval', '1']))"),
    Case("too many fields", "an unknown field is taken",
         "say(msgspec.msgpack.encode(['done', 4, [[], [], []], 1]))"),
    Case("wrong types", "a number is used as a text", "say(msgspec.msgpack.encode(['raised'] + [1] * 6))"),
    Case("deep message", "the parser's stack overflows", "say(b'\\x91' * 10**6)"),
    Case("bad UTF-8", "a text that cannot be printed", "say(b'\\x93\\xa6raised\\xa2\\xff\\xfe\\xa1x')"),
    Case("extension type", "msgpack's own objects", "say(b'\\x93\\xa4done\\xc7\\x01\\x05x\\x93\\x90\\x90\\x90')"),
    Case("trailing bytes", "bytes behind a message are kept",
         "say(msgspec.msgpack.encode(['done', 4, [[], [], []]]) + b'xx')"),
]  # fmt: skip

VALUES = [
    Case("pointers", "an array of objects: any address", "done([4, 1], [1, [0, '|O', [1], 0]], raw=b'A' * 8)"),
    Case("short array", "memory behind the bytes is read", "done([4, 1], [1, [0, '<f8', [9], 0]], raw=b'A' * 8)"),
    Case("negative shape", "sizes that wrap around", "done([4, 1], [1, [0, '<f8', [-1, -8], 0]], raw=b'A' * 64)"),
    Case("overflowing shape", "sizes that wrap around",
         "done([4, 1], [1, [0, '<f8', [2**31] * 4 + [0], 0]])"),
    Case("huge dtype", "one item of 4 GB", "done([4, 1], [1, [0, '<U999999999', [1], 0]])"),
    Case("structured dtype", "a dtype that is parsed", "done([3, 'O,O', b'A' * 16])"),
    Case("unknown object", "an object that was never sent", "done([4, 77])"),
    Case("the judge's number", "a new object under the judge's numbers", "done([4, 8], [8, [1, [1]]])"),
    Case("no handle", "handle 0", "done([5, 0, 'x'])",
         unshown="a proxy of nothing does no harm: its use fails"),
    Case("huge handle", "a handle of 2**63", "done([5, 2**63, 'x'])",
         unshown="a proxy of nothing does no harm: its use fails"),
    Case("judge's function", "a function of the judge as value", "done([5, -1, 'f'])",
         unshown="a function of its own that comes back does no harm"),
    Case("big int", "an int of 8 MB", "done([0, bytes([255]) * (8 << 20)])"),
    Case("surrogates", "text that no file holds", "done([7, b'\\xed\\xa0\\x80' * 9])"),
    Case("deep tuple", "the decoder's stack overflows",
         "v = 1\n    for _ in range(400): v = [2, [v]]\n    done(v)"),
    Case("many shared", "a million objects are kept",
         "done(1, *[[2 * n + 1, [1, []]] for n in range(2**19)])"),
    Case("many handles", "a hundred thousand proxies are kept", "done([2, [[5, n, 'x'] for n in range(1, 10**5)]])",
         unshown="what it costs, some seconds, shows on a busy machine and not on an idle one"),
    Case("equal hashes", "a set that takes hours to fill",
         "done([4, 1], [1, [3, [[1, float(5 - 1000003 * n), float(n)] for n in range(10**5)]]])"),
    Case("equal big ints", "a dict that takes hours to fill",
         "m = 2**61 - 1\n    done([4, 1], [1, [2, [x for n in range(1, 90000) for x in"
         " ([0, (m * n * 16).to_bytes(17, 'little')], 1)]]])"),
    Case("lists of lists", "2**60 numbers for NumPy",
         "done([4, 1], *[[2 * n + 1, [1, [[4, 2 * n + 3]] * 2]] for n in range(60)], [121, [1, [1]]])"),
    Case("list in itself", "NumPy and repr go round for ever", "done([4, 1], [1, [1, [[4, 1], [4, 1]]]])"),
    Case("tuple of large arrays", "a stack of a terabyte",
         "done([2, [[4, 1]] * 10**5], [1, [0, '<f8', [10**6], 0]], raw=bytes(8 * 10**6))"),
    Case("dict as key", "a key without hash", "done([4, 1], [1, [2, [[4, 1], 1]]])",
         unshown="Python itself knows no hash of a dict"),
    Case("kind changes", "a list becomes a set", "done([4, 1], [1, [1, [1]]], [1, [3, [1]]])"),
]  # fmt: skip

RAISES = [
    Case("unknown class", "any class of the judge is raised", "raised(kind='SystemExit')",
         unshown="the judge has a table of classes, and no way to another"),
    Case("path as class", "an import through a name", "raised(kind='os.system', name='__import__')",
         unshown="the judge has a table of classes, and no way to another"),
    Case("unknown limit", "a status that does not exist", "raised(limit='fault')",
         unshown="a message with a limit that does not exist cannot be read"),
    Case("huge message", "a page of 8 MB", "raised(message='x' * (7 << 20), traceback='y' * 2**19)"),
    Case("controls", "a terminal is taken over", "raised(name='E\\x1b]0;x\\x07', message='\\x1b[2J\\0')"),
]  # fmt: skip


def body(case: Case) -> str:
    """A notebook whose function misuses the pipe."""
    return f"{PREAMBLE}\ndef double(x):\n    {case.code}\n    rest()\n"


@pytest.mark.parametrize("case", [*ORDER, *FRAMES, *VALUES], ids=ids)
def test_what_is_no_answer_ends_the_worker(attack: Attack, case: Case) -> None:
    begin = time.monotonic()
    result = attack(body(case), test_file=ONE_CASE, waits=True)
    assert all(c.outcome is not Outcome.PASSED for c in result.cases)
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize("case", shown([*ORDER, *FRAMES]), ids=ids)
def test_a_judge_that_believes_takes_it(free: Free, case: Case) -> None:
    does_harm(free, "believed", case.code)


@pytest.mark.parametrize("case", shown([*VALUES, *RAISES]), ids=ids)
def test_a_judge_without_checks_takes_it(free: Free, case: Case) -> None:
    does_harm(free, "heard", case.code, hangs=True)


@pytest.mark.parametrize("kind", ["believed", "heard"])
def test_what_an_honest_worker_says_harms_no_judge(free: Free, kind: str) -> None:
    assert free.run(kind, "done(4)")[0] == NONE


@pytest.mark.parametrize("case", RAISES, ids=ids)
def test_any_exception_is_the_students_own(attack: Attack, case: Case) -> None:
    result = attack(body(case).replace("rest()", "return 5"))
    assert all(len(c.message) + len(c.traceback) < 20_000 for c in result.cases)


@pytest.mark.parametrize("message", ["P.Done(value=4, parcel=parcel())", "P.Ready(layers=[])"])
def test_an_answer_prepared_in_a_cell_is_none(attack: Attack, message: str) -> None:
    result = attack(f"{PREAMBLE}\nsay({message})\ndef double(x):\n    return 5")
    assert result.cells[0].error is not None
    assert "garbage" in result.cells[0].error


def test_what_is_told_beside_an_answer_fills_no_page(attack: Attack) -> None:
    told = "notes=[('x' * 10**5, {})] * 40, needs=[(f'{n}' + 'y' * 10**4, {'a': 'z' * 10**4}, n > 9) for n in range(99)]"
    result = attack(
        f"{PREAMBLE}\ndef double(x):\n    say(P.Done(value=5, parcel=parcel(), {told})); rest()",
        test_file=ONE_CASE,
    )
    assert all(c.outcome is not Outcome.PASSED for c in result.cases)
    assert all(len(c.message) < 20_000 for c in result.cases)
    assert sum(len(str(note)) for note in result.notes) < 50_000


def test_two_answers_to_one_question_are_one_answer(attack: Attack) -> None:
    attack(f"{PREAMBLE}\ndef double(x):\n    done(1); done(1); return 5")


CALLS_BACK = """
import numpy as np
from otter.test_files import test_case
OK_FORMAT = False
name = "q"
points = 1


@test_case(name="c")
def test_c(double):
    assert double(lambda x: 2 * x) == 4
"""


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("while True: f(1)", Outcome.TIMEOUT),
        ("while True: f(np.zeros(2**21))", Outcome.MEMORY),
        ("kept = []\n    while True: kept.append(f(np.zeros(2**18)))", Outcome.MEMORY),
        ("return f('x' * 9000000)", Outcome.ERROR),
        ("return f(10**30000)", Outcome.FAILED),
        ("return f(f)", Outcome.ERROR),
    ],
)
def test_calling_back_for_ever_ends(attack: Attack, code: str, outcome: Outcome) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = f"import numpy as np\ndef double(f):\n    {code}"
    result = attack(code, test_file=CALLS_BACK, waits=True)
    # Where processes are not counted together, its own limit may end the worker first.
    assert result.cases[0].outcome in (outcome, Outcome.TIMEOUT, Outcome.CRASH)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2 << 20  # KiB


ITERATES = CALLS_BACK.replace("double(lambda x: 2 * x) == 4", "len(list(double(1))) == 0")


@pytest.mark.parametrize("item", ["1", "'x' * 10**6", "np.zeros(10**6)"])
def test_an_iterator_without_end_ends(attack: Attack, item: str) -> None:
    code = f"import numpy as np\ndef double(x):\n    while True:\n        yield {item}"
    result = attack(code, test_file=ITERATES, waits=True)
    assert result.cases[0].outcome in (Outcome.TIMEOUT, Outcome.MEMORY)


@pytest.mark.parametrize(
    "pieces",
    [
        "for b in frame(P.Ready(layers=['x' * 50000])): pipe.sendall(bytes([b])); time.sleep(0.02)",
        "pipe.sendall(struct.pack('<II', 5, 0)); time.sleep(50)",
    ],
)
def test_an_answer_that_trickles_in_is_not_waited_for(attack: Attack, pieces: str) -> None:
    begin = time.monotonic()
    code = f"{PREAMBLE}\ndef double(x):\n    {pieces}"
    result = attack(code, test_file=ONE_CASE, waits=True)
    # The worker's own alarm may have cut the message short.
    assert {c.outcome for c in result.cases} <= {Outcome.TIMEOUT, Outcome.CRASH}
    assert time.monotonic() - begin < 25


def test_a_worker_that_does_not_read_is_not_waited_for(attack: Attack) -> None:
    test_file = CALLS_BACK.replace("lambda x: 2 * x", "np.zeros(2**22)")
    code = (
        "import signal, time\nfrom grader.sandbox.wire.protocol import Channel\ndef deaf(f):\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "    Channel.receive = lambda *a: time.sleep(60)\n    return f\n"
        "@deaf\ndef double(x):\n    return 5"
    )
    result = attack(code, test_file=test_file, waits=True)
    assert result.cases[0].outcome is Outcome.TIMEOUT


VIEWS = """
import numpy as np
from otter.test_files import test_case
OK_FORMAT = False
name = "q"
points = 1


@test_case(name="c")
def test_c(double):
    x = np.arange(4.0)
    view = x[1:3]
    double(x)
    assert view.tolist() == [1.0, 2.0] and x.size == 4 and False
"""


@pytest.mark.parametrize("shape", ["[10**6]", "[2]", "[2, 2, 2]", "[0]"])
def test_an_arrays_memory_is_not_freed_under_a_view_of_it(attack: Attack, shape: str) -> None:
    code = (
        f"{PREAMBLE}\ndef double(x):\n    size = int(np.prod({shape}))\n"
        f"    done(1, [0, [0, '<f8', {shape}, 0]], raw=bytes(8 * size)); rest()"
    )
    result = attack(code, test_file=VIEWS, waits=True)
    assert result.cases[0].outcome is Outcome.CRASH


READ_ONLY = VIEWS.replace("view = x[1:3]", "x.flags.writeable = False").replace(
    "view.tolist() == [1.0, 2.0] and x.size == 4", "x.tolist() == [0.0, 1.0, 2.0, 3.0]"
)


def test_an_array_that_the_test_made_read_only_stays_as_it_is(attack: Attack) -> None:
    code = (
        f"{PREAMBLE}\ndef double(x):\n    done(1, [0, [0, '<f8', [4], 0]], raw=bytes(32)); rest()"
    )
    (case,) = attack(code, test_file=READ_ONLY, waits=True).cases
    assert case.outcome is Outcome.CRASH


HUGE = CALLS_BACK.replace(
    "assert double(lambda x: 2 * x) == 4", "y = double(1)\n    assert y == 4, y"
)


def test_an_int_too_long_to_print_is_a_wrong_answer(attack: Attack) -> None:
    result = attack("def double(x):\n    return 10**30000", test_file=HUGE)
    assert result.cases[0].outcome is Outcome.FAILED


def test_a_name_that_raises_when_it_is_fetched_is_the_students_error(attack: Attack) -> None:
    code = f"{PREAMBLE}\nfrom grader.sandbox.inside.worker import Worker\nimport gc\n"
    code += (
        "def double(x):\n    return 5\ndef lookup(name):\n    raise OSError('gone')\n"
        "for w in gc.get_objects():\n    if isinstance(w, Worker):\n"
        "        w._operations['lookup'] = lookup\n"
    )
    assert {c.outcome for c in attack(code).cases} == {Outcome.ERROR}


QUEUES = """
from otter.test_files import test_case
OK_FORMAT = False
name = "q"
points = 1


@test_case(name="c")
def test_c(double):
    remote = double._grader_remote
    with remote.queued():
        first = double(2)
        second = double(first)
        third = second.real
    assert [promises.kept(p) for p in (first, second, third)] == [4, 8, 8]


from grader.sandbox.outside import promises
"""
FORGED = [
    "say(P.Answers(values=[4, 8, 8, 8], raised=None, parcel=parcel()))",
    "say(P.Answers(values=[4], raised=None, parcel=parcel()))",
    "say(P.Answers(values=[], raised=None, parcel=parcel()))",
    "say(P.Answers(values=[[9, 0, 'x']] * 3, raised=None, parcel=parcel()))",
    "say(P.Answers(values=[[P.PROMISED]] * 3, raised=None, parcel=parcel()))",
    "say(P.Answers(values=[[5, P.PROMISED, 'x']] * 3, raised=None, parcel=parcel()))",
    "say(P.Answers(values=[4, 8, 8], raised=None, parcel=parcel([0, [1, [1]]])), b'x' * 9)",
    "done(4)",
    "say(P.Going(), b'x')",
    "[say(P.Going()) for _ in range(20_000)]",
    "while True: time.sleep(0.05); say(P.Going())",
    "call_back(-1)",
    "os._exit(0)",
]


@pytest.mark.parametrize("code", FORGED)
def test_a_forged_answer_to_a_queue_ends_the_worker(attack: Attack, code: str) -> None:
    begin = time.monotonic()
    body = f"{PREAMBLE}\ndef double(x):\n    {code}\n    rest()\n"
    result = attack(body, test_file=QUEUES, waits=True)
    assert all(c.outcome is not Outcome.PASSED for c in result.cases)
    assert time.monotonic() - begin < 30


HONEST_QUEUE = "def double(x):\n    return 2 * x"


def test_an_honest_queue_passes(attack: Attack) -> None:
    (case,) = attack(HONEST_QUEUE, test_file=QUEUES, score=1.0).cases
    assert case.outcome is Outcome.PASSED, case.message


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("while True: pass", Outcome.TIMEOUT),
        ("raise ValueError('no')", Outcome.ERROR),
        ("import os; os._exit(0)", Outcome.CRASH),
        ("return [0] * 10**8", Outcome.MEMORY),
    ],
)
def test_an_operation_in_the_middle_of_a_queue_ends_it(
    attack: Attack, code: str, outcome: Outcome
) -> None:
    code = f"def double(x):\n    if x == 4:\n        {code}\n    return 2 * x"
    result = attack(code, test_file=QUEUES, waits=True)
    assert result.cases[0].outcome in (outcome, Outcome.ERROR)
    assert result.cases[0].outcome is not Outcome.PASSED
