"""Known mistakes in shallow_narrow, executable, with what each must lose.

The tables hold a row a mistake (number, name, hint, code), one table for all that lose the
same test cases.
"""

from grader.model import Mistake

# All test cases of train: it calls a part that gives it something it cannot work with.
_TRAIN = (
    "train/loss_records",
    "train/weight_records",
    "train/last_weights",
    "train/goes_on",
    "train/pure",
)
# From outside one cannot tell a default argument from an attribute of the class.
_SHARED_LISTS = (
    "The lists of records live on from one call of train to the next, as default arguments and "
    "attributes of a class do; make new ones in each call."
)
_SHARED_WEIGHTS = (
    "The weights of a model change with something outside it: the list or array that it was made "
    "from, or another instance. Keep numbers of its own, in self."
)
_HEAD = "class ShallowNarrowExercise(ShallowNarrowExercise):\n"

_LOOP = """
    def train(self, x, y_true, lr, n_ep):
        loss_records = np.zeros(n_ep)
        weight_records = np.zeros((n_ep, 2))
        for i in range(n_ep):
            {before}
            {step}
            {after}
        return loss_records, weight_records
"""
_LIST_LOOP = """
    def train(self, x, y_true, lr, n_ep{more}):
        losses, weights = {lists}
        for i in {epochs}:
            losses.append(loss(self.forward(x), y_true))
            {stop}
            {step}
            weights.append([self.w1, self.w2])
        return {result}
"""
_RECORD_LOSS = "loss_records[i] = loss(self.forward(x), y_true)"
_RECORD_WEIGHTS = "weight_records[i] = self.w1, self.w2"
_STEP = (
    "d1, d2 = self.dloss_dw(x, y_true); self.w1 = self.w1 - lr * d1; self.w2 = self.w2 - lr * d2"
)


def _loop(*, before: str = _RECORD_LOSS, step: str = _STEP, after: str = _RECORD_WEIGHTS) -> str:
    """Write train with arrays of records."""
    return _LOOP.format(before=before, step=step, after=after)


def _train(**lines: str) -> str:
    return _HEAD + _loop(**lines)


def _lists(
    *,
    epochs: str = "range(n_ep)",
    stop: str = "",
    more: str = "",
    lists: str = "[], []",
    result: str = "np.array(losses), np.array(weights)",
) -> str:
    """Write train with lists of records."""
    return _HEAD + _LIST_LOOP.format(
        epochs=epochs, stop=stop, more=more, lists=lists, result=result, step=_STEP
    )


def _method(signature: str, *lines: str) -> str:
    return f"{_HEAD}    def {signature}:\n" + "".join(f"        {line}\n" for line in lines)


def _init(*lines: str) -> str:
    return _method("__init__(self, init_weights)", *lines)


def _forward(line: str) -> str:
    return _method("forward(self, x)", line)


def _gradients(formula: str) -> str:
    """Write dloss_dw: in the formula e is the error, {w} the other weight, {own} its own."""
    first = formula.format(w="self.w2", own="self.w1")
    second = formula.format(w="self.w1", own="self.w2")
    error = "e = x * self.w1 * self.w2 - y_true"
    return _method("dloss_dw(self, x, y_true)", error, f"return {first}, {second}")


def _loss(expression: str) -> str:
    return f"def loss(y_prediction, y_true):\n    return {expression}\n"


def _table(loses: tuple[str, ...], rows: list[tuple[int, str, str, str]]) -> tuple[Mistake, ...]:
    return tuple(
        Mistake(number=number, name=name, loses=frozenset(loses), hint=hint, code=code)
        for number, name, hint, code in rows
    )


# fmt: off
INIT = _table(("init/independent",), [
    (1, "keeps the caller's array",
     _SHARED_WEIGHTS,
     _init("self.w = init_weights") + """
    w1 = property(lambda self: self.w[0], lambda self, value: self.w.__setitem__(0, value))
    w2 = property(lambda self: self.w[1], lambda self, value: self.w.__setitem__(1, value))
"""),
]) + _table(("init/independent",), [
    (140, "weights in class attributes",
     _SHARED_WEIGHTS,
     _init("ShallowNarrowExercise.w1 = init_weights[0]",
           "ShallowNarrowExercise.w2 = init_weights[1]")),
]) + _table(("init/attributes",), [
    (169, "takes lists only",
     "The first weights may come as a list, a tuple or an array.",
     _init("assert isinstance(init_weights, list)", "self.w1, self.w2 = init_weights")),
]) + _table(("forward/current_weights", "train/loss_records", "train/goes_on"), [
    (141, "product of the weights computed once",
     "forward must use the weights as they are now, not a product computed when the instance "
     "was made.",
     _init("self.w1, self.w2 = init_weights", "self.w = self.w1 * self.w2")
     + "\n    def forward(self, x):\n        return x * self.w\n"),
])

LOSS = _table(("loss/values",), [
    (10, "sum of the squared errors",
     "The loss grows with the number of samples: the mean is asked for.",
     _loss("np.sum((y_prediction - y_true) ** 2)")),
    (11, "half of the squared errors",
     "There is a factor too many in the loss; this course leaves it out.",
     _loss("np.mean((y_prediction - y_true) ** 2) / 2")),
    (12, "root of the mean squared error",
     "The mean squared error has no root.",
     _loss("np.sqrt(np.mean((y_prediction - y_true) ** 2))")),
    (14, "square of the mean error",
     "First square, then take the mean: otherwise errors of both signs cancel.",
     _loss("np.mean(y_prediction - y_true) ** 2")),
    (145, "mean of the absolute errors",
     "The errors must be squared; their absolute value is another loss.",
     _loss("np.mean(np.abs(y_prediction - y_true))")),
    (146, "mean of the errors",
     "The errors must be squared before their mean is taken.",
     _loss("np.mean(y_prediction - y_true)")),
    (147, "divides by the notebook's number of samples",
     "Divide by the number of samples that were given, not by a fixed one.",
     _loss("np.sum((y_prediction - y_true) ** 2) / 73")),
]) + _table(("loss/values", *_TRAIN), [
    (20, "one loss for each sample",
     "loss returns an array; one number for all samples is asked for.",
     _loss("(y_prediction - y_true) ** 2")),
]) + _table(("loss/pure",), [
    (144, "loss works in place",
     "loss changes the predictions that it was given; make a new array.",
     "def loss(y_prediction, y_true):\n    y_prediction -= y_true\n"
     "    return np.mean(y_prediction**2)\n"),
])

FORWARD = _table(("forward/values",), [
    (148, "adds a weight",
     "Both weights multiply: the second layer's weight takes what the first one gives.",
     _forward("return x * self.w1 + self.w2")),
    (148, "adds a weight, and dloss_dw calls forward",
     "Both weights multiply: the second layer's weight takes what the first one gives.",
     _forward("return x * self.w1 + self.w2") + """
    def dloss_dw(self, x, y_true):
        error = self.forward(x) - y_true
        return np.mean(2 * self.w2 * x * error), np.mean(2 * self.w1 * x * error)
"""),
    (150, "adds the weights",
     "Two layers one after the other multiply their weights; they do not add them.",
     _forward("return x * (self.w1 + self.w2)")),
]) + _table(("forward/values", "forward/current_weights", "train/loss_records"), [
    (149, "one layer only",
     "The prediction passes through both layers; one weight is missing.",
     _forward("return x * self.w1")),
]) + _table(("forward/values", *_TRAIN), [
    (7, "predictions of shape (N, 1)",
     "The predictions have an axis too many: (N, 1) and (N,) do not go together.",
     _forward("return (x.reshape(-1, 1) * self.w1 * self.w2)")),
]) + _table(("forward/pure",), [
    (143, "forward works in place",
     "forward changes the array x that it was given; make a new one.",
     _forward("x *= self.w1 * self.w2; return x")),
])

GRADIENTS = _table(("dloss_dw/values",), [
    (7, "residuals of shape (N, N)",
     "An array of shape (N, 1) minus one of shape (N,) has shape (N, N).",
     _gradients("np.mean(2 * ((e + y_true)[:, None] - y_true) * x[:, None] * {w})")),
    (10, "gradients of the sum",
     "The loss is a mean, and so are its gradients; these grow with the number of samples.",
     _gradients("np.sum(2 * e * x * {w})")),
    (11, "no factor 2",
     "A square has been differentiated without its exponent.",
     _gradients("np.mean(e * x * {w})")),
    (13, "error sign reversed",
     "The gradients point downhill; check the sign of the error.",
     _gradients("np.mean(-2 * e * x * {w})")),
    (13, "error sign reversed, with the matching step",
     "The gradients point downhill, which the step makes good; check the sign of the error.",
     _gradients("np.mean(-2 * e * x * {w})") + _loop(step=_STEP.replace("- lr", "+ lr"))),
    (15, "squared residual in the gradient",
     "Differentiating a square lowers its exponent: the error stands in the gradient once.",
     _gradients("np.mean(2 * e**2 * x * {w})")),
    (16, "gradients swapped",
     "Each gradient holds a weight, and it holds the wrong one.",
     _gradients("np.mean(2 * e * x * {own})")),
    (22, "mean of x times mean of the error",
     "The mean of a product is not the product of the means.",
     _gradients("2 * np.mean(x) * np.mean(e) * {w}")),
    (151, "x missing in the gradients",
     "Derive the gradients once more with the chain rule: the input is missing.",
     _gradients("np.mean(2 * e * {w})")),
    (152, "other weight missing in the gradients",
     "Derive the gradients once more with the chain rule: a weight is missing.",
     _gradients("np.mean(2 * e * x)")),
    (153, "mean taken twice",
     "The gradients shrink with the number of samples: the mean has been taken twice.",
     _gradients("np.mean(2 * e * x * {w}) / len(x)")),
    (154, "both weights in the gradients",
     "Derive the gradients once more with the chain rule: there is a weight too many.",
     _gradients("np.mean(2 * e * x * {w} * {own})")),
    (155, "target in place of the error",
     "Derive the gradients once more with the chain rule: the error has lost its prediction.",
     _gradients("np.mean(-2 * y_true * x * {w})")),
]) + _table(("dloss_dw/values", *_TRAIN), [
    (14, "mean of the residual alone",
     "The gradients are arrays: the mean must be taken of the whole product, x included.",
     _gradients("2 * e.mean() * x * {w}")),
]) + _table(("dloss_dw/current_weights",), [
    (142, "gradients from an earlier prediction",
     "dloss_dw must work with the samples and weights of now, not with what the last forward "
     "left behind.",
     _method("forward(self, x)", "self.x, self.y = x, x * self.w1 * self.w2", "return self.y")
     + """
    def dloss_dw(self, x, y_true):
        n = min(len(self.x), len(y_true))
        common = 2 * np.mean(self.x[:n] * (self.y[:n] - y_true[:n]))
        return self.w2 * common, self.w1 * common
"""),
]) + _table(("dloss_dw/pure",), [
    (144, "dloss_dw works in place",
     "dloss_dw changes the targets that it was given; make a new array.",
     _method("dloss_dw(self, x, y_true)",
             "error = y_true",
             "error -= x * self.w1 * self.w2",
             "common = -2 * np.mean(error * x)",
             "return common * self.w2, common * self.w1")),
])

STEPS = _table(("train/weight_records",), [
    (9, "global learning rate",
     "train must use the learning rate that it is given, not a variable of the notebook.",
     "learning_rate = 0.02\n" + _train(step=_STEP.replace("lr *", "learning_rate *"))),
    (17, "weights recorded before the step",
     "The recorded weights are one step late: record them after the step.",
     _train(before=_RECORD_LOSS + "; " + _RECORD_WEIGHTS, after="pass")),
    (19, "second gradient from the new first weight",
     "Compute both gradients first and change both weights then.",
     _train(step="self.w1 = self.w1 - lr * self.dloss_dw(x, y_true)[0]; "
                 "self.w2 = self.w2 - lr * self.dloss_dw(x, y_true)[1]")),
    (51, "step uphill",
     "The step goes uphill: the loss grows.",
     _train(step=_STEP.replace("- lr", "+ lr"))),
    (55, "learning rate applied twice",
     "The learning rate stands in the step more than once.",
     _train(step=_STEP.replace("lr * d", "lr * lr * d"))),
    (156, "no learning rate in the step",
     "The step takes no notice of the learning rate.",
     _train(step=_STEP.replace("lr * d", "d"))),
    (159, "weights swapped in the records",
     "The columns of weight_records are w1 and w2, in this order.",
     _train(after="weight_records[i] = self.w2, self.w1")),
    (161, "one array recorded again and again",
     "All rows are the same array, so that all show the last weights; record a copy.",
     _method("train(self, x, y_true, lr, n_ep)",
             "w, losses, rows = np.array([self.w1, self.w2]), [], []",
             "for i in range(n_ep):",
             "    losses.append(loss(self.forward(x), y_true))",
             "    w -= lr * np.array(self.dloss_dw(x, y_true))",
             "    self.w1, self.w2 = map(float, w)",
             "    rows.append(w)",
             "return np.array(losses), np.array(rows)")),
    (162, "records of whole numbers",
     "The array of records holds integers, which cuts every weight down to a whole number.",
     _train().replace("zeros((n_ep, 2))", "zeros((n_ep, 2), dtype=int)")),
    (163, "absolute values of the weights",
     "A weight may become, and stay, negative.",
     _train(step=_STEP + "; self.w1, self.w2 = abs(self.w1), abs(self.w2)")),
    (164, "a step for every sample",
     "One epoch is one step, with the gradients of all samples together.",
     _train(step="[(setattr(self, 'w1', self.w1 - lr * d[0]), setattr(self, 'w2', self.w2 - "
                 "lr * d[1])) for k in range(len(x)) "
                 "for d in [self.dloss_dw(x[k : k + 1], y_true[k : k + 1])]]")),
    (165, "first weights recorded too",
     "weight_records has one row for each epoch, and the first weights are none of them.",
     _method("train(self, x, y_true, lr, n_ep)",
             "first = self.w1, self.w2",
             "losses, weights = super().train(x, y_true, lr, n_ep)",
             "return losses, np.vstack([first, weights])")),
    (167, "only w1 learns",
     "Both weights take a step in every epoch.",
     _train(step=_STEP.split("; self.w2")[0])),
    (168, "gradients computed once",
     "The gradients change with the weights: compute them anew in every epoch.",
     _train(step="d1, d2 = self.dloss_dw(x, y_true) if i == 0 else (d1, d2); "
                 + _STEP.split("; ", 1)[1])),
])

RECORDS = _table(("train/loss_records", "train/weight_records"), [
    (21, "one epoch too many",
     "Count the steps: there is one too many.",
     _lists(epochs="range(n_ep + 1)")),
    (138, "global number of epochs",
     "train must use the number of epochs that it is given, not a variable of the notebook.",
     "n_epochs = 211\n" + _lists(epochs="range(n_epochs)")),
    (139, "global samples",
     "train must use the samples that it is given, not variables of the notebook.",
     "x_train = np.linspace(0.0, 1.0, 73)\ny_train = 2.0 * x_train\n"
     + _train(before=_RECORD_LOSS.replace("(x), y_true", "(x_train), y_train"),
              step=_STEP.replace("x, y_true", "x_train, y_train"))),
    (160, "records swapped",
     "train returns first the losses, then the weights.",
     _train().replace("return loss_records, weight_records",
                      "return weight_records, loss_records")),
    (166, "stops when the loss is small",
     "train takes all the steps it is asked for, however small the loss has become.",
     _lists(stop="if losses[-1] < 1e-6: break")),
]) + _table(("train/loss_records", "train/weight_records", "train/last_weights"), [
    (21, "one epoch too few",
     "Count the steps: one is missing.",
     _train().replace("in range(n_ep)", "in range(n_ep - 1)")),
]) + _table(("train/loss_records", "train/weight_records", "train/goes_on", "train/pure"), [
    (2, "mutable default for the records",
     _SHARED_LISTS,
     _lists(more=", a=[], b=[]", lists="a, b", result="losses, weights")),
    (3, "records in class attributes",
     _SHARED_LISTS,
     _lists(lists="self.a, self.b", result="losses, weights") + "    a, b = [], []\n"),
]) + _table(("train/loss_records",), [
    (18, "loss recorded after the step",
     "The recorded losses are one step early: record the loss before the step.",
     _train(before="pass", after=_RECORD_LOSS + "; " + _RECORD_WEIGHTS)),
]) + _table(("train/last_weights",), [
    (157, "last weights not kept",
     "train learns the weights and then forgets them: w1 and w2 stay as they were.",
     _method("train(self, x, y_true, lr, n_ep)",
             "first = self.w1, self.w2",
             "records = super().train(x, y_true, lr, n_ep)",
             "self.w1, self.w2 = first",
             "return records")),
]) + _table(("train/goes_on",), [
    (158, "every training starts from the first weights",
     "A second train must go on where the first one ended.",
     _init("self.w1, self.w2 = init_weights", "self.first = list(init_weights)") + """
    def train(self, x, y_true, lr, n_ep):
        self.w1, self.w2 = self.first
        return super().train(x, y_true, lr, n_ep)
"""),
    (170, "weights kept twice",
     "train must start from w1 and w2 as they are, also when they were set from outside.",
     _init("self.w1, self.w2 = self.w = init_weights") + """
    def train(self, x, y_true, lr, n_ep):
        self.w1, self.w2 = self.w
        records = super().train(x, y_true, lr, n_ep)
        self.w = self.w1, self.w2
        return records
"""),
])
# fmt: on

MISTAKES = INIT + LOSS + FORWARD + GRADIENTS + STEPS + RECORDS
