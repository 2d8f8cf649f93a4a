"""Correct regression nets written otherwise: loops, matrices, tapes, classes, flat vectors."""

from grader.model import Variant

_IMPORTS = "import numpy as np"

_PLAIN = """
def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_der(z):
    return np.exp(-z) / ((1.0 + np.exp(-z)) ** 2)


def relu(z):
    return np.maximum(0, z)


def relu_der(z):
    return np.where(z > 0, 1, 0)
"""

_STABLE = """
def sigmoid(z):
    with np.errstate(over="ignore"):
        return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


def sigmoid_der(z):
    return sigmoid(z) * sigmoid(-z)


def relu(z):
    return z * (z > 0)


def relu_der(z):
    return z > 0
"""

_OTHER_FORMS = """
sigmoid = lambda z: 0.5 + 0.5 * np.tanh(0.5 * z)
sigmoid_der = lambda z: 0.25 * (1 - np.tanh(0.5 * z) ** 2)
relu = lambda z: (z + np.abs(z)) / 2
relu_der = lambda z: (1 + np.sign(z)) / 2
"""

_MATH = """
import math


@np.vectorize
def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z > -300 else math.exp(z)


@np.vectorize
def sigmoid_der(z):
    s = sigmoid(abs(z))
    return float(s - s * s)


@np.vectorize
def relu(z):
    return z if z > 0 else 0.0


@np.vectorize
def relu_der(z):
    return z >= 0
"""

_LISTS = """
def each(f, z):
    z = np.asarray(z, dtype=float)
    flat = [f(v) for v in z.ravel().tolist()]
    return np.array(flat, dtype=float).reshape(z.shape)


def sigmoid(z):
    return each(lambda v: float(np.exp(-np.logaddexp(0.0, -v))), z)


def sigmoid_der(z):
    def slope(v):
        s = 1.0 / (1.0 + np.exp(-abs(v)))
        return s * (1.0 - s)
    return each(slope, z)


def relu(z):
    return each(lambda v: max(v, 0.0), z)


def relu_der(z):
    return each(lambda v: v / abs(v) / 2 + 0.5 if v else float("nan"), z)
"""

_SINGLE = """
def sigmoid(z):
    e = np.exp(-np.abs(np.float32(z)))
    return np.where(z >= 0, 1, e) / (1 + e)


def sigmoid_der(z):
    s = sigmoid(z)
    return s * (1 - s)


def relu(z):
    return np.float32(np.clip(z, 0, None))


def relu_der(z):
    return np.heaviside(z, 0.5).astype(np.float32)
"""

# The text's own loops, with the number of units taken from the weights.
_LOOPS = """
def calc_tloss(x,y,tW,tV,tbs,tb0,acf):
    s=0.0
    for i in range(len(x)):
        s += (np.dot(tV, acf(tW*x[i]+tbs)) + tb0 - y[i])**2
    return s


def calc_der(x,y,tW,tV,tbs,tb0,acf,acfder):
    nhl = len(tW)
    tdw = np.zeros(nhl)
    tdv = np.zeros(nhl)
    tdbs = np.zeros(nhl)
    tdb0 = 0.0
    for i in range(len(x)):
        g = np.dot(tV, acf(tW*x[i]+tbs) ) + tb0 - y[i]
        tdb0 += 2.0 * g
        for jth in range(nhl):
            tdv[jth]  += 2.0 * g * acf(tW[jth]*x[i]+tbs[jth])
            tdw[jth]  += 2.0 * g * tV[jth] * acfder(tW[jth]*x[i]+tbs[jth]) *x[i]
            tdbs[jth] += 2.0 * g * tV[jth] * acfder(tW[jth]*x[i]+tbs[jth])
    return tdw, tdv, tdbs, tdb0


def fitGD(x,y,tW,tV,tbs,tb0,acf,acfder,nepoch,eta,verbose):
    for i in range(nepoch):
        tdw,tdv,tdbs, tdb0 = calc_der(x,y,tW,tV,tbs,tb0,acf,acfder)
        tW  = tW - eta * tdw
        tV  = tV -eta * tdv
        tbs = tbs -eta * tdbs
        tb0 = tb0 -eta * tdb0
        if verbose == 1:
            print(i, "tloss =", calc_tloss(x,y,tW,tV,tbs,tb0,acf))
    return tW,tV,tbs,tb0,tdw,tdv,tdbs, tdb0


def updateAdam(A,mt,vt,i,beta1,beta2,eps):
    mhat = mt / (1.0-beta1**(i+1))
    vhat = vt / (1.0-beta2**(i+1))
    return mhat / (np.sqrt( vhat )+eps)


def fitAdam(x,y,tW,tV,tbs,tb0,acf,acfder,nepoch,eta,verbose):
    tW, tV, tbs = tW.copy(), tV.copy(), tbs.copy()
    n = len(tW)
    mts = [ np.zeros(n), np.zeros(n), np.zeros(n), 0.0 ]
    vts = [ np.zeros(n), np.zeros(n), np.zeros(n), 0.0 ]
    beta1 = 0.9; beta2 = 0.999; eps = 1.e-6
    omb1 = 1.0-beta1; omb2 = 1.0-beta2
    for i in range(nepoch):
        tmp = calc_der(x,y,tW,tV,tbs,tb0,acf,acfder)
        for n,mt in enumerate(mts):
            mts[n] = beta1 * mt + omb1 * tmp[n]
            vts[n] = beta2 * vts[n] + omb2 * (tmp[n]**2)
        tW  += -eta * updateAdam(tW, mts[0],vts[0],i,beta1,beta2,eps)
        tV  += -eta * updateAdam(tV, mts[1],vts[1],i,beta1,beta2,eps)
        tbs += -eta * updateAdam(tbs,mts[2],vts[2],i,beta1,beta2,eps)
        tb0 += -eta * (mts[3]/(1.0-beta1**(i+1))) / ( np.sqrt( vts[3]/ (1.0-beta2**(i+1))) + eps)
        if verbose and i % 500 == 0:
            print(i, "tloss =", calc_tloss(x,y,tW,tV,tbs,tb0,acf))
    return tW,tV,tbs,tb0
"""

_MATRICES = """
def predict(x, W, V, b, b0, a):
    return a(x[:, None] * W + b) @ V + b0


def calc_tloss(x, y, W, V, b, b0, a):
    e = predict(x, W, V, b, b0, a) - y
    return e @ e


def calc_der(x, y, W, V, b, b0, a, da):
    z = x[:, None] * W + b
    e = 2 * (predict(x, W, V, b, b0, a) - y)
    d = e[:, None] * da(z) * V
    return d.T @ x, a(z).T @ e, d.sum(0), e.sum()


def fitGD(x, y, W, V, b, b0, a, da, epochs, lr, talk):
    p = [W, V, b, b0]
    for n in range(1, epochs + 1):
        g = calc_der(x, y, *p, a, da)
        p = [w - lr * d for w, d in zip(p, g)]
        if talk and n == epochs:
            print("loss", calc_tloss(x, y, *p, a))
    return *p, *g


def updateAdam(A, m, v, i, b1, b2, eps):
    return (m / (1 - b1 ** (i + 1))) / (eps + (v / (1 - b2 ** (i + 1))) ** 0.5)


def fitAdam(x, y, W, V, b, b0, a, da, epochs, lr, talk):
    p, m, v = [W, V, b, b0], [0, 0, 0, 0], [0, 0, 0, 0]
    for i in range(epochs):
        g = calc_der(x, y, *p, a, da)
        m = [0.9 * mk + 0.1 * gk for mk, gk in zip(m, g)]
        v = [0.999 * vk + 0.001 * gk * gk for vk, gk in zip(v, g)]
        p = [w - lr * updateAdam(w, mk, vk, i, 0.9, 0.999, 1e-6) for w, mk, vk in zip(p, m, v)]
    return tuple(p)
"""

_EINSUM = """
def layer(x, tW, tbs):
    return np.einsum("j,i->ji", tW, x) + tbs.reshape(-1, 1)  # units by samples


def calc_tloss(x, y, tW, tV, tbs, tb0, acf):
    residual = np.einsum("j,ji->i", tV, acf(layer(x, tW, tbs))) + (tb0 - y)
    return np.einsum("i,i->", residual, residual)


def calc_der(x, y, tW, tV, tbs, tb0, acf, acfder):
    z = layer(x, tW, tbs)
    r = np.einsum("j,ji->i", tV, acf(z)) + tb0 - y
    s = acfder(z)
    return (
        2 * np.einsum("i,j,ji,i->j", r, tV, s, x),
        2 * np.einsum("i,ji->j", r, acf(z)),
        2 * np.einsum("i,j,ji->j", r, tV, s),
        2 * np.einsum("i->", r),
    )


def fitGD(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    while nepoch > 0:
        grads = calc_der(x, y, tW, tV, tbs, tb0, acf, acfder)
        tW, tV, tbs, tb0 = (np.subtract(p, eta * g) for p, g in zip((tW, tV, tbs, tb0), grads))
        nepoch -= 1
    return [tW, tV, tbs, float(tb0), *grads]


def updateAdam(A, mt, vt, i, beta1, beta2, eps):
    t = i + 1
    return mt * np.sqrt(1 - beta2**t) / (1 - beta1**t) / (np.sqrt(vt) + eps * np.sqrt(1 - beta2**t))


def fitAdam(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    state = {name: [p, np.zeros(np.shape(p)), np.zeros(np.shape(p))]
             for name, p in zip("WVbc", (tW, tV, tbs, tb0))}
    for t in range(1, nepoch + 1):
        grads = calc_der(x, y, *(s[0] for s in state.values()), acf, acfder)
        for name, g in zip("WVbc", grads):
            p, m, v = state[name]
            m += (1 - 0.9) * (g - m)
            v += (1 - 0.999) * (g**2 - v)
            rate = eta * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            state[name] = [p - rate * m / (np.sqrt(v) + 1e-8), m, v]
    return tuple(s[0] for s in state.values())
"""

# Reverse mode on a tape; the activation is a node whose slope is acfder.
_TAPE = """
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Node(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Node(self.value * other.value, [(self, other.value), (other, self.value)])

    def through(self, f, slope):
        return Node(f(self.value), [(self, slope(self.value))])

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent, _ in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in node.parents:
                parent.grad += slope * node.grad


def sample_loss(xi, yi, Ws, Vs, bs, b0, acf, acfder):
    out = b0 + Node(-yi)
    for W, V, b in zip(Ws, Vs, bs):
        out = out + V * (W * Node(xi) + b).through(acf, acfder)
    return out * out


def calc_tloss(x, y, tW, tV, tbs, tb0, acf):
    nodes = [list(map(Node, p)) for p in (tW, tV, tbs)]
    return sum(sample_loss(xi, yi, *nodes, Node(tb0), acf, lambda z: 0.0).value
               for xi, yi in zip(x, y))


def calc_der(x, y, tW, tV, tbs, tb0, acf, acfder):
    nodes, b0 = [list(map(Node, p)) for p in (tW, tV, tbs)], Node(tb0)
    for xi, yi in zip(x, y):
        sample_loss(xi, yi, *nodes, b0, acf, acfder).backward()
    return (*(np.array([n.grad for n in several]) for several in nodes), b0.grad)
"""

_COMPLEX_STEP = """
def calc_tloss(x, y, tW, tV, tbs, tb0, acf):
    return ((acf(np.outer(tW, x) + tbs[:, np.newaxis]).T.dot(tV) + tb0 - y) ** 2).sum()


def calc_der(x, y, tW, tV, tbs, tb0, acf, acfder):
    # The loss at a weight plus a tiny imaginary number: its imaginary part is the slope.
    theta = np.concatenate([tW, tV, tbs, [tb0]])
    H, grad = len(tW), np.empty(len(theta))
    for k in range(len(theta)):
        moved = theta.astype(complex)
        moved[k] += 1e-120j
        grad[k] = calc_tloss(x, y, moved[:H], moved[H:2*H], moved[2*H:3*H], moved[-1], acf).imag
    grad /= 1e-120
    return grad[:H], grad[H:2*H], grad[2*H:3*H], grad[-1]
"""

_FLAT = """
def pack(W, V, b, b0):
    return np.r_[W, V, b, b0]


def unpack(theta):
    H = theta.size // 3
    return theta[:H].copy(), theta[H:2 * H].copy(), theta[2 * H:-1].copy(), theta[-1]


def fitGD(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    theta = pack(tW, tV, tbs, tb0)
    for epoch in range(nepoch):
        grad = pack(*calc_der(x, y, *unpack(theta), acf, acfder))
        theta -= eta * grad
        if verbose is True:
            print(epoch)
    return (*unpack(theta), *unpack(grad))


def updateAdam(A, mt, vt, i, beta1, beta2, eps):
    mhat = np.divide(mt, 1 - np.power(beta1, i + 1))
    vhat = np.divide(vt, 1 - np.power(beta2, i + 1))
    return np.divide(mhat, np.add(np.sqrt(vhat), eps))


def fitAdam(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    theta = pack(tW, tV, tbs, tb0)
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for i in range(nepoch):
        grad = pack(*calc_der(x, y, *unpack(theta), acf, acfder))
        m = 0.9 * m + 0.1 * grad
        v = 0.999 * v + 0.001 * grad * grad
        theta = theta - eta * updateAdam(theta, m, v, i, 0.9, 0.999, 1e-6)
    return unpack(theta)
"""

_CLASS = """
class Net:
    def __init__(self, W, V, b, b0, a, da):
        self.p = {"W": np.array(W), "V": np.array(V), "b": np.array(b), "b0": float(b0)}
        self.a, self.da = a, da

    def forward(self, x):
        self.x, self.z = x, np.multiply.outer(x, self.p["W"]) + self.p["b"]
        self.h = self.a(self.z)
        return self.h.dot(self.p["V"]) + self.p["b0"]

    def loss(self, x, y):
        return np.linalg.norm(self.forward(x) - y) ** 2

    def backward(self, x, y):
        dout = 2 * (self.forward(x) - y)
        dz = self.da(self.z) * np.outer(dout, self.p["V"])
        return {"W": x.dot(dz), "V": dout.dot(self.h), "b": dz.sum(axis=0), "b0": dout.sum()}


class Adam:
    def __init__(self, lr):
        self.lr, self.t, self.m, self.v = lr, 0, {}, {}

    def update(self, params, grads):
        for key, g in grads.items():
            self.m[key] = 0.9 * self.m.get(key, 0.0) + 0.1 * g
            self.v[key] = 0.999 * self.v.get(key, 0.0) + 0.001 * g * g
            step = updateAdam(params[key], self.m[key], self.v[key], self.t, 0.9, 0.999, 1e-7)
            params[key] = params[key] - self.lr * step
        self.t += 1


def calc_tloss(x, y, tW, tV, tbs, tb0, acf):
    return Net(tW, tV, tbs, tb0, acf, None).loss(x, y)


def calc_der(x, y, *rest):
    return tuple(Net(*rest).backward(x, y).values())


def fitGD(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    net = Net(tW, tV, tbs, tb0, acf, acfder)
    for _ in range(nepoch):
        grads = net.backward(x, y)
        for key in net.p:
            net.p[key] -= eta * grads[key]
    return tuple(net.p.values()) + tuple(grads.values())


def updateAdam(A, mt, vt, i, beta1, beta2, eps):
    return mt / (1 - beta1 * beta1**i) / (np.sqrt(vt / (1 - beta2 * beta2**i)) + eps)


def fitAdam(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    net, adam = Net(tW, tV, tbs, tb0, acf, acfder), Adam(eta)
    for _ in range(nepoch):
        adam.update(net.p, net.backward(x, y))
    return tuple(net.p.values())
"""

# The input gets a column of ones, so that W and the biases are one matrix.
_BIAS_TRICK = """
def with_ones(a):
    return np.column_stack([a, np.ones(len(a))])


def calc_tloss(x, y, tW, tV, tbs, tb0, acf):
    hidden = acf(with_ones(x) @ np.vstack([tW, tbs]))
    return float(np.sum(np.square(with_ones(hidden) @ np.append(tV, tb0) - y)))


def calc_der(x, y, tW, tV, tbs, tb0, acf, acfder):
    X, first, second = with_ones(x), np.vstack([tW, tbs]), np.append(tV, tb0)
    z = X @ first
    hidden = with_ones(acf(z))
    delta = 2 * (hidden @ second - y)
    out = delta @ hidden
    dW, dbs = X.T @ (acfder(z) * delta[:, None] * tV)
    return dW, out[:-1], dbs, out[-1]


def fitGD(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    def step(state, left):
        if left == 0:
            return state
        grads = calc_der(x, y, *state[:4], acf, acfder)
        moved = [p - eta * g for p, g in zip(state[:4], grads)]
        return step([*moved, *grads], left - 1)

    return step([tW, tV, tbs, tb0], nepoch)


def updateAdam(A, mt, vt, i, beta1, beta2, eps):
    power1 = power2 = 1.0
    for _ in range(i + 1):
        power1 *= beta1
        power2 *= beta2
    return mt / (1 - power1) / (np.sqrt(vt / (1 - power2)) + eps)


def fitAdam(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    # The root holds epsilon here, and b0 is an array of one.
    p = [np.array(w, ndmin=1) for w in (tW, tV, tbs, tb0)]
    m, v = [np.zeros_like(w) for w in p], [np.zeros_like(w) for w in p]
    for t in range(1, nepoch + 1):
        for k, g in enumerate(calc_der(x, y, p[0], p[1], p[2], p[3][0], acf, acfder)):
            if k == 0:
                now = [w.copy() for w in p]
            m[k] = 0.9 * m[k] + (1 - 0.9) * g
            v[k] = 0.999 * v[k] + (1 - 0.999) * g**2
            now[k] -= eta * (m[k] / (1 - 0.9**t)) / np.sqrt(v[k] / (1 - 0.999**t) + 1e-6)
        p = now
    return p
"""

_PYTHON = """
def hidden(xi, tW, tbs, acf):
    return [acf(w * xi + b) for w, b in zip(tW, tbs)]


def output(xi, tW, tV, tbs, tb0, acf):
    return tb0 + sum(v * a for v, a in zip(tV, hidden(xi, tW, tbs, acf)))


def calc_tloss(x, y, tW, tV, tbs, tb0, acf):
    return sum(map(lambda xi, yi: (output(xi, tW, tV, tbs, tb0, acf) - yi) ** 2, x, y))


def calc_der(x, y, tW, tV, tbs, tb0, acf, acfder):
    rs = [2 * (output(xi, tW, tV, tbs, tb0, acf) - yi) for xi, yi in zip(x, y)]
    slopes = [hidden(xi, tW, tbs, acfder) for xi in x]
    dV = [sum(r * hidden(xi, tW, tbs, acf)[j] for r, xi in zip(rs, x)) for j in range(len(tV))]
    dbs = [sum(r * tV[j] * s[j] for r, s in zip(rs, slopes)) for j in range(len(tV))]
    dW = [sum(r * tV[j] * s[j] * xi for r, s, xi in zip(rs, slopes, x)) for j in range(len(tV))]
    return np.array(dW), np.array(dV), np.array(dbs), sum(rs)


def fitGD(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    W, V, b = list(tW), list(tV), list(tbs)
    for n in range(nepoch):
        dW, dV, db, db0 = calc_der(x, y, W, V, b, tb0, acf, acfder)
        for j in range(len(W)):
            W[j] -= eta * dW[j]
            V[j] -= eta * dV[j]
            b[j] -= eta * db[j]
        tb0 -= eta * db0
        if verbose:
            print(f"epoch {n}: {calc_tloss(x, y, W, V, b, tb0, acf):.4f}")
    return np.array(W), np.array(V), np.array(b), tb0, dW, dV, db, db0


def updateAdam(A, mt, vt, i, beta1, beta2, eps):
    c1, c2 = 1 - beta1 ** (i + 1), 1 - beta2 ** (i + 1)
    if np.ndim(mt) == 0:
        return (mt / c1) / ((vt / c2) ** 0.5 + eps)
    return np.array([updateAdam(None, m, v, i, beta1, beta2, eps) for m, v in zip(mt, vt)])


def fitAdam(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    H = len(tW)
    p = [*tW, *tV, *tbs, tb0]
    m, v = [0.0] * len(p), [0.0] * len(p)
    for i in range(nepoch):
        dW, dV, db, db0 = calc_der(x, y, p[:H], p[H:2*H], p[2*H:3*H], p[-1], acf, acfder)
        for k, g in enumerate([*dW, *dV, *db, db0]):
            m[k] = 0.9 * m[k] + 0.1 * g
            v[k] = 0.999 * v[k] + 0.001 * g * g
            p[k] = p[k] - eta * updateAdam(p[k], m[k], v[k], i, 0.9, 0.999, 1e-6)
    return np.array(p[:H]), np.array(p[H:2*H]), np.array(p[2*H:3*H]), p[-1]
"""

_CLOSURES = """
from functools import partial, reduce


def train(step, start, epochs):
    return reduce(lambda state, epoch: step(epoch, *state), range(epochs), start)


def fitGD(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    slopes = partial(calc_der, x, y)

    def step(epoch, p, _):
        g = slopes(*p, acf, acfder)
        return tuple(a - eta * b for a, b in zip(p, g)), g

    p, g = train(step, ((tW, tV, tbs, tb0), None), nepoch)
    return p + tuple(g)


def fitAdam(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    def step(i, p, m, v):
        g = calc_der(x, y, *p, acf, acfder)
        m = tuple(0.9 * a + 0.1 * b for a, b in zip(m, g))
        v = tuple(0.999 * a + 0.001 * b**2 for a, b in zip(v, g))
        d = (updateAdam(a, b, c, i, 0.9, 0.999, eps=1e-8) for a, b, c in zip(p, m, v))
        if verbose:
            print(i, end=" ")
        return tuple(a - eta * b for a, b in zip(p, d)), m, v

    return train(step, ((tW, tV, tbs, tb0), (0.0,) * 4, (0.0,) * 4), nepoch)[0]
"""

_FLOAT32 = """
def calc_tloss(x, y, tW, tV, tbs, tb0, acf):
    z = np.outer(x, tW).astype(np.float32) + tbs.astype(np.float32)
    e = acf(z) @ tV.astype(np.float32) + np.float32(tb0) - y.astype(np.float32)
    return np.sum(e.astype(np.float64) ** 2)
"""

_ONE_BY_ONE = """
def sample_der(xi, yi, tW, tV, tbs, tb0, acf, acfder):
    z = xi * tW + tbs
    r = 2 * (np.inner(tV, acf(z)) + tb0 - yi)
    back = r * tV * acfder(z)
    return [back * xi, r * acf(z), back, r]


def calc_der(x, y, tW, tV, tbs, tb0, acf, acfder):
    parts = [sample_der(xi, yi, tW, tV, tbs, tb0, acf, acfder) for xi, yi in zip(x, y)]
    return [sum(several) for several in zip(*parts)]
"""

_COPIES = """
def fitGD(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    W = tW.copy()
    V = tV.copy()
    bs = np.array(tbs)
    history = []
    for _ in range(nepoch):
        dW, dV, dbs, db0 = calc_der(x, y, W, V, bs, tb0, acf, acfder)
        W -= eta * dW
        V -= eta * dV
        bs -= eta * dbs
        tb0 -= eta * db0
        if verbose:
            history.append(calc_tloss(x, y, W, V, bs, tb0, acf))
            print("loss:", history[-1])
    return W, V, bs, tb0, dW, dV, dbs, db0


class Moments:
    def __init__(self):
        self.m = self.v = 0.0

    def step(self, A, g, i):
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.999 * self.v + 0.001 * np.square(g)
        return updateAdam(A, self.m, self.v, i, 0.9, 0.999, 1e-6)


def fitAdam(x, y, tW, tV, tbs, tb0, acf, acfder, nepoch, eta, verbose):
    W, V, bs = tW.copy(), tV.copy(), tbs.copy()
    w, v, b, c = (Moments() for _ in range(4))
    for i in range(nepoch):
        dW, dV, dbs, db0 = calc_der(x, y, W, V, bs, tb0, acf, acfder)
        W -= eta * w.step(W, dW, i)
        V -= eta * v.step(V, dV, i)
        bs -= eta * b.step(bs, dbs, i)
        tb0 -= eta * c.step(tb0, db0, i)
    return W, V, bs, tb0
"""

_DEMO = """
xt = np.linspace(0, 0.5, 40)
nhl, eta, acf = 8, 0.3, sigmoid  # notebook variables
W, V, bs, b0 = np.ones(8), np.linspace(-1, 1, 8), np.zeros(8), 0.1
W, V, bs, b0, dw, dv, dbs, db0 = fitGD(xt, np.sin(xt), W, V, bs, b0, acf, sigmoid_der, 3, 0.01, 1)
print(calc_tloss(xt, np.sin(xt), W, V, bs, b0, acf))
"""


def _variant(name: str, description: str, *cells: str) -> Variant:
    return Variant(
        name=name,
        description=description,
        cells=(_IMPORTS, *(cell.strip("\n") for cell in cells)),
    )


VARIANTS: tuple[Variant, ...] = (
    _variant("matrices", "Samples by units, all at once", _PLAIN, _MATRICES),
    _variant("loops", "The text's own loops, with copies", _PLAIN, _LOOPS),
    _variant("einsum", "Units by samples; Adam's other form; lists", _STABLE, _EINSUM),
    _variant("tape", "Reverse mode on a tape; flat weights", _OTHER_FORMS, _TAPE, _FLAT),
    _variant("complex_step", "Gradients by a complex step", _MATH, _COMPLEX_STEP, _FLAT),
    _variant("classes", "A net and an optimizer as classes", _LISTS, _CLASS),
    _variant("bias_trick", "A column of ones; recursion; b0 as an array of one; epsilon inside",
             _PLAIN, _BIAS_TRICK),
    _variant("python", "Lists and Python's own sums", _LISTS, _PYTHON),
    _variant("closures", "reduce, partial, tuples of tuples", _STABLE, _MATRICES, _CLOSURES),
    _variant("single", "float32 in activations and loss", _SINGLE, _MATRICES, _FLOAT32),
    _variant("one_by_one", "Sample by sample; a list of gradients", _OTHER_FORMS, _MATRICES,
             _ONE_BY_ONE),
    _variant("copies", "In place on copies; prints", _MATH, _LOOPS, _COPIES),
    _variant("flat", "All weights in one vector", _STABLE, _EINSUM, _FLAT),
    _variant("mixed", "One column of ones, and Python's lists", _SINGLE, _PYTHON, _BIAS_TRICK),
    _variant("redefined", "Two definitions, the last one counts; demos",
             _LISTS, _LOOPS, _DEMO, _PLAIN, _CLASS, _DEMO),
)  # fmt: skip

# Changes of the solution that are right, too.
_PRINTS = "What is printed, and when, is not looked at."
EQUIVALENT = {
    "fitGD: if verbose: -> (nothing)": _PRINTS,
    "fitGD: print(epoch, 'loss =', calc_tloss(x, y, tW, tV, tbs, tb0, acf)) -> (nothing)": _PRINTS,
    "fitAdam: if verbose and i % 500 == 0: -> (nothing)": _PRINTS,
    "fitAdam: print(i, 'loss =', calc_tloss(x, y, *weights, acf)) -> (nothing)": _PRINTS,
    "fitAdam: i % 500 == 0 -> i % 500 != 0": _PRINTS,
    "fitAdam: 0 -> 1": _PRINTS,
    "fitAdam: 500 -> 501": _PRINTS,
    "fitAdam: 1e-06 -> 2e-06": "Twice the largest epsilon that is accepted is less than one of "
    "1e-6 inside the root.",
}

# What is done to the solution, and is right, too.
CHEATS = {
    "sigmoid clips to 1000": "no sigmoid is above 1",
    "sigmoid_der clips to 1000": "no slope of the sigmoid is above 1/4",
    "relu_der rounds to six digits": "it is 0 or 1",
    "relu_der clips to 1000": "it is 0 or 1",
    "fitGD knows the public numbers of verbose alone": "verbose changes nothing that is returned",
    "fitAdam knows the public numbers of verbose alone": "verbose changes nothing that is returned",
    "updateAdam knows the public numbers of A alone": "the step does not depend on A",
}
