"""Names that are asked for and not there: the test case itself says what can be seen of why."""

from __future__ import annotations

from typing import Any

from .handed import DOUBLE, SCALE, Mess, doubling, notebook, prose, scaling

BOTH_MISSING = {"values": "missing", "arrays": "missing"}
ALL_MISSING = {"apply": "missing", "read": "missing", "write": "missing"}
OTHER = "def other(x):\n    return x"


def absent(name: str, *cells: Any, said: str, **more: Any) -> Mess:
    """A notebook for the course that asks for ``double``, without it."""
    return doubling("absent: " + name, *cells, lost=BOTH_MISSING, said=said, **more)


BROKEN = DOUBLE.replace("return", "retrun")
ROWS = [
    absent("in a Markdown cell", OTHER, prose(DOUBLE),
           said="double was never defined. A Markdown cell holds it as text (def double(x)): "
           "change the cell's type to code."),
    absent("in a fence of a Markdown cell", OTHER, prose(f"Here:\n```python\n{DOUBLE}\n```"),
           said="A Markdown cell holds it as text"),
    absent("in a raw cell", OTHER, prose(DOUBLE, "raw"), said="A raw cell holds it as text"),
    absent("as a comment", OTHER, "# " + DOUBLE.replace("\n", "\n# "),
           said="Cell 2 holds it only as a comment: # def double(x)"),
    absent("within quotes", f"'''\n{DOUBLE}\n'''\n" + OTHER,
           said="In cell 1 it stands within quotes"),
    absent("under %%markdown", f"%%markdown\n{DOUBLE}", OTHER,
           said="It stands in cell 1 under %%markdown", notes=("%%markdown",)),
    absent("under %%bash", f"%%bash\n{DOUBLE}", OTHER, said="It stands in cell 1 under %%bash",
           notes=("%%bash",)),
    absent("under %%writefile", f"%%writefile double.py\n{DOUBLE}", OTHER,
           said="It stands in cell 1 under %%writefile"),
    absent("a syntax error in its cell", OTHER, f"x = 1\n{BROKEN} x",
           said="(cell 2) has a syntax error in line 3, so that nothing in it was defined: "
           "SyntaxError: invalid syntax", errors=("SyntaxError",)),
    absent("a syntax error under %%time", f"%%time\n{BROKEN} x", OTHER,
           said="(cell 1) has a syntax error in line 3", errors=("SyntaxError",)),
    absent("badly indented", "def double(x):\nreturn 2 * x", OTHER,
           said="syntax error in line 2, so that nothing in it was defined: IndentationError",
           errors=("IndentationError",)),
    absent("tabs and spaces", "def double(x):\n        y = x\n\treturn y", OTHER, said="TabError",
           errors=("TabError",)),
    absent("a text that does not end", f"print('''x)\n{DOUBLE}", OTHER,
           said="(cell 1) has a syntax error in line 1", errors=("SyntaxError",)),
    absent("a decorator that fails", f"@unknown\n{DOUBLE}", OTHER,
           said="Cell 1, which is to define it, did not get that far: NameError: name 'unknown'",
           errors=("NameError",), notes=("Cell 1 stopped at an error",)),
    absent("a value that fails", "double = make(2)", OTHER,
           said="did not get that far: NameError: name 'make'", errors=("NameError",)),
    absent("an import that fails", "from helper import double", OTHER,
           beside={"helper.py": f"1 / 0\n{DOUBLE}".encode()},
           said="Cell 1, which is to define it, did not get that far: ZeroDivisionError",
           errors=("ZeroDivisionError",)),
    absent("only in a function", "def all():\n    def double(x):\n        return 2 * x", OTHER,
           said="Cell 1 defines it only within another block: def all()"),
    absent("only under a condition", "if False:\n    " + DOUBLE.replace("\n", "\n    "), OTHER,
           said="Cell 1 defines it only within another block: if False"),
    absent("only as a method", "class Double:\n    def double(self, x):\n        return 2 * x",
           said="Cell 1 defines it only within another block: class Double"),
    absent("deleted in its own cell", f"{DOUBLE}\ny = double(2)\ndel double",
           said="double was defined in cell 1, but cell 1 takes it away again: del double"),
    absent("%reset through get_ipython", DOUBLE, "get_ipython().run_line_magic('reset', '-f')",
           said="cell 2 takes it away again"),
    Mess(name="absent: in a module that is not imported", files={
        "a.ipynb": notebook("import math\n" + OTHER), "helper.py": DOUBLE.encode()},
        lost=BOTH_MISSING, said="helper.py, which was handed in too, defines it"),
    absent("another case", DOUBLE.replace("double", "Double"), said="Double is there"),
    absent("an underscore", DOUBLE.replace("double", "_double_").replace("_d", "d"),
           said="double_ is there"),
    absent("a longer name", DOUBLE.replace("double", "double_it"), said="double_it is there"),
    absent("a letter wrong", DOUBLE.replace("double", "duoble"), said="duoble is there"),
    absent("a lambda", "Double = lambda x: 2 * x", said="Double is there"),
    absent("nothing like it", OTHER, said="double was never defined: check the spelling"),
    scaling("absent: a class of another case", SCALE.replace("Scale", "SCALE"), lost=ALL_MISSING,
            said="SCALE is there, which is nearly the same name: Scale must be written exactly so."),
    scaling("absent: a base class that is missing", SCALE.replace("Scale:", "Scale(Layer):"),
            lost=ALL_MISSING, said="did not get that far: NameError: name 'Layer'",
            errors=("NameError",)),
    scaling("absent: a method misspelt", SCALE.replace("apply", "aply"),
            lost={"apply": "error", "write": "error"},
            said="aply is there, which is nearly the same name: apply"),
    scaling("absent: a method outside of the class", SCALE.replace(
        "    def apply(self, x):\n        return", "\ndef apply(self, x):\n    return"),
            lost={"apply": "error", "write": "error"},
            said="Cell 1 defines apply outside of the class Scale"),
    doubling("absent: what the function needs", "def double(x):\n    return times(2, x)",
             prose("def times(a, b):\n    return a * b"),
             lost={"values": "error", "arrays": "error"},
             said="times was never defined. A Markdown cell holds it as text"),
]  # fmt: skip
ROWS += [
    absent("under a magic with a typing error", "%%tiime\n" + DOUBLE,
           said="Cell 1, in which it stands, was not run: %%tiime is not known.",
           notes=("Cell 1 was not run",)),
    absent("letters of another alphabet", DOUBLE.replace("o", "\u043e"),
           said="only looks like double: one of them has letters of another alphabet."),
    absent("numbered lines", "1 def double(x):\n2     return 2 * x",
           said="(cell 1) has a syntax error in line 1", errors=("SyntaxError",)),
    absent("another language", "function double(x)\n  2x\nend",
           said="(cell 1) has a syntax error in line", errors=("SyntaxError",)),
    absent("out of line", "if True:\n        x = 1\n    y = 2\n" + DOUBLE,
           said="(cell 1) has a syntax error in line 3", errors=("IndentationError",)),
    absent("in a text file", OTHER, beside={"double.txt": DOUBLE.encode()},
           said="double.txt, which was handed in too, holds it as text;"),
    doubling("absent: it is None", OTHER, "double = None", lost={
        "values": "failed", "arrays": "failed"},
        said="double is None; expected a function or a class.\nCell 2 sets double to None."),
    doubling("absent: it is a number", "double = 2", lost={"values": "failed", "arrays": "failed"},
             said="double has type int; expected a function or a class."),
    doubling("absent: it is not implemented", "def double(x):\n    raise NotImplementedError",
             lost={"values": "error", "arrays": "error"}, said="This is not implemented yet."),
    doubling("absent: a value with the name of a function", "def two():\n    return 2",
             "def double(x):\n    return TWO * x", lost={"values": "error", "arrays": "error"},
             said="Your code raised NameError: name 'TWO' is not defined"),
    scaling("absent: a method within another", "class Scale:\n    def __init__(self, factor):\n"
            "        self.factor = factor\n        def apply(self, x):\n            return x",
            lost={"apply": "error", "write": "error"},
            said="Scale has no apply. Cell 1 defines it only within another block: def __init__"),
    scaling("absent: a method under an unknown magic", SCALE.partition("    def apply")[0],
            "%%add_too Scale\ndef apply(self, x):\n    return self.factor * x",
            lost={"apply": "error", "write": "error"}, notes=("%%add_too is not known",),
            said="Scale has no apply. Cell 2, in which it stands, was not run: %%add_too is not"),
    scaling("absent: an attribute, not a method", SCALE.replace("self.factor = factor", "pass")
            .replace("__init__(self, factor)", "__init__(self, _)"),
            lost=dict.fromkeys(("apply", "read", "write"), "error"),
            said="Your code raised AttributeError: 'Scale' object has no attribute 'factor'"),
]  # fmt: skip
