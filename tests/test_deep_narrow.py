"""What is published of the deep narrow net, and what its hidden tests charge once."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.course.hooks import course
from grader.judge.grade import Grader
from grader.model import Result
from grader.sandbox.outside.host import Zygote
from tests.cases import spread
from tests.courses import course as solved
from tests.courses import of_cells

ROOT = Path(__file__).resolve().parent.parent
with course(ROOT):
    from reference import deep_narrow as right

X = np.linspace(0.0, 1.0, 100)


class Text(right.DeepNarrowLNN):
    """The formula of the text, with its small number."""

    def dloss_dw(self, x: Any, y_t: Any, y_p: Any) -> Any:
        return -np.multiply(x, y_t - y_p).mean() * np.prod(self.W) / (self.W + 1e-9)


@pytest.mark.parametrize("depth", right.BEST)
def test_the_best_of_the_slider_is_the_one_that_is_published(depth: int) -> None:
    rate, published = right.BEST[depth]
    times = {r: right.learning_time(depth, r) for r in right.RATES}
    assert min(time for time in times.values() if time) == published
    assert right.learning_time(depth, rate) == published
    assert right.best_learning_rate(depth) == rate


@pytest.mark.parametrize("depth", right.BEST)
def test_a_learning_time_is_the_first_epoch_from_which_on_the_loss_is_small(depth: int) -> None:
    losses = right.losses(depth, right.BEST[depth][0])
    first = right.BEST[depth][1]
    assert not losses[first - 1] < 0.01
    assert (losses[first:] < 0.01).all()


@pytest.mark.parametrize("rate", [0.0, -0.05, 0.9, 1e300, float("nan"), float("inf")])
def test_with_other_rates_it_is_never_small_for_good(rate: float) -> None:
    assert right.learning_time(30, rate) is None


def test_the_shaded_rates_have_all_points_and_those_beside_them_have_not() -> None:
    with course(ROOT):
        fast = runpy.run_path(str(ROOT / "assignments" / "deep_narrow" / "figures.py"))["FAST"]

    def is_fast(depth: int, rate: float) -> bool:
        return (right.learning_time(depth, rate) or 600) <= min(2 * right.BEST[depth][1], 599)

    for depth, (low, high) in fast.items():
        inside = [is_fast(depth, rate) for rate in np.linspace(low, high, 9).round(5)]
        beside = [is_fast(depth, round(low - 1e-3, 5)), is_fast(depth, round(high + 1e-3, 5))]
        assert all(inside), depth
        assert not any(beside), depth


def test_the_text_and_the_reference_differ_only_where_weights_are_tiny() -> None:
    y_t = np.cos(5 * X)
    for weights, differ in (((1.2, -0.7, 0.9), 1e-8), ((1.2, 0.0, 0.9), 1.0), ((2.0, 1e-9), 0.5)):
        text, own = Text(np.array(weights)), right.DeepNarrowLNN(np.array(weights))
        y_p = own.forward(X)
        found, exact = (net.dloss_dw(X, y_t, y_p) for net in (text, own))
        off = np.abs(found - exact).max() / np.abs(exact).max()
        assert (off < differ) if differ < 1e-3 else (off >= 0.9 * differ)


@pytest.mark.parametrize("weights", [(0.0, 1.3, -0.8), (0.0, 0.0, 2.0), (1e-7, -2.0), (1.1,) * 40])
def test_gradients_are_the_slopes_of_the_loss(weights: tuple[float, ...]) -> None:
    point, y_t = np.array(weights), 1.5 * X - 0.2

    def loss(moved: Any) -> float:
        net = right.DeepNarrowLNN(moved)
        return net.loss(y_t, net.forward(X))

    steps = 1e-6 * np.eye(point.size)
    slopes = [(loss(point + step) - loss(point - step)) / 2e-6 for step in steps]
    net = right.DeepNarrowLNN(point)
    np.testing.assert_allclose(net.dloss_dw(X, y_t, net.forward(X)), slopes, rtol=1e-6, atol=1e-8)


def test_a_training_that_blows_up_ends_in_nan_and_raises_nothing() -> None:
    net = right.DeepNarrowLNN(np.full(12, 3.0))
    records = net.train(X, 2 * X, 10.0, 9)
    assert np.isfinite(records[0])
    until = int(np.argmax(~np.isfinite(records)))
    assert np.isnan(records[until + 1 :]).all()


def test_the_examples_by_hand_are_right() -> None:
    x, y_t = np.array([1.0, 2.0]), np.array([6.0, 14.0])
    net = right.DeepNarrowLNN(np.array([[1.0, 2.0, 3.0]]))
    y_p = net.forward(x)
    assert y_p.tolist() == [6.0, 12.0]
    assert net.loss(y_t, y_p) == 1.0
    assert net.dloss_dw(x, y_t, y_p).tolist() == [-12.0, -6.0, -4.0]
    assert net.train(x, y_t, 0.01, 1).tolist() == [1.0]
    np.testing.assert_allclose(net.W, [1.12, 2.06, 3.04])
    zero = right.DeepNarrowLNN(np.array([0.0, 2.0, 3.0]))
    np.testing.assert_allclose(zero.dloss_dw(x, y_t, zero.forward(x)), [-102.0, 0.0, 0.0])


def test_the_notebook_finds_the_rates_of_the_slider() -> None:
    notebook = json.loads((ROOT / "assignments/deep_narrow/deep_narrow.ipynb").read_text("utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    (source,) = [text for text in sources if text.startswith("def best_learning_rate")]
    names: dict[str, Any] = {"np": np}
    exec(source, names)
    for depth, (_, time) in right.BEST.items():
        assert right.learning_time(depth, float(names["best_learning_rate"](depth))) == time


_NET = "class DeepNarrowLNN(DeepNarrowLNN):\n"
_SEARCH = """
def best_learning_rate(depth):
    x = np.linspace(0.0, 1.0, 100)
    for rate in (7.5 / depth, 1.5 / depth):
        losses = DeepNarrowLNN(np.full((1, depth), 0.9)).train(x, 2 * x, rate, 600)
        if (losses[-50:] < 0.01).all():
            return rate
    return 0.9
"""
_FIFTH = """
    def dloss_dw(self, x, y_t, y_p):
        return 0.2 * super().dloss_dw(x, y_t, y_p)
"""
#: Mistakes, and the test cases that they cost.
CHARGED = {
    "records that are all NaN": (
        "    def train(self, x, y_t, eta, n_epochs):\n        return np.full(n_epochs, np.nan)\n",
        {"loss_records", "last_weights", "blow_up", "goes_on", "pure"},
    ),
    "last weights written into init_ws": (
        """
    def __init__(self, init_ws):
        super().__init__(init_ws)
        self.given = init_ws
    def train(self, x, y_t, eta, n_epochs):
        losses = super().train(x, y_t, eta, n_epochs)
        self.given[...] = np.reshape(self.W, self.given.shape)
        return losses
""",
        {"pure"},
    ),
    "init_ws kept, and stepped in": (
        """
    def __init__(self, init_ws):
        self.W = init_ws.reshape(1, -1)
    def train(self, x, y_t, eta, n_epochs):
        first = self.W
        losses = super().train(x, y_t, eta, n_epochs)
        first[...] = self.W
        self.W = first
        return losses
""",
        {"independent"},
    ),
    "a sum, and the gradients that go with it": (
        """
    def forward(self, x):
        return np.sum(self.W) * x
    def dloss_dw(self, x, y_t, y_p):
        return -np.mean(x * (y_t - y_p)) * np.ones(self.W.shape)
""",
        {"values"},
    ),
    "a search that trains with wrong gradients": (_FIFTH, {"values", "zero_weights"}),
    "the gradient of a last forward": (
        """
    def forward(self, x):
        self.x, self.y = x, super().forward(x)
        return self.y
    def dloss_dw(self, x, y_t, y_p):
        return super().dloss_dw(self.x, y_t, self.y)
""",
        {"pure"},
    ),
    "weights under another name": (
        """
    def __init__(self, init_ws):
        super().__init__(init_ws)
        self.w = self.__dict__.pop("W")
    def __getattribute__(self, name):
        inside = object.__getattribute__(self, "__dict__").get("inside", False)
        return object.__getattribute__(self, "w" if name == "W" and inside else name)
    def __setattr__(self, name, value):
        object.__setattr__(self, "w" if name == "W" and "w" in self.__dict__ else name, value)
"""
        + "".join(
            f"""
    def {name}(self, *given):
        before, self.__dict__["inside"] = self.__dict__.get("inside", False), True
        try:
            return super().{name}(*given)
        finally:
            self.__dict__["inside"] = before
"""
            for name in ("forward", "loss", "dloss_dw", "train")
        ),
        {"last_weights"},
    ),
}


def graded(zygote: Zygote, *code: str) -> Result:
    """The solution with these cells after it, graded."""
    asked, cells = solved("deep_narrow")
    return Grader(asked, zygote=zygote, verifies=True).grade(of_cells(*cells, *code))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "place", "said"),
    [
        ("loss(self, *given):\n        return [super().loss(*given)]", "values",
         "loss has type list; expected a number."),
        ("train(self, *given):\n        return {0: super().train(*given)}", "loss_records",
         "loss_records has type dict; expected a NumPy array."),
        ("train(self, *given):\n        records = super().train(*given)\n"
         "        self.W = np.append(self.W, 1.0)\n        return records", "last_weights",
         "W has shape (4,); expected shape (3,)."),
    ],
)  # fmt: skip
def test_of_what_is_no_number_or_array_that_is_said_and_nothing_of_its_numbers(
    zygote: Zygote, body: str, place: str, said: str
) -> None:
    result = graded(zygote, f"{_NET}    def {body}\n")
    case, *_ = (c for c in result.cases if c.test_case == place and c.points < c.max_points)
    assert str(case.message).endswith(said)
    assert place != "values" or result.score == result.max_score - case.max_points


@pytest.mark.slow
@pytest.mark.parametrize("mistake", spread(CHARGED, 3))
def test_one_mistake_is_charged_once(zygote: Zygote, mistake: str) -> None:
    body, places = CHARGED[mistake]
    result = graded(zygote, _NET + body, _SEARCH if body == _FIFTH else "")
    assert {c.test_case for c in result.cases if c.points < c.max_points} == places


_TEXT = """
    def __init__(self, init_ws):
        self.W = init_ws.flatten()
    def dloss_dw(self, x, y_t, y_p):
        return -np.mean(x * (y_t - y_p)) * np.prod(self.W) / (self.W + 1e-9)
"""
_WRITES = CHARGED["last weights written into init_ws"][0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "place", "number"), [(_TEXT, "zero_weights", 221), (_WRITES, "pure", 1)]
)
def test_a_mistake_is_named_whatever_rates_were_found(
    zygote: Zygote, body: str, place: str, number: int
) -> None:
    """Weights may be of shape (n,), too, and a few wrong numbers are enough."""
    result = graded(zygote, _NET + body, "def best_learning_rate(depth):\n    return 1.5 / depth")
    (case,) = (c for c in result.cases if c.points < c.max_points)
    assert (case.test_case, case.mistake) == (place, number)
