"""The known mistakes of deep_narrow: changes of the solution.

The tables hold a row a mistake (number, name, hint, changes), one table for all that lose the
same test cases.
"""

from grader.course.catalogue import table

# The solution's own lines
_INIT = "self.W = np.array(init_ws).reshape(1, -1)"
_FORWARD = "y = np.prod(self.W) * x"
_LOSS = "mse = np.mean((y_t - y_p) ** 2) / 2"
_XE = "xe = np.mean(x * (y_t - y_p))"
_LOOP = """for i in range(self.W.size):
    others = np.delete(self.W, i)
    dW[0, i] = -xe * np.prod(others)"""
_ENTRY = "dW[0, i] = -xe * np.prod(others)"
_RECORDS = "loss_records = np.full(n_epochs, np.nan)"
_PREDICT = "y_p = self.forward(x)"
_RECORD = "loss_records[i] = self.loss(y_t, y_p)"
_SLOPES = "dW = self.dloss_dw(x, y_t, y_p)"
_LOOK = "if not np.isfinite(dW).all():\n    break"
_STEP = "self.W = self.W - eta * dW"
_RATE = "lr = rates[np.argmax(stays)]"
_EPOCHS = "errors = np.zeros((600, rates.size))"

_ALIAS = (
    "The net keeps the very array that it was given; what happens to one happens to the other. "
    "Make a copy in __init__."
)
_ZERO = (
    "What divides by a weight fails where that weight is 0, and a small number added to it shows "
    "where it is tiny. Multiply the other weights."
)
_PRODUCT = "The gradient of a weight holds the product of the others: without its own weight."
_POWER = "The weights differ: their product is no power of one of them."
_LATER = "Once a gradient is not finite, all later records must be NaN, and nothing is raised."
_TABLE = "Train with your rate, from 0.9 and for 600 epochs, and look where the loss ends."
_SLOW = "There are rates with which it takes less than half of the time; try larger ones."


_SHARED = "The weights belong to the class, so all nets share them. Keep them in self."
_WIDE = "The predictions have another shape than x, which has shape (N,)."
_STOPS = "train takes all the steps it is asked for, whatever the loss is."


def _flat(source: str) -> str:
    """Weights and gradients of shape (n,), as good as (1, n)."""
    source = source.replace(".reshape(1, -1)", ".reshape(-1)").replace("self.W[0]", "self.W")
    return source.replace("[0, ", "[")


def _rates(reached: str, fast: str) -> tuple[str, ...]:
    """The test cases of these depths, in tens: those that are not reached are not fast either."""
    return (
        *(f"best_learning_rate/reached_{depth}0" for depth in reached),
        *(f"best_learning_rate/fast_{depth}0" for depth in dict.fromkeys(fast + reached)),
    )


CONVENTIONS = (_flat,)

# fmt: off
FORWARD = table("forward/independent", rows=[
    (1, "keeps init_ws", _ALIAS, (_INIT, "self.W = init_ws.reshape(1, -1)")),
    (1, "steps in init_ws", _ALIAS,
     (_INIT, "self.W = init_ws.reshape(1, -1)"), (_STEP, "self.W -= eta * dW")),
    (140, "weights in a class attribute", _SHARED,
     (_INIT, "DeepNarrowLNN.W = np.array(init_ws).reshape(1, -1)"),
     (_STEP, "DeepNarrowLNN.W = self.W - eta * dW")),
    (143, "forward works in place",
     "forward changes the array x that it was given; make a new one.",
     (_FORWARD, "x *= np.prod(self.W)\ny = x")),
]) + table("forward/values", rows=[
    (24, "a power of the first weight", _POWER,
     (_FORWARD, "y = self.W[0, 0] ** self.W.size * x")),
    (150, "adds the weights",
     "One layer after the other multiplies; nothing is added.",
     (_FORWARD, "y = np.sum(self.W) * x")),
    (220, "size of the product",
     "A product may be negative, and so may the predictions.",
     (_FORWARD, "y = np.abs(np.prod(self.W)) * x")),
    (230, "last weight left out",
     "All weights belong to the product, the first and the last one, too.",
     (_FORWARD, "y = np.prod(self.W[0, :-1]) * x")),
    (231, "an activation between the layers",
     "The network is linear: nothing but the weights acts on the input.",
     (_FORWARD, "y = x\nfor w in self.W[0]:\n    y = np.maximum(y * w, 0)")),
    (7, "predictions of shape (1, N)", _WIDE,
     (_FORWARD, "y = np.prod(self.W, axis=1)[:, None] * x")),
]) + table("train/loss_records", "train/last_weights", "train/goes_on", rows=[
    (141, "product computed once",
     "forward must use the weights as they are now, not a product computed when the net was made.",
     (_INIT, f"{_INIT}\nself.product = np.prod(self.W)"),
     (_FORWARD, "y = self.product * x")),
])

LOSS = table("loss/values", rows=[
    (10, "sum of the squares",
     "The loss grows with the number of samples: the mean is asked for.",
     (_LOSS, "mse = np.sum((y_t - y_p) ** 2) / 2")),
    (11, "factor one half left out",
     "Half of the mean is asked for; compare with the formula.",
     (_LOSS, "mse = np.mean((y_t - y_p) ** 2)")),
    (11, "factor one half left out, and gradients of that loss",
     "Half of the mean is asked for; compare with the formula.",
     (_LOSS, "mse = np.mean((y_t - y_p) ** 2)"),
     (_XE, "xe = 2 * np.mean(x * (y_t - y_p))")),
    (10, "sum of the squares, and gradients of that loss",
     "The loss grows with the number of samples: the mean is asked for.",
     (_LOSS, "mse = np.sum((y_t - y_p) ** 2) / 2"),
     (_XE, "xe = np.sum(x * (y_t - y_p))")),
    (12, "root of the mean",
     "There is no root in the loss.",
     (_LOSS, "mse = np.sqrt(np.mean((y_t - y_p) ** 2)) / 2")),
    (14, "square of the mean error",
     "First square, then take the mean: otherwise errors of both signs cancel.",
     (_LOSS, "mse = np.mean(y_t - y_p) ** 2 / 2")),
    (145, "mean of the absolute errors",
     "The errors must be squared; their absolute value is another loss.",
     (_LOSS, "mse = np.mean(np.abs(y_t - y_p)) / 2")),
    (20, "one loss for each sample",
     "loss returns an array; one number for all samples is asked for.",
     (_LOSS, "mse = (y_t - y_p) ** 2 / 2")),
]) + table("loss/pure", rows=[
    (144, "loss works in place",
     "loss changes the predictions that it was given; make a new array.",
     (_LOSS, "y_p -= y_t\nmse = np.mean(y_p**2) / 2")),
])

GRADIENTS = table("dloss_dw/zero_weights", rows=[
    (221, "small number added to the weights", _ZERO,
     (_LOOP, "dW = -xe * np.prod(self.W) / (self.W + 1e-9)")),
    (221, "tiny number added to the weights", _ZERO,
     (_LOOP, "dW = -xe * np.prod(self.W) / (self.W + 1e-300)")),
    (221, "divides by the weights", _ZERO,
     (_LOOP, "dW = -xe * np.prod(self.W) / self.W")),
    (221, "divides, and gives 0 for a weight of 0", _ZERO,
     (_LOOP, "dW = -xe * np.prod(self.W) / np.where(self.W == 0, 1, self.W)")),
    (222, "logarithms of the weights",
     "A weight may be 0 or negative, and has no logarithm then.",
     (_LOOP, "size = np.abs(self.W) + 1e-12\n"
             "signs = np.prod(np.sign(self.W)) * np.sign(self.W)\n"
             "dW = -xe * signs * np.exp(np.sum(np.log(size)) - np.log(size))")),
    (236, "all gradients 0 where a weight is 0", _ZERO,
     (_LOOP, "dW = np.zeros(self.W.shape)\nif np.all(self.W):\n"
             "    dW = -xe * np.prod(self.W) / self.W")),
]) + table("dloss_dw/values", "dloss_dw/zero_weights", rows=[
    (23, "product of all weights", _PRODUCT, (_ENTRY, "dW[0, i] = -xe * np.prod(self.W)")),
    (24, "power of the first weight", _POWER,
     (_ENTRY, "dW[0, i] = -xe * self.W[0, 0] ** (self.W.size - 1)")),
    (223, "product of the weights before",
     "The layers after a weight carry its change on to the output: their weights belong to the "
     "product, too.",
     ("np.delete(self.W, i)", "self.W[0, :i]")),
    (223, "product of the weights after",
     "The layers before a weight are part of what it multiplies: their weights belong to the "
     "product, too.",
     ("np.delete(self.W, i)", "self.W[0, i + 1 :]")),
    (237, "sum of the other weights",
     "The other weights multiply; their sum is no derivative.",
     (_ENTRY, "dW[0, i] = -xe * np.sum(others)")),
    (16, "gradients in reverse order",
     "The gradients are right, but each stands at another weight's place.",
     ("np.delete(self.W, i)", "np.delete(self.W, self.W.size - 1 - i)")),
    (13, "error sign reversed",
     "The gradients point downhill; check the sign of the error.",
     (_XE, "xe = np.mean(x * (y_p - y_t))")),
    (13, "error sign reversed, with the matching step",
     "The gradients point downhill, which the step makes good; check the sign of the error.",
     (_XE, "xe = np.mean(x * (y_p - y_t))"),
     (_STEP, "self.W = self.W + eta * dW")),
    (11, "stray factor 2",
     "The 2 of the square and the 1/2 of the loss cancel; here one of them is left.",
     (_XE, "xe = 2 * np.mean(x * (y_t - y_p))")),
    (10, "gradients of the sum",
     "The loss is a mean, and so are its gradients; these grow with the number of samples.",
     (_XE, "xe = np.sum(x * (y_t - y_p))")),
    (15, "squared residual in the gradient",
     "Differentiating a square lowers its exponent: the error stands in the gradient once.",
     (_XE, "xe = np.mean(x * (y_t - y_p) ** 2)")),
    (22, "mean of x times mean of the error",
     "The mean of a product is not the product of the means.",
     (_XE, "xe = np.mean(x) * np.mean(y_t - y_p)")),
    (151, "x missing in the gradients",
     "Derive the gradients once more with the chain rule: the input is missing.",
     (_XE, "xe = np.mean(y_t - y_p)")),
    (152, "other weights missing in the gradients",
     "Derive the gradients once more with the chain rule: the other weights are missing.",
     (_ENTRY, "dW[0, i] = -xe")),
    (238, "one number for all weights",
     "Each weight has a derivative of its own; nothing is summed over the weights.",
     ("return dW", "return np.sum(dW)")),
    (240, "gradients clipped in dloss_dw",
     "The gradients are what the formula says; nothing is scaled or clipped.",
     ("return dW", "return np.clip(dW, -1, 1)")),
    (155, "target in place of the error",
     "Derive the gradients once more with the chain rule: the error has lost its prediction.",
     (_XE, "xe = np.mean(x * y_t)")),
]) + table("dloss_dw/pure", rows=[
    (142, "prediction of the last forward",
     "dloss_dw must work with the prediction that it is given, not with what the last forward "
     "left behind.",
     (_FORWARD, f"{_FORWARD}\nself.y = y"),
     (_XE, "xe = np.mean(x * (y_t - self.y))")),
    (144, "dloss_dw works in place",
     "dloss_dw changes the predictions that it was given; make a new array.",
     (_XE, "y_p -= y_t\nxe = -np.mean(x * y_p)")),
    (241, "one buffer for the gradients",
     "The array of gradients is used again by the next call; make a new one in each call.",
     ("dW = np.empty(self.W.shape)", "self.dW = dW = getattr(self, 'dW', np.empty(self.W.shape))")),
]) + table("dloss_dw/pure", "train/last_weights", rows=[
    (241, "steps in dloss_dw",
     "dloss_dw changes the weights; only train does.",
     ("return dW", "self.W = self.W - 0.01 * dW\nreturn dW")),
])

TRAIN = table("train/last_weights", rows=[
    (9, "global learning rate",
     "train must use the learning rate that it is given, not a variable of the notebook.",
     ("class DeepNarrowLNN", "learning_rate = 0.01\n\n\nclass DeepNarrowLNN"),
     (_STEP, "self.W = self.W - learning_rate * dW")),
    (55, "learning rate applied twice",
     "The learning rate stands in the step more than once.",
     (_STEP, "self.W = self.W - eta * eta * dW")),
    (51, "step uphill", "The step goes uphill: the loss grows.",
     (_STEP, "self.W = self.W + eta * dW")),
    (156, "no learning rate in the step", "The step takes no notice of the learning rate.",
     (_STEP, "self.W = self.W - dW")),
    (19, "one weight after the other",
     "All weights step at once, from gradients at the same weights.",
     (_STEP, "for k in range(self.W.size):\n"
             "    dW = self.dloss_dw(x, y_t, self.forward(x))\n"
             "    self.W[0, k] -= eta * dW[0, k]")),
    (167, "only the first weight learns", "All weights take a step in every epoch.",
     (_STEP, "dW[0, 1:] = 0\nself.W = self.W - eta * dW")),
    (224, "gradients clipped",
     "The step is what the formula says, however large the gradient is.",
     (_STEP, "self.W = self.W - eta * np.clip(dW, -1, 1)")),
    (168, "gradients computed once",
     "The gradients change with the weights: compute them anew in every epoch.",
     (_SLOPES, f"if i == 0:\n    {_SLOPES}")),
    (166, "stops when the loss rises", _STOPS,
     (_LOOK, f"{_LOOK}\nif i and loss_records[i] > loss_records[i - 1]:\n    break")),
    (157, "last weights not kept",
     "After train W is what it was before: it must hold the learned weights.",
     (_RECORDS, f"{_RECORDS}\nfirst = self.W"),
     ("return loss_records", "self.W = first\nreturn loss_records")),
    (244, "best weights kept",
     "W must hold the last weights, also where the loss was smaller before.",
     (_RECORDS, f"{_RECORDS}\nbest = self.W"),
     (_STEP, f"{_STEP}\nif self.loss(y_t, self.forward(x)) < self.loss(y_t, np.prod(best) * x):\n"
             "    best = self.W"),
     ("return loss_records", "self.W = best\nreturn loss_records")),
]) + table("train/loss_records", rows=[
    (18, "loss recorded after the step",
     "The recorded losses are one step early: record the loss before the step.",
     (_RECORD, ""),
     (_STEP, f"{_STEP}\nloss_records[i] = self.loss(y_t, self.forward(x))")),
]) + table("train/last_weights", "train/loss_records", rows=[
    (21, "one epoch too many", "Count the steps: there is one too many.",
     (_RECORDS, "loss_records = np.full(n_epochs + 1, np.nan)"),
     ("range(n_epochs)", "range(n_epochs + 1)")),
    (166, "stops when the loss is small", _STOPS,
     (_LOOK, f"{_LOOK}\nif loss_records[i] < 1e-6:\n    break")),
    (166, "stops when the loss is large", _STOPS,
     (_LOOK, f"{_LOOK}\nif loss_records[i] > 1e3:\n    break")),
]) + table("train/last_weights", "train/loss_records", "train/pure", rows=[
    (21, "one epoch too few", "Count the steps: one is missing.",
     ("range(n_epochs)", "range(n_epochs - 1)")),
]) + table("train/last_weights", "train/loss_records", "train/goes_on", "train/pure", rows=[
    (138, "global number of epochs",
     "train must use the number of epochs that it is given, not a variable of the notebook.",
     ("class DeepNarrowLNN", "epochs = 60\n\n\nclass DeepNarrowLNN"),
     (_RECORDS, "loss_records = np.full(epochs, np.nan)"),
     ("range(n_epochs)", "range(epochs)")),
]) + table("train/blow_up", rows=[
    (225, "goes on after a blow-up", _LATER,
     (_LOOK, "if not np.isfinite(dW).all():\n    dW = np.zeros_like(dW)")),
    (225, "looks at nothing", _LATER, (_LOOK, "")),
    (225, "looks for NaN alone", _LATER, (_LOOK, "if np.isnan(dW).any():\n    break")),
    (225, "raises at a blow-up", _LATER,
     (_LOOK, "if not np.isfinite(dW).all():\n    raise FloatingPointError('it blows up')")),
    (225, "zeros after a blow-up", _LATER,
     (_RECORDS, "loss_records = np.zeros(n_epochs)")),
    (225, "cut off at a blow-up", _LATER,
     (_LOOK, "if not np.isfinite(dW).all():\n    return loss_records[: i + 1]")),
]) + table("train/goes_on", rows=[
    (158, "every training starts from the first weights",
     "A second train must go on where the first one ended.",
     (_INIT, f"{_INIT}\nself.first = self.W"),
     (_RECORDS, f"{_RECORDS}\nself.W = self.first")),
]) + table("train/pure", rows=[
    (3, "records in a class attribute",
     "The records live on from one call of train to the next; make new ones in each call.",
     (_RECORDS, "loss_records = self.records.setdefault(n_epochs, np.zeros(n_epochs))\n"
                "loss_records[:] = np.nan"),
     ("def train", "records = {}\n\ndef train")),
    (1, "last weights written into init_ws",
     "The array of the first weights is changed in the end; only W may change.",
     (_INIT, f"{_INIT}\nself.given = init_ws"),
     ("return loss_records",
      "self.given[...] = self.W.reshape(self.given.shape)\nreturn loss_records")),
    (144, "train works in place",
     "train changes the targets that it was given; make a new array.",
     (_RECORDS, f"{_RECORDS}\ny_t += 1e-12")),
])

RATES = table(*_rates("123456", ""), rows=[
    (226, "rate far too large", _TABLE, (_RATE, "lr = 0.9")),
    (226, "place of the rate",
     "What is returned is the place of a rate among those tried, not the rate itself.",
     (_RATE, "lr = np.argmax(stays)")),
    (226, "rate and time returned",
     "best_learning_rate must return one number, the rate.",
     (_RATE, "lr = rates[np.argmax(stays)], 600 - np.max(stays)")),
    (226, "nothing returned",
     "best_learning_rate must return the number that it has found.",
     ("return lr", "return")),
]) + table(*_rates("3456", ""), rows=[
    (227, "one rate for every depth", _TABLE, (_RATE, "lr = 0.08")),
]) + table(*_rates("6", ""), rows=[
    (227, "one over the depth", _TABLE, (_RATE, "lr = 1 / depth")),
]) + table(*_rates("56", ""), rows=[
    (247, "only 100 epochs looked at",
     "The demo trains for 600 epochs; deep networks need most of them.",
     (_EPOCHS, "errors = np.empty((100, rates.size))"), ("range(600)", "range(100)")),
]) + table(*_rates("56", "4"), rows=[
    (248, "searched from other weights",
     "The weights of the demo start at 0.9; elsewhere other rates are the best.",
     ("np.full(rates.shape, 0.9)", "np.full(rates.shape, 0.8)")),
]) + table(*_rates("23456", ""), rows=[
    (249, "0 where the loss never gets small",
     "np.argmax gives 0 where nothing is True: a rate that never gets there looks like the "
     "fastest.",
     (_RATE, "lr = rates[np.argmin(np.argmax(small, axis=0))]")),
    (249, "first time below, for good or not",
     "The loss must stay below 0.01; with some rates it is there once and leaves again.",
     (_RATE, "lr = rates[np.argmin(np.where(small.any(axis=0), np.argmax(small, axis=0), 999))]")),
]) + table(*_rates("", "123"), rows=[
    (228, "largest depth's rate for all", _SLOW, (_RATE, "lr = 0.023")),
]) + table(*_rates("", "12345"), rows=[
    (228, "smallest rate that gets there", _SLOW,
     (_RATE, "lr = rates[np.flatnonzero(stays)[0]]")),
    (228, "smallest loss in the end",
     "A small loss after 600 epochs is not the same as getting below 0.01 early.",
     (_RATE, "lr = rates[np.nanargmin(errors[-1] ** 2)]")),
])
# fmt: on

MISTAKES = FORWARD + LOSS + GRADIENTS + TRAIN + RATES
