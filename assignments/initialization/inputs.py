"""What start values are asked for, and what is looked at in them.

All randomness is the student's.  A right pair of functions loses a point at most once in 10⁹
times: that risk (:data:`grader.checks.RISK`) is divided among the test cases that rest on chance,
three of each function, and theirs among their runs.  ``fresh`` takes what is less likely still.
A seed or a cache makes calls equal, which ``fresh`` charges: elsewhere equal calls count once.
"""

import math
from functools import partial

import numpy as np

from grader import checks
from grader.checks import RISK, plain
from grader.checks.exercise import Exercise
from grader.checks.judging import each
from grader.checks.scenario import Run, several

SHARE = RISK / 6  # of one test case


def run(*sizes, calls=1):
    """Return a run: so many calls with each of these sizes, in turn."""
    return Run(sizes=sizes, calls=calls)


SIZES = [run((2, 3), (1, 1), (1, 7), (50, 1), (3, 500), (64, 64))]
# Fan-in shows in sizes that are far from square, n_in + 1 and n_in // 2 in small ones; the largest
# show a standard deviation that is rounded to thousandths.
SPREADS = [run((2, 3), calls=300), run((7, 5), calls=200), run((400, 500)),
           run((30, 1000)), run((9_400, 7)), run((1, 20_000))]  # fmt: skip
# Seen in each of 50 tries were numbers cut off at 3.6 standard deviations, or set to 3.5 beyond
# that, and in each of 100 sums of twelve uniform ones; in 4 of 50 a cut at 3.7, and none at 4.
SHAPES = [run((400, 500), calls=2), run((1, 20_000))]
TOGETHER = [run((300, 200)), run((40, 300)), run((6, 5), calls=100), run((4, 9), calls=100),
            run((12, 12), calls=60), run((1, 30), calls=90), run((30, 1), calls=90)]  # fmt: skip
IN_TURN = [run((6, 5), (4, 9), calls=12), run((120, 80), (50, 60), calls=3)]


def drawn(init, other, run):
    """Draw weights of each size in turn."""
    return {"drawn": [[init(*size) for size in run.sizes] for _ in range(run.calls)]}


def drawn_often(init, other, run):
    """Draw weights of one size, in one operation."""
    return {"drawn": several(run.calls, init, *run.sizes[0])}


def in_turn(scenario, right, other, run):
    """Ask the other function."""
    return scenario(other, right, run)


def weights(name, run, seen, place=0):
    """Return what to call the weights of one size, and all of them, shape (calls, n_in, n_out).

    What is turned over or flat is put right: that is charged to ``shape``.
    """
    size, own = run.sizes[place], []
    label = f"{name}({size[0]}, {size[1]})"
    for turn in seen["drawn"]:
        one = turn[place] if len(run.sizes) > 1 else turn
        found = plain.array(one, name=label)
        if found.size != math.prod(size):
            plain.array(one, name=label, shape=size)
        own.append((found.T if found.shape == size[::-1] else found).reshape(size))
    return label, np.array(own, dtype=np.float64)


def judges(name, factor):
    """Return the test cases' judges of weights with the variance *factor* / n_in."""

    def std(run):
        return math.sqrt(factor / run.sizes[0][0])

    def shape(run, seen):
        for turn in seen["drawn"]:
            for size, own in zip(run.sizes, turn, strict=True):
                checks.array(own, name=f"{name}({size[0]}, {size[1]})", shape=size)

    def spread(run, seen):
        label, own = weights(name, run, seen)
        checks.spread(checks.distinct_draws(own), std(run), name=label, risk=SHARE / len(SPREADS))

    def normal(run, seen):
        label, own = weights(name, run, seen)
        risk = SHARE / len(SHAPES) / 2
        own = checks.standardised(checks.distinct_draws(own), std(run), risk=risk)
        checks.bell(own, name=label, risk=risk)

    def independent(run, seen):
        label, own = weights(name, run, seen)
        risk = SHARE / len(TOGETHER) / 2
        own = checks.standardised(own, std(run), risk=risk)
        checks.independent_draws(own, name=label, risk=risk)

    def fresh(run, seen):
        for place in range(len(run.sizes)):
            label, own = weights(name, run, seen, place)
            checks.fresh_draws(own, name=label)

    return shape, spread, normal, independent, fresh


ASKED = (
    (1, SIZES, drawn, "The weights must be an array of shape (n_in, n_out)."),
    (3, SPREADS, drawn_often,
     "Mean and standard deviation must be the ones asked for, whatever the sizes."),
    (2, SHAPES, drawn_often,
     "The weights must be distributed normally: not evenly, and not cut off."),
    (2, TOGETHER, drawn_often, "Each weight must be drawn by itself, whatever the others are."),
    (2, IN_TURN, drawn, "Every call must give new numbers."),
)  # fmt: skip


def cases(right, other, factor, part=()):
    """Return the test cases of a function whose weights have the variance *factor* / n_in.

    A mistake that *part*, the judges of *other*, find in that function costs nothing here.
    """
    found = []
    for place, (points, runs, scenario, says) in enumerate(ASKED):
        exercise = Exercise(right, other, optional=[other], runs=runs)
        judge = judges(right.__name__, factor)[place]
        if part:
            exercise = exercise.resting_on_draws(
                other, partial(in_turn, scenario), each(runs, part[place]), runs
            )
        found.append(
            exercise.shows(
                scenario, each(runs, judge), name=judge.__name__, points=points, says=says
            )
        )
    return found
