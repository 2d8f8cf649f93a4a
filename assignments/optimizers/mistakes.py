"""The known mistakes of the optimizers: changes of the solution, class by class.

The tables hold a row a mistake (number, name, hint, changes), one table for all that lose the
same test cases.  A number may appear several times: the same slip in several optimizers.  A
mistake loses the points of the rule alone (``update_rule``), unless it shows without knowing
the rule.
"""

import re

from grader.course.catalogue import rewriting, table

_GRADS = "update changes the gradients that it was given; work on copies."
_SHARED = (
    "The state is one dictionary that all instances share, because it is created when the class"
    " or the function is defined; create it in __init__."
)
_ALIAS = (
    "The gradient array itself is kept as the state; keep a copy, since the caller may "
    "overwrite it."
)
_ONE = (
    "A single number accumulates the gradients of all parameters; every entry needs a number of"
    " its own."
)
_ONE_EACH = "One number is used for a whole array; every entry needs a number of its own."
_UPHILL = "The step goes uphill; check the sign of the gradient term."
_MEMORY = "The velocity forgets the earlier steps; compare your code with the formula for v."
_DAMPED = "The gradient in v is multiplied by a factor that the formula does not have."
_MINUS = (
    "The signs do not fit together; check the sign of the gradient term in v, and the sign with"
    " which v is applied."
)
# Of these pairs one cannot tell from outside which it is.
_SIGNS = (
    "The step goes uphill; check the sign of the gradient term in v, and the sign with which v "
    "is applied."
)
_IS_MOMENTUM = (
    "This is the same as Momentum: the look-ahead is missing, or the old velocity is the same "
    "array as the new one, because an assignment copies nothing."
)
_TWICE = "The learning rate is applied twice."
_NO_ROOT = (
    "The step is divided by the accumulated squares themselves; something is missing in the "
    "denominator."
)
_NAN = (
    "Where a gradient is exactly zero, the step is 0/0; think about what the small number in "
    "the formula is for."
)
_EPSILON = "The small number in the denominator is too large: it changes the size of the step."
_FIRST = "Only the first call moves the parameters; check what is indented under the if."
_NOTHING = "update leaves params unchanged: it takes no step yet."
_SUM = (
    "The denominator accumulates the gradients themselves; it needs something that is never "
    "negative."
)
_SWAPPED = "The weights of the old value and of the new one are swapped."
_BIAS = (
    "The averages start at zero and are too small at first; at least one bias correction is "
    "missing."
)
_POWER = "In the bias correction, beta is not raised to the power of the step number."
_COUNT = "The step number is wrong: it must be 1 at the first call and grow by 1 at every call."

_POSITION = "Parameters, gradients and state are matched by their order; look them up by their key."
_DEFAULT = "Compare the constructor's defaults with those of the table."

# Any ε from 1e-8 to 1e-6, outside or inside the root.
CONVENTIONS = (
    rewriting((" + 1e-7", " + 1e-8")),
    rewriting((" + 1e-7", " + 1e-6")),
    lambda source: re.sub(r"\(np\.sqrt\(([\w.\[\]]+)\) \+ 1e-7\)", r"np.sqrt(\1 + 1e-6)", source),
)
# Adam's other form.
FORMS = (
    rewriting(
        (
            "self.m[key] / (1 - self.beta1**self.t)",
            "self.m[key] * np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)",
        ),
        ("self.v[key] / (1 - self.beta2**self.t)", "self.v[key]"),
    ),
)

# The solution's own lines
_LOOP = "for key in params:"
_IF_V, _IF_H = "if self.v is None:", "if self.h is None:"
_ZEROS = "{key: np.zeros_like(p) for key, p in params.items()}"
_MISSING = "{key: np.zeros_like(p) for key, p in params.items() if key not in self.%s}"
_V = "self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]"
_NESTEROV_STEP = "params[key] += self.momentum**2 * self.v[key] - (1 + self.momentum) * step"
_NESTEROV_V = "self.v[key] = self.momentum * self.v[key] - step"
_ROOT = "np.sqrt(self.h[key])"
_UP = ("params[key] -=", "params[key] +=")
_M_BIAS, _V_BIAS = " / (1 - self.beta1**self.t)", " / (1 - self.beta2**self.t)"
_ADAPTED = "params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)"
_ADAM_STEP = "params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + 1e-7)"


def _all(question: str) -> tuple[str, ...]:
    """All test cases of a question."""
    return tuple(
        f"{question}/{case}" for case in ("update_rule", "caller", "instances", "defaults")
    )


def _first_call_only(state: str) -> tuple[str, str]:
    """Return the change after which all but the first call end at once."""
    start = f"if self.{state} is None:"
    return start, f"if self.{state} is not None:\n    return\n{start}"


# fmt: off
SGD = table("sgd/caller", in_="SGD", rows=[
    (1, "sgd_grads_changed", _GRADS,
     ("params[key] -= self.lr * grads[key]", "grads[key] *= self.lr\nparams[key] -= grads[key]")),
    (172, "sgd_pairs_by_position", _POSITION,
     (_LOOP, "for key, other in zip(params, grads):"),
     ("grads[key]", "grads[other]")),
]) + table("sgd/instances", in_="SGD", rows=[
    (3, "sgd_class_attribute",
     "The learning rate is stored on the class, so the newest instance sets it for all.",
     ("self.lr = lr", "SGD.lr = lr")),
]) + table("sgd/defaults", in_="SGD", rows=[
    (171, "sgd_default", _DEFAULT, ("lr=0.01", "lr=0.1")),
]) + table("sgd/update_rule", in_="SGD", rows=[
    (9, "sgd_notebook_global",
     "A variable of the notebook is used instead of the instance's own learning rate.",
     ("class SGD:", "learning_rate = 0.01\n\n\nclass SGD:"),
     ("self.lr * grads", "learning_rate * grads")),
    (51, "sgd_uphill", _UPHILL, _UP),
    (55, "sgd_rate_twice", _TWICE, ("self.lr * grads", "self.lr * self.lr * grads")),
]) + table(*_all("sgd"), in_="SGD", rows=[
    (80, "sgd_nothing_changes", _NOTHING, ("params[key] -=", "params[key] -")),
    (81, "sgd_misspelt_attribute",
     "The attribute that update reads has another name in __init__; read the error.",
     ("self.lr * grads", "self.kr * grads")),
])

MOMENTUM = table("momentum/caller", in_="Momentum", rows=[
    (1, "momentum_grads_changed", _GRADS,
     (_V, "grads[key] *= -self.lr\nself.v[key] = self.momentum * self.v[key] + grads[key]")),
    (5, "momentum_keeps_gradient", _ALIAS,
     (_ZEROS, "dict.fromkeys(params)"),
     (_V, """
      if self.v[key] is None:
          self.v[key] = grads[key]
      else:
          self.v[key] = self.momentum * self.v[key] + grads[key]"""),
     ("params[key] += self.v[key]", "params[key] -= self.lr * self.v[key]")),
    (172, "momentum_state_by_position", _POSITION,
     (_ZEROS, "[np.zeros_like(p) for p in params.values()]"),
     (_LOOP, "for i, key in enumerate(params):"),
     (_V, "self.v[i] = self.momentum * self.v[i] - self.lr * grads[key]"),
     ("+= self.v[key]", "+= self.v[i]")),
]) + table("momentum/instances", in_="Momentum", rows=[
    (2, "momentum_default_argument", _SHARED,
     ("momentum=0.9):", "momentum=0.9, v={}):"),
     ("self.v = None", "self.v = v"),
     (f"{_IF_V}\n    self.v = {_ZEROS}", f"self.v.update({_MISSING % 'v'})")),
]) + table("momentum/defaults", in_="Momentum", rows=[
    (171, "momentum_default", _DEFAULT, ("momentum=0.9", "momentum=0.95")),
]) + table("momentum/update_rule", in_="Momentum", rows=[
    (51, "momentum_uphill", _SIGNS, ("- self.lr * grads", "+ self.lr * grads")),
    (52, "momentum_no_memory", _MEMORY, ("self.momentum * self.v[key] - ", "-")),
    (53, "momentum_damped", _DAMPED,
     ("- self.lr * grads", "- (1 - self.momentum) * self.lr * grads")),
    (54, "momentum_subtracted", _SIGNS, ("params[key] +=", "params[key] -=")),
    (55, "momentum_rate_twice", _TWICE, ("+= self.v[key]", "+= self.lr * self.v[key]")),
    (78, "momentum_not_stored", _MEMORY,
     ("self.v[key] = self.momentum", "v = self.momentum"),
     ("+= self.v[key]", "+= v")),
    (79, "momentum_first_call_only", _FIRST, _first_call_only("v")),
    (182, "momentum_is_nesterov", "This is Nesterov's rule, not Momentum's.",
     ("+= self.v[key]", "+= self.momentum * self.v[key] - self.lr * grads[key]")),
]) + table(*_all("momentum"), in_="Momentum", rows=[
    (80, "momentum_nothing_changes", _NOTHING, ("params[key] +=", "params[key] +")),
    (81, "momentum_misspelt_keys",
     "A dictionary has no such method; read the error.",
     (_LOOP, "for key in params.key():")),
])

NESTEROV = table(*_all("nesterov")[1:], in_="Nesterov", rows=[
    (3, "nesterov_class_attribute", _SHARED,
     ("class Nesterov:", "class Nesterov:\n    v = {}\n"),
     ("self.v = None", ""),
     (f"{_IF_V}\n    self.v = {_ZEROS}", f"if len(self.v) == 0:\n    self.v.update({_ZEROS})")),
]) + table("nesterov/defaults", in_="Nesterov", rows=[
    (171, "nesterov_default", _DEFAULT, ("momentum=0.9", "momentum=0.5")),
]) + table("nesterov/update_rule", in_="Nesterov", rows=[
    (51, "nesterov_uphill", _UPHILL, ("step = self.lr", "step = -self.lr")),
    (52, "nesterov_no_memory", _MEMORY, (_NESTEROV_V, "self.v[key] = -step")),
    (53, "nesterov_damped", _DAMPED,
     (_NESTEROV_V, f"{_NESTEROV_V[:-4]}(1 - self.momentum) * step")),
    (54, "nesterov_subtracted", _MINUS,
     ("params[key] += self.momentum**2", "params[key] += -(self.momentum**2)")),
    (55, "nesterov_rate_twice", _TWICE, ("(1 + self.momentum)", "(1 + self.momentum) * self.lr")),
    (56, "nesterov_is_momentum", _IS_MOMENTUM,
     (_NESTEROV_STEP, ""),
     (_NESTEROV_V, f"{_NESTEROV_V}\nparams[key] += self.v[key]")),
    (57, "nesterov_velocity_first",
     "The velocity is updated before the parameters use it; check which v, the old or the new "
     "one, the formula means.",
     (_NESTEROV_V, ""),
     (_NESTEROV_STEP, f"{_NESTEROV_V}\n{_NESTEROV_STEP}")),
    (58, "nesterov_old_is_alias", _IS_MOMENTUM,
     (f"{_NESTEROV_STEP}\n{_NESTEROV_V}", """
      v_prev = self.v[key]
      self.v[key] *= self.momentum
      self.v[key] -= step
      params[key] -= self.momentum * v_prev
      params[key] += (1 + self.momentum) * self.v[key]""")),
    (79, "nesterov_first_call_only", _FIRST, _first_call_only("v")),
]) + table(*_all("nesterov"), in_="Nesterov", rows=[
    (80, "nesterov_nothing_changes", _NOTHING, ("params[key] +=", "params[key] +")),
])

ADAGRAD = table("adagrad/instances", in_="AdaGrad", rows=[
    (3, "adagrad_class_attribute", _SHARED,
     ("class AdaGrad:", "class AdaGrad:\n    h = {}\n"),
     ("self.h = None", ""),
     (f"{_IF_H}\n    self.h = {_ZEROS}", f"self.h.update({_MISSING % 'h'})")),
]) + table("adagrad/update_rule", in_="AdaGrad", rows=[
    (4, "adagrad_one_accumulator", _ONE,
     (_ZEROS, "0.0"),
     ("self.h[key] += grads[key] ** 2", "self.h = self.h + np.sum(grads[key] ** 2)"),
     (_ROOT, "np.sqrt(self.h)")),
]) + table("adagrad/defaults", in_="AdaGrad", rows=[
    (171, "adagrad_default", _DEFAULT, ("lr=0.01", "lr=0.001")),
]) + table("adagrad/update_rule", in_="AdaGrad", rows=[
    (51, "adagrad_uphill", _UPHILL, _UP),
    (55, "adagrad_rate_twice", _TWICE, ("+= grads[key] ** 2", "+= self.lr * grads[key] ** 2")),
    (59, "adagrad_sum_of_gradients", _SUM, ("grads[key] ** 2", "grads[key]")),
    (59, "adagrad_sum_of_sizes",
     "h accumulates the absolute values of the gradients; the formula accumulates something else.",
     ("grads[key] ** 2", "np.abs(grads[key])")),
    (60, "adagrad_no_sum",
     "h holds only this step's gradient; it should accumulate those of all steps.",
     ("self.h[key] +=", "self.h[key] =")),
    (61, "adagrad_no_root", _NO_ROOT, ("np.sqrt(", "(")),
    (62, "adagrad_no_epsilon", _NAN, (" + 1e-7", "")),
    (77, "adagrad_large_epsilon", _EPSILON, ("1e-7", "1e7")),
    (77, "adagrad_visible_epsilon", _EPSILON, ("1e-7", "1e-3")),
    (77, "adagrad_visible_epsilon_inside", _EPSILON,
     ("(np.sqrt(self.h[key]) + 1e-7)", "np.sqrt(self.h[key] + 1e-3)")),
    (79, "adagrad_first_call_only", _FIRST, _first_call_only("h")),
    (175, "adagrad_divides_by_old_h",
     "The step is divided by the h of the earlier steps; add this step's gradient to h first.",
     ("self.h[key] += grads[key] ** 2", ""),
     (_ADAPTED, f"{_ADAPTED}\nself.h[key] += grads[key] ** 2")),
])

RMSPROP = table("rmsprop/defaults", in_="RMSprop", rows=[
    (171, "rmsprop_default", _DEFAULT, ("rate=0.99", "rate=0.9")),
]) + table("rmsprop/update_rule", in_="RMSprop", rows=[
    (4, "rmsprop_mean_of_array", _ONE_EACH, ("grads[key] ** 2", "np.mean(grads[key] ** 2)")),
    (51, "rmsprop_uphill", _UPHILL, _UP),
    (59, "rmsprop_gradient_unsquared", _SUM, ("grads[key] ** 2", "grads[key]")),
    (61, "rmsprop_no_root", _NO_ROOT, ("np.sqrt(", "(")),
    (62, "rmsprop_no_epsilon", _NAN, (" + 1e-7", "")),
    (63, "rmsprop_shares_swapped", _SWAPPED,
     ("(1 - self.decay_rate) * grads", "self.decay_rate * grads"),
     ("*= self.decay_rate", "*= 1 - self.decay_rate")),
    (64, "rmsprop_no_decay",
     "h never forgets: the old value is not multiplied by the decay rate.",
     ("self.h[key] *= self.decay_rate", "")),
    (66, "rmsprop_rate_for_share",
     "The learning rate is used where the weight of the new value belongs.",
     ("(1 - self.decay_rate) * grads", "self.lr * grads")),
    (77, "rmsprop_large_epsilon", _EPSILON, ("1e-7", "1e7")),
    (77, "rmsprop_visible_epsilon", _EPSILON, ("1e-7", "1e-3")),
    (78, "rmsprop_not_stored",
     "The new average is used and then forgotten: nothing is stored for the next call.",
     ("self.h[key] *= self.decay_rate", ""),
     ("self.h[key] += (1 -", "h = self.decay_rate * self.h[key] + (1 -"),
     (_ROOT, "np.sqrt(h)")),
    (79, "rmsprop_first_call_only", _FIRST, _first_call_only("h")),
    (176, "rmsprop_bias_corrected",
     "There is a correction here that RMSprop does not have.",
     ("self.h = None", "self.h = None\nself.t = 0"),
     (_LOOP, f"self.t += 1\n{_LOOP}"),
     ("self.h[key])", "self.h[key] / (1 - self.decay_rate**self.t))")),
]) + table(*_all("rmsprop"), in_="RMSprop", rows=[
    (81, "rmsprop_in_none",
     "`in` does not work with None; use `is None` to compare.",
     (_IF_H, "if self.h in None:")),
])

ADAM = table(*_all("adam")[1:], in_="Adam", rows=[
    (2, "adam_default_argument", _SHARED,
     ("beta2=0.999):", "beta2=0.999, m={}, v={}):"),
     ("self.m = None", "self.m = m"),
     ("self.v = None", "self.v = v"),
     ("if self.m is None:", "if not self.m:"),
     (f"self.m = {_ZEROS}", f"self.m.update({_ZEROS})"),
     (f"self.v = {_ZEROS}", f"self.v.update({_ZEROS})")),
]) + table("adam/instances", in_="Adam", rows=[
    (3, "adam_class_counter",
     "The step number is counted outside the instance, so all instances count together.",
     ("class Adam:", "class Adam:\n    steps = 0\n"),
     ("self.t += 1", "Adam.steps += 1\nself.t = Adam.steps")),
]) + table("adam/defaults", in_="Adam", rows=[
    (171, "adam_default", _DEFAULT, ("lr=0.001", "lr=0.01")),
    (171, "adam_default_beta", _DEFAULT, ("0.999", "0.99")),
]) + table("adam/update_rule", in_="Adam", rows=[
    (51, "adam_uphill", _UPHILL, _UP),
    (55, "adam_rate_twice", _TWICE, ("self.lr * m_hat", "self.lr**2 * m_hat")),
    (61, "adam_no_root", _NO_ROOT, ("np.sqrt(", "(")),
    (62, "adam_no_epsilon", _NAN, (" + 1e-7", "")),
    (67, "adam_no_correction", _BIAS, (_M_BIAS, ""), (_V_BIAS, "")),
    (68, "adam_only_m_corrected", _BIAS, (_V_BIAS, "")),
    (68, "adam_only_v_corrected", _BIAS, (_M_BIAS, "")),
    (70, "adam_counts_from_two", _COUNT, ("self.t = 0", "self.t = 1")),
    (72, "adam_never_counts", _COUNT, ("self.t = 0", "self.t = 1"), ("self.t += 1", "")),
    (73, "adam_average_overwritten",
     "The corrected averages overwrite the averages, so the next step corrects them again.",
     ("m_hat =", "m_hat = self.m[key] ="),
     ("v_hat =", "v_hat = self.v[key] =")),
    (74, "adam_betas_swapped",
     "beta1 and beta2 are swapped.",
     ("self.beta1 = beta1", "self.beta1 = beta2"),
     ("self.beta2 = beta2", "self.beta2 = beta1")),
    (74, "adam_shares_swapped", _SWAPPED,
     ("self.beta1 * self.m[key] + (1 - self.beta1)",
      "(1 - self.beta1) * self.m[key] + self.beta1"),
     ("self.beta2 * self.v[key] + (1 - self.beta2)",
      "(1 - self.beta2) * self.v[key] + self.beta2")),
    (75, "adam_gradient_unsquared", _SUM, ("grads[key] ** 2", "grads[key]")),
    (76, "adam_squared", _POWER, ("beta1**self.t", "beta1**2"), ("beta2**self.t", "beta2**2")),
    (76, "adam_plus_power", _POWER,
     ("1 - self.beta1**self.t", "1 + self.beta1**self.t"),
     ("1 - self.beta2**self.t", "1 + self.beta2**self.t")),
    (77, "adam_large_epsilon", _EPSILON, ("1e-7", "1e7")),
    (77, "adam_visible_epsilon", _EPSILON, ("1e-7", "1e-3")),
    (78, "adam_not_stored",
     "The new averages are used and then forgotten: nothing is stored for the next call.",
     ("self.m[key] = self", "m = self"),
     ("self.v[key] = self", "v = self"),
     ("m_hat = self.m[key]", "m_hat = m"),
     ("v_hat = self.v[key]", "v_hat = v")),
    (79, "adam_first_call_only", _FIRST, _first_call_only("m")),
]) + table("adam/update_rule", in_="Adam", rows=[
    (71, "adam_counts_parameters",
     "The step number grows with every parameter; it should grow once per call.",
     ("self.t += 1", ""),
     (_LOOP, f"{_LOOP}\n    self.t += 1")),
]) + table(*_all("adam"), in_="Adam", rows=[
    (69, "adam_counts_from_zero",
     "At the first call the step number is 0, so the correction divides by zero.",
     ("self.t += 1", ""),
     (_ADAM_STEP, f"{_ADAM_STEP}\nself.t += 1")),
    (76, "adam_times_step", _POWER,
     ("self.beta1**self.t", "self.beta1 * self.t"),
     ("self.beta2**self.t", "self.beta2 * self.t")),
    (80, "adam_new_dictionary",
     "The new values are put into another dictionary and returned; params itself must change.",
     ("self.t += 1", "self.t += 1\nparams = dict(params)"),
     ("params[key] -= self", "params[key] = params[key] - self")),
    (81, "adam_misspelt_zeros",
     "NumPy has no function of this name; read the error.",
     (f"self.m = {_ZEROS}", "self.m = {key: np.zeros_ilke(p) for key, p in params.items()}")),
])
# fmt: on

MISTAKES = SGD + MOMENTUM + NESTEROV + ADAGRAD + RMSPROP + ADAM
