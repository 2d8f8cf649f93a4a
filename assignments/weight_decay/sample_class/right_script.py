import numpy as np

def matrices(weights):
    # Biases, gamma and beta have one axis only.
    return [p for p in weights.values() if p.ndim == 2]


def l2_loss(loss, weights, lam):
    return loss + 0.5 * lam * sum([np.vdot(W, W) for W in matrices(weights)])


def l1_loss(loss, weights, lam):
    return loss + lam * np.sum([np.sum(np.abs(W)) for W in matrices(weights)])


def l2_grad(grad, W, lam):
    return grad + np.full_like(W, lam) * W


def l1_grad(grad, W, lam):
    return np.where(W > 0, grad + lam, np.where(W < 0, grad - lam, grad))


if __name__ == '__main__':
    print(l2_loss(0.0, {'W1': np.ones((2, 2))}, 1.0))
