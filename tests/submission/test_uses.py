"""Which of a student's files define what is asked for, by themselves or by what they use."""

from __future__ import annotations

import itertools

import pytest

from grader.submission.notebook import Code
from grader.submission.uses import Rank, Uses, defined

from .handed import notebook

NAMES = ("Net", "loss")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("class Net:", {"Net"}),
        ("    def loss(a):", {"loss"}),
        ("async  def loss(a):", {"loss"}),
        ("loss = 1", {"loss"}),
        ("loss: int = 1", {"loss"}),
        ("loss == 1", set()),
        ("loss: int", set()),
        ("    loss = 1", set()),
        ("lossy = 1", set()),
        ("my_loss = 1", set()),
        ("class Network:", set()),
        ("# class Net:", set()),
        ("from m import loss", {"loss"}),
        ("from m import loss as other", {"loss"}),
        ("from m import a, Net", {"Net"}),
        ("import loss", {"loss"}),
        ("imported = loss", set()),
        ("class Net: x = 1\nloss = Net", {"Net", "loss"}),
        ("", set()),
    ],
)
def test_what_a_source_defines(source: str, found: set[str]) -> None:
    assert defined(source, NAMES) == found


def test_a_name_is_no_pattern() -> None:
    assert defined("axb = 1", ("a.b",)) == set()
    assert defined("x = 1", ("x", "x|y")) == {"x"}


def ranked(sources: dict[str, str], *, read: tuple[str, ...] = ()) -> dict[str, Rank]:
    """The ranks of notebooks; all are read, or those named and no other before it is needed."""
    codes = {name: Code(cells=(text,)) for name, text in sources.items()
             if name.endswith(".ipynb") and (not read or name in read)}  # fmt: skip
    files = {name: text.encode() if name.endswith(".py") else notebook(text)
             for name, text in sources.items()}  # fmt: skip
    uses = Uses(NAMES, codes=codes, files=files)
    return {name: uses.rank(name) for name in codes}


@pytest.mark.parametrize(
    "line",
    [
        "from b import *", "import b", "import b as c, os", "    from .b import *", "%run b",
        "%run ./b.ipynb", "%run sub/b.ipynb", "get_ipython().run_line_magic('run', 'b')",
        "load('b.ipynb')", "load_notebook( 'b' )",
        "exec(open('b.ipynb').read())", "runpy.run_path('x/b.ipynb')",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["b.ipynb", "b.py"])
def test_what_a_notebook_uses_counts_as_its_own(line: str, name: str) -> None:
    rank = ranked({"a.ipynb": f"class Net: ...\n{line}", name: "loss = 1"}, read=("a.ipynb",))
    assert (rank["a.ipynb"].total, rank["a.ipynb"].own_total) == (2, 1)


@pytest.mark.parametrize(
    "line",
    ["# import c", "x = 'b.ipynb'", "importb = 1", "otter.Notebook('b.ipynb')", "print('import b')",
     "exec('c'); otter.Notebook('b.ipynb')"],
)  # fmt: skip
def test_what_is_only_named_is_not_used(line: str) -> None:
    ranks = ranked({"a.ipynb": f"class Net: ...\n{line}", "b.ipynb": "loss = 1"})
    assert (ranks["a.ipynb"].total, ranks["b.ipynb"].is_unused) == (1, True)


def test_a_name_with_spaces_is_imported_with_underscores() -> None:
    ranks = ranked({"a.ipynb": "import my_part", "my part.ipynb": "loss = 1"})
    assert ranks["a.ipynb"].total == 1
    ranks = ranked({"a.ipynb": "%run 'my part.ipynb'", "my part.ipynb": "loss = 1"})
    assert ranks["a.ipynb"].total == 1


def test_files_that_use_each_other_in_a_circle_are_all_counted() -> None:
    ring = {
        "a.ipynb": "import b",
        "b.ipynb": "import c\nclass Net: ...",
        "c.ipynb": "import a\nloss = 1",
    }
    ranks = ranked(ring)
    assert {rank.total for rank in ranks.values()} == {2}
    assert {name: rank.own_total for name, rank in ranks.items()} == {
        "a.ipynb": 0, "b.ipynb": 1, "c.ipynb": 1,
    }  # fmt: skip
    assert all(rank.is_unused for rank in ranks.values())


LEFT = "    raise NotImplementedError"
ORDERED = {
    "both written": "class Net: ...\nloss = 1",
    "one written, one left": f"class Net: ...\ndef loss(a):\n{LEFT}",
    "the first alone": "class Net: ...",
    "the second alone": "loss = 1",
    "both left": f"class Net:\n{LEFT}\ndef loss(a):\n{LEFT}",
    "both left, and more": f"class Net:\n{LEFT}\ndef loss(a):\n{LEFT}\ndef more():\n{LEFT}",
    "nothing": "x = 1",
}


@pytest.mark.parametrize(("better", "worse"), list(itertools.pairwise(ORDERED)))
def test_more_that_is_written_ranks_higher(better: str, worse: str) -> None:
    ranks = ranked({"a.ipynb": ORDERED[worse], "z.ipynb": ORDERED[better]})
    assert ranks["z.ipynb"] > ranks["a.ipynb"]


def test_what_is_written_below_the_template_counts_as_written() -> None:
    text = f"def loss(a):\n{LEFT}\n\nclass Net: ...\n"
    assert ranked({"a.ipynb": text})["a.ipynb"].written == 1
    assert ranked({"a.ipynb": text + "def loss(a):\n    return 1"})["a.ipynb"].written == 2


def test_without_names_all_rank_alike() -> None:
    uses = Uses((), codes={"a.ipynb": Code(cells=("x = 1",))}, files={})
    assert uses.rank("a.ipynb") == Rank()
