"""Hidden test cases of the running statistics and of the forward pass at test time.

``test_output`` takes the running statistics from the student's own instance, so that a
wrong update costs ``updates`` alone.
"""

import numpy as np

from assignments.batchnorm.inputs import (
    BETA,
    GAMMA,
    LAYER,
    NOTHING,
    ONES,
    PUBLIC,
    X,
    batch,
    made,
    normalized,
    normalizes,
    upstream,
)  # fmt: skip
from grader import checks
from grader.checks.callers import another_instance
from grader.checks.carrying import Belief, Follows
from grader.checks.exercise import Also
from grader.checks.scenario import peek, snapshot
from reference.batchnorm import BatchNormalization

OK_FORMAT = False
name = "running"
points = 7

GIVEN = (np.array([90.0, -300.0, -20.0, 15.0]), np.array([1200.0, 9000.0, 2500.0, 20000.0]))
BATCHES = [batch(samples, seed=call) for call, samples in enumerate((8, 3, 5, 4, 6), start=1)]
STATISTICS = ("running_mean", "running_var")
BEFORE = "forward at test time, before any training,"
AFTER = "forward at test time, with its own running statistics,"


def updated(Layer, run):
    """Train batch by batch; the running statistics after each."""
    layer, seen = Layer(run.gamma, run.beta, run.momentum, *run.given), {}
    for call, x in enumerate(run.batches, start=1):
        seen[f"_out {call}"] = layer.forward(x, True)
        for key in STATISTICS:
            when = checks.say("after training call {call}", call=call)
            seen[checks.say("{name} {when}", name=key, when=when)] = snapshot(getattr(layer, key))
    return seen


def moved_often(Layer, run):
    """Train often; the running statistics after the last batch."""
    layer = Layer(run.gamma, run.beta, run.momentum, *run.given)
    for x in run.batches:
        layer.forward(x, True)
    return {key: peek(layer, key) for key in STATISTICS}


def gone_backward(Layer, run):
    """The running statistics before and after a backward."""
    layer = Layer(run.gamma, run.beta, run.momentum, *run.given)
    layer.forward(run.batches[0], True)
    seen = {key: snapshot(getattr(layer, key)) for key in STATISTICS}
    layer.backward(upstream(8))
    return seen | {f"{key} later": getattr(layer, key) for key in STATISTICS}


def require_kept(results):
    for key in STATISTICS:
        before, after = results[0][key], results[0][f"{key} later"]
        checks.same(before, after, name=key, kind="order", message="changes in backward")


def own_statistics(run, own, answers):
    """Give the statistics that go with the student's own output, read off its slope."""
    means, variances = run.given or (np.zeros(len(run.gamma)),) * 2
    right = {}
    for call, x in enumerate(run.batches, start=1):
        out = checks.array(own[f"_out {call}"], name="forward", shape=x.shape)
        deviation = np.ptp(x, axis=0) / np.ptp(out, axis=0) * np.sign(run.gamma)
        mean = np.mean(x - (out - run.beta) * deviation, axis=0)
        means = run.momentum * means + (1 - run.momentum) * mean
        variances = run.momentum * variances + (1 - run.momentum) * (run.gamma * deviation) ** 2
        when = checks.say("after training call {call}", call=call)
        for key, value in zip(STATISTICS, (means, variances), strict=True):
            right[checks.say("{name} {when}", name=key, when=when)] = value
    return right


def tested(Layer, run):
    """Test time with given statistics, and with those that training leaves."""
    layer = Layer(run.gamma, run.beta, run.momentum, *run.given)
    seen = {BEFORE: snapshot(layer.forward(snapshot(run.x), False))}
    for x in run.batches:
        layer.forward(x, True)
    seen |= {f"_{key}": snapshot(getattr(layer, key)) for key in STATISTICS}
    return seen | {AFTER: layer.forward(run.x, False)}


def with_own_statistics(run, own, answers):
    """Give what the right formula makes of the student's own running statistics."""
    mean, var = (np.reshape(checks.array(own[f"_{key}"], name=key), -1) for key in STATISTICS)
    return {AFTER: BatchNormalization(run.gamma, run.beta, 0.9, mean, var).forward(run.x, False)}


def told(Layer, run):
    """What a layer gives at test time that is made with these statistics."""
    return {"out": Layer(run.gamma, run.beta, run.momentum, *run.given).forward(run.x, False)}


def with_statistics_of(run, own):
    mean, var = (np.reshape(checks.array(own[f"_{key}"], name=key), -1) for key in STATISTICS)
    return [made(momentum=0.7, given=(mean, var), x=run.x)]


def as_a_new_layer(run, own, answers):
    """Give what a new layer with these statistics does: a wrong formula is charged in training."""
    return {BEFORE: own[BEFORE], AFTER: answers[0]["out"]}


def both_times(Layer, run):
    """Training, and test time with the batch's own statistics."""
    at_test_time = Layer(run.gamma, run.beta, 0.9, *run.given)
    return normalized(Layer, run) | {"tested": at_test_time.forward(run.few, False)}


def is_one_formula(answers):
    """Tell a forward that normalizes, at test time as it does in training."""
    for seen in answers:
        out = checks.array(seen["forward"], name="forward")[:3]
        checks.value(seen["tested"], out, name="forward at test time")
    return normalizes(answers)


def in_between(Layer, run):
    """Two layers that train alike; one of them is used at test time in between."""
    layer, without = (Layer(run.gamma, run.beta, run.momentum) for _ in range(2))
    for x in run.batches[:-1]:
        layer.forward(snapshot(x), True)
        without.forward(x, True)
    seen = {"first": layer.forward(run.x, False), "again": layer.forward(run.x, False)}
    for which, trained in (("with", layer), ("without", without)):
        seen |= {f"{key} {which}": snapshot(getattr(trained, key)) for key in STATISTICS}
    for which, trained in (("with", layer), ("without", without)):
        seen[f"out {which}"] = trained.forward(snapshot(run.batches[-1]), True)
    for which, trained in (("with", layer), ("without", without)):
        seen |= {f"{key} later {which}": getattr(trained, key) for key in STATISTICS}
    return seen


def require_nothing_changed(results):
    for seen in results:
        pairs = [("first", "again", "The output for the same x")]
        pairs += [(f"{key} without", f"{key} with", key) for key in STATISTICS]
        pairs += [("out without", "out with", "forward in training")]
        pairs += [(f"{key} later without", f"{key} later with", key) for key in STATISTICS]
        for one, other, what in pairs:
            checks.same(
                seen[one], seen[other], name=what, kind="order", message="changes at test time"
            )


def by_default(Layer, run):
    """Two layers that do the same; one is told nothing that has a default."""
    plain, told = Layer(run.gamma, run.beta), Layer(run.gamma, run.beta, 0.9)
    seen = {}
    for call, x in enumerate(run.batches):
        seen |= {f"{call} plain": plain.forward(snapshot(x)), f"{call} told": told.forward(x, True)}
        if call == 1:  # a flag that was given holds for its own call
            plain.forward(snapshot(run.x), False)
            told.forward(run.x, False)
    for which, layer in (("plain", plain), ("told", told)):
        seen |= {f"{key} {which}": getattr(layer, key) for key in STATISTICS}
    return seen


def require_defaults(results):
    message = "is another when what has a default is left out"
    for seen in results:
        for one, own in list(seen.items()):
            key, _, which = one.rpartition(" ")
            if which == "plain":
                name = "forward" if key.isdigit() else key
                checks.same(seen[f"{key} told"], own, name=name, kind="value", message=message)


def used(Layer, run):
    """Train twice, with test time in between."""
    layer = Layer(run.gamma, run.beta, 0.9)
    first, tested = layer.forward(run.x, True), layer.forward(run.x, False)
    return {"forward": (first, layer.forward(run.other, True)), "forward at test time": tested}


def moving(given=(), momentum=0.7, batches=BATCHES, **inputs):
    return made(given=given, momentum=momentum, batches=batches, x=batch(6, seed=20), **inputs)


OFTEN = moving(momentum=0.9, batches=[batch(2, seed=n) for n in range(45)])
MANY = LAYER.further(moved_often, moving(), OFTEN)
USED = [made(x=batch(5, seed=n), other=batch(3, seed=n)) for n in (1, 2)]
BOTH = [made(x=x, few=x[:3].copy(), given=(x.mean(axis=0), x.var(axis=0)))
        for x in (X, X, X + 70.0, 3.0 * X)]  # fmt: skip
SHOWN = [PUBLIC, PUBLIC.with_inputs(PUBLIC.inputs | {"given": (PUBLIC.mean, PUBLIC.var)})]
SHORT = [batch(5)[:, 1:2], batch(3)[:, 1:2]]

updates = LAYER.agrees(
    updated, name="updates", points=2, row=True, carried=[Follows(own_statistics)],
    public=SHOWN,
    runs=[moving(), moving(GIVEN), moving((NOTHING, ONES)), moving(momentum=0.0),
          moving(batches=[1e6 * batch(6), batch(400)]),
          moving(gamma=GAMMA[1:2], beta=BETA[1:2], batches=SHORT)],
    also=[Also(gone_backward, require_kept, [moving()]), MANY],
    says="The running statistics must be the moving averages of the batches' own.",
)  # fmt: skip
test_output = LAYER.agrees(
    tested, name="test_output", points=2, runs=[moving(GIVEN), moving((NOTHING, ONES))],
    public=SHOWN,
    carried=[
        Follows(with_own_statistics),
        Follows(as_a_new_layer, told, with_statistics_of,
                Belief(both_times, BOTH, is_one_formula)),
    ],
    says="At test time the running statistics must take the place of the batch's.",
)  # fmt: skip
test_time_changes_nothing = LAYER.shows(
    in_between, require_nothing_changed, name="test_time_changes_nothing", points=1,
    keeps=["x"], runs=[moving()],
    says="A forward at test time must leave everything as it was: x, and the running statistics.",
)  # fmt: skip
defaults = LAYER.shows(
    by_default, require_defaults, name="defaults", points=1, runs=[moving()],
    says="momentum must be 0.9 and train_flg True where they are not given.",
)  # fmt: skip
instances = LAYER.holds(
    used, name="instances", points=1, runs=USED, under=[another_instance(2 * GAMMA, BETA, 0.6)],
    says="Two layers must not share what each should have for itself.",
)  # fmt: skip
