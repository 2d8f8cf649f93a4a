"""Hidden test cases of ``best_learning_rate``: two for each depth, one for getting there at all.

A rate is judged by the reference's training with it, whatever it was found by.
"""

# fmt: off
from functools import partial

from assignments.deep_narrow.inputs import CHARGED, RUNS, trained
from grader import checks
from grader.checks.exercise import Exercise
from reference.deep_narrow import BEST_TIMES, DeepNarrowLNN, best_learning_rate, learning_time

OK_FORMAT = False
name, points = "best_learning_rate", 3


def found(Net, search, run):
    return {"best_learning_rate": search(run.depth)}


def asked(probe):
    """Return the probe of a part of the net's, for those who search with it."""
    return lambda Net, search, run: probe(Net, run)


PARTS = {part: asked(probe) for part, probe in {**CHARGED, "train": trained}.items()}
RUNS = [RUNS[0].but(depth=depth, eta=0.02, n_epochs=3) for depth in BEST_TIMES]
SEARCH = Exercise(DeepNarrowLNN, best_learning_rate, runs=RUNS, optional=[DeepNarrowLNN])


def of_depth(depth, run):
    """Return the two test cases of one depth."""

    def is_reached(seen, within=600):
        rate = checks.number(seen[0]["best_learning_rate"], name="best_learning_rate", finite=False)
        own, best, shown = learning_time(depth, rate), BEST_TIMES[depth], f"{rate:.4g}"
        if own is None:
            text = checks.say("With {rate} the loss does not fall below 0.01 for good.", rate=shown)
            raise checks.CheckFailure(text, name="best_learning_rate")
        if own > within:
            text = checks.say("With {rate} it takes {own} epochs; the slider's best takes {best}.",
                              rate=shown, own=own, best=best)
            raise checks.CheckFailure(text, name="best_learning_rate")

    shows = partial(SEARCH.resting_on(**PARTS).shows, found, points=0.25, runs=[run])
    yield shows(
        is_reached, name=f"reached_{depth}",
        says=f"With the rate for {depth} weights the loss must fall below 0.01 and stay there.")
    yield shows(
        partial(is_reached, within=2 * BEST_TIMES[depth]), name=f"fast_{depth}",
        says=f"The rate for {depth} weights must at most double the time of the slider's best.")


(reached_10, fast_10, reached_20, fast_20, reached_30, fast_30, reached_40, fast_40, reached_50,
 fast_50, reached_60, fast_60) = (
    case for depth, run in zip(BEST_TIMES, RUNS, strict=True) for case in of_depth(depth, run)
)
