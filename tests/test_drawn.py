"""Start values and samplers that hidden tests once passed, charged twice or spoke falsely of."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from grader.checks import CheckWarning
from tests.courses import course

ASSIGNMENTS = Path(__file__).resolve().parent.parent / "assignments"
HE = "def he(a, b):\n    "
RATE = "def sample_learning_rate(low, high, size, rng):\n    "
BETA = "def sample_beta(low, high, size, rng):\n    "
UNITS = "def sample_units(low, high, size, rng):\n    "
DRAW = "low * (high / low) ** rng.random(size)"
#: The assignment, what is written, and the test cases that lose by it.
WRITTEN: dict[str, tuple[str, str, set[str]]] = {
    "a seed before a right xavier is called": (
        "initialization",
        HE + "np.random.seed(7)\n    return np.sqrt(2) * xavier(a, b)",
        {"he/fresh"},
    ),
    "a wrong xavier that is called": (
        "initialization",
        "def xavier(a, b):\n    return np.random.randn(a, b) / np.sqrt(b)\n"
        f"{HE}return np.sqrt(2) * xavier(a, b)",
        {"xavier/spread"},
    ),
    "a seed in xavier, which is called": (
        "initialization",
        "def xavier(a, b):\n    np.random.seed(3)\n    return np.random.randn(a, b) / np.sqrt(a)\n"
        f"{HE}return np.sqrt(2) * xavier(a, b)",
        {"xavier/fresh"},
    ),
    "a spread two percent too small": (
        "initialization",
        HE + "return np.random.randn(a, b) * np.sqrt(2 / (1.04 * a))",
        {"he/spread"},
    ),
    "half of an odd number of inputs": (
        "initialization",
        HE + "return np.random.randn(a, b) * np.sqrt(1 / max(a // 2, 0.5))",
        {"he/spread"},
    ),
    "large weights cut off": (
        "initialization",
        HE + "return np.clip(np.random.randn(a, b) * np.sqrt(2 / a), -4, 4)",
        {"he/normal"},
    ),
    "no repeats where there are enough": (
        "hyperparameters",
        UNITS + "kinds = np.arange(low, high + 1)\n"
        "    return rng.choice(kinds, size, replace=size > len(kinds))",
        {"sample_units/independent"},
    ),
    "a single number where size is 1": (
        "hyperparameters",
        RATE + f"found = {DRAW}\n    return found[0] if size == 1 else found",
        {"sample_learning_rate/shape"},
    ),
    "negative rates": (
        "hyperparameters",
        RATE + f"return -{DRAW}",
        {"sample_learning_rate/distribution"},
    ),
    "another generator in the one that is called": (
        "hyperparameters",
        BETA + "rng = np.random.default_rng()\n"
        "    return 1 - sample_learning_rate(1 - high, 1 - low, size, rng)",
        {"sample_beta/source"},
    ),
    "a wrong rate that is called": (
        "hyperparameters",
        f"{RATE}return rng.uniform(low, high, size)\n"
        f"{BETA}return 1 - sample_learning_rate(1 - high, 1 - low, size, rng)",
        {"sample_learning_rate/distribution"},
    ),
    "a descent that ends where steps are tiny": (
        "hyperparameters",
        "def minimize(w0, lr, steps):\n    path = [float(w0)]\n    for _ in range(steps):\n"
        "        w = path[-1] - lr * (2 * path[-1] - 10)\n        if abs(w - path[-1]) < 1e-7:\n"
        "            break\n        path.append(w)\n    return np.array(path)",
        {"minimize/to_the_end"},
    ),
    "views, and draws from normal numbers": (
        "initialization",
        HE + "sign = np.random.choice([-1, 1], (b, a))\n"
        "    return (sign * np.sqrt(2 * np.random.chisquare(1, (b, a)) / a)).T",
        set(),
    ),
    "a generator made from the one handed over": (
        "hyperparameters",
        RATE + "rng = np.random.default_rng(rng.integers(2**62))\n    return " + DRAW,
        set(),
    ),
}


def lost(name: str, code: str) -> dict[str, str]:
    """The test cases that lose, and what they say."""
    asked, cells = course(name)
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in (*cells, code):
        exec(cell, names)
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        for question in asked.questions:
            for case in question.cases:
                given = names | {"env": names}
                try:
                    case.function(**{key: given[key] for key in case.parameters})
                except Exception as error:
                    found[f"{question.name}/{case.name}"] = str(error)
    return found


@pytest.mark.parametrize("what", WRITTEN)
def test_it_loses_where_it_is_wrong_and_nowhere_else(what: str) -> None:
    name, code, places = WRITTEN[what]
    assert lost(name, code).keys() == places


def test_what_is_no_number_is_said_so_everywhere() -> None:
    told = lost("hyperparameters", RATE + "return np.nan * rng.random(size)")
    own = [text for place, text in told.items() if place.startswith("sample_learning_rate")]
    assert len(own) == 5
    assert all("is nan" in text for text in own)


def test_a_place_outside_the_range_is_one_of_a_single_call() -> None:
    told = lost("hyperparameters", RATE + "return np.append(rng.uniform(low, high, size)[1:], 9e9)")
    text = told["sample_learning_rate/distribution"]
    assert text.startswith("sample_learning_rate[19999] is 9e+09")
