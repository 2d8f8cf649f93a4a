"""What is run of a cell that is cut short, which cells under magics are run, and what is printed."""

from __future__ import annotations

import ast
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.sandbox.inside import magics
from grader.sandbox.inside.definitions import Definitions
from grader.sandbox.inside.output import Output, sendable
from grader.sandbox.inside.plain import Compiler, Transformers

# -- definitions -----------------------------------------------------------------


def kept(
    cell: str, *before: str, names: str = "f", reaching: bool = False, after: int = 0
) -> list[str]:
    """The statements that are run of the last cell, each as its first line."""
    trees = [ast.parse(source) for source in (*before, cell)]
    found = Definitions(trees, names.split(), reaching=reaching).within(trees[-1], after=after)
    return [ast.unparse(node).split("\n")[0] for node in found]


@pytest.mark.parametrize(
    ("cell", "lines"),
    [
        ("import numpy as np\nfrom os import path\nprint(1)", ["import numpy as np", "from os import path"]),
        ("class A: pass\ndef g(): pass\nasync def h(): pass\ng()", ["class A:", "def g():", "async def h():"]),
        ("x = 1\nEPS = 2\ndef f(): return EPS", ["EPS = 2", "def f():"]),
        ("a = 1\nb = a\nc = b\nd = 4\nf = lambda: c", ["a = 1", "b = a", "c = b", "f = lambda: c"]),
        ("a, (b, *c) = 1, (2, 3)\nf = c", ["a, (b, *c) = (1, (2, 3))", "f = c"]),
        ("f = 1\nf += 1\ndel f", ["f = 1", "f += 1", "del f"]),
        ("if fast:\n    def f(): pass\nelse:\n    print(1)", ["if fast:"]),
        ("for i in range(3): f = i\nwhile True: train()", ["for i in range(3):"]),
        ("with open('x') as f: pass\nwith open('x') as g: pass", ["with open('x') as f:"]),
        ("f = {}\nf['a'] = 1\nf.b = 2\nf.c.d[0] = 3\ng = {}\ng['a'] = 1",
         ["f = {}", "f['a'] = 1", "f.b = 2", "f.c.d[0] = 3"]),
        ("f = []\nf.append(1)\nf.update(a=1)\nf.sort()", ["f = []", "f.append(1)", "f.update(a=1)"]),
        ("class A: pass\nA.step = step\nsetattr(A, 'x', 1)\nsetattr(B, 'x', 1)\nf = A",
         ["class A:", "A.step = step", "setattr(A, 'x', 1)", "f = A"]),
        ("def make():\n    global f\n    f = 1\nmake()\nother()", ["def make():", "make()"]),
        ("def fill(d): d['a'] = 1\nf = {}\nfill(f)\nfill(g)", ["def fill(d):", "f = {}", "fill(f)"]),
        ("TABLE = {}\n@register(TABLE)\ndef g(): pass\nx = 1", ["TABLE = {}", "@register(TABLE)"]),
        ("try:\n    f = 1\nexcept Exception:\n    f = 2\nassert f", ["try:"]),
        ("f: int = 3\ng: int", ["f: int = 3"]),
        ("(f := 3)\nprint(f := 4)\nprint(5)", ["(f := 3)", "print((f := 4))"]),
        ("get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().run_line_magic('time', 'x')\n"
         "get_ipython().system('ls')", ["get_ipython().run_line_magic('matplotlib', 'inline')",
                                        "get_ipython().system('ls')"]),
        ("", []),
    ],
)  # fmt: skip
def test_what_required_names_need_is_kept(cell: str, lines: list[str]) -> None:
    assert kept(cell) == lines


def test_names_of_other_cells_count() -> None:
    assert kept("a = 1\nb = 2", "def f(): return a") == ["a = 1"]
    assert kept("x = 1\ny = 2", names="x y") == ["x = 1", "y = 2"]
    assert kept("n = 0", "def count():\n    global n\n    n += 1", "def f(): return count()") == [
        "n = 0"
    ]


def test_only_what_stands_below_a_line_is_run_again() -> None:
    assert kept("f = 1\nf = 2\nf = 3", after=2) == ["f = 3"]


@pytest.mark.parametrize(
    "line",
    [
        "globals()['f'] = 1", "exec('f = 1')", "os.environ['A'] = 'b'", "sys.path.append('.')", "open('x', 'w').write('y')",
        "np.save('x', y)", "importlib.reload(m)", "vars(m).update(f=1)", "await g()",
    ],
)  # fmt: skip
def test_what_reaches_further_is_kept_if_there_is_time(line: str) -> None:
    cell = ast.Module(ast.parse(f"async def w():\n    {line}").body[0].body, [])  # type: ignore[attr-defined]
    for reaching in (False, True):
        found = Definitions([cell], ["f"], reaching=reaching).within(cell)
        assert bool(found) is reaching


# -- magics ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "line", "is_run"),
    [
        ("memit", "", True), ("ipytest", "-qq", True), ("nbdev_export", "", True), ("unheard_of", "", False),
        ("skip", "True", False), ("skip", "False", True), ("skip_if", "$FLAG", True), ("skipif", "not FLAG", False),
        ("skip", "", False), ("skip", "f()", False), ("skip", "none", False), ("skip", "0", True), ("skip", "not 0", False),
        ("run_if", "True", True), ("runif", "FLAG", False), ("run_if", "not $FLAG", True), ("if", "1", True),
        ("run_if", "'text'", True), ("run_if", "''", False), ("run_if", "f()", False), ("run_if", "true", True),
        ("run_if", "false", False), ("run_if", "{FLAG}", False), ("run_if", "THING", False), ("run_if", "(" * 999, False),
    ],
)  # fmt: skip
def test_which_cells_under_a_magic_are_run(name: str, line: str, is_run: bool) -> None:
    names = {"FLAG": False, "THING": object()}
    assert magics.is_run(name, line, f"%%{name} {line}\nx = 1", names=names) is is_run


def test_a_cell_for_cython_is_run_if_it_is_python() -> None:
    for body, is_run in (("def f(x): return x", True), ("cdef int f(int x): return x", False)):
        for head in ("%%cython -a\n", "%%time\n%%cython\n"):
            assert magics.is_run("cython", "-a", head + body, names={}) is is_run


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("%%bash\ndef f(): pass\nclass A: pass\nx = 1\nprint(y)", ["f", "A", "x"]),
        ("%%x\n%%y[1]\nimport f\nfor x in A: pass", ["f", "x"]),
        ("%%x\nf = \ndef A(\nasync def x(:\ny == 3", ["f", "A", "x"]),
        ("%%x\nf(x)", []),
        ("f = 1", ["f"]),
    ],
)
def test_what_a_cell_would_have_defined(source: str, found: list[str]) -> None:
    assert magics.defines(source, ("f", "A", "x", "y")) == found


def test_modules_are_imported_by_name() -> None:
    names: dict[str, Any] = {}
    magics.import_each(" json, -math  os.path ", names, "<cell 1>")
    assert sorted(name for name in names if name[0] != "_") == ["json", "os"]


def test_values_are_stored_as_copies_while_the_notebook_runs(tmp_path: Path) -> None:
    kept: dict[str, Any] = {}
    names: dict[str, Any] = {"a": [1], "b": 2, "d": 4}
    notes: list[dict[str, str]] = []

    def store(line: str) -> None:
        magics.store(line, kept, names, lambda text, **fields: notes.append(fields))

    for line in ("a b none", "", "-l"):
        store(line)
    names["a"].append(9)
    names.pop("b")
    store("-r a")
    assert names == {"a": [1], "d": 4}
    store("-r")
    assert names == {"a": [1], "b": 2, "d": 4}
    names["a"].append(9)
    store("-d a none")
    store("-r a b")
    assert notes == [{"name": "a"}]
    store("-z")
    store("-r b")
    assert notes[1:] == [{"name": "b"}]
    file = tmp_path / "out"
    for line in (f"b > {file}", f"d >> {file}", f"d >>{file}"):
        store(line)
    assert file.read_text() == "2\n4\n4\n"


# -- output ----------------------------------------------------------------------


def test_output_is_kept_up_to_its_limit() -> None:
    out = Output(5)
    assert (out.write("abc"), out.cut) == (3, False)
    assert out.take() == "abc"
    assert (out.write("de"), out.cut, out.write("f"), out.cut) == (2, False, 1, True)
    assert (out.take(), out.take(), out.write("g"), out.take()) == ("de", "", 1, "")
    out = Output(2)
    out.write("abc")
    assert (out.take(), out.cut) == ("ab", True)


def test_a_limit_ends_even_empty_writes() -> None:
    out = Output(1000)
    for _ in range(2000):
        out.write("")
    out.write("x")
    assert out.take() == ""  # each counts as one: they are kept, too


def test_output_is_cleared_at_once_or_when_more_comes() -> None:
    out = Output(100)
    out.write("a")
    out.clear()
    out.write("b")
    out.clear(wait=True)
    assert out.take() == "b"
    out.write("c")
    out.clear(wait=True)
    out.write("d")
    out.write("e")
    assert out.take() == "de"


def test_output_is_a_stream_of_text_and_bytes() -> None:
    out = Output(100)
    print("a", end="", file=out)
    out.buffer.write(b"b\xff")
    out.reconfigure(encoding="utf-8")
    out.buffer.close()
    out.close()
    print("\ud800", type("S", (str,), {"__len__": lambda self: 1})("cd"), file=out)
    assert out.take() == "ab\ufffd? cd\n"
    assert (out.writable(), out.isatty(), out.fileno(), type(out).__name__) == (
        True,
        False,
        1,
        "OutStream",
    )
    with pytest.raises(TypeError, match="must be str, not bytes"):
        out.write(b"x")  # type: ignore[arg-type]
    assert isinstance(out, io.TextIOBase)


@pytest.mark.parametrize(("text", "sent"), [("é日", "é日"), ("a\ud800b", "a?b"), ("", "")])
def test_what_is_sent_is_utf_8(text: str, sent: str) -> None:
    assert sendable(text) == sent


# -- plain cells -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "is_plain"),
    [
        ("x = 1\nx + 1", True), ("def f():\n\n    return 1", True), ("x = '''\n  %a\n'''", False),
        ("%time x", False), ("!ls", False), ("x?", False), ("?x", False), ("x = !ls", False), ("x = %time y", False),
        ("x = 5 %2", True), ("x != 2", True), (">>> x", False), ("... x", False), ("In [1]: x", False), (" x = 1", False),
        ("await f()", False), ("from __future__ import annotations", False), ("x = 1;", True), (";x", False), ("/f x", False),
        ("smuggle numpy", False), ("x = (", False), ("x is 1", False), ("x\u00a0= 1", False), ("x = 1\r\ny = 2", False), ("", False),
        ("'\\d'", False), ("if 1:\n    x = 1\n    \n    y = 2", True),
    ],
)  # fmt: skip
def test_which_cells_are_plain_python(cell: str, is_plain: bool) -> None:
    compiler = Compiler()
    transformers = Transformers(compiler, lambda lines: lines)
    text = transformers.transform_cell(cell)
    assert compiler.compile(text) is is_plain


def test_a_plain_cell_is_compiled_once_and_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler()
    seen: list[ast.AST] = []
    monkeypatch.setattr(compiler, "look", seen.append)
    compiler.number = 3
    text = Transformers(compiler, lambda lines: lines).transform_cell("x = 1\nx += 4\nx")
    assert compiler.compile(text)
    tree = compiler.ast_parse(text, compiler.name)
    assert len(seen) == 1
    shown: list[object] = []
    monkeypatch.setattr("sys.displayhook", shown.append)
    names: dict[str, Any] = {}
    for node in tree.body:
        is_last = node is tree.body[-1]
        whole = ast.Interactive([node]) if is_last else ast.Module([node], [])
        code = compiler(whole, compiler.name, "single" if is_last else "exec")
        assert code.co_filename == "<cell 3>"
        exec(code, names)
    assert (names["x"], shown) == (5, [5])
    assert compiler.get_code_name("", "", 1) == "<cell 3>"


def test_a_transformer_of_the_notebooks_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler()
    transformers = Transformers(compiler, lambda lines: [*lines, "y = 2\n"])
    assert transformers.transform_cell("!ls").endswith("y = 2\n")
    transformers.line_transforms.append(lambda lines: [line.replace("x", "z") for line in lines])
    assert transformers.transform_cell("x = 1") == "z = 1\ny = 2\n"
    assert not compiler.compile("x = 1\n")


def test_a_warning_of_another_cell_does_not_make_this_one_doubtful() -> None:
    compiler = Compiler()
    compiler.look = lambda tree: __import__("warnings").warn_explicit(
        "w", UserWarning, "other.py", 1
    )
    own = SimpleNamespace(shown=[])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.showwarning", lambda *a, **k: own.shown.append(a))
        patch.setattr("warnings.filters", [("always", None, Warning, None, 0)])
        text = Transformers(compiler, lambda lines: lines).transform_cell("x = 1")
        assert compiler.compile(text)
    assert len(own.shown) == 1
