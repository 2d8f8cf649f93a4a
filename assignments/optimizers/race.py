"""The bonus question's training curves with the reference's optimizers, kept in race.csv.

``python assignments/optimizers/race.py`` trains them again, with what the master notebook
defines for students, and writes the file; a test looks at whether it is still true.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
NAMES = ("SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adam")
STEPS = 150


def train(optimizers: Any, steps: int) -> dict[str, list[float]]:
    """The loss before each step, by name; ``optimizers`` holds the six classes."""
    given = _notebook()
    rng = np.random.default_rng(0)
    rows = [rng.choice(len(given["images"]), 64, replace=False) for _ in range(steps)]
    curves: dict[str, list[float]] = {}
    for name in NAMES:
        optimizer, network = getattr(optimizers, name)(), given["new_network"]()
        curves[name] = []
        for batch in rows:
            images, labels = given["images"][batch], given["labels"][batch]
            loss, grads = given["loss_and_grads"](network, images, labels)
            optimizer.update(network, grads)
            curves[name].append(float(loss))
    return curves


def _notebook() -> dict[str, Any]:
    """What the notebook's cell before the bonus question defines."""
    cells = json.loads((HERE / "optimizers.ipynb").read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    (source,) = [text for text in sources if "def new_network" in text]
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)
    return namespace


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(HERE.parents[1]))
    from reference import optimizers as reference

    columns = train(reference, STEPS)
    lines = [",".join(f"{columns[name][step]:.4f}" for name in NAMES) for step in range(STEPS)]
    (HERE / "race.csv").write_text("\n".join([",".join(NAMES), *lines, ""]), "utf-8")
