"""The known mistakes of drawing hyperparameters."""

from grader.course.catalogue import table

_SAMPLERS = ("sample_learning_rate", "sample_beta", "sample_units")
_SEED = "A seed set inside the function makes the same numbers come again and again."
_SOURCE = "Some of the numbers do not come from rng."
_ENDS = "One of the ends is missing or lies outside the range."
_SCALE = (
    "Draw the exponent evenly, not the number itself: each order of magnitude must come "
    "equally often."
)
_BASE = "The logarithm and the power do not have the same base."
_ORDER = "The numbers come in order; draws have none."
_GRID = "This is a grid; each number should be drawn."
_STOP = "The path ends before all steps are made."
_SLOPE = "Derive the slope of w² - 10w + 25 once more."
_RETURN = {"sample_learning_rate": "rates", "sample_beta": "betas", "sample_units": "units"}


def each(*cases, rows):
    """The same mistakes made in each sampler; NAME stands for what it returns."""
    return tuple(
        mistake
        for function in _SAMPLERS
        for mistake in table(
            *(f"{function}/{case}" for case in cases),
            in_=function,
            rows=[
                (number, f"{function}_{name}", hint,
                 *((old.replace("NAME", _RETURN[function]), new.replace("NAME", _RETURN[function]))
                   for old, new in changes))
                for number, name, hint, *changes in rows
            ],
        )
    )  # fmt: skip


# fmt: off
ALL = each("fresh", rows=[
    (8, "seed_inside", _SEED,
     ("# BEGIN SOLUTION NO PROMPT", "rng = np.random.default_rng(0)")),
    (421, "rng_copied", "The generator that was handed over is not advanced: work with it, not "
                        "with a copy.",
     ("# BEGIN SOLUTION NO PROMPT", "import copy\nrng = copy.deepcopy(rng)")),
]) + each("source", rows=[
    (422, "other_generator", _SOURCE,
     ("# BEGIN SOLUTION NO PROMPT", "rng = np.random.default_rng()")),
]) + each("independent", rows=[
    (423, "sorted", _ORDER, ("return NAME", "return np.sort(NAME)")),
]) + each("shape", rows=[
    (424, "a_column", "The result has one axis too many.",
     ("return NAME", "return NAME.reshape(-1, 1)")),
])

RATE = table("sample_learning_rate/distribution", in_="sample_learning_rate", rows=[
    (133, "uniform", _SCALE,
     ("exponents = rng.uniform(np.log10(low), np.log10(high), size)",
      "rates = rng.uniform(low, high, size)"),
     ("rates = 10.0**exponents", "")),
    (134, "raw_ends", "The ends are used as exponents; take their logarithms first.",
     ("np.log10(low), np.log10(high)", "low, high")),
    (135, "rate_two_bases", _BASE, ("np.log10(low), np.log10(high)", "np.log(low), np.log(high)")),
    (425, "exponents_rounded", "The ends of the exponents are rounded to whole numbers.",
     ("np.log10(low), np.log10(high)", "np.floor(np.log10(low)), np.ceil(np.log10(high))")),
    (426, "powers_of_two", _BASE, ("10.0**exponents", "2.0**exponents")),
    (427, "rate_ends_of_the_text", "The range of an example stands where low and high should.",
     ("np.log10(low), np.log10(high)", "-4, -1")),
])
BETA = table("sample_beta/distribution", in_="sample_beta", rows=[
    (136, "linear", _SCALE,
     ("exponents = rng.uniform(np.log10(1.0 - high), np.log10(1.0 - low), size)",
      "betas = rng.uniform(low, high, size)"),
     ("betas = 1.0 - 10.0**exponents", "")),
    (428, "beta_log_uniform", "It is 1 - β, not β, whose logarithm is drawn evenly.",
     ("np.log10(1.0 - high), np.log10(1.0 - low)", "np.log10(low), np.log10(high)"),
     ("1.0 - 10.0**exponents", "10.0**exponents")),
    (429, "one_minus_beta_returned", "What is returned is 1 - β.",
     ("1.0 - 10.0**exponents", "10.0**exponents")),
    (135, "beta_two_bases", _BASE,
     ("np.log10(1.0 - high), np.log10(1.0 - low)", "np.log(1.0 - high), np.log(1.0 - low)")),
    (427, "beta_ends_of_the_text", "The range of an example stands where low and high should.",
     ("np.log10(1.0 - high), np.log10(1.0 - low)", "-3, -1")),
])
UNITS = table("sample_units/distribution", in_="sample_units", rows=[
    (430, "high_left_out", _ENDS, ("high + 1", "high")),
    (430, "one_too_many", _ENDS, ("high + 1", "high + 2")),
    (430, "low_left_out", _ENDS, ("integers(low", "integers(low + 1")),
    (431, "rounded",
     "The two ends come only half as often as the other numbers.",
     ("rng.integers(low, high + 1, size)", "np.rint(rng.uniform(low, high, size)).astype(int)")),
    (432, "log_uniform",
     "Every whole number in the range must be equally likely: no logarithm belongs here.",
     ("rng.integers(low, high + 1, size)",
      "np.floor(np.exp(rng.uniform(np.log(low), np.log(high + 1), size))).astype(int)")),
    (433, "one_byte", "The integer type is too small for large numbers.",
     ("size)", "size).astype(np.uint8)")),
]) + table("sample_units/shape", in_="sample_units", rows=[
    (137, "floats", "Numbers of units are integers, not floats.",
     ("units = rng", "units = 1.0 * rng")),
]) + table("sample_units/distribution", "sample_units/independent", in_="sample_units", rows=[
    (434, "runs_through_the_range", _GRID,
     ("rng.integers(low, high + 1, size)",
      "(rng.integers(0, high - low + 1) + np.arange(size)) % (high - low + 1) + low")),
])
UNITS += table("sample_units/independent", in_="sample_units", rows=[
    (439, "no_repeats_while_there_are_others",
     "A number that was drawn may be drawn again: there should be repeats.",
     ("rng.integers(low, high + 1, size)",
      "rng.choice(np.arange(low, high + 1), size, replace=size > high - low + 1)")),
])
MINIMIZE = table("minimize/path", "minimize/integers", "minimize/to_the_end",
                 in_="minimize", rows=[
    (435, "no_factor", _SLOPE, ("2.0 * w", "w")),
    (435, "sign", "The step goes up the slope.", ("w - lr", "w + lr")),
    (436, "one_step_too_few", "The path has w0 and one number for every step.",
     ("np.zeros(steps + 1)", "np.zeros(steps)"), ("range(steps)", "range(steps - 1)")),
    (436, "without_w0", "The path begins with w0 itself.", ("return path", "return path[1:]")),
]) + table("minimize/to_the_end", in_="minimize", rows=[
    (437, "stops_at_the_minimum", _STOP,
     ("w = path[step]", "w = path[step]\nif abs(w - 5.0) < 1e-9:\n    return path[: step + 1]")),
]) + table("minimize/path", in_="minimize", rows=[
    (438, "learning_rate_clipped", "A learning rate near 1 is changed before it is used.",
     ("w - lr *", "w - min(lr, 0.95) *")),
]) + table("minimize/integers", in_="minimize", rows=[
    (6, "integers_cut_off", "With a whole number as w0 all that follows is cut to whole numbers.",
     ("np.zeros(steps + 1)", "np.full(steps + 1, w0)")),
])
# fmt: on

MISTAKES = ALL + RATE + BETA + UNITS + MINIMIZE
