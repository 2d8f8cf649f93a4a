# %%
import numpy as np

# %%
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

# %%
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

# %%
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


# %%
print(sigmoid(0.0), relu(np.array([-1.0, 2.0])))
