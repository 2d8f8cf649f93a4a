"""``ipywidgets`` without a front end: ``interact`` and the module itself.

``interact`` makes :mod:`.controls` for a function's arguments and calls the function once, as a
notebook does before anybody moves one.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import traceback
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from grader.sandbox.wire.bounds import WIDGET_FRAMES

from .controls import KINDS, Layout, Output, Widget, dlink, fixed, kind, link
from .equivalents import nothing


def control(value: Any) -> Any:
    """Return the control that an abbreviation stands for; None if it is not one."""
    if isinstance(value, Widget):
        return value
    if isinstance(value, bool):
        return KINDS["Checkbox"](value=value)
    if isinstance(value, str):
        return KINDS["Text"](value=value)
    if isinstance(value, int | float):
        low, high = (-value, 3 * value) if value > 0 else (3 * value, -value) if value else (0, 1)
        return _slider(value, low, high, None)
    if isinstance(value, tuple) and len(value) in (2, 3) and all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in value
    ):  # fmt: skip
        low, high, *step = value
        whole = all(isinstance(one, int) for one in value)
        middle = low + ((high - low) // 2 if whole else (high - low) / 2)
        return _slider(middle, low, high, *(step or [None]))
    if isinstance(value, Iterable):
        return KINDS["Dropdown"](options=value if isinstance(value, Mapping) else tuple(value))
    return None


def _slider(value: Any, low: Any, high: Any, step: Any) -> Widget:
    whole = all(isinstance(one, int) for one in (value, low, high, step) if one is not None)
    slider = KINDS["IntSlider" if whole else "FloatSlider"]
    return slider(value=value, min=low, max=high, step=step or (1 if whole else 0.1))


class interactive(Widget):  # noqa: N801
    """Controls for a function's arguments; ``result`` is its result for their values."""

    f: Callable[..., Any]
    _controls: dict[str, Any]

    def __init__(self, function: Any, options: Any = None, /, **abbreviations: Any) -> None:
        manual = bool((options or {}).get("manual"))
        try:
            controls = _controls(function, abbreviations)
        except LookupError as error:  # a notebook would stop here
            print(error)
            controls, manual = {}, True
        self.__dict__.update(f=function, result=None, manual=manual, _controls=controls)
        shown = tuple(one for one in controls.values() if not isinstance(one, fixed))
        super().__init__(children=(*shown, Output()))
        self.kwargs_widgets = list(controls.values())
        if not manual:
            self.update()
            for one in shown:
                one.observe(self.update, "value")

    @property
    def kwargs(self) -> dict[str, Any]:
        """The values of the arguments."""
        return {name: one.value for name, one in self._controls.items()}

    def update(self, *arguments: Any) -> None:
        """Call the function; its error is printed, as in a notebook, and does not end the cell."""
        try:
            self.__dict__["result"] = self.f(**self.kwargs)
        except Exception:
            traceback.print_exc(limit=-WIDGET_FRAMES)


def _controls(function: Any, abbreviations: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for one in parameters:
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            continue
        given = abbreviations.get(one.name, one.default)
        made = None if given is one.empty else control(given)
        if made is None:
            if one.default is one.empty:
                raise LookupError(f"cannot find widget or abbreviation for argument: {one.name!r}")
            continue  # the default is used
        found[one.name] = made
    if not parameters or any(one.kind is one.VAR_KEYWORD for one in parameters):
        found |= {k: control(v) for k, v in abbreviations.items() if k not in found}
    return found


class _Interact:
    """``interact``, which can be called with a function or be its decorator."""

    def __init__(self, **options: Any) -> None:
        self._options = options

    def options(self, **options: Any) -> _Interact:
        """Return an ``interact`` with other options."""
        return _Interact(**self._options | options)

    def __call__(self, function: Any = None, /, **abbreviations: Any) -> Any:
        if function is None:
            return functools.partial(self.__call__, **abbreviations)
        made = interactive(function, self._options, **abbreviations)
        with contextlib.suppress(AttributeError):
            function.widget = made
        return function


def interactive_output(function: Any, controls: Mapping[str, Any]) -> Output:
    """Call the function with the controls' values, and again when one changes."""
    out = Output()

    def update(*arguments: Any) -> None:
        with out:
            function(**{name: one.value for name, one in controls.items()})

    for one in controls.values():
        one.observe(update, "value")
    update()
    return out


def module(name: str) -> types.ModuleType:
    """Return the module ``ipywidgets``, or a part of it."""
    made = _Widgets(name)
    made.__dict__.update(KINDS)
    for thing in (Widget, Layout, Output, fixed, interactive, interactive_output, link, dlink):
        made.__dict__[thing.__name__] = thing
    made.__dict__.update(interact=_Interact(), interact_manual=_Interact(manual=True),
                         jslink=link, jsdlink=dlink, DOMWidget=Widget, ValueWidget=Widget,
                         ToggleButtonsStyle=Layout, ButtonStyle=Layout, SliderStyle=Layout,
                         DescriptionStyle=Layout, __version__="8.1.5", __path__=[])  # fmt: skip
    made.__dict__["__all__"] = [one for one in made.__dict__ if not one.startswith("_")]
    return made


class _Widgets(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "widgets":
            return self
        if name[:1].isupper():  # one of many other controls
            made = KINDS.setdefault(name, kind(name))
            setattr(self, name, made)
            return made
        return nothing
