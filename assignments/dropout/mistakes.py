"""The known mistakes of dropout: changes of the solution, a table for all that lose the same."""

from grader.course.catalogue import table

_DRAW = "np.random.rand(*x.shape) > self.dropout_ratio"
_TRAIN = "out = x * self.mask"
_TEST = "out = x * (1.0 - self.dropout_ratio)"
_BACK = "dx = dout * self.mask"
_INIT = "self.mask = None"
_SOME_BACKWARD = "backward/same_mask", "backward/last_training", "backward/caller"

_CHANGED = "The array that was passed in is changed; work on a new one."
_SCALED = "In training a kept entry should pass unchanged; the scaling belongs to test time."
# "Inverted dropout without its factor", too: the same from outside.
_UNSCALED = (
    "At test time no entry is dropped, so their sum is larger than in training: scale it down."
)
_SEED = "A seed set inside the class makes the same mask come again and again."
_TOGETHER = "Entries are dropped together; each should be dropped independently."
_DEFAULT = "Compare the defaults with those in the table."
_UNMASKED = "The gradient also passes where the signal did not."
_NOT_ZERO = "An output of 0 need not mean dropped: the input may have been 0."

COSTLY = {
    "one_draw_for_the_batch": "one mask for all is not that of the last forward either",
}
# fmt: off
FORWARD = table("forward/arguments", rows=[
    (1, "x_changed_in_training", _CHANGED, (_TRAIN, "x *= self.mask\nout = x")),
    (1, "x_changed_at_test_time", _CHANGED, (_TEST, "x *= 1.0 - self.dropout_ratio\nout = x")),
]) + table("forward/fresh", rows=[
    (8, "seed_in_forward", _SEED, ("self.mask = np", "np.random.seed(0)\nself.mask = np")),
    (103, "seed_in_init", _SEED, (_INIT, "self.mask = None\nnp.random.seed(1)")),
    (103, "generator_seeded_in_init",
     "Every layer starts from the same seed, so all layers draw the same masks.",
     (_INIT, "self.rng = np.random.default_rng(0)"),
     ("np.random.rand(*x.shape)", "self.rng.random(x.shape)")),
    (103, "drawn_once",
     "The mask is drawn only once and then used in every call.",
     ("self.mask = np",
      "if self.mask is None or self.mask.shape != x.shape:\n    self.mask = np")),
]) + table("forward/drop_rate", "forward/test_time", rows=[
    (9, "notebook_global",
     "A variable of the notebook is used instead of the layer's own ratio.",
     ("class Dropout", "dropout_ratio = 0.5\n\n\nclass Dropout"),
     ("> self.dropout_ratio", "> dropout_ratio"),
     ("- self.dropout_ratio", "- dropout_ratio")),
]) + table("forward/drop_rate", rows=[
    (89, "keep_and_drop_swapped",
     "dropout_ratio is the probability of being dropped; here it is the probability of being kept.",
     (_DRAW, "np.random.rand(*x.shape) < self.dropout_ratio")),
    (99, "normal_numbers",
     "The random numbers are not spread evenly between 0 and 1.",
     ("np.random.rand(", "np.random.randn(")),
]) + table("forward/kept_values", rows=[
    (91, "divided_by_ratio", _SCALED, (_TRAIN, f"{_TRAIN} / self.dropout_ratio")),
    (92, "scaled_twice",
     "The output is scaled in training and at test time; once is enough.",
     (_TRAIN, f"{_TRAIN} / (1.0 - self.dropout_ratio)")),
]) + table("forward/kept_values", "forward/test_time", rows=[
    (92, "inverted",
     "This is inverted dropout; the text asks for the plain kind, which scales at test time.",
     (_TEST, "out = x"),
     (_TRAIN, f"{_TRAIN} / (1.0 - self.dropout_ratio)"),
     (_BACK, f"{_BACK} / (1.0 - self.dropout_ratio)")),
    (95, "inverted_backward_unscaled",
     "forward is inverted dropout, which the text does not ask for.",
     (_TEST, "out = x"),
     (_TRAIN, f"{_TRAIN} / (1.0 - self.dropout_ratio)")),
]) + table("forward/test_time", rows=[
    (90, "inverted_without_scale", _UNSCALED, (_TEST, "out = x")),
    (181, "no_flag", "forward takes no train_flg: there is no test time.",
     ("x, train_flg=True)", "x)"), ("if train_flg:", "if True:")),
    (93, "active_at_test_time", "Entries are dropped at test time too.", ("if train_flg", "if 1")),
    (93, "dropped_and_scaled_at_test_time",
     "Entries are dropped at test time too.",
     (_TEST, f"{_TEST} * ({_DRAW})")),
    (100, "unscaled_at_test_time", _UNSCALED, (_TEST, "out = x.copy()")),
    (100, "scaled_by_ratio_at_test_time",
     "The factor at test time is wrong: ratio and 1 - ratio are mixed up.",
     (_TEST, "out = x * self.dropout_ratio")),
    (101, "nothing_at_test_time",
     "At test time nothing is returned.",
     (_TEST, "return")),
]) + table("forward/independent", rows=[
    (98, "one_mask_for_each_row", _TOGETHER, ("*x.shape", "len(x), *[1] * (x.ndim - 1)")),
    (98, "one_mask_for_all_samples", _TOGETHER, ("*x.shape", "*x.shape[-1:]")),
    (98, "one_mask_for_each_channel", _TOGETHER,
     ("*x.shape", "*x.shape[:2], *[1] * (x.ndim - 2)")),
    (173, "fixed_number_dropped",
     "Exactly the same number of entries is dropped each time; it should vary.",
     (_DRAW, "np.ones(x.size, dtype=bool)\n"
             "dropped = round(self.dropout_ratio * x.size)\n"
             "self.mask[np.random.permutation(x.size)[:dropped]] = False\n"
             "self.mask = self.mask.reshape(x.shape)")),
]) + table("forward/any_shape", rows=[
    (50, "two_axes_only",
     "The mask assumes two axes; x may have any number of them.",
     ("*x.shape", "x.shape[0], x.shape[1]")),
]) + table("forward/defaults", rows=[
    (171, "wrong_default_ratio", _DEFAULT, ("dropout_ratio=0.5", "dropout_ratio=0.2")),
    (171, "wrong_default_flag", _DEFAULT, ("train_flg=True", "train_flg=False")),
])

BOTH = table("forward/independent", *_SOME_BACKWARD, rows=[
    (98, "one_draw_for_the_batch", _TOGETHER, ("*x.shape", "*[1] * x.ndim")),
])

BACKWARD = table("backward/caller", rows=[
    (1, "dout_changed", _CHANGED, (_BACK, "dout *= self.mask\ndx = dout")),
    (3, "class_attribute",
     "The mask is stored outside the instance, so another layer's forward replaces it.",
     (_INIT, "Dropout.mask = None"),
     ("self.mask = np", "Dropout.mask = np")),
]) + table("backward/same_mask", "backward/zero_inputs", "backward/caller", rows=[
    (5, "mask_is_output",
     "backward multiplies by what forward returned, not by the mask.",
     (_TRAIN, "out = self.out = x * self.mask"),
     (_BACK, "dx = dout * self.out")),
]) + table("backward/same_mask", "backward/last_training", rows=[
    (94, "fresh_mask_in_backward",
     "backward draws a mask of its own; it should use the one of forward.",
     (_BACK, "dx = dout * (np.random.rand(*dout.shape) > self.dropout_ratio)")),
]) + table("backward/zero_inputs", *_SOME_BACKWARD, rows=[
    (96, "gradient_scaled_not_masked", _UNMASKED,
     (_BACK, "dx = dout / (1.0 - self.dropout_ratio)")),
    (96, "gradient_scaled_as_at_test_time", _UNMASKED,
     (_BACK, "dx = dout * (1.0 - self.dropout_ratio)")),
    (102, "gradient_unmasked", _UNMASKED, (_BACK, "dx = dout")),
]) + table("backward/zero_inputs", "backward/caller", rows=[
    (97, "mask_from_output", _NOT_ZERO,
     (_TRAIN, "out = self.out = x * self.mask"),
     (_BACK, "dx = dout * (self.out != 0)")),
]) + table("backward/zero_inputs", rows=[
    (97, "mask_from_copy_of_output", _NOT_ZERO, (_TRAIN, f"{_TRAIN}\nself.mask = out != 0")),
]) + table("backward/same_mask", rows=[
    (179, "gradient_scaled",
     "The gradient is scaled, though the signal was not.",
     (_BACK, f"{_BACK} / (1.0 - self.dropout_ratio)")),
]) + table("backward/last_training", rows=[
    (180, "mask_forgotten_at_test_time",
     "A forward at test time replaces the mask that backward needs.",
     (_TEST, "self.mask = 1.0 - self.dropout_ratio\nout = x * self.mask")),
])
# fmt: on

MISTAKES = FORWARD + BOTH + BACKWARD
