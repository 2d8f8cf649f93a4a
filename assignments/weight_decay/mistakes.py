"""The known mistakes of weight decay: changes of the solution, a table for all that lose the same.

Both losses, and both gradients, share most of them; each is marked by its own formula.
"""

from typing import Any

from grader.course.catalogue import table
from grader.model import Mistake

_PICK = 'if name.startswith("W"):'
_SQUARES, _SIZES = "np.sum(weights[name] ** 2)", "np.sum(np.abs(weights[name]))"
_L2, _L1 = "total = loss + 0.5 * lam * penalty", "total = loss + lam * penalty"
_G2, _G1 = "new_grad = grad + lam * W", "new_grad = grad + lam * np.sign(W)"

_BIASES = "Biases count as well here; sum only over the matrices W1, W2 and so on."
_NORM = "gamma and beta count as well here; sum only over the matrices W1, W2 and so on."
_MEAN = "The penalty is a sum over all weights, without dividing by anything."
_FIRST = "Only some of the layers count; go through all keys of the dict."
_LONG = "Check that your test of a key also finds W10 and W11."
_ORDER = "The keys come in any order: tell matrices by their names, not by their places."
_FORGOTTEN = "The loss of the data is missing from what you return."
_NO_PENALTY = "Nothing is added to the loss: put the penalty into what you return."
_LAST = "Each layer should add to the penalty; here the last one replaces the others."
_CHANGED = "The gradient that was passed in is changed; add into a new array."
_SAME = "With lam = 0 the array that was passed in comes back; make a copy of it."
_SIGN = "The penalty should pull weights towards 0; check the sign in front of lam."
_NO_DECAY = "The gradient comes back without what the penalty adds."
_NO_DATA = "The gradient of the data is missing from what you return."
_SAMPLES = "Nothing is divided by the number of rows of W."
_SHRINKS = "The weights themselves are changed; only the gradient should be, and in a new array."


def _losses(name: str, term: str, total: str, *more: Any) -> tuple[Mistake, ...]:
    """The mistakes that both losses have, and *more* rows."""
    factor = "0.5 * lam" if "0.5" in total else "lam"
    return table(f"{name}/values", in_=name, rows=[
        (83, f"{name} decays biases", _BIASES, (_PICK, 'if name[0] in "Wb":')),
        (83, f"{name} decays all parameters", _BIASES, (_PICK, "if True:")),
        (301, f"{name} decays gamma and beta", _NORM, (_PICK, 'if not name.startswith("b") or '
                                                              'name.startswith("beta"):')),
        (302, f"{name} by means", _MEAN, (term, term.replace("np.sum", "np.mean"))),
        (302, f"{name} divided by the layers", _MEAN,
         (total, "layers = sum(name.startswith('W') for name in weights)\n"
                 f"total = loss + {factor} * penalty / layers")),
        (303, f"{name} of two layers", _FIRST, (_PICK, 'if name in ("W1", "W2"):')),
        (304, f"{name} of nine layers", _LONG, (_PICK, 'if name[0] == "W" and len(name) == 2:')),
        (306, f"{name} without the loss", _FORGOTTEN, (total, f"total = {factor} * penalty")),
        (85, f"{name} adds nothing", _NO_PENALTY, (total, "total = loss")),
        *more,
    ]) + table(f"{name}/values", f"{name}/pure", in_=name, rows=[
        (305, f"{name} of every other key", _ORDER, (_PICK, "if name in list(weights)[::2]:")),
        (307, f"{name} of the last layer", _LAST, (f"penalty += {term}", f"penalty = {term}")),
    ])  # fmt: skip


def _grads(name: str, line: str, *more: Any) -> tuple[Mistake, ...]:
    """The mistakes that both gradients have, and *more* rows."""
    added = line.partition("grad + ")[2]
    return table(f"{name}/values", in_=name, rows=[
        (84, f"{name} adds nothing", _NO_DECAY, (line, "new_grad = grad.copy()")),
        (86, f"{name} with the sign reversed", _SIGN, (line, f"new_grad = grad - {added}")),
        (308, f"{name} without the gradient", _NO_DATA, (line, f"new_grad = {added}")),
        (309, f"{name} divided by rows", _SAMPLES, (line, f"new_grad = grad + {added} / len(W)")),
        *more,
    ]) + table(f"{name}/pure", in_=name, rows=[
        (1, f"{name} changes the gradient", _CHANGED, (line, f"grad += {added}\nnew_grad = grad")),
        (310, f"{name} hands the gradient back", _SAME,
         (line, f"new_grad = grad + {added} if lam else grad")),
    ])  # fmt: skip


# fmt: off
MISTAKES = _losses(
    "l2_loss", _SQUARES, _L2,
    (82, "l2_loss without the half", "The squares are counted twice: the factor is half of lam.",
     (_L2, "total = loss + lam * penalty")),
    (311, "l2_loss of sizes", "These are absolute values; L2 sums squares.", (_SQUARES, _SIZES)),
    (312, "l2_loss with the root of the sum", "L2 sums the squares and takes no root.",
     (_L2, "total = loss + 0.5 * lam * np.sqrt(penalty)")),
    (313, "l2_loss with the spectral norm",
     "np.linalg.norm(W, 2) is the largest singular value of a matrix; sum the squares.",
     (_SQUARES, "np.linalg.norm(weights[name], 2) ** 2")),
    (314, "l2_loss squares the sum", "Square each entry first, then sum.",
     (_SQUARES, "np.sum(weights[name]) ** 2")),
) + _losses(
    "l1_loss", _SIZES, _L1,
    (315, "l1_loss with a half", "L1 has no factor 1/2.",
     (_L1, "total = loss + 0.5 * lam * penalty")),
    (316, "l1_loss of squares", "These are squares; L1 sums absolute values.", (_SIZES, _SQUARES)),
    (317, "l1_loss without sizes", "Negative weights should add to the penalty, too: take np.abs.",
     (_SIZES, "np.sum(weights[name])")),
    (318, "l1_loss with the size of the sum",
     "Take the absolute value of each entry first, then sum.",
     (_SIZES, "np.abs(np.sum(weights[name]))")),
    (319, "l1_loss with the norm of a matrix",
     "np.linalg.norm(W, 1) is the largest column sum of a matrix; sum np.abs(W).",
     (_SIZES, "np.linalg.norm(weights[name], 1)")),
) + _grads(
    "l2_grad", _G2,
    (82, "l2_grad with 2 lam", "The derivative of half a square has no factor 2.",
     (_G2, "new_grad = grad + 2 * lam * W")),
    (82, "l2_grad with half of lam", "The derivative of half a square has no factor 1/2.",
     (_G2, "new_grad = grad + 0.5 * lam * W")),
    (320, "l2_grad of sizes", "This is the gradient of L1; L2 adds lam times the weight itself.",
     (_G2, "new_grad = grad + lam * np.sign(W)")),
    (321, "l2_grad of squares", "This adds the squares themselves; add their derivative.",
     (_G2, "new_grad = grad + lam * W ** 2")),
    (322, "l2_grad adds one number", "Each weight adds its own part; nothing is summed here.",
     (_G2, "new_grad = grad + lam * np.sum(W)")),
) + table("l2_grad/pure", in_="l2_grad", rows=[
    (323, "l2_grad changes the weights", _SHRINKS, (_G2, "W *= lam\nnew_grad = grad + W")),
]) + _grads(
    "l1_grad", _G1,
    (88, "l1_grad adds sizes", "This adds |W|; its derivative is the sign of W.",
     (_G1, "new_grad = grad + lam * np.abs(W)")),
    (324, "l1_grad of squares", "This is the gradient of L2; L1 adds lam times the sign.",
     (_G1, "new_grad = grad + lam * W")),
    (325, "l1_grad adds lam to all", "Negative weights should get minus lam, and zeros nothing.",
     (_G1, "new_grad = grad + lam")),
    (326, "l1_grad with sign 1 at 0", "The sign of 0 is 0; here a weight of 0 is pulled.",
     (_G1, "new_grad = grad + lam * np.where(W >= 0, 1.0, -1.0)")),
    (327, "l1_grad with sign -1 at 0", "The sign of 0 is 0; here a weight of 0 is pulled.",
     (_G1, "new_grad = grad + lam * np.where(W > 0, 1.0, -1.0)")),
    (328, "l1_grad divides by the size", "0 / 0 is no number: the sign of 0 is 0.",
     (_G1, "new_grad = grad + lam * W / np.abs(W)")),
    (329, "l1_grad with a soft sign", "Small weights have a sign of 1 or -1, too.",
     (_G1, "new_grad = grad + lam * W / (np.abs(W) + 1e-7)")),
)
