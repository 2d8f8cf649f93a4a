"""What dropout is run with, what is done with it, and in which order.

All randomness is the student's.  Nothing is compared with a seed's numbers; what is rejected
is what a correct layer does with a probability below 1e-9 a check (:data:`grader.checks.RISK`).
"""

import numpy as np

from grader import checks
from grader.checks import say
from grader.checks.dropping import done_before, elsewhere, run
from grader.checks.exercise import Exercise
from grader.checks.judging import each
from grader.checks.scenario import Run, fill, snapshot
from grader.checks.standing_in import without_test_time
from reference.dropout import Dropout

# Between two tenths, and two hundredths: whoever draws whole numbers up to 10 or 100, or cuts
# the ratio to one, shows here.  In 120,000 entries 0.01 and 0.02 are surely seen not to be 0.0145.
UNEVEN, SMALL = 0.125, 0.0145
SHAPE, TALL, LARGE, HALF = (20, 30), (1000, 30), (200, 250), (500, 30)
OTHERS, MANY_AXES = ((600,), (5, 8, 15), (5, 4, 6, 5)), ((400, 8, 10), (250, 4, 6, 5))
# For single calls: so many rows and columns that even one mask a row is hardly all ones.
WIDE = (60, 80)
TRAINED, TESTED, SMALLER = ((True, WIDE),), ((False, WIDE),), ((False, (60, 1)),)
# fmt: off
TEST_TIMES = [
    *(run(r, SHAPE, SHAPE, zeros=0.1, first=f) for f in ((), TRAINED) for r in (0.3, 0.8)),
    run(0.1234, SHAPE, SHAPE, size=1e6), run(0.00731, SHAPE, SHAPE, size=1e-6),
    run(0.987, (30_000,), (30_000,)), *(run(0.3, s, s, first=((True, s),)) for s in OTHERS),
]
# What is given, what of it is left out, and what was done before.
LEFT = (True, (True,), ()), (True, (), ()), (True, (), TRAINED + TESTED), (False, (False,), TESTED)
# fmt: on
SEEN = [np.array([1.0, -2.0, 4.0]), np.array([5.0, 3.0, -1.0])]
PUBLIC = [Run(ratio=ratio, xs=SEEN, first=(), calls=1) for ratio in (0.5, 0.2)]
WHOLE = Exercise(Dropout, runs=[run(0.3, WIDE)], public=PUBLIC)


def at_test_time(Dropout, run):
    """Go forward at test time."""
    return {"forward": Dropout(run.ratio).forward(run.xs[0], False)}


# A test time that raises, or that there is none, is charged where it is asked for.
exercise = WHOLE.replacing("forward", without_test_time, at_test_time)


def judged(scenario, *judges, runs, apart=True, **said):
    """Return a test case of which each run is judged for itself."""
    judge = each(runs, *judges)
    return exercise.shows(scenario, judge, runs=runs, elsewhere=elsewhere, apart=apart, **said)


def tested(Dropout, run):
    """Go forward at test time, and again with other numbers in the same array."""
    layer, (x, other) = Dropout(run.ratio), run.xs
    done_before(layer, run)
    out = snapshot(layer.forward(x, False))
    fill(x, other)
    return {say("forward at test time"): out, say("forward, again,"): layer.forward(x, False)}


def as_kept(run, own, answers):
    """Give what is right for those who take the ratio for the part that is kept, in training, too.

    No ratio of these runs is within 0.19 of one half; that far off 600 entries are by chance with a
    probability below 1e-20.
    """
    share = np.mean(checks.array(answers[0]["outs"][0][0], name="forward") != 0)
    is_kept = abs(share - run.ratio) < 0.19
    return tested(Dropout, run.but(ratio=1 - run.ratio).fresh()) if is_kept else []


def left_alone(Dropout, run):
    """Go forward with an array, and again with another one."""
    layer, (x, other) = Dropout(run.ratio), run.xs
    out = layer.forward(x, run.flag)
    before = snapshot(out)
    layer.forward(other, run.flag)
    return {"out": before, "out late": out}


def left_out(Dropout, run):
    """Go forward with all that has a default given, and left out."""
    seen = {}
    for own, layer, flag in (("given", Dropout(0.5), run.given), ("own", Dropout(), run.left)):
        done_before(layer, run)
        seen[own] = [layer.forward(run.xs[0], *flag) for _ in range(2)]
    return seen
