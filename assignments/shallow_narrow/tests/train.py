"""Hidden test cases of ``train``: each looks at one thing, so that one mistake costs one.

``train`` calls the student's own ``forward``, ``dloss_dw`` and ``loss``, whose mistakes are
charged elsewhere.  So a record is right when it is what is asked for, or what gradient
descent gives with the student's own parts, called from here one by one.  And the losses may
also belong to the weights that ``train`` itself recorded, the last weights be the last ones
recorded: a wrong step is charged to ``weight_records`` alone.  Nothing is carried by parts
that raise or are not to be believed (:func:`grader.checks.carried`), nor by weights that
stand still.  Parts that change x or y_true carry what they give in the text's loop, where all
steps share one x and y_true.  A run that diverges is left out, as long as another one does not.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from itertools import product
from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import shallow_narrow as reference

OK_FORMAT = False
name = "train"
points = 3

X6 = np.array([0.3, -0.7, 1.2, 0.0, 0.9, -0.4])
X9 = np.array([1.1, 0.2, -0.3, 0.8, 0.6, -0.9, 0.4, 1.3, 0.1])
X3 = np.array([0.5, 1.0, 1.5])
# First weights, samples, learning rate, epochs.  The third run ends with a loss of zero, in the
# last one the loss rises.
RUNS: list[Any] = [
    ((0.7, -1.3), X6, np.array([1.1, -0.4, 0.2, 0.9, 2.1, -1.3]), 0.04, 7),
    ((-1.1, -0.8), X9, 0.4 + 0.9 * X9 + 0.3 * X9**2, 0.03, 5),
    ((1.1, 0.9), X3, 2.0 * X3, 0.08, 15),
    ((-0.6, 1.4), X9, 0.3 - 1.2 * X9, 0.05, 1),
    ((2.0, -1.1), X9, 0.3 - 1.2 * X9, 0.5, 2),
]
LARGEST = 1e3  # weights beyond it count as diverging


@cache
def _right(run: int) -> tuple[Any, checks.Tolerance]:
    """The right records of one of RUNS and their tolerances: the same for everybody."""
    return reference.train(*RUNS[run]), checks.tolerance(reference.train, *RUNS[run])


# (weights, x) -> predictions, or (predictions, targets) -> loss
Part = Callable[[Any, checks.Real], Any]


class Training:
    """One run, trained: the model after it and both records as they came.

    Three paths of weights, one row a step, say where it may have led: the right one, the
    one that the student's own gradients take and the one recorded, or None.  The student's
    parts are called for the second one only when it is asked for: a part that never ends
    must not cost a train that does without it.
    """

    def __init__(self, model_class: Any, number: int, loss: Any = None) -> None:
        self.run = run = RUNS[number]
        self.model_class = model_class
        self.loss = loss
        self.model = model_class(list(run[0]))
        self.losses, self.weights = _train(self.model, run)
        (self.right_losses, self.right), self.tolerance = _right(number)

    @cached_property
    def own(self) -> checks.Real | None:
        """The path with the student's own gradients, each step from a new instance."""
        weights, x, y_true, lr, n_ep = self.run
        path = np.empty((n_ep, 2))
        try:
            for row in path:
                gradients = _gradients(self.model_class(list(weights)), x, y_true)
                weights = weights[0] - lr * gradients[0], weights[1] - lr * gradients[1]
                row[:] = weights
        except Exception:
            return None
        return path if np.any(path[0] != self.run[0]) else None

    @cached_property
    def looped(self) -> tuple[checks.Real, checks.Real] | None:
        """Both records of the text's loop with the student's parts; None unless these change
        x or y_true."""
        weights, x, y_true, lr, n_ep = self.run
        losses, path = np.empty(n_ep), np.empty((n_ep, 2))
        own_x, own_y = x.copy(), y_true.copy()
        try:
            model = self.model_class(list(weights))
            for step in range(n_ep):
                losses[step] = _number(self.loss(model.forward(own_x), own_y))
                pair = checks.pair(model.dloss_dw(own_x, own_y), name="the result of dloss_dw")
                now = np.array([_number(model.w1), _number(model.w2)])
                path[step] = now - lr * np.array([_number(gradient) for gradient in pair])
                model.w1, model.w2 = map(float, path[step])
        except Exception:
            return None
        if np.array_equal(own_x, x) and np.array_equal(own_y, y_true):
            return None
        return (losses, path) if np.isfinite(losses).all() and np.isfinite(path).all() else None

    @cached_property
    def shared(self) -> checks.Real | None:
        """The path of :attr:`looped`."""
        return self.looped[1] if self.looped else None

    @cached_property
    def recorded(self) -> checks.Real | None:
        """The student's record where it can stand for a path: the weights do not stand still."""
        try:
            path = checks.array(self.weights, name="a path", shape=(None, 2), finite=False)
        except checks.CheckFailure:
            return None
        return path if len(path) and np.any(path[0] != self.run[0]) else None


def _number(own: Any) -> float:
    """One number before it is calculated with: of arrays a sum may be larger than all memory."""
    return checks.number(own, name="", finite=False)


def _train(model: Any, run: Any) -> tuple[Any, Any]:
    """Train on copies and return both records as they came."""
    _, x, y_true, lr, n_ep = run
    records = model.train(x.copy(), y_true.copy(), lr, n_ep)
    return checks.pair(records, name="the result of train")


def _gradients(model: Any, x: checks.Real, y_true: checks.Real) -> list[float]:
    try:
        result = model.dloss_dw(x.copy(), y_true.copy())
    except Exception:  # it may need what forward leaves behind
        model.forward(x.copy())
        result = model.dloss_dw(x.copy(), y_true.copy())
    pair = checks.pair(result, name="the result of dloss_dw")
    return [checks.number(g, name="a gradient", finite=False) for g in pair]


def _diverges(path: checks.Real | None) -> bool:
    return path is not None and not np.all(np.abs(path) < LARGEST)


def _require(
    model_class: Any, loss: Any, check: Callable[[Training], None], *, recorded: bool
) -> None:
    """Run *check* on every training.

    One that fails is left out where training diverges with the student's own gradients or,
    with *recorded*, in the student's record; not all may.
    """
    left_out = []
    for number in range(len(RUNS)):
        training = Training(model_class, number, loss)
        try:
            check(training)
        except checks.CheckFailure as failure:
            if not (_diverges(training.own) or (recorded and _diverges(training.recorded))):
                raise
            left_out.append(failure)
    if len(left_out) == len(RUNS):
        raise left_out[0]


def _require_one(actual: Any, expectations: Iterable[Any], *, name: str, tolerance: Any) -> None:
    """Raise what the first expectation says unless one of them is met."""
    own = checks.array(actual, name=name, finite=False)
    failures = []
    for expected in expectations:
        try:
            checks.value(own, expected, name=name, tolerance=tolerance)
            return
        except checks.CheckFailure as failure:
            failures.append(failure)
    raise failures[0]


# The student's own forward and loss, for the losses


def _believed_parts(model_class: Any, loss: Any) -> tuple[list[Part], list[Part]]:
    """Return the right forward and loss, each followed by the student's where it is believed."""

    def own_forward(weights: Any, x: checks.Real) -> Any:
        given = x.copy()
        with checks.unchanged(x=given):
            own = model_class([float(w) for w in weights]).forward(given)
        return checks.array(own, name="forward", finite=False)

    def own_loss(y_prediction: checks.Real, y_true: checks.Real) -> Any:
        true = y_true.copy()
        with checks.unchanged(y_true=true):
            own = loss(y_prediction.copy(), true)
        return checks.number(own, name="loss", finite=False)

    weights, x, y_true = RUNS[0][:3]
    forwards: list[Part] = [reference.forward]
    losses: list[Part] = [reference.loss]
    for parts, own, point, other in [
        (forwards, own_forward, np.array(weights), x),
        (losses, own_loss, reference.forward(weights, x), y_true),
    ]:
        right = parts[0]
        try:
            believed = checks.carried(
                lambda p, own=own, other=other: own(p, other),
                point,
                reference=lambda p, right=right, other=other: right(p, other),
                every=parts is forwards,  # what a loss leaves out is charged to it
            )
        except Exception:
            continue
        if believed:
            parts.append(own)
    return forwards, losses


def _expected_losses(training: Training, believed: Callable[[], Any]) -> Iterator[Any]:
    """Yield the losses before each step: the right ones first, then those of own parts."""
    first, x, y_true, _, n_ep = training.run
    yield training.right_losses
    parts = believed()
    for path in (training.right, training.own, training.recorded):
        if path is None or len(path) != n_ep:
            continue
        for forward, measure in product(*parts):
            try:
                yield np.array([measure(forward(w, x), y_true) for w in [first, *path[:-1]]])
            except Exception:  # what the student's parts raise
                continue
    if training.looped:
        yield training.looped[0]


@test_case(
    name="loss_records",
    points=0.75,
    hidden=True,
    failure_message="loss_records must hold the loss before each step, one for each epoch.",
)
def test_loss_records(ShallowNarrowExercise: Any, env: Any) -> None:
    # Asked for once, where they are needed; a train that computes the loss may do without one.
    loss = env.get("loss")
    believed = cache(lambda: _believed_parts(ShallowNarrowExercise, loss))

    def check(training: Training) -> None:
        expected = _expected_losses(training, believed)
        tolerance = training.tolerance[0]
        _require_one(training.losses, expected, name="loss_records", tolerance=tolerance)

    _require(ShallowNarrowExercise, loss, check, recorded=True)


@test_case(
    name="weight_records",
    points=1.25,
    hidden=True,
    failure_message="weight_records must hold w1 and w2 after each step of gradient descent.",
)
def test_weight_records(ShallowNarrowExercise: Any, env: Any) -> None:
    def check(training: Training) -> None:
        paths = _paths(training, "right", "own", "shared")
        tolerance = training.tolerance[1]
        _require_one(training.weights, paths, name="weight_records", tolerance=tolerance)

    _require(ShallowNarrowExercise, env.get("loss"), check, recorded=False)


@test_case(
    name="last_weights",
    points=0.25,
    hidden=True,
    failure_message="After training, w1 and w2 must hold the last weights.",
)
def test_last_weights(ShallowNarrowExercise: Any, env: Any) -> None:
    def check(training: Training) -> None:
        model = training.model
        last = [checks.number(w, name="w1 or w2", finite=False) for w in (model.w1, model.w2)]
        ends = (path[-1] for path in _paths(training, "right", "own", "recorded", "shared"))
        name = "(w1, w2), after training,"
        tolerance = training.tolerance[1]
        _require_one(np.array(last), ends, name=name, tolerance=tolerance)

    _require(ShallowNarrowExercise, env.get("loss"), check, recorded=True)


def _paths(training: Training, *names: str) -> Iterator[checks.Real]:
    """Yield the paths of these names that there are, each made only when it is needed."""
    for path_name in names:
        path = getattr(training, path_name)
        if path is not None:
            yield path


@test_case(
    name="goes_on",
    points=0.5,
    hidden=True,
    failure_message="A second train must go on from the weights that w1 and w2 hold.",
)
def test_goes_on(ShallowNarrowExercise: Any) -> None:
    model = ShallowNarrowExercise(list(RUNS[0][0]))
    _train(model, RUNS[3])
    start = [checks.number(model.w1, name="w1"), checks.number(model.w2, name="w2")]
    _require_start(ShallowNarrowExercise, model, start, checks.say("a second train"))
    try:
        model.w1, model.w2 = -0.4, 1.2
    except Exception:  # charged to forward
        return
    _require_start(
        ShallowNarrowExercise, model, [-0.4, 1.2], checks.say("a train after setting w1 and w2")
    )


def _require_start(model_class: Any, model: Any, start: list[float], what: checks.Words) -> None:
    """Check that training goes on as a new model with the weights *start* would."""
    own = _plain(_train(model, RUNS[1]))
    right = _plain(_train(model_class(start), RUNS[1]))
    names = (
        checks.say("the first result of {train}", train=what),
        checks.say("the second result of {train}", train=what),
    )
    for name, record, expected in zip(names, own, right, strict=True):
        checks.value(record, expected, name=name, nan_equal=True)
    if not any(np.ptp(record, axis=0).any() for record in right):
        raise checks.CheckFailure("train gives the same for every epoch.", name="train")


def _plain(records: tuple[Any, Any]) -> list[checks.Real]:
    """Copy records, since two trainings may hand out the same lists."""
    names = checks.say("the first result of train"), checks.say("the second result of train")
    return [
        checks.array(record, name=name, finite=False)
        for name, record in zip(names, records, strict=True)
    ]


def _require_own_weights(model_class: Any, given: list[float]) -> None:
    """Check that train left the list that the model was made from as it was.

    Where setting w1 and w2 changes such a list, too, that is charged to init.
    """
    if given == list(RUNS[0][0]):
        return
    other = [0.7, -1.3]
    model = model_class(other)
    model.w1, model.w2 = -0.4, 2.2
    if other == [0.7, -1.3]:
        raise checks.CheckFailure("train changed init_weights.", kind="mutated", name="train")


@test_case(
    name="pure",
    points=0.25,
    hidden=True,
    failure_message="train must change neither x, y_true and init_weights nor the records that it "
    "returned before.",
)
def test_pure(ShallowNarrowExercise: Any, env: Any) -> None:
    weights, right_x, right_y, lr, n_ep = RUNS[0]
    x, y_true = right_x.copy(), right_y.copy()
    given = list(weights)
    model = ShallowNarrowExercise(given)
    try:
        with checks.unchanged(x=x, y_true=y_true):
            result = model.train(x, y_true, lr, n_ep)
    except checks.CheckFailure:
        # What the parts change is charged to them.
        if Training(ShallowNarrowExercise, 0, env.get("loss")).looped is None:
            raise
        result = model.train(right_x.copy(), right_y.copy(), lr, n_ep)
    _require_own_weights(ShallowNarrowExercise, given)
    records = checks.pair(result, name="the result of train")
    before = _plain(records)
    _train(model, (*RUNS[1][:4], n_ep))  # as many records
    _train(model, RUNS[1])
    names = (
        checks.say("the first result of train, after another train,"),
        checks.say("the second result of train, after another train,"),
    )
    for name, record, right in zip(names, records, before, strict=True):
        checks.value(record, right, name=name, nan_equal=True)
