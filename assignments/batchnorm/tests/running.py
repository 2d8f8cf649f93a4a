"""Hidden test cases of the running statistics and of the forward pass at test time.

``test_output`` takes the running statistics from the student's own instance, so that a
wrong update costs ``updates`` alone; statistics that belong to the class cost ``instances``.
"""

# fmt: off
import functools

import numpy as np

from assignments.batchnorm import inputs as bn
from grader.checks import callers, standing_in
from grader.checks.carrying import Follows

OK_FORMAT = False
name, points = "running", 7


def of_own_output(run, own, answers):
    """Give what follows from the means and deviations that the student's own outputs tell."""
    outs = zip(run.batches, own[bn.TRAINED], strict=True)
    shown = [bn.shown_by(run, *pair) for pair in outs]
    batches = [mean + np.outer([-1.0, 1.0], std) for mean, std in shown]  # of two samples
    return bn.used(bn.BatchNormalization, run.but(batches=batches))


def of_own_statistics(run, own, answers):
    """Give what is right at test time for the student's statistics; None stands for zeros."""
    given = [np.reshape(0.0 if own[name] is None else own[name], -1) for name in bn.STATISTICS]
    layers = [functools.partial(bn.BatchNormalization, root=root) for root in bn.ROOTS]
    ends = [bn.used(layer, run.but(given=given, batches=[]))[bn.TESTED] for layer in layers]
    # Any ε will do: what lies between, next to the student's.
    return {bn.TESTED: tuple(np.fmax(np.fmin(out, np.max(rights, axis=0)), np.min(rights, axis=0))
                             for out, *rights in zip(own[bn.TESTED], *ends, strict=True))}


def as_in_training(run, own, answers):
    """Give the same for that gamma and that beta which the student's own training tells."""
    out, normal = answers[0]["forward"], (bn.X - bn.X.mean(axis=0)) / bn.X.std(axis=0)
    own_scale = run.but(gamma=np.mean(normal * out, axis=0), beta=np.mean(out, axis=0))
    return of_own_statistics(own_scale, own, answers)


BATCHES = [bn.batch(samples, seed=call) for call, samples in enumerate((8, 3, 5, 4, 6), start=1)]
GIVEN = np.array([90.0, -300.0, -20.0, 15.0]), np.array([1200.0, 9000.0, 2500.0, 20000.0])
# What the class keeps, by mistake, is next to zeros after a layer without momentum.
USUAL = bn.USUAL.but(before=[1e-12 * bn.batch(6)], batches=BATCHES)
NARROW = bn.ONE_FEATURE.but(batches=[x[:, 1:2] for x in BATCHES])
TRIED = USUAL.but(tested=[bn.batch(6, seed=20)])
UNTRAINED = [TRIED.but(batches=[], given=given) for given in ((bn.ZEROS, bn.ZEROS), ())]
# Statistics that all but stand still, so that it costs nothing here if test time moves them.
STILL = TRIED.but(momentum=1 - 1e-9, given=GIVEN)
# All of one size, so that backward may follow each forward.
FIVES = [bn.batch(5, seed=n) for n in range(6)]
USED = [USUAL.but(momentum=0.9, batches=FIVES[:3], tested=[x], later=FIVES[3:4]) for x in FIVES[4:]]

updates = bn.LAYER.agrees(
    bn.used, *bn.STATISTICS, name="updates", points=2, row=True,
    runs=[USUAL, USUAL.but(given=GIVEN), USUAL.but(batches=[1e6 * bn.batch(6)]),
          USUAL.but(momentum=0.9, given=(bn.ZEROS, GIVEN[1]), batches=45 * [bn.batch(2)]),
          USUAL.but(momentum=0.0, batches=[bn.batch(8), bn.batch(400)])],
    carried=[Follows(of_own_output)],
    also=[bn.LAYER.further(bn.used, bn.USUAL.but(batches=BATCHES), NARROW, results=bn.STATISTICS),
          bn.LAYER.further(bn.used, TRIED.but(given=GIVEN), TRIED, results=[bn.TESTED]),
          bn.LAYER.further(bn.used, *UNTRAINED, results=[bn.TESTED])],
    says="The running statistics must start at zeros, or as given, and be moving averages.")
test_output = bn.WHOLE.agrees(
    bn.used, bn.TESTED, name="test_output", points=2, runs=[STILL.but(batches=[]), STILL],
    carried=[Follows(of_own_statistics), Follows(as_in_training, believed=bn.BELIEVED)],
    says="At test time the running statistics must take the place of the batch's.")
TESTING = bn.WHOLE.replacing("forward", standing_in.with_harmless_test_time, bn.forward)
test_time_changes_nothing = TESTING.holds(
    bn.used, bn.TRAINED, bn.TESTED, name="test_time_changes_nothing", points=1, runs=USED,
    under=[callers.called_between("forward", False), callers.followed_by("forward", "backward")],
    keeps=["tested"],
    says="At test time x must stay as it is, and only training may move the running statistics.")
defaults = bn.LAYER.holds(
    bn.used, bn.TRAINED, bn.TESTED, name="defaults", points=1, runs=USED,
    under=[callers.defaults_left_out(0.9, True)],
    says="momentum must be 0.9 and train_flg True where they are not given.")
instances = bn.LAYER.holds(
    bn.used, bn.TRAINED, bn.TESTED, name="instances", points=1, runs=USED,
    under=[callers.another_instance()],
    says="Two layers must not share what each should have for itself.")
