"""Hidden tests: the path of gradient descent on w² - 10w + 25."""

# fmt: off
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from reference.hyperparameters import minimize

OK_FORMAT = False
name, points = "minimize", 6


def walked(minimize, run):
    return {"path": minimize(run.w0, run.lr, run.steps)}


def case(case, points, says, *ways):
    runs, shown = ([Run(w0=w0, lr=lr, steps=n) for w0, lr, n in several]
                   for several in (ways, [(1 if case == "integers" else 1.0, 0.25, 3)]))
    return Exercise(minimize, runs=runs, public=shown).agrees(
        walked, name=case, points=points, says=says)


# Text 004 starts at 0 with 0.01: 0.1 after one step, 4.9999 after 1,000 more.
path = case("path", 4, "The path must hold w0, and w after every step of gradient descent.",
            (0.0, 0.01, 1001), (12.5, 0.3, 7), (-3.75, 0.07, 30), (1e6, 0.2, 12), (6.1, 0.9, 25))
integers = case("integers", 1, "A whole number as w0 must give the same path as a float.",
                (0, 0.01, 1001), (-2, 0.3, 5), (1000, 0.11, 9))
to_the_end = case("to_the_end", 1, "All steps must be done: at the minimum, too, and with any lr.",
                  (5.0, 0.1, 6), (7.5, 0.5, 40), (0.5, 1.0, 9), (4.0, 0.3, 2000),
                  (1.5, 1e-6, 20), (2.5, 0.4, 1))
