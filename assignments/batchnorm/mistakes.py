"""The known mistakes of batch normalization: the right class with one thing changed."""

from grader.model import Mistake

_RIGHT = """
class BatchNormalization:
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.gamma = gamma
        self.beta = beta
        self.momentum = momentum
        self.running_mean = running_mean
        self.running_var = running_var

    def forward(self, x, train_flg=True):
        if self.running_mean is None:
            self.running_mean = np.zeros(x.shape[1])
            self.running_var = np.zeros(x.shape[1])
        if train_flg:
            mu = x.mean(axis=0)
            xc = x - mu
            var = np.mean(xc**2, axis=0)
            std = np.sqrt(var + 1e-7)
            xn = xc / std
            self.xc, self.xn, self.std = xc, xn, std
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        else:
            xc = x - self.running_mean
            xn = xc / np.sqrt(self.running_var + 1e-7)
        return self.gamma * xn + self.beta

    def backward(self, dout):
        n = dout.shape[0]
        self.dbeta = dout.sum(axis=0)
        self.dgamma = np.sum(self.xn * dout, axis=0)
        dxn = self.gamma * dout
        dvar = -0.5 * np.sum(dxn * self.xc, axis=0) / self.std**3
        dmu = -np.sum(dxn / self.std, axis=0)
        return dxn / self.std + dvar * 2 * self.xc / n + dmu / n
"""

_RUNNING = (
    "running/updates",
    "running/test_output",
    "running/test_time_changes_nothing",
    "running/defaults",
    "running/instances",
)
_DX = ("backward/dx", "backward/dx_small_variance")


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


_NEW_MEAN = "self.momentum * self.running_mean + (1 - self.momentum) * mu"
_NEW_VAR = "self.momentum * self.running_var + (1 - self.momentum) * var"
_UPDATE = f"self.running_mean = {_NEW_MEAN}\n            self.running_var = {_NEW_VAR}\n"

_STATE: tuple[Mistake, ...] = (
    _mistake(
        1,
        "x_changed",
        ("forward/arguments",),
        "forward changes the array that it was given; work on a new one.",
        ("xc = x - mu\n", "x -= mu\n            xc = x.copy()\n"),
    ),
    _mistake(
        1,
        "dout_changed",
        ("backward/caller",),
        "backward changes the array that it was given; work on a new one.",
        ("dxn = self.gamma * dout", "dout *= self.gamma\n        dxn = dout"),
    ),
    _mistake(
        1,
        "given_statistics_changed",
        ("forward/arguments",),
        "The running statistics are changed in place, and with them the arrays of the caller.",
        (
            _UPDATE,
            "self.running_mean *= self.momentum\n"
            "            self.running_mean += (1 - self.momentum) * mu\n"
            "            self.running_var *= self.momentum\n"
            "            self.running_var += (1 - self.momentum) * var\n",
        ),
    ),
    _mistake(
        2,
        "default_argument",
        ("forward/arguments", "running/updates", "running/instances"),
        "The start of the running statistics is made once, for all layers, and changed in place.",
        ("running_mean=None", "running_mean=np.zeros(4)"),
        ("running_var=None", "running_var=np.zeros(4)"),
        (f"self.running_mean = {_NEW_MEAN}", f"self.running_mean[:] = {_NEW_MEAN}"),
        (f"self.running_var = {_NEW_VAR}", f"self.running_var[:] = {_NEW_VAR}"),
    ),
    _mistake(
        3,
        "class_attribute",
        ("running/updates", "running/test_output", "running/instances"),
        "The running statistics belong to the class, so all layers share them.",
        (
            "class BatchNormalization:\n",
            "class BatchNormalization:\n    running_mean = None\n    running_var = None\n\n",
        ),
        ("        self.running_mean = running_mean\n", ""),
        ("        self.running_var = running_var\n", ""),
        ("self.running_mean", "BatchNormalization.running_mean"),
        ("self.running_var", "BatchNormalization.running_var"),
    ),
    _mistake(
        3,
        "class_attribute_of_backward",
        ("backward/caller",),
        "What backward needs is kept on the class, so another layer's forward replaces it.",
        ("self.xc, self.xn, self.std = ", "self.xc, BatchNormalization.xn, self.std = "),
    ),
    _mistake(
        5,
        "remembers_x_itself",
        ("backward/caller",),
        "forward keeps the array x itself; when the caller changes it, backward goes wrong.",
        ("self.xc, self.xn, self.std = xc, xn, std", "self.x, self.mu, self.std = x, mu, std"),
        ("        n = dout", "        self.xc = self.x - self.mu\n        n = dout"),
        ("self.xn * dout", "self.xc / self.std * dout"),
    ),
    _mistake(
        5,
        "remembers_output_itself",
        ("backward/caller",),
        "backward reads the output array, which the next layer may have changed.",
        (
            "        return self.gamma * xn + self.beta\n",
            "        self.out = self.gamma * xn + self.beta\n        return self.out\n",
        ),
        (
            "        n = dout",
            "        self.xn = (self.out - self.beta) / self.gamma\n        n = dout",
        ),
    ),
    _mistake(
        9,
        "notebook_global",
        ("running/updates",),
        "A number, or a variable of the notebook, stands where the layer's own momentum belongs.",
        ("self.momentum * self.running", "0.9 * self.running"),
        ("(1 - self.momentum)", "(1 - 0.9)"),
    ),
)

_SMALL = "An ε is missing: a feature of variance 0 gives 0/0."

_FORWARDS: tuple[Mistake, ...] = (
    _mistake(
        104,
        "statistics_of_samples",
        ("forward/train_output", *_RUNNING, *_DX, "backward/caller"),
        "The statistics are taken along the wrong axis: over the features of a sample.",
        ("mu = x.mean(axis=0)", "mu = x.mean(axis=1, keepdims=True)"),
        ("var = np.mean(xc**2, axis=0)", "var = np.mean(xc**2, axis=1, keepdims=True)"),
    ),
    _mistake(
        105,
        "statistics_of_everything",
        ("forward/train_output", *_DX),
        "One mean and one variance serve all features; each feature has its own.",
        ("mu = x.mean(axis=0)", "mu = x.mean()"),
        ("var = np.mean(xc**2, axis=0)", "var = np.mean(xc**2)"),
    ),
    _mistake(
        106,
        "no_epsilon",
        ("forward/epsilon",),
        _SMALL,
        ("np.sqrt(var + 1e-7)", "np.sqrt(var)"),
        ("np.sqrt(self.running_var + 1e-7)", "np.sqrt(self.running_var)"),
    ),
    _mistake(
        106,
        "no_epsilon_at_test_time",
        ("forward/epsilon",),
        _SMALL,
        ("np.sqrt(self.running_var + 1e-7)", "np.sqrt(self.running_var)"),
    ),
    _mistake(
        106,
        "no_epsilon_in_backward",
        ("backward/dx_small_variance",),
        "backward divides by another root than forward did.",
        (
            "self.xc, self.xn, self.std = xc, xn, std",
            "self.xc, self.xn, self.std = xc, xn, np.sqrt(var)",
        ),
    ),
    _mistake(
        77,
        "large_epsilon",
        ("forward/epsilon",),
        "The small number is not small: a feature with little spread is not normalized.",
        ("1e-7", "1e-3"),
    ),
    _mistake(
        108,
        "unbiased_throughout",
        ("forward/train_output",),
        "The variance is divided by one less than the batch's size.",
        ("var = np.mean(xc**2, axis=0)", "var = np.var(x, axis=0, ddof=1)"),
    ),
    _mistake(
        116,
        "shift_scaled_too",
        ("forward/train_output",),
        "gamma multiplies more than it should; look at the order of scale and shift.",
        ("self.gamma * xn + self.beta", "self.gamma * (xn + self.beta)"),
    ),
)

_RUNNINGS: tuple[Mistake, ...] = (
    _mistake(
        109,
        "momentum_swapped",
        ("running/updates",),
        "The shares of the old statistic and of the batch's are exchanged.",
        (_NEW_MEAN, "(1 - self.momentum) * self.running_mean + self.momentum * mu"),
        (_NEW_VAR, "(1 - self.momentum) * self.running_var + self.momentum * var"),
    ),
    _mistake(
        110,
        "updated_at_test_time",
        ("running/test_time_changes_nothing",),
        "The running statistics move at test time too.",
        (
            "            xn = xc / np.sqrt(self.running_var + 1e-7)\n",
            "            xn = xc / np.sqrt(self.running_var + 1e-7)\n"
            "            mu, var = x.mean(axis=0), x.var(axis=0)\n"
            f"            {_UPDATE}",
        ),
    ),
    _mistake(
        111,
        "batch_statistics_at_test_time",
        ("running/test_output",),
        "At test time the statistics of the batch are used, as in training.",
        ("xc = x - self.running_mean", "xc = x - x.mean(axis=0)"),
        ("np.sqrt(self.running_var + 1e-7)", "np.sqrt(x.var(axis=0) + 1e-7)"),
    ),
    _mistake(
        111,
        "flag_ignored",
        ("running/test_output", "running/test_time_changes_nothing"),
        "forward does the same in training and at test time.",
        ("if train_flg:", "if True:"),
    ),
    _mistake(
        112,
        "not_centred_at_test_time",
        ("running/test_output",),
        "At test time the mean is not taken out.",
        ("xc = x - self.running_mean", "xc = x"),
    ),
    _mistake(
        113,
        "running_deviation",
        ("running/updates", "running/test_output"),
        "The running variance gathers standard deviations.",
        (_NEW_VAR, "self.momentum * self.running_var + (1 - self.momentum) * std"),
        ("np.sqrt(self.running_var + 1e-7)", "(self.running_var + 1e-7)"),
    ),
    _mistake(
        113,
        "running_deviation_in_updates",
        ("running/updates",),
        "The running variance gathers standard deviations.",
        (_NEW_VAR, "self.momentum * self.running_var + (1 - self.momentum) * std"),
    ),
    _mistake(
        113,
        "no_root_at_test_time",
        ("running/test_output",),
        "At test time the division is by the variance itself.",
        ("np.sqrt(self.running_var + 1e-7)", "(self.running_var + 1e-7)"),
    ),
    _mistake(
        114,
        "running_variance_unbiased",
        ("running/updates",),
        "The running variance gathers another variance than the one that normalizes.",
        (
            _NEW_VAR,
            "self.momentum * self.running_var + (1 - self.momentum) * x.var(axis=0, ddof=1)",
        ),
    ),
    _mistake(
        115,
        "starts_at_ones",
        ("running/updates",),
        "The running variance starts at ones.",
        ("self.running_var = np.zeros(x.shape[1])", "self.running_var = np.ones(x.shape[1])"),
    ),
    _mistake(
        115,
        "starts_at_first_batch",
        ("running/updates",),
        "The running statistics start at the first batch's own, not at zeros.",
        ("self.running_mean = np.zeros(x.shape[1])", "self.running_mean = x.mean(axis=0)"),
        ("self.running_var = np.zeros(x.shape[1])", "self.running_var = x.var(axis=0)"),
    ),
    _mistake(
        115,
        "never_updated",
        ("running/updates",),
        "The running statistics do not move: forward in training must store the new ones.",
        ("self.running_mean = self.mom", "running_mean = self.mom"),
        ("self.running_var = self.mom", "running_var = self.mom"),
    ),
    _mistake(
        115,
        "given_statistics_ignored",
        ("running/updates", "running/test_output"),
        "The start values that the constructor was given are not used.",
        ("self.running_mean = running_mean", "self.running_mean = None"),
        ("self.running_var = running_var", "self.running_var = None"),
    ),
    _mistake(
        115,
        "statistics_multiply",
        ("running/updates",),
        "Old and new statistic are multiplied; the moving average adds them.",
        (_NEW_MEAN, "self.momentum * self.running_mean * (1 - self.momentum) * mu"),
        (_NEW_VAR, "self.momentum * self.running_var * (1 - self.momentum) * var"),
    ),
    _mistake(
        171,
        "wrong_default_momentum",
        ("running/defaults",),
        "Compare the defaults with those of the table.",
        ("momentum=0.9", "momentum=0.99"),
    ),
    _mistake(
        171,
        "wrong_default_flag",
        ("running/defaults",),
        "Compare the defaults with those of the table.",
        ("train_flg=True", "train_flg=False"),
    ),
    _mistake(
        125,
        "x_changed_at_test_time",
        ("running/test_time_changes_nothing",),
        "At test time forward changes the array that it was given.",
        ("xc = x - self.running_mean", "x -= self.running_mean\n            xc = x"),
    ),
)

_PATH = "x acts on the output in more ways than one; a way is missing in dx."
_VAR_PATH = "The way through the variance is there, but not quite; derive it once more."

_BACKWARDS: tuple[Mistake, ...] = (
    _mistake(
        117,
        "dgamma_of_x",
        ("backward/dgamma",),
        "gamma multiplies the normalized batch, not what dgamma is summed with here.",
        ("self.xc, self.xn,", "self.x, self.xc, self.xn,"),
        ("= xc, xn, std", "= x.copy(), xc, xn, std"),
        ("self.dgamma = np.sum(self.xn * dout", "self.dgamma = np.sum(self.x * dout"),
    ),
    _mistake(
        117,
        "dgamma_of_centred_x",
        ("backward/dgamma",),
        "gamma multiplies the normalized batch, not what dgamma is summed with here.",
        ("self.dgamma = np.sum(self.xn * dout", "self.dgamma = np.sum(self.xc * dout"),
    ),
    _mistake(
        118,
        "dbeta_is_mean",
        ("backward/dbeta",),
        "beta is added to every sample; the mean over the samples is not the whole gradient.",
        ("dout.sum(axis=0)", "dout.mean(axis=0)"),
    ),
    _mistake(
        118,
        "dgamma_is_mean",
        ("backward/dgamma",),
        "gamma acts on every sample; the mean over the samples is not the whole gradient.",
        ("np.sum(self.xn * dout, axis=0)", "np.mean(self.xn * dout, axis=0)"),
    ),
    _mistake(
        35,
        "dbeta_of_everything",
        ("backward/dbeta",),
        "dbeta has one entry for each feature.",
        ("dout.sum(axis=0)", "dout.sum()"),
    ),
    _mistake(
        119,
        "both_paths_dropped",
        _DX,
        _PATH,
        (" + dvar * 2 * self.xc / n + dmu / n", ""),
    ),
    _mistake(120, "mean_path_dropped", _DX, _PATH, (" + dmu / n", "")),
    _mistake(121, "variance_path_dropped", _DX, _PATH, (" + dvar * 2 * self.xc / n", "")),
    _mistake(122, "dvar_power", _DX, _VAR_PATH, ("self.std**3", "self.std**2")),
    _mistake(
        123,
        "gamma_absent",
        _DX,
        "gamma stands between the normalized batch and the output; dx does not know it.",
        ("dxn = self.gamma * dout", "dxn = dout"),
    ),
    _mistake(124, "dvar_no_two", _DX, _VAR_PATH, ("dvar * 2 * self.xc", "dvar * self.xc")),
    _mistake(124, "dvar_no_half", _DX, _VAR_PATH, ("-0.5 * np.sum", "-np.sum")),
    _mistake(
        120,
        "mean_path_not_shared",
        _DX,
        "The way through the mean counts too much: each sample moves the mean by its part only.",
        (" + dmu / n", " + dmu"),
    ),
    _mistake(174, "dvar_sign", _DX, _VAR_PATH, ("dvar = -0.5", "dvar = 0.5")),
    _mistake(
        177,
        "features_for_samples",
        _DX,
        "The means in dx are taken over the samples, not over the features.",
        ("n = dout.shape[0]", "n = dout.shape[1]"),
    ),
    _mistake(
        178,
        "first_batch_size_kept",
        ("backward/caller",),
        "The size of the first batch is used for later ones.",
        ("n = dout.shape[0]", "n = self.n = getattr(self, 'n', dout.shape[0])"),
    ),
)

MISTAKES: tuple[Mistake, ...] = (*_STATE, *_FORWARDS, *_RUNNINGS, *_BACKWARDS)
