"""What ``grader new`` writes from signatures or a reference: parts and stubs."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from grader.commands import stubs
from grader.commands.signatures import Part, outline, parts
from grader.errors import UsageError

FUNCTIONS = ("softmax(z)", "loss(y_hat, y, guard=0.1)")
LAYER = ("Layer(gamma, beta=0.5)", "forward(x)", "backward(dout, rate: float)")


def asked(signatures: Sequence[str], *, is_class: bool = False) -> tuple[Part, ...]:
    return parts(outline(signatures, is_class=is_class))


BOTH = {"functions": asked(FUNCTIONS), "class": asked(LAYER, is_class=True)}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(x): ...\ndef _g(x): ...\ndef h(y): ...", [("f", "f"), ("h", "h")]),
        ("class A:\n def __init__(self, x): ...\n def f(self): ...\n def _g(self): ...",
         [("A", "f")]),
        ("class _A:\n def f(self, x): ...\ndef g(x): ...", [("g", "g")]),
        ("class A:\n def f(self, x): ...\ndef g(y): ...\nX = 1", [("A", "f"), ("g", "g")]),
        ("if True:\n    def f(x): ...\ndef g(x):\n    def inner(y): ...", [("g", "g")]),
    ],
    ids=["private", "a class", "a private class", "both", "inner"],
)  # fmt: skip
def test_the_parts_of_a_reference(source: str, found: list[tuple[str, str]]) -> None:
    given = parts(source)
    assert [(part.subject, part.name) for part in given] == found
    assert [part.place for part in given] == list(range(len(found)))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1", "defines no function"),
        ("def _f(x): ...", "defines no function"),
        ("def f(): ...", "f gets nothing"),
        ("def f(fast=True): ...", "f gets nothing"),
        ("class A:\n def f(self): ...", "f gets nothing"),
        ("def f(*x): ...", "plain parameters"),
        ("def f(**x): ...", "plain parameters"),
        ("def f(x, /): ...", "plain parameters"),
        ("def f(*, x): ...", "plain parameters"),
        ("class A:\n def f(self, x): ...\nclass B:\n def f(self, x): ...", "f is there twice"),
    ],
)
def test_a_reference_that_cannot_be_asked_for(source: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parts(source)


@pytest.mark.parametrize(
    ("signature", "is_number", "is_left_out", "default"),
    [
        ("x", False, False, ""),
        ("x=2", True, False, "2"),
        ("x=-0.5", True, False, "-0.5"),
        ("x: float", True, False, ""),
        ("x: Array", False, False, ""),
        ("x: float = None", False, True, "None"),
        ("x=True", False, True, "True"),
        ("x='a'", False, True, "'a'"),
        ("x=(1, 2)", False, True, "(1, 2)"),
        ("x=np.pi", False, True, "np.pi"),
    ],
)
def test_what_a_parameter_takes(
    signature: str, is_number: bool, is_left_out: bool, default: str
) -> None:
    (part,) = parts(f"def f(a, {signature}): ...")
    one = part.parameters[1]
    assert (one.name, one.is_number, one.is_left_out) == ("x", is_number, is_left_out)
    assert one.default == default


def test_what_a_method_gets_keeps_and_is_called_after() -> None:
    forward, backward = BOTH["class"]
    assert [one.name for one in forward.inputs] == ["gamma", "beta", "x"]
    assert [one.name for one in backward.inputs] == ["gamma", "beta", "x", "dout", "rate"]
    assert (forward.before, backward.before) == ((), (forward,))
    assert (forward.keeps, backward.keeps) == (["gamma", "x"], ["dout"])


@pytest.mark.parametrize(
    ("body", "uses"),
    [
        ("return f(x)", ("f",)),
        ("return f(y=x) + f(x)", ("f",)),
        ("return f", ("f",)),
        ("return g(x)", ()),
        ("return other(x)", ()),
        ("return needs_more(x, 1)", ()),
        ("return method(x)", ()),
        ("return 1", ()),
    ],
)
def test_which_other_parts_a_function_rests_on(body: str, uses: tuple[str, ...]) -> None:
    source = f"def f(x): ...\ndef needs_more(x, z): ...\ndef g(x, y):\n    {body}\n"
    found = parts(source + "class A:\n    def method(self, x): ...\n")
    assert {part.name: part.uses for part in found}["g"] == uses


METHODS = """class A:

    def __init__({}):
        pass

    def f(self, y):
        pass"""


@pytest.mark.parametrize(
    ("signatures", "is_class", "code"),
    [
        (["f( x )"], False, "def f(x):\n    pass"),
        (["f(x)", " g(y=1.0) "], False, "def f(x):\n    pass\ndef g(y=1.0):\n    pass"),
        (["A(x)", "f(y)"], True, METHODS.format("self, x")),
        (["A()", "f(y)"], True, METHODS.format("self")),
    ],
)
def test_an_outline_is_the_code_of_the_signatures(
    signatures: list[str], is_class: bool, code: str
) -> None:
    assert outline(signatures, is_class=is_class) == code


@pytest.mark.parametrize("name", ["made", "np", "other", "result", "run", "total"])
@pytest.mark.parametrize("form", ["{}(z)", "softmax({})"])
def test_names_that_the_stubs_use_are_refused(name: str, form: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is a name that the stubs use"):
        outline([form.format(name)], is_class=False)


# -- stubs -----------------------------------------------------------------------------


def made(code: str) -> dict[str, Any]:
    """The names that code defines."""
    space: dict[str, Any] = {"np": np, "Array": np.ndarray, "Any": Any}
    exec(code, space)
    return space


def values(part: Part, code: str, given: dict[str, str], **options: Any) -> Any:
    """What a part gives for inputs, in some code."""
    lines, call = stubs.steps(part, given.__getitem__, **options)
    space = made(code)
    exec("\n".join([*lines, f"result = {call}"]), space)
    return space["result"]


def of_run(part: Part, run: str) -> dict[str, str]:
    """The code of each input of a run."""
    (node,) = ast.parse(run).body
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Call)
    return {str(one.arg): ast.unparse(one.value) for one in node.value.keywords}


@pytest.mark.parametrize("kind", sorted(BOTH))
def test_the_reference_and_the_variant_give_the_same_on_each_run(kind: str) -> None:
    every = BOTH[kind]
    reference, variant = stubs.reference(every), stubs.variant(every)
    assert reference != variant
    for part in every:
        runs = stubs.runs(part)
        assert len(runs) == len(set(runs)) == 6
        for run in runs:
            given = of_run(part, run)
            assert list(given) == [one.name for one in part.inputs]
            right = values(part, reference, given)
            np.testing.assert_allclose(values(part, variant, given), right, rtol=1e-12)


@pytest.mark.parametrize("kind", sorted(BOTH))
def test_each_known_mistake_is_one_change_that_makes_a_difference(kind: str) -> None:
    every = BOTH[kind]
    reference = stubs.reference(every).replace(": Array = ", " = ")
    found = list(stubs.mistakes(every))
    assert len({one["name"] for one in found}) == len(found) >= 2 * len(every)
    for one in found:
        (part,) = [part for part in every if one["loses"].startswith(part.name + "/")]
        assert reference.count(one["old"]) == 1
        given = stubs.public_inputs(part)
        new = one["new"].replace("\n", "\n        " if part.owner else "\n    ")
        right, wrong = (values(part, code, given)
                        for code in (reference, reference.replace(one["old"], new)))  # fmt: skip
        assert np.allclose(right, wrong) == one["loses"].endswith("/pure")
        assert one["hint"]


def test_no_two_parts_have_one_formula() -> None:
    every = asked(["f(x)", "g(x)", "h(x, y)"])
    assert [stubs.formula(part) for part in every] == [
        "0.5 * x", "1.5 * x", "2.5 * x - 3.5 * y",
    ]  # fmt: skip
    (part,) = asked(["f(x, y, rate=0.1)"])
    assert stubs.formula(part) == "rate * (0.5 * x - 1.5 * y)"
    (part,) = asked(["f(a=0.1, b=0.2)"])
    assert stubs.formula(part) == "0.5 * a - 1.5 * b"


def test_the_entries_of_runs_are_never_whole_and_sizes_vary() -> None:
    (part,) = asked(["f(x, rate=0.5)"])
    inputs = [of_run(part, run) for run in stubs.runs(part)]
    arrays = [eval(given["x"], {"np": np}) for given in inputs]
    assert [array.shape for array in arrays] == [(3,), (3,), (2, 3), (2,), (2,), (2, 3)]
    large = [np.abs(array).max() for array in arrays]
    assert large[3] > 1e5
    assert large[4] < 1e-4
    assert all((array != np.round(array)).all() for array in (*arrays[:3], arrays[5]))
    assert all(0 < float(given["rate"]) < 5 for given in inputs)
    assert stubs.runs(part) == stubs.runs(part)


def test_public_inputs_are_whole_and_all_different() -> None:
    (part,) = asked([f"f({', '.join('abcdefg')}, rate=0.5)"])
    given = stubs.public_inputs(part)
    assert len(set(given.values())) == 8
    assert given["a"] == "np.array([1.0, -2.0])"
    assert given["rate"] == "10.0"
    (rate,) = asked(["f(rate=0.5)"])
    assert stubs.public_inputs(rate) == {"rate": "-2.0"}


@pytest.mark.parametrize(
    ("source", "by_default", "lines", "call"),
    [
        ("def f(x, y=1): ...", False, [], "f(X, Y)"),
        ("def f(x, y=1): ...", True, [], "f(X)"),
        ("def f(x, fast=True, y=1): ...", False, [], "f(X, y=Y)"),
        ("class A:\n def __init__(self, g): ...\n def f(self, x): ...\n def b(self, y): ...",
         False, ["it = A(G)", "it.f(X)"], "it.b(Y)"),
        ("class A:\n def f(self, x): ...", False, ["it = A()"], "it.f(X)"),
    ],
)  # fmt: skip
def test_how_a_part_is_called(source: str, by_default: bool, lines: list[str], call: str) -> None:
    part = parts(source)[-1]
    assert stubs.steps(part, str.upper, made="it", by_default=by_default) == (lines, call)


TYPED = """class Layer:
    \"\"\"To be described.\"\"\"

    def __init__(self, gamma: Array, fast: Any = True) -> None:
        self.gamma = gamma
        self.fast = fast

    def forward(self, x: Array, rate: float = 0.5) -> Array:
        \"\"\"Return what is asked for: its formula, its shape.\"\"\"
        result: Array = rate * (0.5 * self.gamma - 1.5 * x)
        return result"""
UNTYPED = """class Layer:
    def __init__(self, gamma, fast=True):
        self.gamma = gamma
        self.fast = fast

    def forward(self, x, rate=0.5):
        total = 0.5 * np.array(self.gamma)
        total += -1.5 * x
        total *= rate
        return total"""
LAYERS = (
    "class Layer:\n def __init__(self, gamma, fast=True): ...\n def forward(self, x, rate=0.5): ..."
)


def test_a_class_as_it_is_written_down() -> None:
    every = parts(LAYERS)
    assert stubs.reference(every) == TYPED
    assert stubs.variant(every) == UNTYPED


def test_numbers_alone_are_large_and_small_in_turn() -> None:
    (alone,) = asked(["f(a=0.1, b=0.2)"])
    (beside,) = asked(["f(x, a=0.1)"])
    sizes = [float(of_run(alone, run)["a"]) for run in stubs.runs(alone)]
    assert sizes[3] > 1e4
    assert sizes[4] < 1e-4
    assert all(0 < float(of_run(beside, run)["a"]) < 5 for run in stubs.runs(beside))


def test_a_long_run_has_a_line_for_each_input() -> None:
    (part,) = asked([f"f({', '.join('abcdefg')})"])
    assert all(run.count("\n") == 8 for run in stubs.runs(part))
    (part,) = asked(["f(x)"])
    assert all("\n" not in run for run in stubs.runs(part))
    signs = {text for run in stubs.runs(part) for text in ("-" if "-" in run else "", "+")}
    assert signs >= {"-", "+"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def loss(y_hat, y): ...", {
            "scenario": "called", "subjects": ["loss"], "rests": "", "steps": [],
            "results": [('"loss"', "loss(run.y_hat, run.y)")], "keeps": '["y_hat", "y"]',
            "callers": ["called_twice", "results_read_late"]}),
        ("def called(x, rate=0.5): ...", {
            "scenario": "done", "steps": [], "keeps": '["x"]',
            "results": [('"called"', "called(snapshot(run.x), run.rate)"),
                        ('say("called with the defaults")', "called(run.x)")]}),
        ("def f(x): ...\ndef g(x):\n return f(x)", {
            "subjects": ["g", "f"], "rests": '"f"', "results": [('"g"', "g(run.x)")]}),
        (LAYERS, {
            "subjects": ["Layer"], "keeps": '["gamma", "x"]',
            "steps": ["made = Layer(snapshot(run.gamma))", "other = Layer(run.gamma)"],
            "results": [('"forward"', "made.forward(snapshot(run.x), run.rate)"),
                        ('say("forward with the defaults")', "other.forward(run.x)")],
            "callers": ["called_twice", "results_read_late", "another_instance"]}),
    ],
    ids=["function", "defaults", "it rests on another", "class"],
)  # fmt: skip
def test_what_stands_in_a_parts_test_file(source: str, expected: dict[str, Any]) -> None:
    found = stubs.context(parts(source)[-1])
    assert {key: found[key] for key in expected} == expected
    assert (len(found["runs"]), found["unseen"] in found["runs"]) == (5, False)
    assert found["public"].startswith("Run(")
