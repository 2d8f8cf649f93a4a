"""Hidden tests: the path of gradient descent on w² - 10w + 25.

Whoever stops where steps are tiny loses ``to_the_end`` alone.  Text 004 starts at 0 with 0.01:
0.1 after one step, and 4.9999, in single precision, after 1,000 more.
"""

# fmt: off
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from reference.hyperparameters import minimize

OK_FORMAT = False
name, points = "minimize", 6


def walked(minimize, run):
    path = minimize(run.w0, run.lr, run.steps)
    minimize(run.w0 + 1, run.lr, run.steps)  # which must not change the first path
    return {"path": path}


def case(case, points, says, *ways):
    """Return a test case of these runs; the last one is public."""
    *runs, shown = (Run(w0=w0, lr=lr, steps=steps) for w0, lr, steps in ways)
    return Exercise(minimize, runs=runs, public=[shown]).agrees(
        walked, name=case, points=points, says=says)


path = case("path", 4, "The path must hold w0, and w after every step of gradient descent.",
            (0.0, 0.01, 150), (12.5, 0.3, 7), (-3.75, 0.07, 30), (1e6, 0.2, 12), (6.1, 0.9, 25),
            (0.5, 1.0, 9), (1.5, 1e-6, 20), (2.5, 0.4, 1), (1.0, 0.25, 3))
integers = case("integers", 1, "A whole number as w0 must give the same path as a float.",
                (0, 0.01, 60), (-2, 0.3, 5), (1000, 0.11, 9), (1, 0.25, 3))
to_the_end = case("to_the_end", 1, "All steps must be taken, at the minimum, too.",
                  (5.0, 0.1, 6), (7.5, 0.5, 40), (0.0, 0.01, 1001), (4.0, 0.3, 2000), (9.0, 0.5, 4))
