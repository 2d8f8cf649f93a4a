"""Hidden tests: the forward pass, in training and at test time."""

# fmt: off
from assignments.dropout import inputs as do
from assignments.dropout.inputs import HALF, LARGE, OTHERS, SHAPE, SMALL, TALL, TESTED, UNEVEN
from grader.checks import dropping
from grader.checks.carrying import Follows
from grader.checks.dropping import run
from grader.checks.judging import same_as

OK_FORMAT = False
name, points = "forward", 11

kept_values = do.judged(
    dropping.drawn, dropping.kept_or_dropped, name="kept_values", points=1, runs=[run(0.3, TALL)]
    + [run(r, SHAPE, size=size, calls=5) for r, size in ((0.3, 1), (0.8, 1e6), (0.125, 1e-6))],
    says="In training an entry must either be dropped, that is 0, or pass as it is.")
drop_rate = do.judged(
    dropping.drawn, dropping.rate, name="drop_rate", points=2,
    runs=[run(0.3, SHAPE, calls=100), run(0.8, TALL, calls=2), run(UNEVEN, TALL, calls=2),
          run(SMALL, TALL, calls=4)],
    says="dropout_ratio must be the probability that an entry is dropped.")
independent = do.judged(
    dropping.drawn, dropping.each_by_itself, name="independent", points=2,
    runs=[run(0.3, TALL), run(0.3, SHAPE, calls=100), run(0.8, TALL), run(0.8, SHAPE, calls=50),
          run(0.3, LARGE),
          *(run(0.3, s, first=((True, s),)) for s in ((30_000,), *do.MANY_AXES))],
    says="Whether an entry is dropped must depend neither on its place nor on its neighbours.")
fresh = do.judged(
    dropping.anew, dropping.drawn_anew, name="fresh", points=1, runs=[run(0.3, SHAPE, SHAPE)],
    apart=False, says="Every training call of every layer must draw a mask of its own.")
test_time = do.WHOLE.agrees(
    do.tested, name="test_time", points=2, runs=do.TEST_TIMES, elsewhere=dropping.elsewhere,
    carried=[Follows(do.as_kept, dropping.drawn, lambda run, own: [run])],
    says="At test time nothing may be dropped, and every entry must be what it is on average in "
         "training.")
any_shape = do.judged(
    dropping.drawn, dropping.other_shapes, name="any_shape", points=1,
    runs=[run(0.3, TALL, *OTHERS, calls=3)],
    says="x must be free to have one, two or four axes, and another shape at the next call.")
arguments = do.judged(
    do.left_alone, same_as("out", "out late", name="forward"), name="arguments", points=1,
    runs=[run(0.3, SHAPE, SHAPE, flag=not f, first=f) for f in ((), TESTED)],
    apart=False, keeps=["xs"], says="forward must change no array that is not its own.")
defaults = do.judged(
    do.left_out, dropping.alike, name="defaults", points=1,
    runs=[run(0.5, HALF, given=(g,), left=left, first=f) for g, left, f in do.LEFT],
    says="dropout_ratio must be 0.5 and train_flg True wherever they are left out.")
