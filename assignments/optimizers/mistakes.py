"""The known mistakes of the optimizers: each a right class with one thing changed.

A number may appear several times: the same slip in several optimizers.  A mistake loses
the points of the rule alone (``update_rule``), unless it shows without knowing the rule.
"""

from textwrap import indent

from grader.model import Mistake

_SGD = """
class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for key in params.keys():
            params[key] -= self.lr * grads[key]
"""

_MOMENTUM = """
class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.v = None

    def update(self, params, grads):
        if self.v is None:
            self.v = {}
            for key, val in params.items():
                self.v[key] = np.zeros_like(val)
        for key in params.keys():
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += self.v[key]
"""

_NESTEROV = """
class Nesterov:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.v = None

    def update(self, params, grads):
        if self.v is None:
            self.v = {}
            for key, val in params.items():
                self.v[key] = np.zeros_like(val)
        for key in params.keys():
            params[key] += self.momentum * self.momentum * self.v[key]
            params[key] -= (1 + self.momentum) * self.lr * grads[key]
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
"""

_ADAGRAD = """
class AdaGrad:
    def __init__(self, lr=0.01):
        self.lr = lr
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {}
            for key, val in params.items():
                self.h[key] = np.zeros_like(val)
        for key in params.keys():
            self.h[key] = self.h[key] + grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)
"""

_RMSPROP = """
class RMSprop:
    def __init__(self, lr=0.01, decay_rate=0.99):
        self.lr = lr
        self.decay_rate = decay_rate
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {}
            for key, val in params.items():
                self.h[key] = np.zeros_like(val)
        for key in params.keys():
            self.h[key] *= self.decay_rate
            self.h[key] += (1 - self.decay_rate) * grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)
"""

_ADAM = """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.t = 0
        self.m = None
        self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = {}, {}
            for key, val in params.items():
                self.m[key] = np.zeros_like(val)
                self.v[key] = np.zeros_like(val)
        self.t += 1
        for key in params.keys():
            self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * grads[key]
            self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * grads[key] ** 2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + 1e-7)
"""

_BASES = {
    "sgd": _SGD,
    "momentum": _MOMENTUM,
    "nesterov": _NESTEROV,
    "adagrad": _ADAGRAD,
    "rmsprop": _RMSPROP,
    "adam": _ADAM,
}
_CASES = ("update_rule", "caller", "instances", "defaults")


def _mistake(
    number: int,
    name: str,
    hint: str,
    *changes: tuple[str, str],
    cases: tuple[str, ...] = ("update_rule",),
    before: str = "",
) -> Mistake:
    """Build a mistake from the right class: *name* begins with the question's.

    Every text in *changes* is replaced by its partner; *before* is put above the class.
    """
    question = name.split("_")[0]
    code = _BASES[question]
    for old, new in changes:
        if old not in code:
            raise ValueError(f"Mistake {name}: {old!r} does not stand in the right class.")
        code = code.replace(old, new)
    return Mistake(
        number=number,
        name=name,
        hint=hint,
        loses=frozenset(f"{question}/{case}" for case in cases),
        code=(before + code).strip("\n"),
        base=_BASES[question].strip("\n"),
    )


def _first_call_only(
    code: str, first: str = "        for key in params.keys():"
) -> tuple[str, str]:
    """Return the change that indents the update, from *first* on, into the initialisation."""
    loop = code[code.rindex(first) :]
    return loop, indent(loop, "    ")


_GRADS = "update changes the gradients that it was given; work on copies."
_SHARED = (
    "The state is one dictionary that all instances share, because it is made when the class "
    "or the function is defined; make it in __init__."
)
_ALIAS = "The gradient array itself is kept as the state; the caller may write over it."
_ONE = "One number gathers the gradients of all parameters; every entry needs its own."
_ONE_EACH = "One number serves a whole array; every entry needs its own."
_UPHILL = "The step goes up the slope; look at the sign of the gradient's part."
_MEMORY = "The velocity forgets the steps before; compare with the formula of v."
_DAMPED = "A factor that the formula does not have stands before the gradient in v."
_MINUS = (
    "The signs do not fit together; look at that of the gradient's part in v, and at that with "
    "which v is applied."
)
# Of these pairs one cannot tell from outside which it is.
_SIGNS = (
    "The step goes up the slope; look at the sign of the gradient's part in v, and at that with "
    "which v is applied."
)
_IS_MOMENTUM = (
    "This comes to Momentum: the look-ahead is missing, or the old velocity is the same array as "
    "the new one, because an assignment copies nothing."
)
_TWICE = "The learning rate is applied twice."
_NO_ROOT = (
    "The step is divided by the gathered squares themselves; something is missing in the "
    "denominator."
)
_NAN = "With a gradient of exactly zero the step is 0/0; see what the small number is for."
_EPSILON = "The small number in the denominator is not small: it governs the step."
_FIRST = "Only the first call moves the parameters; check what is indented under the if."
_NOTHING = "update computes the new values and leaves params as they are."
_SUM = (
    "The gradients themselves are gathered for the denominator; it needs something that is never "
    "negative."
)
_SWAPPED = "The share of the old value and the share of the new one are exchanged."
_BIAS = "The averages start at zero and are too small at first; one correction or more is missing."
_POWER = "The bias correction is not taken to the power of the step's number."
_COUNT = "The step's number is wrong: it is 1 at the first call and one more at every call."

_POSITION = "Parameters, gradients or state are paired by their order; look them up by key."
_DEFAULT = "Compare the constructor's defaults with those of the table."

_LOOP = "\n        for key in params.keys():\n            "
_LOST = ("caller", "instances", "defaults")

_STATE: tuple[Mistake, ...] = (
    _mistake(
        1,
        "sgd_grads_changed",
        _GRADS,
        (
            "params[key] -= self.lr * grads[key]",
            "grads[key] *= self.lr\n            params[key] -= grads[key]",
        ),
        cases=("caller",),
    ),
    _mistake(
        1,
        "momentum_grads_changed",
        _GRADS,
        (
            "self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]",
            "grads[key] *= -self.lr\n"
            "            self.v[key] = self.momentum * self.v[key] + grads[key]",
        ),
        cases=("caller",),
    ),
    _mistake(
        2,
        "momentum_default_argument",
        _SHARED,
        ("momentum=0.9):", "momentum=0.9, v={}):"),
        ("self.v = None", "self.v = v"),
        (
            "if self.v is None:\n            self.v = {}\n            for",
            "if True:\n            for",
        ),
        (
            "    self.v[key] = np.zeros_like(val)",
            "    self.v.setdefault(key, np.zeros_like(val))",
        ),
        cases=("instances",),
    ),
    _mistake(
        2,
        "adam_default_argument",
        _SHARED,
        ("beta2=0.999):", "beta2=0.999, m={}, v={}):"),
        ("self.m = None", "self.m = m"),
        ("self.v = None", "self.v = v"),
        ("if self.m is None:\n            self.m, self.v = {}, {}\n", "if not self.m:\n"),
        cases=_LOST,
    ),
    _mistake(
        3,
        "adagrad_class_attribute",
        _SHARED,
        ("class AdaGrad:\n", "class AdaGrad:\n    h = {}\n\n"),
        ("        self.h = None\n", ""),
        (
            "if self.h is None:\n            self.h = {}\n            for",
            "if True:\n            for",
        ),
        (
            "    self.h[key] = np.zeros_like(val)",
            "    self.h.setdefault(key, np.zeros_like(val))",
        ),
        cases=("instances",),
    ),
    _mistake(
        3,
        "nesterov_class_attribute",
        _SHARED,
        ("class Nesterov:\n", "class Nesterov:\n    v = {}\n\n"),
        ("        self.v = None\n", ""),
        ("if self.v is None:\n            self.v = {}\n", "if len(self.v) == 0:\n"),
        cases=_LOST,
    ),
    _mistake(
        3,
        "sgd_class_attribute",
        "The learning rate is kept on the class, so the last instance made sets it for all.",
        ("self.lr = lr", "SGD.lr = lr"),
        cases=("instances",),
    ),
    _mistake(
        4,
        "adagrad_one_accumulator",
        _ONE,
        ("self.h = None", "self.h = 0.0"),
        ("if self.h is None:", "if False:"),
        (
            "self.h[key] = self.h[key] + grads[key] * grads[key]",
            "self.h = self.h + np.sum(grads[key] * grads[key])",
        ),
        ("np.sqrt(self.h[key])", "np.sqrt(self.h)"),
        cases=("update_rule", "caller"),
    ),
    _mistake(
        4,
        "rmsprop_mean_of_array",
        _ONE_EACH,
        ("grads[key] * grads[key]\n", "np.mean(grads[key] ** 2)\n"),
    ),
    _mistake(
        5,
        "momentum_keeps_gradient",
        _ALIAS,
        ("self.v[key] = np.zeros_like(val)", "self.v[key] = None"),
        (
            "self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]\n"
            "            params[key] += self.v[key]",
            "if self.v[key] is None:\n"
            "                self.v[key] = grads[key]\n"
            "            else:\n"
            "                self.v[key] = self.momentum * self.v[key] + grads[key]\n"
            "            params[key] -= self.lr * self.v[key]",
        ),
        cases=("caller",),
    ),
    _mistake(
        3,
        "adam_class_counter",
        "The step's number is counted outside of the instance, so all instances count together.",
        ("class Adam:\n", "class Adam:\n    steps = 0\n\n"),
        ("self.t += 1\n", "Adam.steps += 1\n        self.t = Adam.steps\n"),
        cases=_LOST,
    ),
    _mistake(
        172,
        "sgd_pairs_by_position",
        _POSITION,
        ("for key in params.keys()", "for key, other in zip(params, grads)"),
        ("grads[key]", "grads[other]"),
        cases=("caller",),
    ),
    _mistake(
        172,
        "momentum_state_by_position",
        _POSITION,
        ("for key in params.keys()", "for i, key in enumerate(params)"),
        ("for key, val in params.items()", "for i, val in enumerate(params.values())"),
        ("self.v[key]", "self.v[i]"),
        cases=("caller",),
    ),
)

_DEFAULTS: tuple[Mistake, ...] = (
    _mistake(171, "sgd_default", _DEFAULT, ("lr=0.01", "lr=0.1"), cases=("defaults",)),
    _mistake(171, "momentum_default", _DEFAULT, ("m=0.9", "m=0.95"), cases=("defaults",)),
    _mistake(171, "nesterov_default", _DEFAULT, ("m=0.9", "m=0.5"), cases=("defaults",)),
    _mistake(171, "adagrad_default", _DEFAULT, ("lr=0.01", "lr=0.001"), cases=("defaults",)),
    _mistake(171, "rmsprop_default", _DEFAULT, ("rate=0.99", "rate=0.9"), cases=("defaults",)),
    _mistake(171, "adam_default", _DEFAULT, ("lr=0.001", "lr=0.01"), cases=("defaults",)),
    _mistake(171, "adam_default_beta", _DEFAULT, ("0.999", "0.99"), cases=("defaults",)),
)

_COMMON: tuple[Mistake, ...] = (
    _mistake(
        9,
        "sgd_notebook_global",
        "A variable of the notebook is used in place of the instance's own learning rate.",
        ("self.lr * grads", "learning_rate * grads"),
        before="learning_rate = 0.01\n",
    ),
    _mistake(51, "sgd_uphill", _UPHILL, ("params[key] -=", "params[key] +=")),
    _mistake(51, "momentum_uphill", _SIGNS, ("- self.lr * grads", "+ self.lr * grads")),
    _mistake(
        51,
        "nesterov_uphill",
        _UPHILL,
        ("params[key] -=", "params[key] +="),
        ("- self.lr * grads", "+ self.lr * grads"),
    ),
    _mistake(51, "adagrad_uphill", _UPHILL, ("params[key] -=", "params[key] +=")),
    _mistake(51, "rmsprop_uphill", _UPHILL, ("params[key] -=", "params[key] +=")),
    _mistake(51, "adam_uphill", _UPHILL, ("params[key] -=", "params[key] +=")),
    _mistake(52, "momentum_no_memory", _MEMORY, ("self.momentum * self.v[key] - ", "-")),
    _mistake(
        52,
        "nesterov_no_memory",
        _MEMORY,
        ("self.v[key] = self.momentum * self.v[key] - ", "self.v[key] = -"),
    ),
    _mistake(
        53,
        "momentum_damped",
        _DAMPED,
        ("- self.lr * grads", "- (1 - self.momentum) * self.lr * grads"),
    ),
    _mistake(
        53,
        "nesterov_damped",
        _DAMPED,
        ("- self.lr * grads", "- (1 - self.momentum) * self.lr * grads"),
    ),
    _mistake(54, "momentum_subtracted", _SIGNS, ("params[key] +=", "params[key] -=")),
    _mistake(
        54,
        "nesterov_subtracted",
        _MINUS,
        ("params[key] += self.momentum", "params[key] -= self.momentum"),
    ),
    _mistake(55, "sgd_rate_twice", _TWICE, ("self.lr * grads", "self.lr * self.lr * grads")),
    _mistake(55, "momentum_rate_twice", _TWICE, ("+= self.v[key]", "+= self.lr * self.v[key]")),
    _mistake(
        55,
        "nesterov_rate_twice",
        _TWICE,
        ("(1 + self.momentum) * self.lr", "(1 + self.momentum) * self.lr * self.lr"),
    ),
    _mistake(
        55, "adagrad_rate_twice", _TWICE, ("+ grads[key] * grads", "+ self.lr * grads[key] * grads")
    ),
    _mistake(55, "adam_rate_twice", _TWICE, ("self.lr * m_hat", "self.lr**2 * m_hat")),
    _mistake(
        56,
        "nesterov_is_momentum",
        _IS_MOMENTUM,
        (
            "            params[key] += self.momentum * self.momentum * self.v[key]\n"
            "            params[key] -= (1 + self.momentum) * self.lr * grads[key]\n",
            "",
        ),
        (
            "- self.lr * grads[key]\n",
            "- self.lr * grads[key]\n            params[key] += self.v[key]\n",
        ),
    ),
    _mistake(
        57,
        "nesterov_velocity_first",
        "The velocity is updated before the parameters use it; see which v the formula means.",
        ("            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]\n", ""),
        (
            _LOOP + "params",
            _LOOP + "self.v[key] *= self.momentum\n"
            "            self.v[key] -= self.lr * grads[key]\n            params",
        ),
    ),
    _mistake(
        58,
        "nesterov_old_is_alias",
        _IS_MOMENTUM,
        (
            "            params[key] += self.momentum * self.momentum * self.v[key]\n"
            "            params[key] -= (1 + self.momentum) * self.lr * grads[key]\n"
            "            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]\n",
            "            v_prev = self.v[key]\n"
            "            self.v[key] *= self.momentum\n"
            "            self.v[key] -= self.lr * grads[key]\n"
            "            params[key] -= self.momentum * v_prev\n"
            "            params[key] += (1 + self.momentum) * self.v[key]\n",
        ),
    ),
    _mistake(
        78,
        "momentum_not_stored",
        _MEMORY,
        ("self.v[key] = self.momentum", "v = self.momentum"),
        ("+= self.v[key]", "+= v"),
    ),
    _mistake(79, "momentum_first_call_only", _FIRST, _first_call_only(_MOMENTUM)),
    _mistake(79, "nesterov_first_call_only", _FIRST, _first_call_only(_NESTEROV)),
    _mistake(79, "adagrad_first_call_only", _FIRST, _first_call_only(_ADAGRAD)),
    _mistake(79, "rmsprop_first_call_only", _FIRST, _first_call_only(_RMSPROP)),
    _mistake(79, "adam_first_call_only", _FIRST, _first_call_only(_ADAM, "        self.t += 1\n")),
    _mistake(
        80, "sgd_nothing_changes", _NOTHING, ("params[key] -=", "params[key] -"), cases=_CASES
    ),
    _mistake(
        80,
        "momentum_nothing_changes",
        _NOTHING,
        ("params[key] += self", "params[key] + +self"),
        cases=_CASES,
    ),
    _mistake(
        80,
        "nesterov_nothing_changes",
        _NOTHING,
        ("params[key] += self", "params[key] + self"),
        ("params[key] -= (1", "params[key] - (1"),
        cases=_CASES,
    ),
    _mistake(
        80,
        "adam_new_dictionary",
        "The new values are put into another dictionary and returned; params stays as it was.",
        ("        self.t += 1\n", "        self.t += 1\n        params = dict(params)\n"),
        ("params[key] -= self", "params[key] = params[key] - self"),
        cases=_CASES,
    ),
    _mistake(
        81,
        "sgd_misspelt_attribute",
        "The attribute that update reads has another name in __init__; read the error.",
        ("self.lr * grads", "self.kr * grads"),
        cases=_CASES,
    ),
    _mistake(
        81,
        "momentum_misspelt_keys",
        "A dictionary has no such method; read the error.",
        ("in params.keys()", "in params.key()"),
        cases=_CASES,
    ),
    _mistake(
        81,
        "rmsprop_in_none",
        "Nothing can be in None; compare with another word.",
        ("if self.h is None", "if self.h in None"),
        cases=_CASES,
    ),
    _mistake(
        81,
        "adam_misspelt_zeros",
        "NumPy has no function of this name; read the error.",
        ("zeros_like", "zeros_ilke"),
        cases=_CASES,
    ),
)

_ADAPTIVE: tuple[Mistake, ...] = (
    _mistake(59, "adagrad_sum_of_gradients", _SUM, ("grads[key] * grads[key]", "grads[key]")),
    _mistake(
        59,
        "adagrad_sum_of_sizes",
        "h gathers the sizes of the gradients; the formula gathers something else.",
        ("grads[key] * grads[key]", "np.abs(grads[key])"),
    ),
    _mistake(59, "rmsprop_gradient_unsquared", _SUM, ("grads[key] * grads[key]\n", "grads[key]\n")),
    _mistake(
        60,
        "adagrad_no_sum",
        "h holds this step's gradient only; it should remember all of them.",
        ("self.h[key] + grads", "grads"),
    ),
    _mistake(
        175,
        "adagrad_divides_by_old_h",
        "The step is divided by the h of the steps before; this step's gradient comes first.",
        ("            self.h[key] = self.h[key] + grads[key] * grads[key]\n", ""),
        (
            "+ 1e-7)\n",
            "+ 1e-7)\n            self.h[key] = self.h[key] + grads[key] * grads[key]\n",
        ),
    ),
    _mistake(
        176,
        "rmsprop_bias_corrected",
        "A correction is applied that RMSprop does not have.",
        ("self.h = None\n", "self.h = None\n        self.t = 0\n"),
        (_LOOP, "\n        self.t += 1" + _LOOP),
        ("np.sqrt(self.h[key])", "np.sqrt(self.h[key] / (1 - self.decay_rate**self.t))"),
    ),
    _mistake(61, "adagrad_no_root", _NO_ROOT, ("np.sqrt(self.h[key])", "self.h[key]")),
    _mistake(61, "rmsprop_no_root", _NO_ROOT, ("np.sqrt(self.h[key])", "self.h[key]")),
    _mistake(61, "adam_no_root", _NO_ROOT, ("np.sqrt(v_hat)", "v_hat")),
    _mistake(62, "adagrad_no_epsilon", _NAN, (" + 1e-7", "")),
    _mistake(62, "rmsprop_no_epsilon", _NAN, (" + 1e-7", "")),
    _mistake(62, "adam_no_epsilon", _NAN, (" + 1e-7", "")),
    _mistake(
        63,
        "rmsprop_shares_swapped",
        _SWAPPED,
        ("(1 - self.decay_rate) * grads", "self.decay_rate * grads"),
        ("*= self.decay_rate", "*= 1 - self.decay_rate"),
    ),
    _mistake(
        64,
        "rmsprop_no_decay",
        "h never forgets: the old value is kept whole.",
        ("            self.h[key] *= self.decay_rate\n", ""),
    ),
    _mistake(
        66,
        "rmsprop_rate_for_share",
        "The learning rate stands where the share of the new value belongs.",
        ("(1 - self.decay_rate) * grads", "self.lr * grads"),
    ),
    _mistake(
        67,
        "adam_no_correction",
        _BIAS,
        (" / (1 - self.beta1**self.t)", ""),
        (" / (1 - self.beta2**self.t)", ""),
    ),
    _mistake(68, "adam_only_m_corrected", _BIAS, (" / (1 - self.beta2**self.t)", "")),
    _mistake(68, "adam_only_v_corrected", _BIAS, (" / (1 - self.beta1**self.t)", "")),
    _mistake(
        69,
        "adam_counts_from_zero",
        "At the first call the step's number is 0, and the correction divides by zero.",
        ("        self.t += 1\n", ""),
        ("+ 1e-7)\n", "+ 1e-7)\n        self.t += 1\n"),
        cases=_CASES,
    ),
    _mistake(70, "adam_counts_from_two", _COUNT, ("self.t = 0", "self.t = 1")),
    _mistake(
        71,
        "adam_counts_parameters",
        "The step's number grows with every parameter; it should grow once a call.",
        ("        self.t += 1\n", ""),
        (_LOOP, _LOOP + "self.t += 1\n            "),
        cases=("update_rule", "caller"),
    ),
    _mistake(
        72, "adam_never_counts", _COUNT, ("self.t = 0", "self.t = 1"), ("self.t += 1", "pass")
    ),
    _mistake(
        73,
        "adam_average_overwritten",
        "The corrected averages replace the averages; the next step corrects them again.",
        ("m_hat", "self.m[key]"),
        ("v_hat", "self.v[key]"),
    ),
    _mistake(
        74,
        "adam_betas_swapped",
        "beta1 and beta2 have changed places.",
        ("self.beta1 = beta1", "self.beta1 = beta2"),
        ("self.beta2 = beta2", "self.beta2 = beta1"),
    ),
    _mistake(
        74,
        "adam_shares_swapped",
        _SWAPPED,
        (
            "self.beta1 * self.m[key] + (1 - self.beta1)",
            "(1 - self.beta1) * self.m[key] + self.beta1",
        ),
        (
            "self.beta2 * self.v[key] + (1 - self.beta2)",
            "(1 - self.beta2) * self.v[key] + self.beta2",
        ),
    ),
    _mistake(75, "adam_gradient_unsquared", _SUM, ("grads[key] ** 2", "grads[key]")),
    _mistake(
        76,
        "adam_times_step",
        _POWER,
        ("self.beta1**self.t", "self.beta1 * self.t"),
        ("self.beta2**self.t", "self.beta2 * self.t"),
        cases=_CASES,
    ),
    _mistake(
        76,
        "adam_squared",
        _POWER,
        ("self.beta1**self.t", "self.beta1**2"),
        ("self.beta2**self.t", "self.beta2**2"),
    ),
    _mistake(
        76,
        "adam_plus_power",
        _POWER,
        ("1 - self.beta1**self.t", "1 + self.beta1**self.t"),
        ("1 - self.beta2**self.t", "1 + self.beta2**self.t"),
    ),
    _mistake(77, "adagrad_large_epsilon", _EPSILON, ("1e-7", "1e7")),
    _mistake(77, "rmsprop_large_epsilon", _EPSILON, ("1e-7", "1e7")),
    _mistake(77, "adam_large_epsilon", _EPSILON, ("1e-7", "1e7")),
    _mistake(77, "adagrad_visible_epsilon", _EPSILON, ("1e-7", "1e-3")),
    _mistake(77, "rmsprop_visible_epsilon", _EPSILON, ("1e-7", "1e-3")),
    _mistake(77, "adam_visible_epsilon", _EPSILON, ("1e-7", "1e-3")),
    _mistake(
        77,
        "adagrad_visible_epsilon_inside",
        _EPSILON,
        ("np.sqrt(self.h[key]) + 1e-7", "np.sqrt(self.h[key] + 1e-3)"),
    ),
    _mistake(
        78,
        "adam_not_stored",
        "The new averages are used and then forgotten: nothing is stored for the next call.",
        ("            self.m[key] = self", "            m = self"),
        ("            self.v[key] = self", "            v = self"),
        ("m_hat = self.m[key]", "m_hat = m"),
        ("v_hat = self.v[key]", "v_hat = v"),
    ),
    _mistake(
        78,
        "rmsprop_not_stored",
        "The new average is used and then forgotten: nothing is stored for the next call.",
        ("            self.h[key] *= self.decay_rate\n", ""),
        ("self.h[key] += (1 -", "h = self.decay_rate * self.h[key] + (1 -"),
        ("np.sqrt(self.h[key])", "np.sqrt(h)"),
    ),
)

MISTAKES: tuple[Mistake, ...] = (*_STATE, *_DEFAULTS, *_COMMON, *_ADAPTIVE)
