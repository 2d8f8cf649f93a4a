"""Hidden test cases of ``best_learning_rate``: two for each depth, one for getting there at all.

A rate is judged by the reference's training with it, whatever it was found by.
"""

# fmt: off
from functools import partial

from assignments.deep_narrow.inputs import RUNS
from grader import checks
from grader.checks.exercise import Exercise
from reference.deep_narrow import BEST, EPOCHS, DeepNarrowLNN, best_learning_rate, learning_time

OK_FORMAT = False
name, points = "best_learning_rate", 3


def found(Net, search, run):
    return {"best_learning_rate": search(run.depth)}


# Whose own search trains with a wrong part is asked once more with right ones.
SEARCH = Exercise(
    DeepNarrowLNN, best_learning_rate, optional=[DeepNarrowLNN],
    runs=[run.but(depth=depth) for depth, run in zip(BEST, RUNS, strict=False)],
).resting_on("train", "forward", "loss", "dloss_dw", rows=["dloss_dw"])


def of_depth(run):
    """Return the two test cases of one depth."""

    def is_reached(seen, within=EPOCHS):
        rate = checks.number(seen[0]["best_learning_rate"], name="best_learning_rate", finite=False)
        own = learning_time(run.depth, float(rate))
        if own is None or own > within:
            text = checks.say("With {rate} the loss does not fall below 0.01 for good in time.",
                              rate=f"{rate:.4g}")
            raise checks.CheckFailure(text, name="best_learning_rate")

    shows = partial(SEARCH.shows, found, points=0.25, runs=[run])
    yield shows(
        is_reached, name=f"reached_{run.depth}",
        says=f"With the rate for {run.depth} weights the loss must fall below 0.01 and stay there.")
    yield shows(
        partial(is_reached, within=2 * BEST[run.depth][1]), name=f"fast_{run.depth}",
        says=f"The rate for {run.depth} weights may take at most twice the slider's best time.")


(reached_10, fast_10, reached_20, fast_20, reached_30, fast_30, reached_40, fast_40, reached_50,
 fast_50, reached_60, fast_60) = (case for run in SEARCH.runs for case in of_depth(run))
