"""The known mistakes of batch normalization: changes of the solution.

The tables hold a row a mistake (number, name, hint, changes), one table for all that lose the
same test cases.
"""

import re

from grader.course.catalogue import rewriting, table

_FOLLOWS = ("running/updates", "running/test_output")
_DX = ("backward/dx", "backward/dx_small_variance")

# The solution's own lines
_MEAN = "mean = x.mean(axis=0)"
_VAR = "var = np.mean(self.centred**2, axis=0)"
_ROOT = "np.sqrt(self.running_var + 1e-7)"
_KEPT_MEAN = "self.running_mean = running_mean"
_KEPT_VAR = "self.running_var = running_var"
_FIRST_MEAN = "self.running_mean = np.zeros(x.shape[1])"
_FIRST_VAR = "self.running_var = np.zeros(x.shape[1])"
_NEW_MEAN = "self.momentum * self.running_mean + (1 - self.momentum) * mean"
_NEW_VAR = "self.momentum * self.running_var + (1 - self.momentum) * var"
_UPDATE = f"self.running_mean = {_NEW_MEAN}\nself.running_var = {_NEW_VAR}"
_TRAIN_OUT = "out = self.gamma * self.normal + self.beta"
_TEST_OUT = "out = self.gamma * normal + self.beta"
_G = "g = self.gamma * dout"
_N = "n = dout.shape[0]"
_DMEAN = "dmean = -np.sum(g / self.std, axis=0)"
_DX_SUM = "dx = g / self.std + dvar * 2 * self.centred / n + dmean / n"

_NO_STATISTICS = "\n    running_mean = running_var = None\n"
_OF_THE_CLASS = (
    (f"{_FIRST_MEAN}\n{_FIRST_VAR}",
     f"BatchNormalization{_FIRST_MEAN[4:]}\nBatchNormalization{_FIRST_VAR[4:]}"),
    (_UPDATE, f"BatchNormalization.running_mean = {_NEW_MEAN}\n"
              f"BatchNormalization.running_var = {_NEW_VAR}"),
)  # fmt: skip
_SHARED = "The running statistics are stored on the class, so all layers share them."
_SMALL = "An ε is missing: a feature of variance 0 gives 0/0."
_DEFAULT = "Compare the defaults with those in the table."
_DEVIATIONS = "The running variance averages standard deviations instead of variances."
_NOT_WITH = "gamma multiplies the normalized batch; here dgamma uses something else in its place."
_PATH = "x affects the output along several paths; at least one of them is missing in dx."
_NO_FLAG = "forward takes no train_flg: there is no test time."
_VAR_PATH = "The path through the variance is there, but not quite right; derive it once more."

COSTLY = {
    "statistics_of_samples": "statistics of another shape leave nothing to be carried on",
}
# Any ε from 1e-8 to 1e-5, inside or outside the root.
CONVENTIONS = (
    rewriting((" + 1e-7", " + 1e-8")),
    rewriting((" + 1e-7", " + 1e-5")),
    lambda source: re.sub(r"np\.sqrt\(([\w.]+) \+ 1e-7\)", r"(np.sqrt(\1) + 1e-5)", source),
)
# The mean's own share of dvar, which is 0 where the mean is right; and the closed form.
FORMS = (
    rewriting((_DMEAN, f"{_DMEAN} - 2 * dvar * np.mean(self.centred, axis=0)")),
    rewriting((_DX_SUM, "dx = (n * g - np.sum(g, axis=0) - self.normal * np.sum("
                        "g * self.normal, axis=0)) / (n * self.std)")),
)  # fmt: skip

# fmt: off
FORWARD = table("forward/arguments", rows=[
    (1, "x_changed",
     "forward changes the array that it was given; work on a new one.",
     ("self.centred = x - mean", "x -= mean\nself.centred = x.copy()")),
    (1, "given_statistics_changed",
     "The running statistics are changed in place, and with them the arrays of the caller.",
     (_UPDATE, """
      self.running_mean *= self.momentum
      self.running_mean += (1 - self.momentum) * mean
      self.running_var *= self.momentum
      self.running_var += (1 - self.momentum) * var""")),
]) + table("forward/arguments", "running/instances", rows=[
    (2, "default_argument",
     "The initial arrays of the running statistics are created once, for all layers, and "
     "changed in place.",
     ("running_mean=None", "running_mean=np.zeros(4)"),
     ("running_var=None", "running_var=np.zeros(4)"),
     (f"self.running_mean = {_NEW_MEAN}", f"self.running_mean[:] = {_NEW_MEAN}"),
     (f"self.running_var = {_NEW_VAR}", f"self.running_var[:] = {_NEW_VAR}")),
]) + table("forward/train_output", *_FOLLOWS, *_DX, "backward/caller", rows=[
    (104, "statistics_of_samples",
     "The statistics are taken along the wrong axis: over the features of one sample.",
     (_MEAN, "mean = x.mean(axis=1, keepdims=True)"),
     (_VAR, "var = np.mean(self.centred**2, axis=1, keepdims=True)")),
]) + table("forward/train_output", *_DX, rows=[
    (105, "statistics_of_everything",
     "One mean and one variance are used for all features; each feature needs its own.",
     (_MEAN, "mean = x.mean()"),
     (_VAR, "var = np.mean(self.centred**2)")),
]) + table("forward/train_output", rows=[
    (108, "unbiased_throughout",
     "The sum of squares is divided by N - 1; here the variance divides by the batch size N.",
     (_VAR, "var = np.var(x, axis=0, ddof=1)")),
    (179, "variance_as_difference",
     "The difference of two large numbers loses digits; subtract the mean from x before you "
     "square.",
     (_VAR, "var = np.maximum(np.mean(x**2, axis=0) - mean**2, 0.0)")),
    (116, "shift_scaled_too",
     "gamma multiplies more than it should; check the order of scale and shift.",
     (_TRAIN_OUT, "out = self.gamma * (self.normal + self.beta)"),
     (_TEST_OUT, "out = self.gamma * (normal + self.beta)")),
]) + table("forward/epsilon", rows=[
    (106, "no_epsilon", _SMALL,
     ("np.sqrt(var + 1e-7)", "np.sqrt(var)"),
     (_ROOT, "np.sqrt(self.running_var)")),
    (106, "no_epsilon_at_test_time",
     "An ε is missing at test time: a running variance of 0 gives 0/0.",
     (_ROOT, "np.sqrt(self.running_var)")),
    (77, "large_epsilon",
     "The small number is too large: a feature that varies little is not normalized.",
     ("np.sqrt(var + 1e-7)", "np.sqrt(var + 1e-3)"),
     (_ROOT, "np.sqrt(self.running_var + 1e-3)")),
])

RUNNING = table("running/updates", "running/instances", rows=[
    (3, "class_attribute", _SHARED,
     ("class BatchNormalization:", f"class BatchNormalization:{_NO_STATISTICS}"),
     (f"{_KEPT_MEAN}\n{_KEPT_VAR}", ""),
     *_OF_THE_CLASS),
]) + table("running/instances", rows=[
    (3, "class_attribute_unless_given", _SHARED,
     ("class BatchNormalization:", f"class BatchNormalization:{_NO_STATISTICS}"),
     (f"{_KEPT_MEAN}\n{_KEPT_VAR}", """
      if running_mean is not None:
          BatchNormalization.running_mean = running_mean
          BatchNormalization.running_var = running_var"""),
     *_OF_THE_CLASS),
]) + table("running/updates", rows=[
    (9, "notebook_global",
     "A fixed number, or a variable of the notebook, is used instead of the layer's own momentum.",
     (_NEW_MEAN, "0.9 * self.running_mean + (1 - 0.9) * mean"),
     (_NEW_VAR, "0.9 * self.running_var + (1 - 0.9) * var")),
    (109, "momentum_swapped",
     "The weights of the old statistic and of the batch's are swapped.",
     (_NEW_MEAN, "(1 - self.momentum) * self.running_mean + self.momentum * mean"),
     (_NEW_VAR, "(1 - self.momentum) * self.running_var + self.momentum * var")),
    (113, "running_deviation_in_updates", _DEVIATIONS,
     (_NEW_VAR, "self.momentum * self.running_var + (1 - self.momentum) * self.std")),
    (114, "running_variance_unbiased",
     "The running variance averages a different variance from the one that normalizes the batch.",
     ("(1 - self.momentum) * var", "(1 - self.momentum) * x.var(axis=0, ddof=1)")),
    (115, "starts_at_ones",
     "The running variance starts at ones.",
     (_FIRST_VAR, "self.running_var = np.ones(x.shape[1])")),
    (115, "starts_at_first_batch",
     "The running statistics start with those of the first batch, not with zeros.",
     (_FIRST_MEAN, "self.running_mean = x.mean(axis=0)"),
     (_FIRST_VAR, "self.running_var = x.var(axis=0)")),
    (183, "last_batch_alone",
     "The running statistics are those of the last batch alone; the old ones are forgotten.",
     (_NEW_MEAN, "mean"),
     (_NEW_VAR, "var")),
    (115, "never_updated",
     "The running statistics do not move: forward in training must store the new ones.",
     ("self.running_mean = self.mom", "running_mean = self.mom"),
     ("self.running_var = self.mom", "running_var = self.mom")),
    (115, "statistics_multiply",
     "Old and new statistic are multiplied; the moving average adds them.",
     (_NEW_MEAN, "self.momentum * self.running_mean * (1 - self.momentum) * mean"),
     (_NEW_VAR, "self.momentum * self.running_var * (1 - self.momentum) * var")),
    (115, "given_statistics_ignored",
     "The start values that the constructor was given are not used.",
     (_KEPT_MEAN, "self.running_mean = None"),
     (_KEPT_VAR, "self.running_var = None")),
]) + table("running/updates", "running/test_output", rows=[
    (113, "running_deviation", _DEVIATIONS,
     (_NEW_VAR, "self.momentum * self.running_var + (1 - self.momentum) * self.std"),
     (_ROOT, "(self.running_var + 1e-7)")),
]) + table("running/test_time_changes_nothing", rows=[
    (110, "updated_at_test_time",
     "The running statistics move at test time too.",
     (_TEST_OUT, f"{_TEST_OUT}\nmean, var = x.mean(axis=0), x.var(axis=0)\n{_UPDATE}")),
    (125, "x_changed_at_test_time",
     "At test time forward changes the array that it was given.",
     ("normal = (x - self.running_mean) /", "x -= self.running_mean\nnormal = x /")),
]) + table("running/test_output", "running/test_time_changes_nothing", rows=[
    (181, "no_flag", _NO_FLAG, ("x, train_flg=True)", "x)"), ("if train_flg:", "if True:")),
]) + table("running/test_output", rows=[
    (111, "batch_statistics_at_test_time",
     "At test time the statistics of the batch are used, as in training.",
     ("(x - self.running_mean)", "(x - x.mean(axis=0))"),
     (_ROOT, "np.sqrt(x.var(axis=0) + 1e-7)")),
    (112, "not_centred_at_test_time",
     "At test time the mean is not subtracted.",
     ("(x - self.running_mean)", "x")),
    (113, "no_root_at_test_time",
     "At test time the output is divided by the variance, not by its square root.",
     (_ROOT, "(self.running_var + 1e-7)")),
    (111, "flag_ignored",
     "forward does the same in training and at test time.",
     ("if train_flg:", "if True:")),
]) + table("running/defaults", rows=[
    (171, "wrong_default_momentum", _DEFAULT, ("momentum=0.9", "momentum=0.99")),
    (171, "wrong_default_flag", _DEFAULT, ("train_flg=True", "train_flg=False")),
])

BACKWARD = table("backward/caller", rows=[
    (1, "dout_changed",
     "backward changes the array that it was given; work on a new one.",
     (_G, "dout *= self.gamma\ng = dout")),
    (3, "class_attribute_of_backward",
     "What backward needs is stored on the class, so another layer's forward replaces it.",
     ("self.normal = self.centred", "self.normal = BatchNormalization.normal = self.centred"),
     ("dout * self.normal", "dout * BatchNormalization.normal")),
    (5, "remembers_x_itself",
     "forward keeps the array x itself; when the caller changes it, backward goes wrong.",
     ("self.centred = x - mean", "self.x, self.mean = x, mean\nself.centred = x - mean"),
     (_N, f"{_N}\nself.centred = self.x - self.mean\nself.normal = self.centred / self.std")),
    (5, "remembers_output_itself",
     "backward reads the output array, which the next layer may have changed.",
     ("return out", "self.out = out\nreturn out"),
     (_N, f"{_N}\nself.normal = (self.out - self.beta) / self.gamma")),
    (178, "first_batch_size_kept",
     "The size of the first batch is used for later ones.",
     (_N, "n = self.n = getattr(self, 'n', dout.shape[0])")),
]) + table("backward/dx_small_variance", rows=[
    (106, "no_epsilon_in_backward",
     "backward divides by a different root than forward did.",
     ("self.normal = self.centred / self.std",
      "self.normal = self.centred / self.std\nself.std = np.sqrt(var)")),
]) + table("backward/dgamma", rows=[
    (117, "dgamma_of_x", _NOT_WITH,
     (_MEAN, f"{_MEAN}\nself.x = x.copy()"),
     ("dout * self.normal", "dout * self.x")),
    (117, "dgamma_of_centred_x", _NOT_WITH, ("dout * self.normal", "dout * self.centred")),
    (118, "dgamma_is_mean",
     "gamma acts on every sample; the mean over the samples is not the whole gradient.",
     ("self.dgamma = np.sum", "self.dgamma = np.mean")),
]) + table("backward/dbeta", rows=[
    (118, "dbeta_is_mean",
     "beta is added to every sample; the mean over the samples is not the whole gradient.",
     ("self.dbeta = np.sum", "self.dbeta = np.mean")),
    (35, "dbeta_of_everything",
     "dbeta has one entry for each feature.",
     ("(dout, axis=0)", "(dout)")),
]) + table(*_DX, rows=[
    (119, "both_paths_dropped", _PATH, (" + dvar * 2 * self.centred / n + dmean / n", "")),
    (120, "mean_path_dropped", _PATH, (" + dmean / n", "")),
    (121, "variance_path_dropped", _PATH, (" + dvar * 2 * self.centred / n", "")),
    (122, "dvar_power", _VAR_PATH, ("self.std**3", "self.std**2")),
    (123, "gamma_absent",
     "The output is gamma times the normalized batch; dx leaves gamma out.",
     (_G, "g = dout")),
    (124, "dvar_no_two", _VAR_PATH, ("dvar * 2 * self.centred", "dvar * self.centred")),
    (124, "dvar_no_half", _VAR_PATH, ("-0.5 * np.sum", "-np.sum")),
    (120, "mean_path_not_shared",
     "The path through the mean counts too much: each sample moves the mean by only 1/N.",
     ("+ dmean / n", "+ dmean")),
    (174, "dvar_sign", _VAR_PATH, ("dvar = -0.5", "dvar = 0.5")),
    (177, "features_for_samples",
     "The means in dx must be taken over the samples, not over the features.",
     (_N, "n = dout.shape[1]")),
])
# fmt: on

MISTAKES = FORWARD + RUNNING + BACKWARD
