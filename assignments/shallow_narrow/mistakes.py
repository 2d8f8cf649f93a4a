"""The known mistakes of shallow_narrow: changes of the solution.

The tables hold a row a mistake (number, name, hint, changes), one table for all that lose the
same test cases.
"""

from grader.course.catalogue import table

# From outside one cannot tell a default argument from an attribute of the class.
_SHARED_LISTS = (
    "The lists of records survive from one call of train to the next, as default arguments and "
    "class attributes do; create new ones in each call."
)
_SHARED_WEIGHTS = (
    "The weights of a model change with something outside it: the list or array that it was made "
    "from, or another instance. Keep numbers of its own, in self."
)
_ADDS = "Both weights multiply: the second layer's weight takes what the first one gives."

# The solution's own lines
_W1, _W2 = "self.w1 = init_weights[0]", "self.w2 = init_weights[1]"
_INIT = f"{_W1}\n{_W2}"
_FORWARD = "y = x * self.w1 * self.w2"
_ERROR = "error = x * self.w1 * self.w2 - y_true"
_LOSS = "mse = np.mean((y_prediction - y_true) ** 2)"
_G1, _G2 = "np.mean(2 * error * x * self.w2)", "np.mean(2 * error * x * self.w1)"
_NO_RECORDS = "loss_records = np.empty(n_ep)\nweight_records = np.empty((n_ep, 2))"
_RECORD_LOSS = "loss_records[i] = loss(y_prediction, y_true)"
_RECORD_WEIGHTS = "weight_records[i] = [self.w1, self.w2]"
_BOTH = "dloss_dw1, dloss_dw2 = self.dloss_dw(x, y_true)"
_STEP1, _STEP2 = "self.w1 = self.w1 - lr * dloss_dw1", "self.w2 = self.w2 - lr * dloss_dw2"
_RETURN = "return loss_records, weight_records"
_APPEND = (
    (_RECORD_LOSS, "loss_records.append(loss(y_prediction, y_true))"),
    (_RECORD_WEIGHTS, "weight_records.append([self.w1, self.w2])"),
)
# Lists, which take as many records as come.
_LISTS = (
    (_NO_RECORDS, "loss_records, weight_records = [], []"),
    *_APPEND,
    (_RETURN, "return np.array(loss_records), np.array(weight_records)"),
)


def _gradients(formula: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Other gradients: {w} is the other weight, {own} is a gradient's own."""
    return (
        (_G1, formula.format(w="self.w2", own="self.w1")),
        (_G2, formula.format(w="self.w1", own="self.w2")),
    )


# fmt: off
INIT = table("init/independent", rows=[
    (1, "keeps the caller's array", _SHARED_WEIGHTS,
     (_INIT, "self.w = init_weights"),
     ("def forward", """
      w1 = property(lambda self: self.w[0], lambda self, value: self.w.__setitem__(0, value))
      w2 = property(lambda self: self.w[1], lambda self, value: self.w.__setitem__(1, value))

      def forward""")),
    (140, "weights in class attributes", _SHARED_WEIGHTS,
     (_W1, "ShallowNarrowExercise.w1 = init_weights[0]"),
     (_W2, "ShallowNarrowExercise.w2 = init_weights[1]")),
]) + table("init/attributes", rows=[
    (169, "takes lists only",
     "The first weights may come as a list, a tuple or an array.",
     ("(list, tuple, np.ndarray)", "list")),
]) + table("forward/current_weights", "train/loss_records", "train/goes_on", rows=[
    (141, "product of the weights computed once",
     "forward must use the weights as they are now, not a product computed when the instance "
     "was made.",
     (_W2, f"{_W2}\nself.w = self.w1 * self.w2"),
     (_FORWARD, "y = x * self.w")),
])

LOSS = table("loss/values", rows=[
    (10, "sum of the squared errors",
     "The loss grows with the number of samples: take the mean instead of the sum.",
     (_LOSS, "mse = np.sum((y_prediction - y_true) ** 2)")),
    (11, "half of the squared errors",
     "The loss has an extra factor, which this course leaves out.",
     (_LOSS, f"{_LOSS} / 2")),
    (12, "root of the mean squared error",
     "The mean squared error has no root.",
     ("return mse", "return np.sqrt(mse)")),
    (14, "square of the mean error",
     "First square, then take the mean: otherwise errors of both signs cancel.",
     (_LOSS, "mse = np.mean(y_prediction - y_true) ** 2")),
    (145, "mean of the absolute errors",
     "The errors must be squared; their absolute value is a different loss.",
     (_LOSS, "mse = np.mean(np.abs(y_prediction - y_true))")),
    (146, "mean of the errors",
     "The errors must be squared before their mean is taken.",
     (_LOSS, "mse = np.mean(y_prediction - y_true)")),
    (147, "divides by the notebook's number of samples",
     "Divide by the number of samples that were given, not by a fixed one.",
     (_LOSS, "mse = np.sum((y_prediction - y_true) ** 2) / 73")),
    (20, "one loss for each sample",
     "loss returns an array; return one number for all samples.",
     (_LOSS, "mse = (y_prediction - y_true) ** 2")),
]) + table("loss/pure", rows=[
    (144, "loss works in place",
     "loss changes the predictions that it was given; make a new array.",
     (_LOSS, "y_prediction -= y_true\nmse = np.mean(y_prediction**2)")),
])

FORWARD = table("forward/values", rows=[
    (148, "adds a weight", _ADDS, (_FORWARD, "y = x * self.w1 + self.w2")),
    (148, "adds a weight, and dloss_dw calls forward", _ADDS,
     (_FORWARD, "y = x * self.w1 + self.w2"),
     (_ERROR, "error = self.forward(x) - y_true")),
    (150, "adds the weights",
     "Two layers one after the other multiply their weights; they do not add them.",
     (_FORWARD, "y = x * (self.w1 + self.w2)")),
    (7, "predictions of shape (N, 1)",
     "The predictions have one axis too many: (N, 1) and (N,) do not go together.",
     (_FORWARD, "y = x.reshape(-1, 1) * self.w1 * self.w2")),
]) + table("forward/values", "forward/current_weights", rows=[
    (149, "one layer only",
     "The prediction passes through both layers; one weight is missing.",
     (_FORWARD, "y = x * self.w1")),
]) + table("forward/pure", rows=[
    (143, "forward works in place",
     "forward changes the array x that it was given; make a new one.",
     (_FORWARD, "x *= self.w1 * self.w2\ny = x")),
])

GRADIENTS = table("dloss_dw/values", rows=[
    (7, "residuals of shape (N, N)",
     "An array of shape (N, 1) minus one of shape (N,) has shape (N, N).",
     (_ERROR, "x = x[:, None]\nerror = x * self.w1 * self.w2 - y_true")),
    (10, "gradients of the sum",
     "The loss is a mean, and so are its gradients; these grow with the number of samples.",
     *_gradients("np.sum(2 * error * x * {w})")),
    (11, "no factor 2",
     "A square has been differentiated without its exponent.",
     *_gradients("np.mean(error * x * {w})")),
    (13, "error sign reversed",
     "The gradients point downhill; check the sign of the error.",
     (_ERROR, "error = y_true - x * self.w1 * self.w2")),
    (13, "error sign reversed, with the matching step",
     "The gradients point downhill, which the step then undoes; check the sign of the error.",
     (_ERROR, "error = y_true - x * self.w1 * self.w2"),
     (_STEP1, "self.w1 = self.w1 + lr * dloss_dw1"),
     (_STEP2, "self.w2 = self.w2 + lr * dloss_dw2")),
    (15, "squared residual in the gradient",
     "Differentiating a square lowers its exponent: in the gradient the error is not squared.",
     *_gradients("np.mean(2 * error**2 * x * {w})")),
    (16, "gradients swapped",
     "Each gradient contains one of the weights, and here it is the wrong one.",
     ("return dloss_dw1, dloss_dw2", "return dloss_dw2, dloss_dw1")),
    (22, "mean of x times mean of the error",
     "The mean of a product is not the product of the means.",
     *_gradients("2 * np.mean(x) * np.mean(error) * {w}")),
    (151, "x missing in the gradients",
     "Derive the gradients once more with the chain rule: the input is missing.",
     *_gradients("np.mean(2 * error * {w})")),
    (152, "other weight missing in the gradients",
     "Derive the gradients once more with the chain rule: a weight is missing.",
     *_gradients("np.mean(2 * error * x)")),
    (153, "mean taken twice",
     "The gradients shrink with the number of samples: the mean has been taken twice.",
     *_gradients("np.mean(2 * error * x * {w}) / len(x)")),
    (154, "both weights in the gradients",
     "Derive the gradients once more with the chain rule: there is one weight too many.",
     *_gradients("np.mean(2 * error * x * {w} * {own})")),
    (155, "target in place of the error",
     "Derive the gradients once more with the chain rule: the error has lost its prediction.",
     (_ERROR, "error = -y_true")),
    (14, "mean of the residual alone",
     "The gradients are arrays: the mean must be taken of the whole product, x included.",
     *_gradients("2 * error.mean() * x * {w}")),
]) + table("dloss_dw/current_weights", rows=[
    (142, "gradients from an earlier prediction",
     "dloss_dw must use the samples it is given and the current weights, not what the last "
     "forward left behind.",
     (_FORWARD, "y = x * self.w1 * self.w2\nself.x, self.y = x, y"),
     (_ERROR, "n = min(len(self.x), len(y_true))\n"
              "x, error = self.x[:n], self.y[:n] - y_true[:n]")),
]) + table("dloss_dw/pure", rows=[
    (144, "dloss_dw works in place",
     "dloss_dw changes the targets that it was given; make a new array.",
     (_ERROR, "error = y_true\nerror -= x * self.w1 * self.w2\nx = -x")),
])

STEPS = table("train/weight_records", rows=[
    (9, "global learning rate",
     "train must use the learning rate that it is given, not a variable of the notebook.",
     ("class ShallowNarrowExercise", "learning_rate = 0.02\n\n\nclass ShallowNarrowExercise"),
     ("- lr * dloss_dw1", "- learning_rate * dloss_dw1"),
     ("- lr * dloss_dw2", "- learning_rate * dloss_dw2")),
    (17, "weights recorded before the step",
     "The recorded weights are one step late: record them after the step.",
     (_RECORD_WEIGHTS, ""),
     (_RECORD_LOSS, f"{_RECORD_LOSS}\n{_RECORD_WEIGHTS}")),
    (19, "second gradient from the new first weight",
     "Compute both gradients first and change both weights then.",
     (_STEP2, f"{_BOTH}\n{_STEP2}")),
    (51, "step uphill",
     "The step goes uphill: the loss grows.",
     ("- lr * dloss_dw1", "+ lr * dloss_dw1"),
     ("- lr * dloss_dw2", "+ lr * dloss_dw2")),
    (55, "learning rate applied twice",
     "The learning rate is in the step more than once.",
     ("- lr * dloss_dw1", "- lr * lr * dloss_dw1"),
     ("- lr * dloss_dw2", "- lr * lr * dloss_dw2")),
    (156, "no learning rate in the step",
     "The step does not use the learning rate.",
     ("- lr * dloss_dw1", "- dloss_dw1"),
     ("- lr * dloss_dw2", "- dloss_dw2")),
    (159, "weights swapped in the records",
     "The columns of weight_records are w1 and w2, in this order.",
     (_RECORD_WEIGHTS, "weight_records[i] = [self.w2, self.w1]")),
    (161, "one array recorded again and again",
     "All rows are the same array, so that all show the last weights; record a copy.",
     *_LISTS,
     ("loss_records, weight_records = [], []",
      "w, loss_records, weight_records = np.array([self.w1, self.w2]), [], []"),
     (_STEP1, "w -= lr * np.array([dloss_dw1, dloss_dw2])"),
     (_STEP2, "self.w1, self.w2 = map(float, w)"),
     ("append([self.w1, self.w2])", "append(w)")),
    (162, "records of whole numbers",
     "The array of records holds integers, which cuts every weight down to a whole number.",
     ("np.empty((n_ep, 2))", "np.zeros((n_ep, 2), dtype=int)")),
    (163, "absolute values of the weights",
     "A weight may become, and stay, negative.",
     (_STEP2, f"{_STEP2}\nself.w1, self.w2 = abs(self.w1), abs(self.w2)")),
    (164, "a step for every sample",
     "One epoch is one step, with the gradients of all samples together.",
     (_STEP1, ""),
     (_STEP2, ""),
     (_BOTH, """
      for k in range(len(x)):
          dloss_dw1, dloss_dw2 = self.dloss_dw(x[k : k + 1], y_true[k : k + 1])
          self.w1 = self.w1 - lr * dloss_dw1
          self.w2 = self.w2 - lr * dloss_dw2""")),
    (165, "first weights recorded too",
     "weight_records has one row for each epoch; the initial weights are not one of them.",
     (_NO_RECORDS, f"{_NO_RECORDS}\nfirst = self.w1, self.w2"),
     (_RETURN, "return loss_records, np.vstack([first, weight_records])")),
    (167, "only w1 learns", "Both weights take a step in every epoch.", (_STEP2, "")),
    (168, "gradients computed once",
     "The gradients change with the weights: compute them again in every epoch.",
     (_BOTH, f"if i == 0:\n    {_BOTH}")),
])

RECORDS = table("train/loss_records", "train/weight_records", rows=[
    (21, "one epoch too many",
     "Count the steps: there is one too many.",
     *_LISTS,
     ("range(n_ep)", "range(n_ep + 1)")),
    (138, "global number of epochs",
     "train must use the number of epochs that it is given, not a variable of the notebook.",
     *_LISTS,
     ("class ShallowNarrowExercise", "n_epochs = 211\n\n\nclass ShallowNarrowExercise"),
     ("range(n_ep)", "range(n_epochs)")),
    (139, "global samples",
     "train must use the samples that it is given, not variables of the notebook.",
     ("class ShallowNarrowExercise",
      "x_train = np.linspace(0.0, 1.0, 73)\ny_train = 2.0 * x_train\n\n\n"
      "class ShallowNarrowExercise"),
     ("self.forward(x)", "self.forward(x_train)"),
     (_RECORD_LOSS, "loss_records[i] = loss(y_prediction, y_train)"),
     (_BOTH, "dloss_dw1, dloss_dw2 = self.dloss_dw(x_train, y_train)")),
    (160, "records swapped",
     "train returns first the losses, then the weights.",
     (_RETURN, "return weight_records, loss_records")),
    (166, "stops when the loss is small",
     "train takes all the steps it is asked for, however small the loss has become.",
     *_LISTS,
     (_BOTH, f"if loss_records[-1] < 1e-6:\n    break\n{_BOTH}")),
]) + table("train/loss_records", "train/weight_records", "train/last_weights", rows=[
    (21, "one epoch too few",
     "Count the steps: one is missing.",
     (_NO_RECORDS, "loss_records = np.zeros(n_ep)\nweight_records = np.zeros((n_ep, 2))"),
     ("range(n_ep)", "range(n_ep - 1)")),
]) + table("train/loss_records", "train/weight_records", "train/goes_on", "train/pure", rows=[
    (2, "mutable default for the records", _SHARED_LISTS,
     *_APPEND,
     (_NO_RECORDS, ""),
     ("lr, n_ep):", "lr, n_ep, loss_records=[], weight_records=[]):")),
    (3, "records in class attributes", _SHARED_LISTS,
     *_APPEND,
     (_NO_RECORDS, "loss_records, weight_records = self.losses, self.weights"),
     ("def train", "losses, weights = [], []\n\ndef train")),
]) + table("train/loss_records", rows=[
    (18, "loss recorded after the step",
     "The recorded losses are one step early: record the loss before the step.",
     (f"y_prediction = self.forward(x)\n{_RECORD_LOSS}", ""),
     (_RECORD_WEIGHTS, f"loss_records[i] = loss(self.forward(x), y_true)\n{_RECORD_WEIGHTS}")),
]) + table("train/last_weights", rows=[
    (157, "last weights not kept",
     "After train w1 and w2 are what they were before: they must hold the learned weights.",
     (_NO_RECORDS, f"{_NO_RECORDS}\nfirst = self.w1, self.w2"),
     (_RETURN, f"self.w1, self.w2 = first\n{_RETURN}")),
]) + table("train/goes_on", rows=[
    (158, "every training starts from the first weights",
     "A second train must go on where the first one ended.",
     (_W2, f"{_W2}\nself.first = list(init_weights)"),
     (_NO_RECORDS, f"{_NO_RECORDS}\nself.w1, self.w2 = self.first")),
    (170, "weights kept twice",
     "train must start from w1 and w2 as they are, also when they were set from outside.",
     (_W2, f"{_W2}\nself.w = init_weights"),
     (_NO_RECORDS, f"{_NO_RECORDS}\nself.w1, self.w2 = self.w"),
     (_RETURN, f"self.w = self.w1, self.w2\n{_RETURN}")),
])
# fmt: on

MISTAKES = INIT + LOSS + FORWARD + GRADIENTS + STEPS + RECORDS
