"""The course's own assignment, handed in with all that grows around it."""

from __future__ import annotations

from typing import Any

from .handed import Mess, doubling

LOSS = "def loss(y_prediction, y_true):\n    return np.mean((y_prediction - y_true) ** 2)"
NETWORK = """\
class ShallowNarrowExercise:
    def __init__(self, init_weights):
        self.w1, self.w2 = init_weights

    def forward(self, x):
        return x * self.w1 * self.w2

    def dloss_dw(self, x, y_true):
        slope = 2 * np.mean(x * (self.forward(x) - y_true))
        return slope * self.w2, slope * self.w1

    def train(self, x, y_true, lr, n_ep):
        loss_records, weight_records = np.empty(n_ep), np.empty((n_ep, 2))
        for epoch in range(n_ep):
            loss_records[epoch] = loss(self.forward(x), y_true)
            d1, d2 = self.dloss_dw(x, y_true)
            self.w1, self.w2 = self.w1 - lr * d1, self.w2 - lr * d2
            weight_records[epoch] = self.w1, self.w2
        return loss_records, weight_records
"""
SETUP = """\
# @title Figure settings
import logging
logging.getLogger('matplotlib.font_manager').disabled = True
from ipywidgets import interact, IntSlider, FloatSlider, fixed
from ipywidgets import HBox, interactive_output, ToggleButton, Layout
from mpl_toolkits.axes_grid1 import make_axes_locatable
%config InlineBackend.figure_format = 'retina'
plt.style.use("https://raw.example/course/style.mplstyle")
"""
HELPERS = """\
# @title Plotting functions
def gen_samples(n, a, sigma, seed=2021):
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, n) if sigma == 0 else rng.random(n)
    return x, a * x + sigma * rng.standard_normal(n)

def plot_field(what='all'):
    grid = np.linspace(-1.9, 1.9, 12)
    x, y = gen_samples(10, 1.0, 0.0)
    height = np.empty((12, 12))
    fig, ax = plt.subplots(figsize=(8, 7))
    for i, a in enumerate(grid):
        for j, b in enumerate(grid):
            model = ShallowNarrowExercise([a, b])
            da, db = model.dloss_dw(x, y)
            height[j, i] = loss(model.forward(x), y)
            ax.quiver(a, b, -da, -db, scale=40, color=matplotlib.cm.plasma(0.5))
    shown = ax.contourf(grid, grid, np.log(height + 0.001), zorder=-1, cmap='coolwarm', levels=50)
    cax = make_axes_locatable(ax).append_axes("right", size="5%", pad=0.05)
    plt.colorbar(shown, cax=cax).set_label('log (Loss)')
    ax.set_xlabel(r"$w_1$, $\\eta$")
    plt.show()

class Interplay:
    def __init__(self):
        self.x, self.y = gen_samples(50, 2.0, 0.1)
        self.slider = self.button = None

    def train(self, lr, update=False, init_weights=0.9):
        if update:
            self.slider.value = 0.005
        plt.plot(ShallowNarrowExercise([init_weights] * 2).train(self.x, self.y, lr, 20)[0])
        plt.show()
"""
DEMOS = """\
# @markdown Make sure you execute this cell to enable the widget!
demo = Interplay()
demo.slider = FloatSlider(min=0.005, max=0.1, step=0.005, layout=Layout(width='500px'))
demo.button = ToggleButton(value=False, description='Register')
demo.button.observe(lambda change: demo.train(0.01, True), names='value')
shown = interactive_output(demo.train, {'lr': demo.slider, 'init_weights': fixed(0.9)})
display(HBox([demo.slider, demo.button]), shown)
_ = interact(demo.train, lr=FloatSlider(min=0.005, max=0.045))
plot_field()
"""
IMPORTS = "import time\nimport numpy as np\nimport matplotlib\nimport matplotlib.pyplot as plt"


def shallow(name: str, *cells: str, **more: Any) -> Mess:
    return doubling(name, *cells, course="shallow_narrow", **more)


ROWS: list[Mess] = [
    shallow("as asked", IMPORTS, LOSS, NETWORK),
    shallow("with the course's helper cells", IMPORTS, SETUP, HELPERS, LOSS, NETWORK, DEMOS,
            notes=("plot style", "network")),
    shallow("loss overwritten by a result", IMPORTS, LOSS, NETWORK,
            "x = np.linspace(0, 1, 9)\nloss = loss(ShallowNarrowExercise([1, 2]).forward(x), x)",
            notes=("loss was overwritten",)),
    shallow("losses, records and models as variables", IMPORTS, LOSS, NETWORK,
            "x = np.linspace(0, 1, 9)\nmodel = ShallowNarrowExercise((1.0, 2.0))\n"
            "loss_records, weight_records = model.train(x, x, 0.1, 9)\nforward = model.forward(x)\n"
            "plt.plot(loss_records)\nplt.show()\ntrain = y_true = lr = n_ep = 5"),
    shallow("trained with trange", "from tqdm.notebook import trange\n" + IMPORTS, LOSS,
            NETWORK.replace("range(n_ep)", "trange(n_ep, desc='epoch')")),
    shallow("trained with tqdm over range", "import tqdm\n" + IMPORTS, LOSS,
            NETWORK.replace("range(n_ep)", "tqdm.tqdm(range(n_ep), leave=False)")),
    shallow("prints and draws at every step", IMPORTS, LOSS, NETWORK.replace(
            "            d1,", "            print(f'{epoch=} {loss_records[epoch]:.3f}')\n"
            "            d1,")),
    shallow("torch as a base class", "import torch\nfrom torch import nn\n" + IMPORTS, LOSS,
            NETWORK.replace("Exercise:", "Exercise(nn.Module):").replace(
                "        self.w1, self.w2 = init", "        super().__init__()\n"
                "        self.w1, self.w2 = init"),
            absent="torch", notes=("module torch",)),
    shallow("loss in a module beside", IMPORTS + "\nfrom losses import loss", NETWORK,
            beside={"losses.py": b"import numpy as np\n" + LOSS.encode()}),
    shallow("all in one cell that fails at its end",
            f"{IMPORTS}\n{LOSS}\n{NETWORK}\nShallowNarrowExercise([1, 2]).train(1, 2)",
            errors=("TypeError",)),
    shallow("seeds, settings and warnings", IMPORTS + "\nimport random, warnings, os\n"
            "os.environ['PYTHONHASHSEED'] = '0'\nrandom.seed(0)\nnp.random.seed(0)\n"
            "np.seterr(all='raise')\nwarnings.filterwarnings('error')\n"
            "np.set_printoptions(precision=2)", LOSS, NETWORK),
    shallow("Greek names and annotations", "from __future__ import annotations\n" + IMPORTS
            + "\nimport numpy.typing as npt\nVector = npt.NDArray[np.float64]", LOSS,
            NETWORK.replace("lr", "η").replace("x, y_true, η", "x: Vector, y_true: Vector, η: T")),
]  # fmt: skip
