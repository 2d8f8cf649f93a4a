"""What became of a definition, and which of many places a student is sent to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from grader.bounds import QUOTED_CHARACTERS, SCANNED_CHARACTERS
from grader.judge.fate import Fates
from grader.model import CellReport
from grader.sandbox.wire.protocol import Befell
from grader.words import Words, say


def fates(
    *cells: str,
    errors: Mapping[int, str | Words] | None = None,
    shortened: tuple[int, ...] = (),
    befell: Mapping[int, Befell] | None = None,
) -> Fates:
    """Cells of which some failed, were cut short, or had something happen to them."""
    reports = {n: CellReport(index=n, error=error) for n, error in (errors or {}).items()}
    return Fates(cells, reports, shortened, {n: [one] for n, one in (befell or {}).items()})


def told(found: Fates, name: str = "loss") -> str:
    return str(found.of_last(name) or "")


@pytest.mark.parametrize(
    "line",
    [
        "def loss(x): ...",
        "async  def\tloss(x): ...",
        "class loss: ...",
        "loss = lambda x: x",
        "loss: Callable[..., float] = f",
        "from mine import other, loss",
        "    def loss(x): ...",
        "\tclass loss: ...",
    ],
)
def test_what_defines_a_name(line: str) -> None:
    (found,) = fates("x = 1", line).definitions("loss")
    assert (found[0], found[1].string) == (2, line)


@pytest.mark.parametrize(
    "line",
    ["loss == 1", "loss(x)", "def losses(): ...", "def my_loss(): ...", "    loss = 1",
     "import loss", "x = loss", "# def loss(): ...", "fromage, loss"],
)  # fmt: skip
def test_what_only_looks_like_a_definition(line: str) -> None:
    assert list(fates(line).definitions("loss")) == []


@pytest.mark.parametrize("name", ["", "a b", "a.b", ".*", "loss)", "1"])
def test_what_is_no_name_is_defined_nowhere(name: str) -> None:
    assert list(fates("def loss(): ...\na.b = 1\n1 = 2").definitions(name)) == []


def test_the_last_definition_comes_first_and_those_in_blocks_after_all() -> None:
    found = fates(
        "class Net:\n    def loss(self): ...\ndef loss(): 'first'",
        "def loss(): 'second'\nloss = lambda: 'third'",
    )
    lines = [(number, match[0].strip()) for number, match in found.definitions("loss")]
    assert lines == [
        (2, "loss ="),
        (2, "def loss(): 'second'"),
        (1, "def loss(): 'first'"),
        (1, "def loss(self): ..."),
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("SyntaxError: invalid syntax (<cell 1>, line 2)",
         "(cell 1) has a syntax error in line 2, so that nothing in it was defined: "
         "SyntaxError: invalid syntax."),
        ("IndentationError: unexpected indent (<tokenize>, line 1)", "error in line 1"),
        ("TabError: inconsistent use of tabs (<string>, line 3)", "error in line 3"),
        ("SyntaxError: '(' was never closed (<unknown>, line 12)", "'(' was never closed."),
        # Of another file, or raised by hand: the cell itself may well be Python.
        ("SyntaxError: invalid syntax (helper.py, line 2)",
         "Cell 1, which is to define it, did not get that far: "
         "SyntaxError: invalid syntax (helper.py, line 2)."),
        ("SyntaxError: by hand", "did not get that far: SyntaxError: by hand."),
        ("ZeroDivisionError: division by zero", "that far: ZeroDivisionError: division by zero."),
        (say("ended: {detail}", detail="the process died"), "that far: ended: the process died."),
    ],
)  # fmt: skip
def test_the_error_of_the_cell_is_told(error: str | Words, said: str) -> None:
    assert said in told(fates("def loss(): ...", errors={1: error}))


@pytest.mark.parametrize(
    ("above", "line"),
    [("", 1), ("\n", 2), ("  \n\n", 3), ("%%time\n", 2), ("\n%%capture out\n\n", 4)],
    ids=["nothing", "blank line", "blank lines", "magic", "magic among blank lines"],
)
def test_lines_are_counted_as_the_student_sees_them(above: str, line: int) -> None:
    error = "SyntaxError: invalid syntax (<cell 1>, line 1)"
    assert f"in line {line}," in told(fates(f"{above}def loss(:", errors={1: error}))


WITHIN = "Cell 1 defines it only within another block"


@pytest.mark.parametrize(
    ("cell", "befell", "said"),
    [
        ("%%writefile a.py\ndef loss(): ...", None,
         "It stands in cell 1 under %%writefile, where it is no code of the notebook's."),
        ("%%bash\ndef loss(): ...", Befell.WITHOUT_MAGIC, ""),
        ("%%time\ndef loss(): ...", None, ""),
        ("%%nothing\ndef loss(): ...", Befell.NOT_RUN,
         "Cell 1, in which it stands, was not run: %%nothing is not known."),
        ("%%nothing\ndef loss(): ...", None, ""),
        ("def loss(): ...", Befell.NOT_RUN, ""),
        ("x = '''\ndef loss(): ...\n'''", None,
         "In cell 1 it stands within quotes, as text: take the quotes away."),
        ("x = (\ndef loss(): ...\n)", None, ""),
        ("if x:\n    def loss(): ...", None, f"{WITHIN}: if x"),
        ("for i in range(2):\n  # if y:\n  if x:\n\n    def loss(): ...", None, f"{WITHIN}: if x"),
        ("if x:\n\ty\n        \n\tdef loss(): ...", None, f"{WITHIN}: if x"),
        ("class Net:\n  def f(self): ...\n  def loss(self): ...", None, f"{WITHIN}: class Net"),
        ("  def loss(): ...", None, ""),
    ],
)  # fmt: skip
def test_where_it_stands_is_told(cell: str, befell: Befell | None, said: str) -> None:
    assert told(fates(cell, befell={1: befell} if befell else None)) == said


def test_a_cell_cut_short_is_said_to_be() -> None:
    assert "Cell 2, in which it stands, was cut short" in told(
        fates("x = 1", "loss = make()", shortened=(2,))
    )


def test_an_earlier_cell_is_told_of_where_the_last_one_ran() -> None:
    cells = ("def loss(:", "def loss(): ...")
    error = "SyntaxError: invalid syntax (<cell 1>, line 1)"
    assert "(cell 1)" in told(fates(*cells, errors={1: error}))
    assert told(fates(*cells)) == ""


def test_a_cell_too_long_to_be_scanned_is_not_looked_into() -> None:
    cell = "x = '''\ndef loss(): ...\n'''\n"
    assert "within quotes" in told(fates(cell.ljust(SCANNED_CHARACTERS)))
    assert told(fates(cell.ljust(SCANNED_CHARACTERS + 1))) == ""


def test_a_long_line_is_cut_and_what_cannot_be_seen_is_left_out() -> None:
    cell = f"if {'x' * 500}:\n    def loss(): ..."
    assert len(told(fates(cell))) < 60 + QUOTED_CHARACTERS
    assert "\x1b" not in told(fates("if x\x1b[2J:\n    def loss(): ..."))


@pytest.mark.parametrize(
    ("cell", "is_found"),
    [
        ("loss <- function(x) x", True),
        ("function loss(x)\nend", True),
        ("fn loss(x: f64) {}", True),
        ("1 def loss(x):", True),
        ("loss(x) = x^2", True),
        ("loss = x²", True),
        ("loss == x²", False),
        ("print loss", False),
        ("my_loss = x²", False),
        ("x" * SCANNED_CHARACTERS + " loss = x²", False),
    ],
    ids=lambda value: value[-24:] if isinstance(value, str) else "",
)
def test_a_definition_in_what_is_no_python_is_found(cell: str, is_found: bool) -> None:
    error = "SyntaxError: invalid syntax (<cell 2>, line 1)"
    found = fates("x = 1", cell, errors={2: error})
    assert ("(cell 2) has a syntax error" in str(found.broken("loss"))) == is_found
    assert fates("x = 1", cell).broken("loss") is None  # it ran
    assert fates("x = 1", cell, errors={2: "NameError: no"}).broken("loss") is None


@pytest.mark.parametrize(
    ("cell", "is_found"),
    [
        ("loss = train()", True),
        ("if x: loss = 1", True),
        ("loss, acc = train()", True),
        ("from mine import f as loss", True),
        ("globals()['loss'] = f", True),
        ('exec("loss")', True),
        ("loss == 1", False),
        ("print(loss)", False),
        ("losses = []", False),
    ],
)
def test_a_cell_cut_short_that_would_have_given_it(cell: str, is_found: bool) -> None:
    found = fates("loss = 1", cell, shortened=(2,))
    assert ("Cell 2, in which" in str(found.cut_short("loss"))) == is_found
    assert fates("x", cell).cut_short("loss") is None


def test_of_several_cells_cut_short_the_first_is_told() -> None:
    assert "Cell 1," in str(fates("loss = 1", "loss = 2", shortened=(2, 1)).cut_short("loss"))
