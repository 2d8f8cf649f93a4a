"""The known mistakes of the regression net: changes of the solution, by what is lost."""

from grader.course.catalogue import table

_SIGMOID = "value = 1.0 / (1.0 + np.exp(-z))"
_SLOPE = "slope = s * (1.0 - s)"
_RELU, _STEP = "value = np.maximum(z, 0.0)", "slope = np.where(z > 0, 1.0, 0.0)"
_Z, _HIDDEN = "z = np.outer(x, tW) + tbs", "hidden = acf(z)"
_PREDICTION, _LOSS = "prediction = acf(z) @ tV + tb0", "loss = np.sum((prediction - y) ** 2)"
_R, _BACK = "r = 2.0 * (hidden @ tV + tb0 - y)", "back = np.outer(r, tV) * acfder(z)"
_DW, _DV = "dW = x @ back", "dV = r @ hidden"
_DBS, _DB0 = "dbs = np.sum(back, axis=0)", "db0 = np.sum(r)"
_GRADS = "dW, dV, dbs, db0 = calc_der(x, y, tW, tV, tbs, tb0, acf, acfder)"
_GD_EPOCHS, _ADAM_EPOCHS = "for epoch in range(nepoch):", "for i in range(nepoch):"
_GO_W, _GO_V = "tW = tW - eta * dW", "tV = tV - eta * dV"
_GO_BS, _GO_B0 = "tbs = tbs - eta * dbs", "tb0 = tb0 - eta * db0"
_GD_RETURN = "return tW, tV, tbs, tb0, dW, dV, dbs, db0"
_MHAT, _VHAT = "mhat = mt / (1.0 - beta1 ** (i + 1))", "vhat = vt / (1.0 - beta2 ** (i + 1))"
_ADAM = "step = mhat / (np.sqrt(vhat) + eps)"
_ADAM_GRADS = "grads = calc_der(x, y, *weights, acf, acfder)"
_MS, _VS = "ms = [0.0, 0.0, 0.0, 0.0]", "vs = [0.0, 0.0, 0.0, 0.0]"
_M = "ms[k] = beta1 * ms[k] + (1.0 - beta1) * g"
_V = "vs[k] = beta2 * vs[k] + (1.0 - beta2) * g**2"
_UPDATE = "step = updateAdam(weights[k], ms[k], vs[k], i, beta1, beta2, eps)"
_MOVE = "weights[k] = weights[k] - eta * step"

_CHANGED = "The caller's array is changed; work on a new one."
_ENTRIES = "z may be an array: work entry by entry, with NumPy's functions."
_SUM = "The loss is the sum of the squares: no mean, no half, no root."
_OUTER = "Add the output's bias once to each prediction."
_INNER = "The hidden units' biases are missing from z."
_OWN = "Call the activation that is handed over, not one of the notebook."
_SIZE = "Take the number of hidden units from the weights, not from the notebook."
_TWO = "The derivative of a square has a factor 2."
_CHAIN = "The chain rule: passing through the activation multiplies by its derivative at z."
_AT_Z = "The derivative of the activation is a function of z: give it z."
_PER_UNIT = "Each hidden unit has a bias of its own: sum over the samples alone, and take no mean."
_SIGN = "Gradient descent goes against the gradient: minus eta times it."
_ONCE = "Take all four gradients at the same weights: one call of calc_der a step."
_COUNT = "Count the steps: exactly nepoch of them."
_ETA = "Each step is eta times the gradient; take eta as it is handed over."
_BEFORE = "The gradients to return are those of the last step, at the weights before it."
_POWER = "i is 0 at the first step, and the powers are those of i + 1."
_BIAS = "Both moments start too small; divide each by 1 - beta**(i + 1)."
_ROOT = "Adam divides by the root of the corrected v, plus eps."
_GIVEN = "Use the numbers that are handed over, not fixed ones."
_MOMENTS = "m gathers the gradients with 0.9, v their squares with 0.999."
_ZERO = "The moments start at zero in every call, and go on from step to step within it."

# fmt: off
SIGMOID = table("sigmoid/sigmoid", "sigmoid/sigmoid_far", in_="sigmoid", rows=[
    (27, "sigmoid with the sign reversed", "exp must be that of -z: the sigmoid rises with z.",
     (_SIGMOID, "value = 1.0 / (1.0 + np.exp(z))")),
    (401, "sigmoid as tanh", "This is tanh, from -1 to 1; the sigmoid goes from 0 to 1.",
     (_SIGMOID, "value = np.tanh(z)")),
    (403, "sigmoid by tanh of the whole", "As tanh, the sigmoid is (1 + tanh(z / 2)) / 2.",
     (_SIGMOID, "value = 0.5 * (1.0 + np.tanh(z))")),
    (405, "sigmoid of clipped numbers", "Numbers beyond the limits are no longer told apart.",
     (_SIGMOID, "value = 1.0 / (1.0 + np.exp(-np.clip(z, -3.0, 3.0)))")),
]) + table("sigmoid/sigmoid", "sigmoid/sigmoid_far", "sigmoid/sigmoid_pure", in_="sigmoid", rows=[
    (407, "sigmoid of single numbers", _ENTRIES,
     (_SIGMOID, "import math\nvalue = 1.0 / (1.0 + math.exp(-z))")),
]) + table("sigmoid/sigmoid_pure", in_="sigmoid", rows=[
    (1, "sigmoid changes z", _CHANGED,
     (_SIGMOID, "z *= -1\nvalue = 1.0 / (1.0 + np.exp(z))")),
]) + table("sigmoid/sigmoid_der", "sigmoid/sigmoid_der_far", in_="sigmoid_der", rows=[
    (25, "sigmoid_der as z times 1 - z", "s (1 - s) is right for the sigmoid s, not for z.",
     (_SLOPE, "slope = z * (1.0 - z)")),
    (26, "sigmoid_der of the activation", _AT_Z,
     (_SLOPE, "slope = sigmoid(s) * (1.0 - sigmoid(s))")),
    (408, "sigmoid_der is the sigmoid", "This is the sigmoid itself; its derivative is s (1 - s).",
     (_SLOPE, "slope = s")),
    (409, "sigmoid_der with a plus", "The derivative is s times 1 minus s.",
     (_SLOPE, "slope = s * (1.0 + s)")),
    (410, "sigmoid_der with the sign reversed", "The sigmoid rises: its derivative is positive.",
     (_SLOPE, "slope = -s * (1.0 - s)")),
    (411, "sigmoid_der as that of tanh", "1 - a² is the derivative of tanh, not of the sigmoid.",
     (_SLOPE, "slope = 1.0 - s**2")),
    (412, "sigmoid_der without the square", "In this form the denominator is squared.",
     (_SLOPE, "slope = np.exp(-z) / (1.0 + np.exp(-z))")),
])
RELU = table("relu/relu", "relu/relu_far", in_="relu", rows=[
    (414, "relu as the size", "Negative numbers become 0; they do not change their sign.",
     (_RELU, "value = np.abs(z)")),
    (415, "relu that leaks", "Negative numbers become 0: there is no leak.",
     (_RELU, "value = np.where(z > 0, z, 0.01 * z)")),
    (416, "relu of negative numbers", "The larger of z and 0 is asked for.",
     (_RELU, "value = np.minimum(z, 0.0)")),
    (418, "relu as a step", "Positive numbers stay as they are; this is the derivative.",
     (_RELU, "value = np.where(z > 0, 1.0, 0.0)")),
    (419, "relu by np.max", "np.max(z, 0) is the largest entry along an axis; np.maximum compares.",
     (_RELU, "value = np.max(z, 0)")),
]) + table("relu/relu_far", in_="relu", rows=[
    (420, "relu up to a thousand", "ReLU has no upper limit.",
     (_RELU, "value = np.clip(z, 0.0, 1000.0)")),
]) + table("relu/relu", "relu/relu_far", "relu/relu_pure", in_="relu", rows=[
    (407, "relu of single numbers", _ENTRIES, (_RELU, "value = max(z, 0.0)")),
]) + table("relu/relu_pure", in_="relu", rows=[
    (1, "relu changes z", _CHANGED, (_RELU, "z *= z > 0\nvalue = z")),
]) + table("relu/relu_der", "relu/relu_der_far", "relu/relu_der_pure", in_="relu_der", rows=[
    (424, "relu_der is 1 everywhere", "Where z is negative the slope is 0.",
     (_STEP, "slope = np.ones_like(z)")),
]) + table("relu/relu_der", "relu/relu_der_far", in_="relu_der", rows=[
    (28, "relu_der is relu", "This is ReLU itself; its derivative is 1 where z is positive.",
     (_STEP, "slope = np.maximum(z, 0.0)")),
    (28, "relu_der times z", "This is ReLU itself; its derivative is 1 where z is positive.",
     (_STEP, "slope = z * (z > 0)")),
    (421, "relu_der of negative numbers", "The slope is 1 where z is positive.",
     (_STEP, "slope = np.where(z < 0, 1.0, 0.0)")),
    (422, "relu_der as the sign", "Where z is negative the slope is 0, not -1.",
     (_STEP, "slope = np.sign(z)")),
    (423, "relu_der that leaks", "Where z is negative the slope is 0: there is no leak.",
     (_STEP, "slope = np.where(z > 0, 1.0, 0.01)")),
])
LOSS = table("calc_tloss/values", in_="calc_tloss", rows=[
    (10, "calc_tloss as a mean", _SUM, (_LOSS, "loss = np.mean((prediction - y) ** 2)")),
    (11, "calc_tloss with a half", _SUM, (_LOSS, "loss = 0.5 * np.sum((prediction - y) ** 2)")),
    (12, "calc_tloss with a root", _SUM, (_LOSS, "loss = np.sqrt(np.sum((prediction - y) ** 2))")),
    (427, "calc_tloss of sizes", "Square the errors; these are their sizes.",
     (_LOSS, "loss = np.sum(np.abs(prediction - y))")),
    (428, "calc_tloss squares the sum", "Square each error first, then sum.",
     (_LOSS, "loss = np.sum(prediction - y) ** 2")),
    (20, "calc_tloss for each sample", "The loss is one number: sum over the samples.",
     (_LOSS, "loss = (prediction - y) ** 2")),
    (7, "calc_tloss of a column", "A column minus a row is a matrix: keep the shape (N,).",
     (_PREDICTION, "prediction = acf(z) @ tV.reshape(-1, 1) + tb0")),
    (432, "calc_tloss without the output's bias", _OUTER,
     (_PREDICTION, "prediction = acf(z) @ tV")),
    (433, "calc_tloss with a bias for each unit", _OUTER,
     (_PREDICTION, "prediction = np.sum(acf(z) * tV + tb0, axis=1)")),
    (34, "calc_tloss without the hidden bias", _INNER, (_Z, "z = np.outer(x, tW)")),
    (434, "calc_tloss with the sigmoid", _OWN,
     (_PREDICTION, "prediction = sigmoid(z) @ tV + tb0")),
    (435, "calc_tloss without an activation", "The activation is missing.",
     (_PREDICTION, "prediction = z @ tV + tb0")),
    (436, "calc_tloss activates the output", "The output is a plain sum, without an activation.",
     (_PREDICTION, "prediction = acf(acf(z) @ tV + tb0)")),
]) + table("calc_tloss/values", "calc_tloss/pure", in_="calc_tloss", rows=[
    (9, "calc_tloss with the notebook's units", _SIZE,
     ("def calc_tloss", "nhl = 8\n\n\ndef calc_tloss"),
     (_PREDICTION, "prediction = sum(tV[j] * acf(z[:, j]) for j in range(nhl)) + tb0")),
]) + table("calc_tloss/pure", in_="calc_tloss", rows=[
    (1, "calc_tloss changes y", _CHANGED, (_LOSS, "y -= prediction\nloss = np.sum(y**2)")),
])
_ALL = ("calc_der/dW", "calc_der/dV", "calc_der/dbs", "calc_der/db0")
_THROUGH = ("calc_der/dW", "calc_der/dbs")
GRADIENTS = table(*_ALL, in_="calc_der", rows=[
    (11, "calc_der without the 2", _TWO, (_R, "r = hidden @ tV + tb0 - y")),
    (37, "calc_der of the mean", "These are gradients of the mean; the loss is the sum.",
     (_R, "r = 2.0 * (hidden @ tV + tb0 - y) / len(x)")),
    (13, "calc_der with the sign reversed", "The error is the prediction minus the target.",
     (_R, "r = 2.0 * (y - hidden @ tV - tb0)")),
    (15, "calc_der of squared errors", "The derivative of a square holds the error, not its "
     "square.", (_R, "r = 2.0 * (hidden @ tV + tb0 - y) ** 2")),
    (432, "calc_der without the output's bias", _OUTER, (_R, "r = 2.0 * (hidden @ tV - y)")),
    (34, "calc_der without the hidden bias", _INNER, (_Z, "z = np.outer(x, tW)")),
    (434, "calc_der with the sigmoid", _OWN, (_HIDDEN, "hidden = sigmoid(z)")),
    (439, "calc_der with the functions exchanged",
     "acf is the activation, acfder its derivative; here they are exchanged.",
     (_HIDDEN, "hidden = acfder(z)"), (_BACK, "back = np.outer(r, tV) * acf(z)")),
    (441, "calc_der without db0", "Four gradients are asked for; db0 is missing.",
     ("return dW, dV, dbs, db0", "return dW, dV, dbs")),
]) + table(*_ALL, "calc_der/pure", in_="calc_der", rows=[
    (9, "calc_der loops over the notebook's units", _SIZE,
     ("def calc_der", "nhl = 8\n\n\ndef calc_der"),
     (_DW, "dW = np.zeros(nhl)\nfor j in range(nhl):\n"
           "    dW[j] = np.sum(r * tV[j] * acfder(z[:, j]) * x)")),
]) + table(*_THROUGH, in_="calc_der", rows=[
    (31, "calc_der without the derivative", _CHAIN, (_BACK, "back = np.outer(r, tV)")),
    (442, "calc_der with the activation for its derivative", _CHAIN,
     (_BACK, "back = np.outer(r, tV) * hidden")),
    (26, "calc_der with the derivative of the activation", _AT_Z,
     (_BACK, "back = np.outer(r, tV) * acfder(hidden)")),
    (443, "calc_der with the sigmoid's derivative", _OWN,
     (_BACK, "back = np.outer(r, tV) * hidden * (1.0 - hidden)")),
    (32, "calc_der without V", "V is missing: the error comes back through it.",
     (_BACK, "back = r[:, None] * acfder(z)")),
]) + table("calc_der/dW", in_="calc_der", rows=[
    (32, "dW without V", "V is missing: the error comes back through it.",
     (_DW, "dW = x @ (r[:, None] * acfder(z))")),
    (33, "dW without x", "W is multiplied by x: so x is a factor of its gradient.",
     (_DW, "dW = np.sum(back, axis=0)")),
    (22, "dW as a product of sums", "Multiply sample by sample, then sum.",
     (_DW, "dW = np.sum(x) * np.sum(back, axis=0)")),
    (446, "dW as a mean", "The loss is a sum, and so is its gradient.",
     (_DW, "dW = x @ back / len(x)")),
]) + table("calc_der/dV", in_="calc_der", rows=[
    (36, "dV with the derivative", "V is multiplied by the activation itself.",
     (_DV, "dV = r @ acfder(z)")),
    (448, "dV with z", "V is multiplied by a(z), not by z.", (_DV, "dV = r @ z")),
]) + table("calc_der/dbs", in_="calc_der", rows=[
    (35, "dbs as a mean", _PER_UNIT, (_DBS, "dbs = np.mean(back, axis=0)")),
    (450, "dbs as one number", _PER_UNIT, (_DBS, "dbs = np.sum(back)")),
    (450, "dbs for each sample", _PER_UNIT, (_DBS, "dbs = np.sum(back, axis=1)")),
    (451, "dbs with x", "The bias is added: x is no factor of its gradient.",
     (_DBS, "dbs = x @ back")),
    (452, "dbs without V", "V is missing: the error comes back through it.",
     (_DBS, "dbs = r @ acfder(z)")),
]) + table("calc_der/db0", in_="calc_der", rows=[
    (35, "db0 as a mean", _PER_UNIT, (_DB0, "db0 = np.mean(r)")),
    (11, "db0 without the 2", _TWO, (_DB0, "db0 = np.sum(r) / 2")),
    (454, "db0 for each sample", "db0 is one number: sum over the samples.", (_DB0, "db0 = r")),
]) + table("calc_der/dW", "calc_der/dV", in_="calc_der", rows=[
    (16, "calc_der returns dV first", "The order is dW, dV, dbs, db0.",
     ("return dW, dV, dbs, db0", "return dV, dW, dbs, db0")),
]) + table("calc_der/pure", in_="calc_der", rows=[
    (1, "calc_der changes y", _CHANGED,
     (_R, "y -= hidden @ tV + tb0\nr = -2.0 * y")),
])
DESCENT = table("fitGD/weights", in_="fitGD", rows=[
    (51, "fitGD climbs", _SIGN, (_GO_W, "tW = tW + eta * dW"), (_GO_V, "tV = tV + eta * dV"),
     (_GO_BS, "tbs = tbs + eta * dbs"), (_GO_B0, "tb0 = tb0 + eta * db0")),
    (55, "fitGD with eta twice", _ETA, (_GRADS, f"{_GRADS}\ndW, dV = eta * dW, eta * dV"),
     (_GD_RETURN, "return tW, tV, tbs, tb0, dW / eta, dV / eta, dbs, db0")),
    (462, "fitGD stops when the loss rises", "Take all steps, also when the loss rises.",
     ("for epoch", "last = np.inf\nfor epoch"),
     (_GO_B0, f"{_GO_B0}\nnow = calc_tloss(x, y, tW, tV, tbs, tb0, acf)\n"
              "if now > last:\n    break\nlast = now")),
    (456, "fitGD with a fixed eta", _ETA, ("for epoch", "eta = 0.01\nfor epoch")),
    (21, "fitGD one epoch too many", _COUNT, ("range(nepoch)", "range(nepoch + 1)")),
    (21, "fitGD one epoch too few", _COUNT, ("range(nepoch)", "range(nepoch - 1)")),
    (458, "fitGD leaves b0", "The output's bias takes steps, too.", (_GO_B0, "pass")),
]) + table("fitGD/weights", "fitGD/caller", in_="fitGD", rows=[
    (459, "fitGD leaves bs", "The hidden units' biases take steps, too: in a new array.",
     (_GO_BS, "pass")),
]) + table("fitGD/weights", "fitGD/gradients", in_="fitGD", rows=[
    (38, "fitGD asks again after each move", _ONCE,
     (_GO_V, f"{_GRADS}\n{_GO_V}"), (_GO_BS, f"{_GRADS}\n{_GO_BS}"),
     (_GO_B0, f"{_GRADS}\n{_GO_B0}")),
    (463, "fitGD returns after one step", "The return stands in the loop: it ends the first step.",
     (_GO_B0, f"{_GO_B0}\n{_GD_RETURN}")),
    (464, "fitGD asks once", "The gradients change with the weights: ask for them in each step.",
     (f"{_GD_EPOCHS}\n    {_GRADS}", f"{_GRADS}\n{_GD_EPOCHS}")),
    (465, "fitGD returns the weights alone", "The four gradients of the last step come back, too.",
     (_GD_RETURN, "return tW, tV, tbs, tb0")),
    (466, "fitGD returns the gradients first", "The weights come first, then the gradients.",
     (_GD_RETURN, "return dW, dV, dbs, db0, tW, tV, tbs, tb0")),
]) + table("fitGD/gradients", in_="fitGD", rows=[
    (467, "fitGD gives the gradients after the step", _BEFORE,
     (_GD_RETURN, f"{_GRADS}\n{_GD_RETURN}")),
    (468, "fitGD gives the first gradients", _BEFORE,
     (_GO_W, f"first = (dW, dV, dbs, db0) if epoch == 0 else first\n{_GO_W}"),
     (_GD_RETURN, "return (tW, tV, tbs, tb0, *first)")),
    (470, "fitGD gives the steps", "Return the gradients themselves, without eta.",
     (_GD_RETURN, "return tW, tV, tbs, tb0, eta * dW, eta * dV, eta * dbs, eta * db0")),
]) + table("fitGD/caller", in_="fitGD", rows=[
    (1, "fitGD moves the caller's weights", _CHANGED,
     (_GO_W, "tW -= eta * dW"), (_GO_V, "tV -= eta * dV"), (_GO_BS, "tbs -= eta * dbs")),
])
STEPS = table("updateAdam/values", in_="updateAdam", rows=[
    (67, "updateAdam without correction", _BIAS, (_MHAT, "mhat = mt"), (_VHAT, "vhat = vt")),
    (68, "updateAdam corrects m alone", _BIAS, (_VHAT, "vhat = vt")),
    (69, "updateAdam with the power i", _POWER, (_MHAT, "mhat = mt / (1.0 - beta1**i)"),
     (_VHAT, "vhat = vt / (1.0 - beta2**i)")),
    (70, "updateAdam with the power i + 2", _POWER, (_MHAT, "mhat = mt / (1.0 - beta1 ** (i + 2))"),
     (_VHAT, "vhat = vt / (1.0 - beta2 ** (i + 2))")),
    (74, "updateAdam with the betas exchanged", "beta1 belongs to m, beta2 to v.",
     (_MHAT, "mhat = mt / (1.0 - beta2 ** (i + 1))"),
     (_VHAT, "vhat = vt / (1.0 - beta1 ** (i + 1))")),
    (473, "updateAdam gives the new weights", "Only the step is asked for, not A minus it.",
     (_ADAM, "step = A - mhat / (np.sqrt(vhat) + eps)")),
    (65, "updateAdam with eps in the root", "eps is added to the root, not inside it.",
     (_ADAM, "step = mhat / np.sqrt(vhat + eps)")),
    (62, "updateAdam without eps", _GIVEN, (_ADAM, "step = mhat / np.sqrt(vhat)")),
    (475, "updateAdam with a fixed eps", _GIVEN, (_ADAM, "step = mhat / (np.sqrt(vhat) + 1e-8)")),
    (61, "updateAdam without the root", _ROOT, (_ADAM, "step = mhat / (vhat + eps)")),
    (476, "updateAdam with fixed betas", _GIVEN,
     (_MHAT, f"beta1, beta2 = 0.9, 0.999\n{_MHAT}")),
]) + table("updateAdam/values", "updateAdam/pure", in_="updateAdam", rows=[
    (76, "updateAdam with products for powers", _POWER,
     (_MHAT, "mhat = mt / (1.0 - beta1 * (i + 1))"),
     (_VHAT, "vhat = vt / (1.0 - beta2 * (i + 1))")),
]) + table("updateAdam/pure", in_="updateAdam", rows=[
    (73, "updateAdam corrects in place", _CHANGED,
     (_MHAT, "mt /= 1.0 - beta1 ** (i + 1)\nmhat = mt")),
])
ADAM = table("fitAdam/weights", in_="fitAdam", rows=[
    (51, "fitAdam climbs", _SIGN, (_MOVE, "weights[k] = weights[k] + eta * step")),
    (455, "fitAdam without eta", _ETA, (_MOVE, "weights[k] = weights[k] - step")),
    (456, "fitAdam with a fixed eta", _ETA, (_MOVE, "weights[k] = weights[k] - 0.05 * step")),
    (63, "fitAdam with the shares exchanged", _MOMENTS,
     (_M, "ms[k] = (1.0 - beta1) * ms[k] + beta1 * g"),
     (_V, "vs[k] = (1.0 - beta2) * vs[k] + beta2 * g**2")),
    (74, "fitAdam with the betas exchanged", _MOMENTS,
     ("beta1, beta2, eps = 0.9, 0.999, 1e-6", "beta1, beta2, eps = 0.999, 0.9, 1e-6")),
    (77, "fitAdam with a large epsilon", "epsilon is 1e-6 here; its effect must hardly show.",
     ("0.999, 1e-6", "0.999, 1e-3")),
    (75, "fitAdam with v of the gradient", _MOMENTS,
     (_V, "vs[k] = beta2 * vs[k] + (1.0 - beta2) * np.abs(g)")),
    (480, "fitAdam without m", _MOMENTS, (_M, "ms[k] = g")),
    (481, "fitAdam with sums", _MOMENTS, (_M, "ms[k] = beta1 * ms[k] + g"),
     (_V, "vs[k] = beta2 * vs[k] + g**2")),
    (72, "fitAdam never counts", _POWER, (_UPDATE, _UPDATE.replace(" i,", " 0,"))),
    (70, "fitAdam counts from 1", _POWER, (_UPDATE, _UPDATE.replace(" i,", " i + 1,"))),
    (482, "fitAdam starts its moments anew", _ZERO,
     (_ADAM_GRADS, f"{_ADAM_GRADS}\n{_MS}\n{_VS}")),
    (71, "fitAdam counts weights", _POWER, (_UPDATE, _UPDATE.replace(" i,", " 4 * i + k,"))),
    (38, "fitAdam asks again after each move", _ONCE,
     (_M, f"g = calc_der(x, y, *weights, acf, acfder)[k]\n{_M}")),
    (464, "fitAdam asks once", "The gradients change with the weights: ask for them in each step.",
     (f"{_ADAM_EPOCHS}\n    {_ADAM_GRADS}", f"{_ADAM_GRADS}\n{_ADAM_EPOCHS}")),
    (458, "fitAdam leaves b0", "The output's bias takes steps, too.",
     ("tW, tV, tbs, tb0 = weights", "tW, tV, tbs, _ = weights")),
    (483, "fitAdam is gradient descent", "These are steps of gradient descent; take Adam's.",
     (_MOVE, "weights[k] = weights[k] - eta * g")),
    (21, "fitAdam one epoch too many", _COUNT, ("range(nepoch)", "range(nepoch + 1)")),
    (21, "fitAdam one epoch too few", _COUNT, ("range(nepoch)", "range(nepoch - 1)")),
]) + table("fitAdam/weights", "fitAdam/caller", in_="fitAdam", rows=[
    (4, "fitAdam with one pair of moments", "Each weight has moments of its own.",
     (_M, "ms[0] = beta1 * ms[0] + (1.0 - beta1) * g"),
     (_V, "vs[0] = beta2 * vs[0] + (1.0 - beta2) * g**2"),
     (_UPDATE, _UPDATE.replace("ms[k], vs[k]", "ms[0], vs[0]"))),
    (485, "fitAdam keeps its moments", _ZERO,
     (f"{_MS}\n{_VS}\n", ""), ("def fitAdam", f"{_MS}\n{_VS}\n\n\ndef fitAdam")),
    (486, "fitAdam for nets of one size", _SIZE,
     (f"{_MS}\n{_VS}", "ms = [np.zeros(8), np.zeros(8), np.zeros(8), 0.0]\n"
                       "vs = [np.zeros(8), np.zeros(8), np.zeros(8), 0.0]")),
]) + table("fitAdam/caller", in_="fitAdam", rows=[
    (1, "fitAdam moves the caller's weights", _CHANGED, (_MOVE, "weights[k] -= eta * step")),
])
# fmt: on

MISTAKES = SIGMOID + RELU + LOSS + GRADIENTS + DESCENT + STEPS + ADAM
