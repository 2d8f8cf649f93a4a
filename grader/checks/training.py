"""What a training records: the losses, and the weights after each step.

Each is a result of its own, and one mistake costs only one of them: losses are right if they
belong to the recorded weights, and so are last weights that are the last recorded.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np

from grader.checks import plain
from grader.checks.asking import results_of_right
from grader.checks.carrying import Follows
from grader.checks.exercise import Exercise
from grader.checks.scenario import Results, Run, Scenario

_FAR = 1e3  # times the first weights: beyond it rounding errors have grown, too


@dataclass(frozen=True, slots=True)
class Training:
    """The names of a training's inputs and results.

    Inputs are ``start``, the list of the first weights, and ``epochs``, the number of steps;
    results are ``path``, a row of weights for each step, ``losses`` before each step, and
    ``last``, the final weights.  The scenario ``measured`` returns one loss, that of a run.
    """

    exercise: Exercise
    measured: Scenario
    _: KW_ONLY
    start: str
    epochs: str
    path: str
    losses: str
    last: str

    @property
    def recorded(self) -> Follows:
        """A way to be right: the results that belong to the weights that a student recorded."""
        return Follows(self._as_recorded)

    def _as_recorded(self, run: Run, own: Results, answers: list[Results]) -> Results:
        """Return the results for a path of the weights after each step or, by mistake, before it.

        There are none if the weights stop moving, at once or after one step.
        """
        start, epochs = run.inputs[self.start], run.inputs[self.epochs]
        path = plain.array(own[self.path], name=self.path, shape=(None, len(start)), finite=False)
        rows = path.tolist()
        if len(rows) > 1 and rows[0] == rows[-1]:
            return {}
        is_after = rows[0] != start
        right: Results = {self.last: tuple(rows[-1])} if is_after else {}
        if len(rows) >= epochs and rows[-1] != start:
            before = [start, *rows] if is_after else rows
            right[self.losses] = np.array([self._loss(run, row) for row in before[:epochs]])
        return right

    def _loss(self, run: Run, weights: list[float]) -> float:
        at = run.but(**{self.start: weights})
        (loss,) = results_of_right(self.measured, at, self.exercise.rights).values()
        return float(loss)

    def diverges(self, run: Run, own: Results) -> bool:
        """Return whether the weights grew beyond a thousand times the largest of the first."""
        path = plain.reals(own[self.path], name=self.path)
        return not np.all(np.abs(path) < _FAR * np.abs(run.inputs[self.start]).max())
