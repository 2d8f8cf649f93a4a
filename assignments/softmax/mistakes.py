"""The known mistakes of softmax: changes of the solution, a table for all that lose the same."""

from grader.course.catalogue import rewriting, table

_SHIFT = "shifted = z - np.max(z, axis=-1, keepdims=True)"
_POWERS = "powers = np.exp(shifted)"
_SHARES = "y_hat = powers / np.sum(powers, axis=-1, keepdims=True)"
_SAMPLES = "samples = y.shape[0] if y.ndim == 2 else 1"
_LOGS = "logs = np.log(y_hat + 1e-12)"
_LOSS = "loss = -np.sum(y * logs) / samples"
_DZ = "dz = (softmax(z) - y) / samples"
_ROWS = "samples = z.shape[0] if z.ndim == 2 else 1"

_OVERFLOW = "exp of a large logit is infinite: take each row's maximum off first."
_ALONG = "Sum along the last axis: each row has its own sum."
_CHANGED = "The array that was passed in is changed; work on a new one."
_GUARD = "0 times the logarithm of 0 is no number: add a guard of up to 1e-7 inside the logarithm."
_MEAN = "For a batch, divide by the number of samples, and by nothing else."

# Any guard up to 1e-7: what a loss is where the true class has the probability 0 depends on it.
CONVENTIONS = (
    rewriting((" + 1e-12", " + 1e-7")),
    rewriting((" + 1e-12", " + 1e-16")),
)

# fmt: off
MISTAKES = table("softmax/values", "softmax/large_logits", in_="softmax", rows=[
    (341, "softmax of halved logits", "The logits go into exp as they are.",
     (_POWERS, "powers = np.exp(shifted / 2)")),
    (342, "softmax without e", "The powers are those of e: use np.exp.",
     (_POWERS, "powers = 2.0 ** shifted")),
    (40, "softmax along the samples", _ALONG,
     (_SHIFT, "shifted = z - np.max(z, axis=0)"),
     (_SHARES, "y_hat = powers / np.sum(powers, axis=0)")),
    (487, "softmax sums along the samples", _ALONG,
     (_SHARES, "y_hat = powers / np.sum(powers, axis=0, keepdims=True)")),
    (343, "softmax with one sum for all", "Each row of a batch has its own sum.",
     (_SHARES, "y_hat = powers / np.sum(powers)")),
    (50, "softmax of one sample only", "A batch has rows: sum along the last axis.",
     (_SHIFT, "shifted = z - np.max(z)"), (_SHARES, "y_hat = powers / sum(powers)")),
    (344, "softmax of batches only", "One sample has a single axis; use axis=-1.",
     (_SHIFT, "shifted = z - np.max(z, axis=1, keepdims=True)")),
    (345, "softmax without the sum",
     "Divide by the sum of the powers.", (_SHARES, "y_hat = powers")),
]) + table("softmax/values", "softmax/large_logits", "softmax/pure", in_="softmax", rows=[
    (41, "softmax sums without keepdims", "Keep the axis when you sum, or rows and columns mix.",
     (_SHARES, "y_hat = powers / np.sum(powers, axis=-1)")),
]) + table("softmax/large_logits", in_="softmax", rows=[
    (39, "softmax without a shift", _OVERFLOW, (_SHIFT, "shifted = z")),
    (48, "softmax with one maximum for all",
     "Rows far below the maximum of the batch become 0 / 0: each row needs its own maximum.",
     (_SHIFT, "shifted = z - np.max(z)")),
    (346, "softmax shifted by the mean", _OVERFLOW,
     (_SHIFT, "shifted = z - np.mean(z, axis=-1, keepdims=True)")),
    (347, "softmax of clipped logits", "Logits beyond the limits are no longer told apart.",
     (_SHIFT, "shifted = np.clip(z, -500, 500)")),
]) + table("softmax/pure", in_="softmax", rows=[
    (49, "softmax shifts the logits in place", _CHANGED,
     (_SHIFT, "z -= np.max(z, axis=-1, keepdims=True)\nshifted = z")),
]) + table("cross_entropy", in_="cross_entropy", rows=[  # with a smaller guard 16 are enough
    (351, "cross_entropy with log10", "Use the natural logarithm, np.log.",
     (_LOGS, "logs = np.log10(y_hat + 1e-12)")),
]) + table("cross_entropy/values", "cross_entropy/zeros", in_="cross_entropy", rows=[
    (42, "cross_entropy summed over the batch", _MEAN, (_LOSS, "loss = -np.sum(y * logs)")),
    (352, "cross_entropy with log2", "Use the natural logarithm, np.log.",
     (_LOGS, "logs = np.log2(y_hat + 1e-12)")),
]) + table("cross_entropy/values", "cross_entropy/zeros", "cross_entropy/missed_class",
           in_="cross_entropy", rows=[
    (348, "cross_entropy as the mean of all entries", _MEAN, (_LOSS, "loss = -np.mean(y * logs)")),
    (349, "cross_entropy divided by the classes", _MEAN,
     (_SAMPLES, "samples = y.shape[-1]")),
    (350, "cross_entropy divides one sample", "For one sample nothing is divided.",
     (_SAMPLES, "samples = y.shape[0]")),
    (353, "cross_entropy with a large guard", "A guard inside the logarithm may be 1e-7 at most.",
     (_LOGS, "logs = np.log(y_hat + 1e-2)")),
    (354, "cross_entropy without the minus", "The loss is positive: mind the minus.",
     (_LOSS, "loss = np.sum(y * logs) / samples")),
    (355, "cross_entropy as a squared error", "This is a squared error; take the logarithm.",
     (_LOSS, "loss = np.sum((y_hat - y) ** 2) / samples")),
]) + table("cross_entropy/values", "cross_entropy/zeros", in_="cross_entropy", rows=[
    (356, "cross_entropy of the other classes too",
     "Only the true class counts; ln(1 - y_hat) belongs to two classes with one output.",
     (_LOSS, "others = np.log(1 - y_hat + 1e-12)\n"
             "loss = -np.sum(y * logs + (1 - y) * others) / samples")),
]) + table("cross_entropy/zeros", in_="cross_entropy", rows=[
    (43, "cross_entropy without a guard", _GUARD, (_LOGS, "logs = np.log(y_hat)")),
]) + table("cross_entropy/missed_class", in_="cross_entropy", rows=[
    (357, "cross_entropy passes over a missed class",
     "A true class with the probability 0 must cost much, not nothing.",
     (_LOGS, "logs = np.log(np.where(y_hat > 0, y_hat, 1.0))")),
    (358, "cross_entropy with a guard of 1e-6", "A guard inside the logarithm may be 1e-7 at "
                                                "most.",
     (_LOGS, "logs = np.log(np.maximum(y_hat, 1e-6))")),
]) + table("cross_entropy/pure", in_="cross_entropy", rows=[
    (359, "cross_entropy guards in place", _CHANGED,
     (_LOGS, "y_hat += 1e-12\nlogs = np.log(y_hat)")),
]) + table("softmax_grad/values", "softmax_grad/large_logits", in_="softmax_grad", rows=[
    (42, "softmax_grad not divided", _MEAN, (_DZ, "dz = softmax(z) - y")),
    (360, "softmax_grad divides one sample", "For one sample nothing is divided.",
     (_ROWS, "samples = z.shape[0]")),
    (361, "softmax_grad with the sign reversed", "It is the probabilities minus y.",
     (_DZ, "dz = (y - softmax(z)) / samples")),
    (44, "softmax_grad by the probabilities",
     "-y / y_hat is the derivative with respect to y_hat; softmax's own is missing.",
     (_DZ, "dz = -y / (softmax(z) + 1e-12) / samples")),
    (45, "softmax_grad with the diagonal alone",
     "Each logit changes all probabilities: the derivative of softmax is a full matrix.",
     (_DZ, "p = softmax(z)\ndz = (p - y) * p * (1 - p) / samples")),
    (46, "softmax_grad with softmax twice", "Softmax is taken twice; once is enough.",
     (_DZ, "dz = (softmax(softmax(z)) - y) / samples")),
    (362, "softmax_grad of the logits", "The logits are no probabilities: softmax is missing.",
     (_DZ, "dz = (z - y) / samples")),
    (363, "softmax_grad divided by the classes", _MEAN, (_ROWS, "samples = z.shape[-1]")),
]) + table("softmax_grad/pure", in_="softmax_grad", rows=[
    (364, "softmax_grad changes y", _CHANGED,
     (_DZ, "y -= softmax(z)\ndz = -y / samples")),
])
# fmt: on
