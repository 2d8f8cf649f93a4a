"""The known mistakes of start values: changes that can be made in either function."""

from grader.course.catalogue import table

_DRAW = "np.random.randn(n_in, n_out)"
_WEIGHTS = f"weights = {_DRAW}"
_OVER = " / n_in)"
_EVEN = "The numbers are spread evenly; they should be distributed normally."
_CUT = "Large values are cut off; a normal distribution has them, too."
_FAN = "Look at which size of the layer the spread should go with."
_FACTOR = "Compare the variance with the one in the formula."
_SEED = "A seed set inside the function makes the same numbers come again and again."
_TOGETHER = "The weights depend on each other; each should be drawn by itself."
_SHAPE = "The array should have one row for each input and one column for each unit."


def both(*cases, rows):
    """Mistakes made in xavier, and the same made in he, where they lose the same."""
    return tuple(
        mistake
        for function in ("xavier", "he")
        for mistake in table(
            *(f"{function}/{case}" for case in cases),
            in_=function,
            rows=[
                (number, f"{function}_{name}", hint, *changes)
                for number, name, hint, *changes in rows
            ],
        )
    )


# fmt: off
SPREAD = both("spread", rows=[
    (127, "variance_for_deviation",
     "The scale is the variance; the root of it is the standard deviation.",
     ("np.sqrt(", "(")),
    (128, "fan_out", _FAN, (_OVER, " / n_out)")),
    (129, "n_out_under_the_root", _FAN, (_OVER, " / n_in + n_out)")),
    (130, "both_sizes_and_3", _FAN,
     ("np.sqrt(", "np.sqrt(3.0 / (n_in + n_out)) if True else (")),
    (381, "mean_of_both_sizes", _FAN, (_OVER, " / ((n_in + n_out) / 2))")),
    (382, "divided_by_the_scale",
     "The draws are divided by the scale; they should be multiplied by it.",
     (f"{_DRAW} *", f"{_DRAW} /")),
    (383, "a_fixed_spread",
     "The spread is the same for every layer; it should go with the number of inputs.",
     ("np.sqrt(", "0.01 if True else (")),
    (384, "bias_counted_as_an_input", _FAN, (_OVER, " / (n_in + 1))")),
    (385, "spread_of_a_uniform_range",
     "The scale is the end of a uniform range; here it should be the standard deviation.",
     ("np.sqrt(", "np.sqrt(3.0) * np.sqrt(")),
    (386, "mean_not_zero", "The weights do not lie around 0.",
     (_WEIGHTS, f"weights = 0.5 / np.sqrt(n_in) + {_DRAW}")),
    (387, "rounded_to_hundredths", "The scale is rounded, so that it is wrong for large layers.",
     ("np.sqrt(", "np.round(np.sqrt("), (_OVER, " / n_in), 2)")),
]) + table("xavier/spread", in_="xavier", rows=[
    (388, "xavier_with_the_factor_of_he", _FACTOR, ("1.0 /", "2.0 /")),
    (389, "glorot_with_both_sizes", _FAN, ("1.0 / n_in)", "2.0 / (n_in + n_out))")),
]) + table("he/spread", in_="he", rows=[
    (388, "he_with_the_factor_of_xavier", _FACTOR, ("2.0 /", "1.0 /")),
    (390, "he_with_the_root_of_the_inputs_alone", _FACTOR,
     ("np.sqrt(2.0 / n_in)", "2.0 / np.sqrt(n_in)")),
])

DRAW = both("normal", rows=[
    (391, "uniform_with_the_right_spread", _EVEN,
     (_DRAW, "np.random.uniform(-np.sqrt(3), np.sqrt(3), (n_in, n_out))")),
    (392, "signs_only", "The weights take two values only; they should be distributed normally.",
     (_DRAW, "np.random.choice([-1.0, 1.0], (n_in, n_out))")),
    (393, "cut_off_at_two_and_rescaled", _CUT,
     (_WEIGHTS, f"draws = {_DRAW}\n"
                "while (np.abs(draws) > 2).any():\n"
                "    far = np.abs(draws) > 2\n"
                "    draws[far] = np.random.randn(far.sum())\n"
                "weights = draws / 0.87962566")),
    (393, "cut_off_far_out", _CUT, (_DRAW, f"np.clip({_DRAW}, -3.2, 3.2)")),
    (394, "sum_of_uniform_numbers",
     "A sum of a few uniform numbers is nearly normal; large values are too rare.",
     (_DRAW, "(np.random.rand(12, n_in, n_out).sum(axis=0) - 6.0)")),
]) + both("spread", "normal", rows=[
    (132, "uniform_not_centred", _EVEN, (_DRAW, "np.random.rand(n_in, n_out)")),
    (391, "uniform_to_one", _EVEN, (_DRAW, "np.random.uniform(-1, 1, (n_in, n_out))")),
    (393, "clipped_at_two", _CUT, (_DRAW, f"np.clip({_DRAW}, -2, 2)")),
    (395, "absolute_values", "All weights are positive; half of them should be negative.",
     (_DRAW, f"np.abs({_DRAW})")),
]) + both("independent", rows=[
    (396, "rescaled_to_the_exact_spread",
     "The sample is rescaled to have exactly this spread; its spread should vary, too.",
     (_DRAW, f"{_DRAW}\nweights = weights / np.sqrt(np.mean(weights ** 2))")),
    (397, "orthogonal_columns",
     "The columns are orthogonal; independent draws hardly ever are.",
     (_WEIGHTS, f"left, _, right = np.linalg.svd({_DRAW}, full_matrices=False)\n"
                "weights = left @ right * np.sqrt(max(n_in, n_out))")),
    (398, "columns_and_their_opposites", _TOGETHER,
     ("return", "half = n_out // 2\nweights[:, half : 2 * half] = -weights[:, :half]\nreturn")),
]) + both("spread", "normal", "independent", rows=[
    (399, "one_row_for_all_inputs", _TOGETHER,
     (_DRAW, "np.tile(np.random.randn(1, n_out), (n_in, 1))")),
]) + both("spread", "normal", "independent", "fresh", rows=[
    (131, "zeros", "All weights are 0, so all units will learn the same.",
     (_DRAW, "np.zeros((n_in, n_out))")),
    (131, "a_constant", "All weights are the same, so all units will learn the same.",
     (_DRAW, "np.ones((n_in, n_out))")),
])

CALLS = both("fresh", rows=[
    (8, "seed_inside", _SEED, (_WEIGHTS, f"np.random.seed(0)\n{_WEIGHTS}")),
    (8, "seed_from_the_sizes", _SEED, (_WEIGHTS, f"np.random.seed(n_in + n_out)\n{_WEIGHTS}")),
    (400, "generator_made_inside_with_a_seed", _SEED,
     (_DRAW, "np.random.default_rng(42).normal(size=(n_in, n_out))")),
    (401, "kept_by_size", "The weights of a size are drawn once and then given again.",
     (_WEIGHTS, "kept = globals().setdefault('kept', {})\n"
                f"weights = kept.setdefault((n_in, n_out), {_DRAW})")),
    (403, "written_into_one_array",
     "The array that was returned before is used again: return a new one each time.",
     ("return weights",
      "buffers = globals().setdefault('buffers', {})\n"
      "buffers.setdefault((n_in, n_out), np.empty((n_in, n_out)))[:] = weights\n"
      "return buffers[n_in, n_out]")),
]) + both("shape", rows=[
    (402, "turned_over", _SHAPE, (_DRAW, "np.random.randn(n_out, n_in)")),
    (402, "flat", _SHAPE, (_DRAW, "np.random.randn(n_in * n_out)")),
])
# fmt: on

MISTAKES = SPREAD + DRAW + CALLS
