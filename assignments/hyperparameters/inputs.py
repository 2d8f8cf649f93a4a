"""What is drawn from which ranges, and what is looked at in it.

The generators have fixed seeds, so a sampler that is graded twice gets the same points.  Of those
that may be written, right ones lose a point at most once in 10⁹: that risk
(:data:`grader.checks.RISK`) is divided among the test cases that rest on chance, two of each
sampler, and theirs among their runs.  ``fresh`` takes what is less likely still: 10⁻¹⁵.  Equal
calls, which ``fresh`` charges, count once elsewhere.
"""

# fmt: off
import numpy as np

from grader import checks
from grader.checks import RISK, CheckFailure, plain, say
from grader.checks.distribution import require_range
from grader.checks.exercise import Exercise
from grader.checks.judging import each
from grader.checks.scenario import Run, generator, several
from reference.hyperparameters import sample_beta, sample_learning_rate, sample_units

# One of other numbers than a student may have chosen.
SEED = 74207281
SHARE = RISK / 6  # of one test case


def ranges(*ends, size=3, calls=1):
    """Return a run for each pair of ends."""
    return [Run(low=low, high=high, size=size, calls=calls) for low, high in ends]


def drawn(sample, other, run):
    """Draw again and again from one generator."""
    rng = generator(SEED + run.size)
    return {"drawn": several(run.calls, sample, run.low, run.high, run.size, rng)}


def drawn_again(sample, other, run):
    """Draw from one generator, and from another one in the same state."""
    one, two = generator(SEED), generator(SEED)
    return {"one": [sample(run.low, run.high, run.size, one) for _ in range(3)],
            "two": [sample(run.low, run.high, run.size, two) for _ in range(3)],
            "ones": several(30, sample, run.low, run.high, 1, one)}


RATE = Exercise(sample_learning_rate, sample_beta, optional=[sample_beta], runs=ranges((0.1, 1.0)))
# Right samplers draw other numbers: without a generator none is right, and so a sample_beta that
# fails is asked once more with a right sample_learning_rate to call.
BETA = Exercise(sample_beta, sample_learning_rate, optional=[sample_learning_rate], runs=[
    Run(low=0.1, high=1.0, size=3, rng=None)]).resting_on("sample_learning_rate")
UNITS = Exercise(sample_units, sample_beta, optional=[sample_beta], runs=ranges((5, 9)))


def log_level(own, low, high):
    """Return where numbers lie from low to high, 0 to 1, on the logarithmic scale."""
    return np.log(np.maximum(own, 1e-300) / low) / np.log(high / low)


def cases(exercise, name, level, ends, whole=False):
    """Return a sampler's test cases.

    ``level(own, run)`` is the distribution function asked for at the numbers drawn: uniform
    between 0 and 1 for right ones.  With *whole* they are integers.
    """
    every = [*ranges(*ends, size=20_000), *ranges(ends[0], size=1, calls=400)]
    many = [*ranges(*ends[:2], size=50, calls=200), *ranges(*ends[:2], size=4000)]
    shapes = [run for n in (1, 2, 7, 300) for run in ranges(*ends[:2], size=n, calls=2)]
    again = ranges(*ends[:2], size=40)

    def numbers(own, run):
        """The numbers of a call, in any shape, which is charged to ``shape``."""
        found = plain.reals(own, name=name)
        plain.require_finite(found, name)
        return found.reshape(-1) if found.size == run.size else plain.array(
            own, name=name, shape=(run.size,))

    def samples(run, seen):
        """All different calls; one sample where each call gives one number."""
        own = np.array([numbers(call, run) for call in seen["drawn"]], dtype=np.float64)
        return checks.distinct_draws(own.reshape(1, -1) if run.size == 1 and np.ptp(own) else own)

    def shape(run, seen):
        for own in seen["drawn"]:
            plain.array(own, name=name, shape=(run.size,))
            if whole and np.asarray(own).dtype.kind not in "iu":
                text = say("{name} holds floats, not integers.", name=name)
                raise CheckFailure(text, kind="kind", name=name)

    def distribution(run, seen):
        own, risk = samples(run, seen).reshape(-1), SHARE / len(every) / 2
        require_range(own, run.low, run.high, name)
        if whole:
            checks.whole_numbers(np.rint(own).astype(int), run.low, run.high, name=name, risk=risk)
        checks.distribution(level(own, run), lambda u: np.clip(u, 0.0, 1.0), name=name, risk=risk,
                            what=say("evenly on the scale that was asked for"))

    def independent(run, seen):
        own = samples(run, seen)
        levels = level(own, run)
        if np.all(abs(levels - 0.5) < 0.501):  # others are charged to ``distribution``
            own = checks.scores(levels, np.asarray)
        checks.independent_draws(own, name=name, risk=SHARE / len(many))

    def source(run, seen):
        for one, two in zip(seen["one"], seen["two"], strict=True):
            if not np.array_equal(numbers(one, run), numbers(two, run)):
                text = say("{name} gives other numbers for an equal generator.", name=name)
                raise CheckFailure(text, kind="randomness", name=name)

    def fresh(run, seen):
        calls = [numbers(own, run) for own in seen["one"]]
        single = np.reshape([numbers(own, run.but(size=1)) for own in seen["ones"]], (2, 15))
        for several_calls in (np.array(calls), single):
            checks.fresh_draws(several_calls, name=name,
                               kinds=run.high - run.low + 1 if whole else 1e6)

    def asked(judge, points, runs, says, scenario=drawn):
        return exercise.shows(scenario, each(runs, judge), runs=runs, name=judge.__name__,
                              points=points, says=says)

    return (
        asked(shape, 1, shapes, "The result must be an array of shape (size,)"
              + (", of integers." if whole else ".")),
        asked(distribution, 3, every, "The range must be covered as asked for, whatever its ends."),
        asked(independent, 2, many, "Each number must be drawn by itself, in no order."),
        asked(source, 1, again, "rng must be the only source of the numbers.", drawn_again),
        asked(fresh, 1, again, "The next call must give other numbers.", drawn_again),
    )
