"""Hidden test cases of the running statistics and of the forward pass at test time.

``test_output`` takes the running statistics from the student's own instance, so that a
wrong update costs ``updates`` alone; statistics that belong to the class cost ``instances``.
"""

# fmt: off
import numpy as np

from assignments.batchnorm import inputs as bn
from assignments.batchnorm.inputs import GAMMA, LAYER, STATISTICS, TESTED, TRAINED, ZEROS, batch
from grader.checks import callers
from grader.checks.carrying import Follows
from grader.checks.standing_in import with_harmless_test_time
from reference.batchnorm import BatchNormalization

OK_FORMAT = False
name = "running"
points = 7


def of_own_output(run, own, answers):
    """Give what follows from the means and deviations that the student's own outputs tell."""
    pairs = [bn.told(run, x, out) for x, out in zip(run.batches, own[TRAINED], strict=True)]
    batches = [np.array([mean - std, mean + std]) for mean, std in pairs]
    return bn.used(BatchNormalization, run.but(batches=batches))


def of_own_statistics(run, own, answers):
    """Give what is right at test time for the student's statistics; None stands for zeros."""
    several = [own[name] for name in STATISTICS]
    given = [np.reshape(0.0 if s is None else s, -1) for s in several]
    return bn.used(BatchNormalization, run.but(given=given, batches=[]))


def as_in_training(run, own, answers):
    """The same with gamma and beta as the student's own training shows them."""
    out, normal = answers[0]["forward"], (bn.X - bn.X.mean(axis=0)) / bn.X.std(axis=0)
    shown = run.but(gamma=np.mean(normal * out, axis=0), beta=np.mean(out, axis=0))
    return of_own_statistics(shown, own, answers)


BATCHES = [batch(samples, seed=call) for call, samples in enumerate((8, 3, 5, 4, 6), start=1)]
GIVEN = np.array([90.0, -300.0, -20.0, 15.0]), np.array([1200.0, 9000.0, 2500.0, 20000.0])
# What the class keeps, by mistake, is next to zeros after a layer without momentum.
USUAL = bn.USUAL.but(before=[1e-12 * batch(6)], batches=BATCHES)
NARROW = bn.ONE_FEATURE.but(batches=[x[:, 1:2] for x in BATCHES])
TRIED = USUAL.but(test_batches=[batch(6, seed=20)])
# Statistics that are as good as still, so that it does not matter here if test time moves them.
STILL = TRIED.but(momentum=1 - 1e-9, given=GIVEN)
UNTRAINED = [TRIED.but(batches=[], given=given) for given in ((ZEROS, ZEROS), ())]
TWO_SAMPLES = [batch(2, seed=n) for n in range(45)]
# All of one size, so that backward may follow each forward.
ALIKE = [batch(5, seed=n) for n in range(6)]
USED = [USUAL.but(momentum=0.9, batches=ALIKE[:3], test_batches=[x], later=ALIKE[3:4])
        for x in ALIKE[4:]]

updates = LAYER.agrees(
    bn.used, *STATISTICS, name="updates", points=2, row=True,
    runs=[USUAL, USUAL.but(given=GIVEN), USUAL.but(batches=[1e6 * batch(6)]),
          USUAL.but(momentum=0.9, given=(ZEROS, GIVEN[1]), batches=TWO_SAMPLES),
          USUAL.but(momentum=0.0, batches=[batch(8), batch(400)])],
    carried=[Follows(of_own_output)],
    also=[LAYER.further(bn.used, bn.USUAL.but(batches=BATCHES), NARROW, results=STATISTICS),
          LAYER.further(bn.used, TRIED.but(given=GIVEN), TRIED, results=[TESTED]),
          LAYER.further(bn.used, *UNTRAINED, results=[TESTED])],
    says="The running statistics must start at zeros, or as given, and be moving averages.")
test_output = bn.WHOLE.agrees(
    bn.used, TESTED, name="test_output", points=2,
    runs=[STILL.but(batches=[]), STILL],
    carried=[Follows(of_own_statistics), Follows(as_in_training, believed=bn.BELIEVED)],
    says="At test time the running statistics must take the place of the batch's.")
test_time_changes_nothing = bn.WHOLE.replacing("forward", with_harmless_test_time, bn.forward).holds(
    bn.used, TRAINED, TESTED, name="test_time_changes_nothing", points=1, runs=USED,
    under=[callers.called_between("forward", False), callers.followed_by("forward", "backward")],
    keeps=["test_batches"],
    says="At test time x must stay as it is, and only training may move the running statistics.")
defaults = LAYER.holds(
    bn.used, TRAINED, TESTED, name="defaults", points=1, runs=USED,
    under=[callers.defaults_left_out(0.9, True)],
    says="momentum must be 0.9 and train_flg True where they are not given.")
instances = LAYER.holds(
    bn.used, TRAINED, TESTED, name="instances", points=1, runs=USED,
    under=[callers.another_instance(2 * GAMMA, bn.BETA, 0.6)],
    says="Two layers must not share what each should have for itself.")
