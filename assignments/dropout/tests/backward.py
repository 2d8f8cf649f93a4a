"""Hidden tests: the backward pass.

``same_mask`` also accepts the gradient of the student's own forward: kept entries times what
forward multiplied them by.  The others ask that backward agrees with itself.
"""

# fmt: off
from assignments.dropout.inputs import OTHERS, SMALLER, TESTED, WIDE, judged
from grader.checks import dropping
from grader.checks.dropping import run
from grader.checks.judging import same_as

OK_FORMAT = False
name, points = "backward", 6

same_mask = judged(
    dropping.passed, dropping.same_way_back, name="same_mask", points=3,
    runs=[run(r, WIDE, (70, 40), WIDE, size=s) for r, s in ((0.3, 1), (0.8, 1e6), (0.3, 1e-6))]
    + [run(0.3, shape, first=((True, shape),)) for shape in OTHERS],
    says="The gradient must go where the signal of the last training forward went.")
zero_inputs = judged(
    dropping.passed, dropping.blind_to_zeros, name="zero_inputs", points=1,
    runs=[run(ratio, WIDE, WIDE, WIDE, zeros=0.5) for ratio in (0.3, 0.8)],
    says="An entry of x that is 0, as after a ReLU, must not be taken for a dropped one.")
last_training = judged(
    dropping.between, dropping.masked, same_as("first", "again", name="backward"),
    dropping.last_mask, name="last_training", points=1,
    runs=[run(0.3, WIDE), run(0.8, WIDE, first=TESTED), run(0.3, WIDE, first=SMALLER)],
    says="Neither a forward at test time nor backward may change what backward gives.")
caller = judged(
    dropping.shared, dropping.masked,
    same_as("own", "own beside", unless="own again", name="forward"),
    same_as("first", "late", "overwritten", "filled", "beside", unless="again", name="backward"),
    runs=[run(0.3, WIDE, WIDE, first=f) for f in ((), TESTED)], name="caller", points=1,
    apart=False, keeps=["douts"],
    says="Neither another layer nor the caller's arrays may matter to backward.")
