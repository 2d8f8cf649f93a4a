"""The known mistakes of dropout: the right class with one thing changed."""

from grader.model import Mistake

_RIGHT = """
class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio
        self.mask = None

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.dropout_ratio
            return x * self.mask
        else:
            return x * (1.0 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.mask
"""

_DRAW = "np.random.rand(*x.shape) > self.dropout_ratio"
_TRAIN = "return x * self.mask\n"
_TEST = "return x * (1.0 - self.dropout_ratio)"
_BACK = "return dout * self.mask"
_BACKWARD = (
    "backward/same_mask",
    "backward/zero_inputs",
    "backward/last_training",
    "backward/caller",
)


def _mistake(
    number: int, name: str, loses: tuple[str, ...], hint: str, *changes: tuple[str, str]
) -> Mistake:
    """Build a mistake: every first text in *changes* is replaced by the second."""
    code = _RIGHT
    for old, new in changes:
        if old not in code:
            raise ValueError(f"Mistake {name}: {old!r} does not stand in the right class.")
        code = code.replace(old, new)
    return Mistake(
        number=number,
        name=name,
        hint=hint,
        loses=frozenset(loses),
        code=code.strip("\n"),
        base=_RIGHT.strip("\n"),
    )


_CHANGED = "The array that came in is changed; work on a new one."
_SCALED = "In training a kept entry should pass as it is; the scaling belongs to test time."
# "Inverted dropout without its factor", too: the same from outside.
_UNSCALED = "At test time all entries are there, so their sum is larger than in training."
_SEED = "A seed set inside the class makes the same mask come again and again."
_TOGETHER = "Entries are dropped together; each should be dropped by itself."
_DEFAULT = "Compare the defaults with those of the table."
_UNMASKED = "The gradient also passes where the signal did not."

MISTAKES: tuple[Mistake, ...] = (
    _mistake(
        1,
        "x_changed_in_training",
        ("forward/arguments",),
        _CHANGED,
        (_TRAIN, "x *= self.mask\n            return x\n"),
    ),
    _mistake(
        1,
        "x_changed_at_test_time",
        ("forward/arguments",),
        _CHANGED,
        (_TEST, "x *= 1.0 - self.dropout_ratio\n            return x"),
    ),
    _mistake(
        1,
        "dout_changed",
        ("backward/caller",),
        _CHANGED,
        (_BACK, "dout *= self.mask\n        return dout"),
    ),
    _mistake(
        3,
        "class_attribute",
        ("backward/caller",),
        "The mask is kept outside of the instance, so another layer's forward replaces it.",
        ("self.mask", "Dropout.mask"),
    ),
    _mistake(
        5,
        "mask_is_output",
        ("backward/same_mask", "backward/zero_inputs", "backward/caller"),
        "backward multiplies by what forward returned, not by the mask.",
        (_TRAIN, "self.out = x * self.mask\n            return self.out\n"),
        (_BACK, "return dout * self.out"),
    ),
    _mistake(
        8,
        "seed_in_forward",
        ("forward/fresh",),
        _SEED,
        ("            self.mask = np", "            np.random.seed(0)\n            self.mask = np"),
    ),
    _mistake(
        9,
        "notebook_global",
        ("forward/drop_rate", "forward/test_time"),
        "A variable of the notebook is used in place of the layer's own ratio.",
        ("class Dropout", "dropout_ratio = 0.5\n\n\nclass Dropout"),
        ("> self.dropout_ratio", "> dropout_ratio"),
        ("- self.dropout_ratio", "- dropout_ratio"),
    ),
    _mistake(
        89,
        "keep_and_drop_swapped",
        ("forward/drop_rate",),
        "dropout_ratio is the probability to be dropped; here it is that to be kept.",
        (_DRAW, "np.random.rand(*x.shape) < self.dropout_ratio"),
    ),
    _mistake(
        90,
        "inverted_without_scale",
        ("forward/test_time",),
        _UNSCALED,
        (_TEST, "return x"),
    ),
    _mistake(
        91,
        "divided_by_ratio",
        ("forward/kept_values",),
        _SCALED,
        (_TRAIN, "return x * self.mask / self.dropout_ratio\n"),
    ),
    _mistake(
        92,
        "scaled_twice",
        ("forward/kept_values",),
        "The output is scaled in training and at test time; once is enough.",
        (_TRAIN, "return x * self.mask / (1.0 - self.dropout_ratio)\n"),
    ),
    _mistake(
        92,
        "inverted",
        ("forward/kept_values", "forward/test_time"),
        "This is inverted dropout; the text asks for the other kind.",
        (_TRAIN, "return x * self.mask / (1.0 - self.dropout_ratio)\n"),
        (_TEST, "return x"),
        (_BACK, "return dout * self.mask / (1.0 - self.dropout_ratio)"),
    ),
    _mistake(
        93,
        "active_at_test_time",
        ("forward/test_time",),
        "Entries are dropped at test time too.",
        ("if train_flg:", "if True:"),
    ),
    _mistake(
        93,
        "dropped_and_scaled_at_test_time",
        ("forward/test_time",),
        "Entries are dropped at test time too.",
        (_TEST, f"return x * ({_DRAW}) * (1.0 - self.dropout_ratio)"),
    ),
    _mistake(
        94,
        "fresh_mask_in_backward",
        ("backward/same_mask", "backward/last_training"),
        "backward draws a mask of its own; it should use the one of forward.",
        (_BACK, "return dout * (np.random.rand(*dout.shape) > self.dropout_ratio)"),
    ),
    _mistake(
        95,
        "inverted_backward_unscaled",
        ("forward/kept_values", "forward/test_time"),
        "forward is inverted dropout, which the text does not ask for.",
        (_TRAIN, "return x * self.mask / (1.0 - self.dropout_ratio)\n"),
        (_TEST, "return x"),
    ),
    _mistake(
        96,
        "gradient_scaled_not_masked",
        _BACKWARD,
        _UNMASKED,
        (_BACK, "return dout / (1.0 - self.dropout_ratio)"),
    ),
    _mistake(
        96,
        "gradient_scaled_as_at_test_time",
        _BACKWARD,
        _UNMASKED,
        (_BACK, "return dout * (1.0 - self.dropout_ratio)"),
    ),
    _mistake(
        97,
        "mask_from_output",
        ("backward/zero_inputs", "backward/caller"),
        "An output of 0 need not mean dropped: the input may have been 0.",
        (_TRAIN, "self.out = x * self.mask\n            return self.out\n"),
        (_BACK, "return dout * (self.out != 0)"),
    ),
    _mistake(
        97,
        "mask_from_copy_of_output",
        ("backward/zero_inputs",),
        "An output of 0 need not mean dropped: the input may have been 0.",
        (_TRAIN, "out = x * self.mask\n            self.mask = out != 0\n            return out\n"),
    ),
    _mistake(
        98,
        "one_mask_for_each_row",
        ("forward/independent",),
        _TOGETHER,
        ("np.random.rand(*x.shape)", "np.random.rand(len(x), *[1] * (x.ndim - 1))"),
    ),
    _mistake(
        98,
        "one_mask_for_all_samples",
        ("forward/independent",),
        _TOGETHER,
        ("np.random.rand(*x.shape)", "np.random.rand(*x.shape[-1:])"),
    ),
    _mistake(
        98,
        "one_mask_for_each_channel",
        ("forward/independent",),
        _TOGETHER,
        (
            "np.random.rand(*x.shape)",
            "np.random.rand(*x.shape[:2], *[1] * (x.ndim - 2))",
        ),
    ),
    _mistake(
        98,
        "one_draw_for_the_batch",
        (
            "forward/independent",
            "backward/same_mask",
            "backward/last_training",
            "backward/caller",
        ),
        _TOGETHER,
        ("np.random.rand(*x.shape)", "np.random.rand(*[1] * x.ndim)"),
    ),
    _mistake(
        173,
        "fixed_number_dropped",
        ("forward/independent",),
        "Exactly the same number of entries is dropped each time; it should vary.",
        (
            f"self.mask = {_DRAW}",
            "self.mask = np.ones(x.size, dtype=bool)\n"
            "            dropped = round(self.dropout_ratio * x.size)\n"
            "            self.mask[np.random.permutation(x.size)[:dropped]] = False\n"
            "            self.mask = self.mask.reshape(x.shape)",
        ),
    ),
    _mistake(
        99,
        "normal_numbers",
        ("forward/drop_rate",),
        "The random numbers are not spread evenly between 0 and 1.",
        ("np.random.rand(*x.shape)", "np.random.randn(*x.shape)"),
    ),
    _mistake(
        100,
        "unscaled_at_test_time",
        ("forward/test_time",),
        _UNSCALED,
        (_TEST, "return x.copy()"),
    ),
    _mistake(
        100,
        "scaled_by_ratio_at_test_time",
        ("forward/test_time",),
        "The factor at test time is the other one.",
        (_TEST, "return x * self.dropout_ratio"),
    ),
    _mistake(
        101,
        "nothing_at_test_time",
        ("forward/test_time",),
        "At test time nothing is returned.",
        (_TEST, "x * (1.0 - self.dropout_ratio)"),
    ),
    _mistake(102, "gradient_unmasked", _BACKWARD, _UNMASKED, (_BACK, "return dout")),
    _mistake(
        103,
        "seed_in_init",
        ("forward/fresh",),
        _SEED,
        ("        self.mask = None\n", "        self.mask = None\n        np.random.seed(1)\n"),
    ),
    _mistake(
        103,
        "generator_seeded_in_init",
        ("forward/fresh",),
        "Every layer starts from the same seed, so all layers draw the same masks.",
        ("        self.mask = None\n", "        self.rng = np.random.default_rng(0)\n"),
        ("np.random.rand(*x.shape)", "self.rng.random(x.shape)"),
    ),
    _mistake(
        103,
        "drawn_once",
        ("forward/fresh",),
        "The mask is drawn once and used for ever.",
        (
            "            self.mask = np",
            "            if self.mask is None or self.mask.shape != x.shape:\n"
            "                self.mask = np",
        ),
    ),
    _mistake(
        50,
        "two_axes_only",
        ("forward/any_shape",),
        "The mask is drawn for two axes; x may have any number.",
        ("*x.shape", "x.shape[0], x.shape[1]"),
    ),
    _mistake(
        171,
        "wrong_default_ratio",
        ("forward/defaults",),
        _DEFAULT,
        ("dropout_ratio=0.5", "dropout_ratio=0.2"),
    ),
    _mistake(
        171,
        "wrong_default_flag",
        ("forward/defaults",),
        _DEFAULT,
        ("train_flg=True", "train_flg=False"),
    ),
    _mistake(
        179,
        "gradient_scaled",
        ("backward/same_mask",),
        "The gradient is scaled, though the signal was not.",
        (_BACK, "return dout * self.mask / (1.0 - self.dropout_ratio)"),
    ),
    _mistake(
        180,
        "mask_forgotten_at_test_time",
        ("backward/last_training",),
        "A forward at test time replaces the mask that backward needs.",
        (_TEST, "self.mask = 1.0 - self.dropout_ratio\n            return x * self.mask"),
    ),
)
