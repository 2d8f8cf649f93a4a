"""The six optimizers of text 003, and the network that the bonus question trains with them.

Every optimizer has ``update(params, grads)``: two dictionaries of float arrays with the
same keys, in any order.  ``params`` holds the new values afterwards (its entries are
rebound, so that nobody else's array changes) and ``grads`` is left alone.  The state
starts at zeros and is kept by key, so that every call may bring new dictionaries.

Sources: text 003 for interfaces and defaults; Sutskever et al. 2013 (momentum), Bengio et
al. 2012 (the form of Nesterov's step), Duchi et al. 2011 (AdaGrad), Tieleman and Hinton
2012 (RMSprop), Kingma and Ba 2015 (Adam).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Arrays = dict[str, Array]


class Optimizer(Protocol):
    """What every optimizer offers."""

    def update(self, params: Arrays, grads: Mapping[str, Array]) -> None:
        """Take one step: put new arrays into ``params``."""


def guarded_root(h: Array) -> Array:
    """Return √h + 1e-7: the root, kept away from zero."""
    return np.sqrt(h) + 1e-7


class SGD:
    """Stochastic gradient descent: p ← p - lr·g."""

    def __init__(self, lr: float = 0.01) -> None:
        self.lr = lr

    def update(self, params: Arrays, grads: Mapping[str, Array]) -> None:
        """Take one step; shapes of ``params`` and ``grads`` agree key by key."""
        for key, grad in grads.items():
            params[key] = params[key] - self.lr * grad


class Momentum:
    """Momentum: v ← μv - lr·g, then p ← p + v (text 003)."""

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        self.lr = lr
        self.momentum = momentum
        self.v: Arrays = {}

    def update(self, params: Arrays, grads: Mapping[str, Array]) -> None:
        """Take one step; shapes of ``params`` and ``grads`` agree key by key."""
        for key, grad in grads.items():
            self.v[key] = self.momentum * self.v.get(key, 0.0) - self.lr * grad
            params[key] = params[key] + self.v[key]


class Nesterov:
    """Nesterov's momentum, with the gradient taken at the parameters that are stored.

    p ← p + μ²v - (1+μ)·lr·g with the old v, then v ← μv - lr·g (Bengio et al. 2012,
    eq. 7).  Text 003 prints the two lines the other way round, which applies the
    momentum once too often.
    """

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        self.lr = lr
        self.momentum = momentum
        self.v: Arrays = {}

    def update(self, params: Arrays, grads: Mapping[str, Array]) -> None:
        """Take one step; shapes of ``params`` and ``grads`` agree key by key."""
        mu = self.momentum
        for key, grad in grads.items():
            old = self.v.get(key, 0.0)
            params[key] = params[key] + mu * mu * old - (1 + mu) * self.lr * grad
            self.v[key] = mu * old - self.lr * grad


class AdaGrad:
    """AdaGrad: h ← h + g², then p ← p - lr·g/(√h + 1e-7) (text 003)."""

    def __init__(self, lr: float = 0.01, *, root: Callable[[Array], Array] = guarded_root) -> None:
        self.lr = lr
        self.root = root
        self.h: Arrays = {}

    def update(self, params: Arrays, grads: Mapping[str, Array]) -> None:
        """Take one step; shapes of ``params`` and ``grads`` agree key by key."""
        for key, grad in grads.items():
            self.h[key] = self.h.get(key, 0.0) + grad * grad
            params[key] = params[key] - self.lr * grad / self.root(self.h[key])


class RMSprop(AdaGrad):
    """RMSprop: h ← ρh + (1-ρ)g², then p ← p - lr·g/(√h + 1e-7) (text 003)."""

    def __init__(
        self,
        lr: float = 0.01,
        decay_rate: float = 0.99,
        *,
        root: Callable[[Array], Array] = guarded_root,
    ) -> None:
        super().__init__(lr, root=root)
        self.decay_rate = decay_rate

    def update(self, params: Arrays, grads: Mapping[str, Array]) -> None:
        """Take one step; shapes of ``params`` and ``grads`` agree key by key."""
        rho = self.decay_rate
        for key, grad in grads.items():
            self.h[key] = rho * self.h.get(key, 0.0) + (1 - rho) * grad * grad
            params[key] = params[key] - self.lr * grad / self.root(self.h[key])


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1), in the form of its section 2 and text 003.

    m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², p ← p - lr·√(1-β₂ᵗ)/(1-β₁ᵗ)·m/(√v + 1e-7),
    where t is 1 at the first step.
    """

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        *,
        root: Callable[[Array], Array] = guarded_root,
    ) -> None:
        self.lr = lr
        self.root = root
        self.beta1 = beta1
        self.beta2 = beta2
        self.t = 0
        self.m: Arrays = {}
        self.v: Arrays = {}

    def update(self, params: Arrays, grads: Mapping[str, Array]) -> None:
        """Take one step; shapes of ``params`` and ``grads`` agree key by key."""
        self.t += 1
        rate = self.lr * np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        for key, grad in grads.items():
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * grad
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * grad * grad
            params[key] = params[key] - rate * self.m[key] / self.root(self.v[key])


# The bonus question: real handwritten digits, a network with four hidden layers of 100.


def digits() -> tuple[Array, NDArray[np.int64]]:
    """Return scikit-learn's handwritten digits: images (1797, 64) in [0, 1], labels (1797,).

    Raises ImportError where scikit-learn is not installed.  The images ship inside the
    package (from the UCI repository's "Optical Recognition of Handwritten Digits").
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return np.asarray(images, dtype=np.float64) / 16, np.asarray(labels, dtype=np.int64)


def network(seed: int = 0, sizes: tuple[int, ...] = (64, 100, 100, 100, 100, 10)) -> Arrays:
    """Return fresh weights ``W1`` (64, 100), ``b1`` (100,), ... with He's spread, √(2/n_in)."""
    rng = np.random.default_rng(seed)
    params: Arrays = {}
    for layer, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        params[f"W{layer}"] = rng.normal(0.0, np.sqrt(2 / n_in), (n_in, n_out))
        params[f"b{layer}"] = np.zeros(n_out)
    return params


def loss_and_grads(params: Arrays, x: Array, labels: NDArray[np.int64]) -> tuple[float, Arrays]:
    """Return the mean cross-entropy of a ReLU network and its gradients, keyed as ``params``.

    ``x`` has shape (N, 64), ``labels`` (N,) with entries 0 to 9.
    """
    depth = len(params) // 2
    inputs = [x]
    for layer in range(1, depth):
        inputs.append(np.maximum(inputs[-1] @ params[f"W{layer}"] + params[f"b{layer}"], 0.0))
    scores = inputs[-1] @ params[f"W{depth}"] + params[f"b{depth}"]
    scores = scores - scores.max(axis=1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    rows = np.arange(len(x))
    loss = float(-log_p[rows, labels].mean())

    grads: Arrays = {}
    delta = np.exp(log_p)
    delta[rows, labels] -= 1.0
    delta /= len(x)
    for layer in range(depth, 0, -1):
        grads[f"W{layer}"] = inputs[layer - 1].T @ delta
        grads[f"b{layer}"] = delta.sum(axis=0)
        if layer > 1:
            delta = (delta @ params[f"W{layer}"].T) * (inputs[layer - 1] > 0)
    return loss, grads


def loss_curves(
    optimizers: Mapping[str, Optimizer],
    x: Array,
    labels: NDArray[np.int64],
    *,
    steps: int = 150,
    batch_size: int = 64,
    seed: int = 0,
) -> dict[str, Array]:
    """Train one network with each optimizer; return the losses before each step, (steps,).

    All of them start from the same weights and see the same batches.  ``x`` and
    ``labels`` are as :func:`digits` returns them.
    """
    rng = np.random.default_rng(seed)
    batches = [rng.choice(len(x), batch_size, replace=False) for _ in range(steps)]
    curves: dict[str, Array] = {}
    for name, optimizer in optimizers.items():
        params = network(seed)
        losses = np.empty(steps)
        for step, batch in enumerate(batches):
            losses[step], grads = loss_and_grads(params, x[batch], labels[batch])
            optimizer.update(params, grads)
        curves[name] = losses
    return curves
