import numpy as np

def softmax(z):
    e = np.exp(z - np.max(z, -1)[..., np.newaxis])
    return np.einsum("...j,...->...j", e, 1 / np.einsum("...j->...", e))


def cross_entropy(y_hat, y):
    loss = np.einsum("...j,...j->...", y, -np.log(y_hat + 1e-9))
    return np.average(loss)


def softmax_grad(z, y):
    scale = 1.0 / len(z) if len(z.shape) == 2 else 1.0
    return scale * softmax(z) - scale * y


if __name__ == '__main__':
    print(softmax(np.zeros(4)))
