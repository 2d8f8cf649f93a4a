"""Handed in as a script."""
import numpy as np


def sample_learning_rate(low, high, size, rng):
    r = rng.uniform(np.log10(low), np.log10(high), size)
    return 10 ** r


def sample_beta(low, high, size, rng):
    r = rng.uniform(np.log10(1 - high), np.log10(1 - low), size)
    return 1 - 10 ** r


def sample_units(low, high, size, rng):
    return rng.integers(low, high + 1, size)


def minimize(w0, lr, steps):
    w = w0
    path = [w]
    for i in range(steps):
        w = w - lr * (2 * w - 10)
        path.append(w)
    return np.array(path)


if __name__ == "__main__":
    print(sample_units(1, 6, 10, np.random.default_rng()))
