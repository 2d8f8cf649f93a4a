"""Cells of plain Python give what IPython gives when it takes each of them apart: everything."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.async_helpers import _should_be_async
from IPython.core.inputtransformer2 import TransformerManager

from grader.course.assignment import Assignment, load
from grader.intake import find
from grader.model import Limits, Submission
from grader.sandbox.inside.plain import Compiler, Transformers
from grader.sandbox.inside.smuggling import as_imports
from grader.sandbox.outside.host import Stopped, Zygote
from grader.submission import read
from tests.courses import of_cells

from .conftest import handed_in
from .test_mess import ROWS

pytestmark = pytest.mark.slow
ASSIGNMENTS = Path(__file__).parents[2] / "assignments"
LIMITS = Limits(cell_seconds=3, cells_seconds=200, total_seconds=300, output_bytes=1 << 22)
#: Says in which way the cells are run, lest their own text differ.
WAY = ".way"
#: With a transformer that finds nothing no cell counts as plain.
FIRST = f"""
def __first__():
    import random
    import numpy
    from IPython.core.inputtransformer2 import TokenTransformBase
    class Nothing(TokenTransformBase):
        @classmethod
        def find(cls, tokens_by_line):
            return None
    if open("{WAY}").read() == "usual":
        get_ipython().input_transformer_manager.token_transformers.append(Nothing)
    numpy.random.seed(1)
    random.seed(1)
__first__()
"""
LAST = """
def __last__():
    import inspect, json, linecache, re, sys, types, warnings
    import numpy
    ip = get_ipython()
    told = {}
    def code(one):
        consts = [code(c) if isinstance(c, types.CodeType) else repr(c) for c in one.co_consts]
        return [one.co_filename, one.co_firstlineno, one.co_flags, one.co_code.hex(), one.co_names,
                one.co_varnames, [*one.co_lines()], consts]
    def whole(value):
        parts = [repr(type(value)), repr(value)[:5000]]
        if isinstance(value, numpy.ndarray) and value.dtype != object:
            parts.append(repr(value.tobytes()[:5000]))
        if isinstance(value, type):
            parts += [[key, whole(part)] for key, part in vars(value).items() if "__" not in key]
        if isinstance(value, types.FunctionType):
            parts += [code(value.__code__), repr(value.__annotations__)]
        if isinstance(value, type | types.FunctionType):
            try:
                parts.append(inspect.getsource(value))
            except (OSError, TypeError) as error:
                parts.append(repr(error))
        return parts
    for name, value in list(ip.user_ns.items()):
        try:
            told[str(name)] = whole(value)
        except BaseException as error:
            told[str(name)] = repr(error)
    told["names"] = [*map(str, ip.user_ns)]
    told["lines"] = [[k, *v[:1], *v[2:]] for k, v in linecache.cache.items() if "<cell" in k]
    result = ip.last_execution_result
    told["result"] = [repr(vars(result)), repr(vars(result.info)), ip.last_execution_succeeded]
    told["shell"] = [ip.execution_count, ip.compile.flags, repr(ip.displayhook.exec_result)]
    told["python"] = [repr(sys.displayhook), repr(sys.excepthook), repr(warnings.filters),
                      repr(warnings.showwarning), sorted(vars(__builtins__))]
    return json.dumps(told, default=repr)
import builtins as __builtins__
with open("told", "w", errors="replace") as __file:
    __file.write(__last__())
print(open("told").read())
"""


#: Cells that show in which way they were run, or might.
PROGRAMS: dict[str, list[str]] = {
    "values": ["1 + 1", "2;", "3  # ;", "x = 4\nx", "'a;'", "_, __, ___, _1", "Out, len(In)", "None",
               "x = 5;", "_ + 1 if isinstance(_, int) else _", "if True:\n    6", "7; 8"],
    "an underscore of one's own": ["for _ in range(3): pass", "9", "_", "del _", "10", "_"],
    "output": ["print('a', end='')", "from IPython.display import display\ndisplay(1, [2])\n3",
               "import sys\nprint('b', file=sys.stderr)\nsys.stdout.write('c')"],
    "the same constants": ["a = 1.5\nb = 1.5\nprint(a is b)\nc = (1, 2.5); d = (1, 2.5)\nc is d"],
    "warnings": ["'\\d'", "x = 1\nx is 1", "print('\\d')", "assert (x, 'y')", "1if x else 2",
                 "import warnings\nwarnings.simplefilter('error')", "'\\e'\nx = 2", "x is 3\nx = 4",
                 "warnings.simplefilter('once')", "'\\g'", "'\\g'", "x is 5",
                 "warnings.simplefilter('always')\nwarnings.warn('w')", "x is 5\nx is 5",
                 "def f():\n    warnings.warn('deep', stacklevel=3)\nf()\nf()",
                 "warnings.resetwarnings()\nwarnings.showwarning = lambda *a, **k: print(a)",
                 "'\\h'", "del warnings.filters[:]\ndel warnings.showwarning", "x = 6\nx"],
    "warned once": ["import warnings\ndef f():\n    warnings.warn('w')\nf()\nf()", "f()", "f()\nf()"],
    "errors": ["a = 1\n1 / 0\nb = 2", "c = 3\nreturn 4", "def f(:", "d = 5\nif True:\n        e = 6\n  f",
               "raise SystemExit", "raise KeyboardInterrupt", "g = 7\nbreak", "x = (", "'''", "h =\n1",
               "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()",
               "nonlocal a", "a = 1\nglobal a", "def f():\n  return 1\n\treturn 2", "\x00", "i = 8\n\\"],
    "deep": ["x = " + "(" * 300 + "1" + ")" * 300, "y = " + "-" * 3000 + "1",
             "def f(n): return n and f(n - 1)\nf(10 ** 5)"],
    "frames": ["import inspect, sys\ndef f():\n    return [one.function for one in inspect.stack()]\nf()",
               "sys._getframe(1).f_code.co_name", "__name__, sorted(k for k in globals() if '__' in k)",
               "def g():\n    'Doc.'\n    return 1\ninspect.getsource(g)", "g?", "help(g)"],
    "lines": ["\n\nx = 1\nx / 0", "  y = 2\n  y / 0", "z = '''a\n   \n  b'''\nz", "if z:\n    1\n   \nw = 3",
              "v = 1\n...\nv", "...\n...", "# only this", "", "   ", "u = 1 \\\n + 2\nu", "t = 1\r\nt\r\n",
              "s = '\u2028'\ns", "r = 1\x0cq = 2", "p\u3000= 1", "# a\u3000b\n1", "o = 1;\n;", "n = 5\n  "],
    "prompts": [">>> x = 1\n>>> x", "def f():\n    '''\n    >>> f()\n    1\n    '''\n    return 1\nf.__doc__",
                "In [1]: y = 2\nIn [2]: y", "In: list = [0]\nIn [0]: int", "In [0]", "y = 3\n   ...: z = 4"],
    "signs": ["x = 7\ny = (x\n% 3)\ny", "y = [1\n, 2\n/ 3]\ny", "z = x !=8\nz", "a = f'{x!r}'\na",
              "b = '?'\nb", "c = 'really?'", "d = '''\n%time\n!ls\nwhat?\n'''\nd", "e = 'a=%d' % x\ne",
              "# %time\ne", "f = e == '%'\nf", "g = '= !'\ng", "print('a=!b', 'c =%d')", "%time h = 1",
              "!echo a", "i = !echo b\ni", "j = %pwd", "x?", "??x", ",print a b", ";print a b", "/print 1",
              "/ 2"],
    "one line": ["exit", "quit", "print 1", "f = lambda x: x\nf 1", "f 1", "%autocall 1", "f 2", "f", "ls"],
    "the future": ["from __future__ import annotations\ndef f(x: missing): pass", "def g(x: other): pass",
                   "f.__annotations__, g.__annotations__", "x = 1\nfrom __future__ import division"],
    "annotations": ["def f(x: missing, y: 'a' = 1) -> other: pass\nf.__annotations__",
                    "x: int = 3\n__annotations__", "y: missing\ny: missing = 4"],
    "awaiting": ["import asyncio\nasync def f():\n    return 1\nawait f()", "[i async for i in g()]",
                 "def h():\n    await f()", "asyncio.run(f())", "x = await f()\nx"],
    "hooks": ["ip = get_ipython()\nip.events.register('pre_run_cell', lambda info: print(info))",
              "x = 1\nx", "ip.events.register('post_run_cell', lambda result: print(vars(result)))",
              "x = 2\nx", "ip.set_custom_exc((ValueError,), lambda *a, **k: print(a[1:3]))",
              "int('a')", "int([])", "ip.input_transformers_post.append(lambda l: [*l, 'y = 3\\n'])",
              "x = 4", "y", "ip.input_transformers_cleanup.append(lambda l: ['z = 5\\n', *l])", "x = z"],
    "trees": ["import ast\nclass Other(ast.NodeTransformer):\n    def visit_Constant(self, node):\n"
              "        node.value = 42\n        return node\nip = get_ipython()",
              "ip.events.register('pre_run_cell', lambda info: ip.ast_transformers or"
              " ip.ast_transformers.append(Other()))", "x = 1\nx", "ip.ast_transformers.clear()\n2"],
    "all values": ["get_ipython().ast_node_interactivity = 'all'", "1\nx = 2\nx", "print(3)\n4;",
                   "get_ipython().ast_node_interactivity = 'last_expr_or_assign'", "y = 5", "y += 1",
                   "get_ipython().ast_node_interactivity = 'none'", "6", "get_ipython().autoawait = False",
                   "x = 7\nawait x"],
    "nested": ["ip = get_ipython()\nip.run_cell('a = 1\\na')\nb = 2\nip.transform_cell('c = 3')\nd = 4\nd",
               "ip.transform_cell('from __future__ import annotations')\ndef f(x: missing): pass\nf",
               "ip.run_cell('a = 5\\na').result, ip.run_cell('1 / 0').error_in_exec", "exec('e = 6\\ne')",
               "ip.compile.flags, ip.compile('f = 7', 'x', 'exec').co_names", "ip.ex('g = 8')\ng"],
    "gone": ["import builtins, sys\ndel builtins.compile", "x = 1\nx", "import ast\ndel ast.Module", "y = 2\ny",
             "sys.displayhook = print", "4", "import linecache\nlinecache.cache = None", "z = 3\nz"],
    "cells under magics": ["%%time\nx = 1\nx", "%%capture a\nprint(2)\n3", "a.stdout", "%%timeit -n 1\nx"],
}  # fmt: skip


def cells_of(handed: Submission, zygote: Zygote, *, usual: bool) -> dict[str, str]:
    """What can be seen of a run, by what it is."""
    link = zygote.spawn(limits=LIMITS, deadline=time.monotonic() + 600)
    way = f"{handed.folder}/{WAY}".lstrip("/")
    files = (*handed.files, (way, b"usual" if usual else b"plain"))
    seen: dict[str, str] = {}
    try:
        link.prepare(files=files, names=("double",), cells=handed.cells, folder=handed.folder)
        assert link.run_cell(1, FIRST).error is None
        for number, cell in enumerate(handed.cells, start=2):
            done = link.run_cell(number, cell)
            for name in done.__struct_fields__:
                seen[f"{number} {name}"] = _same(str(getattr(done, name)))
        done = link.run_cell(len(handed.cells) + 2, LAST)
        seen["told"] = str(done.error)
        seen |= {name: _same(json.dumps(value)) for name, value in _told(done.output).items()}
    except Stopped as stopped:
        seen["stopped"] = str(stopped.reason)
    finally:
        link.close()
        zygote.end()
    return seen


def _told(output: str) -> dict[str, object]:
    try:
        found = json.loads(output[output.rfind("\n{") + 1 :])
    except ValueError:
        return {"output": output}
    return found if isinstance(found, dict) else {"output": output}


#: Addresses, times and folders.
_CHANGING = re.compile(r"0x[0-9a-fA-F]+|(?<=at )[0-9a-f]{8,}|\d[\de.+]* [nμm]?s\b|/tmp/[\w./-]*")


def _same(text: str) -> str:
    return _CHANGING.sub("…", text)


def differences(handed: Submission, zygote: Zygote) -> dict[str, tuple[str, str]]:
    """What differs, here and in IPython, where that gives the same in each of several runs."""
    mine = cells_of(handed, zygote, usual=False)
    theirs = cells_of(handed, zygote, usual=True)
    keys = [key for key in (mine | theirs) if mine.get(key) != theirs.get(key)]
    for _ in range(4 if keys else 0):
        again = cells_of(handed, zygote, usual=True)
        keys = [key for key in keys if again.get(key) == theirs.get(key)]
    return {key: (mine.get(key, ""), theirs.get(key, "")) for key in keys}


def _samples(every: int = 1) -> Iterator[Submission]:
    for folder in sorted(ASSIGNMENTS.glob("*/sample_class"))[:: 1 if every == 1 else 4]:
        names = load(folder.parent).names
        for handin in find([folder]).handins[::every]:
            yield read(handin, names=names)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_can_be_seen_is_the_same(zygote: Zygote, name: str) -> None:
    assert differences(of_cells(*PROGRAMS[name]), zygote) == {}


@pytest.mark.parametrize("every", [29, pytest.param(1, marks=pytest.mark.long)])
def test_messy_cells(
    every: int, zygote: Zygote, courses: dict[str, Assignment], tmp_path: Path
) -> None:
    for number, mess in enumerate(ROWS[::every]):
        names = courses[mess.course].names
        handed = handed_in(mess, tmp_path / str(number), names=names)
        assert (mess.name, differences(handed, zygote)) == (mess.name, {})


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.long)])
def test_sample_classes(every: int, zygote: Zygote) -> None:
    for handed in _samples(every):
        assert (handed.source, differences(handed, zygote)) == (handed.source, {})


@pytest.mark.filterwarnings("ignore")
def test_what_counts_as_plain_is_its_own_translation() -> None:
    usual = TransformerManager()
    usual.cleanup_transforms.insert(0, as_imports)
    compiler = Compiler()
    own = Transformers(compiler, as_imports)
    cells = [cell for handed in _samples(5) for cell in handed.cells]
    plain = 0
    for cell in [*cells, *(cell for program in PROGRAMS.values() for cell in program)]:
        try:
            wanted: object = usual.transform_cell(cell)
        except SyntaxError:
            wanted = SyntaxError
        try:
            assert own.transform_cell(cell) == wanted
        except SyntaxError:
            assert wanted is SyntaxError
        if isinstance(wanted, str) and compiler.compile(wanted):
            assert not _should_be_async(wanted)
            plain += 1
    assert plain > 0.8 * len(cells)
