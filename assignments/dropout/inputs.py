"""What dropout is run with, what is done with it, and in which order.

All randomness is the student's.  Nothing is compared with a seed's numbers; what is rejected
is what a correct layer does with a probability below 1e-9 a check (:data:`grader.checks.RISK`).
"""

import numpy as np

from grader.checks import mask_inputs, say
from grader.checks.exercise import Exercise
from grader.checks.judging import each
from grader.checks.scenario import Run, fill, overwrite, snapshot
from reference.dropout import Dropout

# Half-way between two hundredths: whoever draws whole numbers up to 10 or 100, or cuts the
# ratio to one, shows here; in eight calls of 50,000 entries 0.005 beside it is surely seen.
UNEVEN = 0.125
SHAPE, TALL, LARGE, HALF = (20, 30), (1000, 30), (200, 250), (500, 30)
OTHERS, MANY_AXES = ((600,), (5, 8, 15), (5, 4, 6, 5)), ((400, 8, 10), (250, 4, 6, 5))
# For single calls: so many rows and columns that even one mask a row is hardly all ones.
WIDE = (60, 80)
TRAINED, TESTED, SMALLER = ((True, WIDE),), ((False, WIDE),), ((False, (60, 1)),)


def run(ratio, *shapes, size=1.0, zeros=0.0, calls=1, first=(), **inputs):
    """Return a run: x of each shape and *size*, a share of which is 0, and dout of 1/*size*.

    *first* are forwards, (flag, shape), that are charged elsewhere.
    """
    # A seed of our own: a student may well have chosen 0, and drawn the mask with it.
    rng = np.random.default_rng(74207281)
    xs = [size * mask_inputs(s, seed=n) * (rng.random(s) >= zeros) for n, s in enumerate(shapes)]
    douts = [mask_inputs(s, seed=9 + n) / size for n, s in enumerate(shapes)]
    return Run(ratio=ratio, xs=xs, douts=douts, calls=calls, first=first, **inputs)


# fmt: off
TEST_TIMES = [
    *(run(r, SHAPE, SHAPE, zeros=0.1, first=f) for f in ((), TRAINED) for r in (0.3, 0.8)),
    run(0.1234, SHAPE, SHAPE, size=1e6), run(0.00731, SHAPE, SHAPE, size=1e-6),
    run(0.987, (30_000,), (30_000,)), *(run(0.3, s, s, first=((True, s),)) for s in OTHERS),
]
# What is given, what of it is left out, and what was done before.
LEFT_OUT = (True, (True,), ()), (True, (), ()), (True, (), TRAINED + TESTED), (
    False, (False,), TESTED)
# fmt: on
LARGES = [run(UNEVEN, LARGE, calls=8)]
SEEN = [np.array([1.0, -2.0, 4.0]), np.array([5.0, 3.0, -1.0])]
PUBLIC = [Run(ratio=ratio, xs=SEEN, first=()) for ratio in (0.5, 0.2)]
exercise = Exercise(Dropout, runs=[run(0.3, WIDE)], public=PUBLIC)


def judged(scenario, *judges, runs, apart=True, **said):
    """Return a test case of which each run is judged for itself."""
    judge = each(runs, *judges)
    return exercise.shows(scenario, judge, runs=runs, elsewhere=elsewhere, apart=apart, **said)


def first(layer, run):
    """Do the forwards that are charged elsewhere; their outputs."""
    return [snapshot(layer.forward(mask_inputs(shape), flag)) for flag, shape in run.first]


def elsewhere(Dropout, run):
    """Do nothing else."""
    return {"outs": first(Dropout(run.ratio), run)}


# What is done


def drawn(Dropout, run):
    """Go forward in training with each x, and again."""
    layer = Dropout(run.ratio)
    calls = range(run.calls)
    return {"outs": [[snapshot(layer.forward(snapshot(x), True)) for x in run.xs] for _ in calls]}


def anew(Dropout, run):
    """Draw masks of one layer, of many layers, and of one array that is passed again."""
    layer, (x, again) = Dropout(run.ratio), run.xs
    layers = (layer if call < 100 else Dropout(run.ratio) for call in range(150))  # made in turn
    outs = [snapshot(one.forward(snapshot(x), True)) for one in layers]
    twice = [snapshot(layer.forward(again, True)) for _ in range(2)]
    return {"calls": outs[:100], "layers": outs[100:], "again": twice}


def tested(Dropout, run):
    """Go forward at test time, and again with other numbers in the same array."""
    layer, (x, other) = Dropout(run.ratio), run.xs
    first(layer, run)
    out = snapshot(layer.forward(x, False))
    fill(x, other)
    return {say("forward at test time"): out, say("forward, again,"): layer.forward(x, False)}


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
        first(layer, run)
        seen[own] = [layer.forward(run.xs[0], *flag) for _ in range(2)]
    return seen


def passed(Dropout, run):
    """Go forward twice, then backward, with one x after the other."""
    layer, outs, back = Dropout(run.ratio), [], []
    for x, dout in zip(run.xs, run.douts, strict=True):
        layer.forward(x, True)
        outs.append(layer.forward(x, True))
        back.append(layer.backward(dout))
    return {"outs": [outs], "back": back}


def between(Dropout, run):
    """Go backward twice, after other forwards, and with these between forward and backward."""
    layer, (x,), (dout,) = Dropout(run.ratio), run.xs, run.douts
    out, dx = layer.forward(x, True), layer.backward(dout)
    seen = {"first": dx, "again": layer.backward(dout), "others": first(layer, run)}
    seen |= {"after": layer.backward(dout), "outs": [out, layer.forward(x, True)]}
    first(layer, run)
    return seen | {"back": [dx, layer.backward(dout)]}


def shared(Dropout, run):
    """Do what must not matter to a layer, with its arrays and with another layer."""
    layer, (x, buffer), (dout, other) = Dropout(run.ratio), run.xs, run.douts
    own, again, beside = first(layer, run), first(layer, run), Dropout(0.8)
    seen = {"own": own, "own again": again, "own beside": first(layer, run)}
    mine, out = snapshot(dout), layer.forward(x, True)
    dx = layer.backward(dout)
    seen |= {"first": snapshot(dx), "again": snapshot(layer.backward(snapshot(mine)))}
    layer.backward(other)
    seen["late"] = snapshot(dx)
    for array in (x, out, dx):
        overwrite(array)
    seen["overwritten"] = snapshot(layer.backward(snapshot(mine)))
    layer.backward(buffer)
    fill(buffer, mine)
    seen["filled"] = snapshot(layer.backward(buffer))
    beside.forward(snapshot(other), True)
    return seen | {"beside": layer.backward(mine)}
