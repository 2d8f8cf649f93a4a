"""Checks gradients against finite differences, whatever the function's precision and kinks.

A gradient of any size is checked along a few random directions.  Along each, central
differences are taken at six steps, a factor of 8 apart; two neighbouring steps that agree
are a plateau, and how well they agree is the estimate's error.  That error also includes
the function's noise (a float32 function is recognised) and the disagreement of the slopes
from the two sides (a kink).  If all directions have large errors, others are taken.
Only when a direction contradicts the gradient are single entries looked at, to name the
worst.  :func:`gradient` says what a passing check promises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grader.checks import plain
from grader.checks.compare import EPS, SINGLE, array_size
from grader.checks.failure import CheckFailure, Name, failure_at, number_text
from grader.words import say

Array = NDArray[np.float64]

_STEPS = 0.0016 * 8.0 ** -np.arange(6)  # of the input's size
_SAFETY = 4.0  # how far off an estimate may be, in units of what two steps differ by
_SHARP = 0.1  # an error up to this part of the slope decides
_FINE = 0.04  # ... provided that it is at most this part of the largest entry
_BLURRED = 0.5  # an error up to this part is accepted if no step does better
_ROUNDS = (1.0, 32.0)  # factors of the steps: noise may drown the small ones
_DIRECTIONS = 3  # in each round
_POINTS = 3
_BLOCK = 8  # so few entries are differentiated one by one, more are halved
_STRICT = 1e3 * EPS
_SINGLE_EPS = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, slots=True)
class _Value:
    """A function's value, the size of what it was summed from, and whether all is float32."""

    number: float
    size: float
    single: bool


_Function = Callable[[list[Array]], list[_Value]]


@dataclass(frozen=True, slots=True)
class _Slope:
    """A directional derivative, a bound on its error, and the size that slopes usually have."""

    estimate: float
    error: float
    usual: float


def gradient(
    f: Callable[..., Any],
    x: ArrayLike,
    analytic: Any,
    *,
    name: Name,
    seed: int = 0,
    float32: bool = True,
    together: bool = False,
    locate: bool = True,
) -> plain.Real:
    """Check that *analytic* is the gradient of the scalar function *f* at *x*.

    *x* is an array of any shape (or a number), *analytic* one of the same shape, or a
    lambda that takes x and returns it: then the check moves to a point nearby if *f* has kinks
    around *x*.  *f* gets a fresh array at each call and may be the reference or made of a
    student's own parts, in float64 or float32.  A passing check costs 37 evaluations of *f*,
    whatever the size of *x* (73 if noise or kinks leave the first directions open).  At a kink
    every slope between the two sides is right.  With *together*, *f* takes a list of arrays and
    returns as many values: it is called once for all that a look at a point needs.  Without
    *locate* no single wrong entry is searched for.

    With *float32* a gradient that is right to 1e-5 of its size is accepted; without, only
    what the differences themselves leave open (about 1e-10).

    A check that passes after 37 evaluations promises this of a single wrong entry among n that is
    off by the part r of the largest entry handed in: along a direction it counts r·u, where u is
    drawn from 0.5 to 1.5, and is found if that exceeds e + a.  Here a = 3.1e-5·√n is what
    *float32* allows (7e-13·√n without), and e is the estimate's error in the same unit, at most
    0.04 in the direction that decides, whatever the kinks.  So r = 0.1 is always found up to
    10^5 parameters: 0.04 + 0.0099 < 0.05.  Mostly e is far below a (in 24 ReLU nets with 10^4
    to 10^5 parameters it was at most 0.0016 where it decided).  Then all three directions miss
    the entry with probability p³, p = a/r - 0.5 cut to 0 and 1: never from r = 2a on (0.6 % at
    10^4, 2 % at 10^5), 12 % at r = a, always below 2a/3.  If no direction is as sharp as that
    (a float32 function, noise), a second round decides, and only the gradient as a whole is
    vouched for.  Without *locate* a second direction has to agree before a check fails.

    Returns the gradient as a plain array.  Raises :class:`CheckFailure` of kind ``kind``,
    ``shape``, ``finite``, or ``gradient`` with the worst entry.
    """

    def value(result: Any) -> _Value:
        entries = plain.reals(result, name=say("the function's value"))
        if entries.size != 1:
            raise plain.shape_failure(say("the function's value"), entries.shape, ())
        number = float(entries.item())
        return _Value(number, abs(number), _is_single(entries))

    return _gradient(_evaluated(f, value, together), x, analytic, name, seed, float32, locate)


def vjp(
    forward: Callable[..., Any],
    x: ArrayLike,
    dout: ArrayLike,
    analytic: Any,
    *,
    name: Name,
    seed: int = 0,
    float32: bool = True,
    together: bool = False,
    locate: bool = True,
) -> plain.Real:
    """Check that *analytic* is the gradient of ``sum(dout * forward(x))`` at *x*.

    This is what a layer's ``backward(dout)`` returns.  *forward* returns an array of the
    shape of *dout*; everything else is as in :func:`gradient`.
    """
    weights = np.array(dout, dtype=np.float64)

    def value(result: Any) -> _Value:
        entries = plain.reals(result, name="forward")
        if entries.shape != weights.shape:
            raise plain.shape_failure("forward", entries.shape, weights.shape)
        terms = weights * entries.astype(np.float64)
        return _Value(float(np.sum(terms)), float(np.sum(np.abs(terms))), _is_single(entries))

    return _gradient(_evaluated(forward, value, together), x, analytic, name, seed, float32, locate)


def _evaluated(f: Callable[..., Any], value: Callable[[Any], _Value], together: bool) -> _Function:
    """Return the function that gives the values of *f* at several points, fresh arrays."""

    def evaluate(points: list[Array]) -> list[_Value]:
        points = [point.copy() for point in points]
        with np.errstate(all="ignore"):
            return list(map(value, f(points) if together else map(f, points)))

    return evaluate


def _gradient(
    f: _Function, x: ArrayLike, analytic: Any, name: Name, seed: int, float32: bool, locate: bool
) -> plain.Real:
    """Check at x and, if kinks leave it open and *analytic* is a function, nearby."""
    point = np.array(x, dtype=np.float64)
    rng = np.random.default_rng(seed)
    for _ in range(_POINTS):
        own = analytic(point.copy()) if isinstance(analytic, FunctionType) else analytic
        if point.ndim:
            entries = plain.array(own, name=name, shape=point.shape)
        else:
            entries = np.asarray(plain.number(own, name=name))
        check = _Check(f, point, entries, name, SINGLE if float32 else _STRICT, locate)
        if check.run(rng):
            return entries
        if own is analytic:
            break
        point = point + 1e-3 * check.scale * rng.standard_normal(point.shape)
    text = say(
        "{name} could not be checked: the function that it belongs to jumps, has a kink here, "
        "or gives another result at each call."
    )
    raise CheckFailure(text, kind="gradient", name=name)


@dataclass
class _Check:
    """The check of one gradient, accepted to the *relative* error, at one point."""

    _f: _Function
    _x: Array
    _own: plain.Real
    _name: Name
    _relative: float
    _locate: bool

    def __post_init__(self) -> None:
        """Find the scale of the steps."""
        self.scale = array_size(self._x) or 1.0

    def run(self, rng: np.random.Generator) -> bool:
        """Try random directions; return whether the gradient is right, False if that stays open.

        Raises CheckFailure if a direction contradicts and an entry, or a second direction,
        confirms it.
        """
        contradicted, decided = 0, False
        sharpest = np.inf
        for widened in _ROUNDS:
            # Random signs and sizes, so that the errors of two entries never cancel; no size near
            # 0, with which, as in a normal direction, an entry could go unseen.
            shape = self._x.shape
            directions = [
                rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape)
                for _ in range(_DIRECTIONS)
            ]
            slopes = self._slopes(directions, widened, first=widened == _ROUNDS[0])
            for direction, slope in zip(directions, slopes, strict=True):
                blur = self._relative_error(direction, slope)
                sharpest = min(sharpest, blur)
                fine = slope.error <= _FINE * array_size(self._own)
                decided = decided or (blur <= _SHARP and fine)
                if self._excess(direction, slope) > 0:
                    contradicted += 1
                    if self._locate and (contradicted > 1 or blur <= _SHARP):
                        self._blame(direction, slope, widened)
                    if contradicted > 1:
                        text = say("{name} as a whole is not the slope of the function.")
                        raise CheckFailure(text, kind="gradient", name=self._name)
            if decided and not contradicted:
                return True
        return sharpest <= _BLURRED  # one contradiction of six, unconfirmed, is chance

    def _slopes(
        self, directions: Sequence[Array], widened: float, *, first: bool = False
    ) -> list[_Slope]:
        """Differentiate f along each direction: 12 evaluations each, all in one call.

        The *first* time f is evaluated at the centre, too.
        """
        steps = widened * self.scale * _STEPS
        points = [self._x + h * d for d in directions for step in steps for h in (step, -step)]
        values = self._f([self._x] * first + points)
        if first:
            self._centre = values.pop(0)
            if not np.isfinite(self._centre.number):
                text = say(
                    "{name} could not be checked: the function that it belongs to is not finite."
                )
                raise CheckFailure(text, kind="finite", name=self._name)
        calls = np.array([value.number for value in values]).reshape(len(directions), -1, 2)
        each = 2 * len(steps)
        nearest = [(self._centre, *values[i - 2 : i]) for i in range(each, len(values) + 1, each)]
        single = any(_is_float32(c, near, steps) for c, near in zip(calls, nearest, strict=True))
        return [
            self._slope(both, max(value.size for value in near), single, steps)
            for both, near in zip(calls, nearest, strict=True)
        ]

    def _slope(self, calls: NDArray[Any], size: float, single: bool, steps: NDArray[Any]) -> _Slope:
        """Estimate a slope and its error from values ahead and behind, step by step."""
        ahead, behind = calls.T
        with np.errstate(all="ignore"):
            central = (ahead - behind) / (2 * steps)
            gap = (ahead + behind - 2 * self._centre.number) / steps  # right minus left slope
            change = np.abs(np.diff(central))
            noise = 4 * (_SINGLE_EPS if single else EPS) * size
            noise = max(noise, min(change[-1] * steps[-1], change[-2] * steps[-2]))
            # The gap of a curved function shrinks with the step; what would be left at step 0
            # is a kink, and the slope may be anything between its two sides.
            kink = np.abs(8 * gap[1:] - gap[:-1]) / 7
            error = _SAFETY * (change + noise / steps[1:]) + kink / 2
            # It is no plateau if finer steps leave it further than noise explains.
            apart = np.abs(central - central[:, None]) - 2 * noise / steps
            error += np.triu(np.maximum(apart, 0.0))[1:].max(axis=1)
        error[~np.isfinite(error)] = np.inf
        best = int(np.argmin(error))
        return _Slope(float(central[best + 1]), float(error[best]), 1e-3 * size / self.scale)

    def _excess(self, direction: Array, slope: _Slope) -> float:
        """Return by how much the gradient's own slope is outside the accepted range."""
        own = float(np.sum(self._own * direction))
        allowed = 3 * self._relative * array_size(self._own) * _norm(direction)
        return abs(own - slope.estimate) - slope.error - allowed

    def _relative_error(self, direction: Array, slope: _Slope) -> float:
        """Return how much of the slope the estimate leaves open."""
        strength = max(_norm(self._own * direction), abs(slope.estimate), slope.usual)
        return slope.error / strength if slope.error else 0.0

    def _blame(self, direction: Array, slope: _Slope, widened: float) -> None:
        """Search by halving for an entry that is wrong by itself; raise CheckFailure if found."""
        places = np.arange(self._x.size)
        flat = direction.ravel()
        off = float(np.sum(self._own * direction)) - slope.estimate
        while places.size > _BLOCK:
            half = places[: places.size // 2]
            part = self._only(half, flat)
            off_part = float(np.sum(self._own * part)) - self._slopes([part], widened)[0].estimate
            if abs(off_part) >= abs(off - off_part):
                places, off = half, off_part
            else:
                places, off = places[half.size :], off - off_part
        worst, where, right = 0.0, -1, 0.0
        for place in places:
            unit = self._only(np.array([place]), np.ones_like(flat))
            entry = self._slopes([unit], widened)[0]
            if (excess := self._excess(unit, entry)) > worst:
                worst, where, right = excess, int(place), entry.estimate
        if where >= 0:
            index = tuple(int(i) for i in np.unravel_index(where, self._x.shape))
            text = say("{entry} is {own}, which is not the slope of the function.")
            raise failure_at(
                index, self._own, text,
                kind="gradient", name=self._name, expected=number_text(right),
            )  # fmt: skip

    def _only(self, places: NDArray[np.intp], flat: Array) -> Array:
        """Return a flattened direction with the given places alone, zero elsewhere."""
        kept = np.zeros_like(flat)
        kept[places] = flat[places]
        return kept.reshape(self._x.shape)


def _is_float32(calls: NDArray[Any], nearest: tuple[_Value, ...], steps: NDArray[Any]) -> bool:
    """Return whether a function seems to compute in single precision.

    A float64 function hardly rounds at the smallest steps.  A float32 one has float32 values, or
    stands still there, or jumps by what float32 rounds; kinks jump, too, but less with smaller
    steps.
    """
    ahead, behind = calls.T
    centre = nearest[0].number
    if ahead[-1] == behind[-1] or ahead[-1] == centre or all(v.single for v in nearest):
        return True
    with np.errstate(all="ignore"):
        jumps = np.abs(ahead + behind - 2 * centre)
        change = np.abs(np.diff((ahead - behind) / (2 * steps)))[-1] * steps[-1]
    size = max(value.size for value in nearest)
    large = max(jumps[-1], change) > 0.01 * _SINGLE_EPS * size
    return bool(large and jumps[-1] > jumps[-2] / 6)


def _norm(entries: NDArray[Any]) -> float:
    """Return the Euclidean norm, without overflow."""
    size = array_size(entries) or 1.0
    return size * float(np.linalg.norm(entries / size))


def _is_single(entries: plain.Real) -> bool:
    """Return whether every entry is exactly a float32, as hardly any float64 is."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.all(entries.astype(np.float32) == entries))
