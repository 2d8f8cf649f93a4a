"""Controls of ``ipywidgets`` without a front end: only code can change their values."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from traitlets import Bunch

from grader.sandbox.wire.bounds import WIDGET_FRAMES

from .equivalents import nothing

Change = Callable[[Any], Any]
#: The default attributes of controls, by their classes.
_BY_KIND: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("IntSlider BoundedIntText IntProgress Play", {"value": 0, "min": 0, "max": 100, "step": 1}),
    ("FloatSlider FloatProgress", {"value": 0.0, "min": 0.0, "max": 10.0, "step": 0.1}),
    ("BoundedFloatText", {"value": 0.0, "min": 0.0, "max": 100.0, "step": None}),
    ("FloatLogSlider", {"value": 1.0, "min": 0.0, "max": 4.0, "step": 0.1, "base": 10.0}),
    ("IntRangeSlider", {"value": (25, 75), "min": 0, "max": 100, "step": 1}),
    ("FloatRangeSlider", {"value": (25.0, 75.0), "min": 0.0, "max": 100.0, "step": 0.1}),
    ("IntText", {"value": 0}),
    ("FloatText", {"value": 0.0}),
    ("Checkbox ToggleButton Valid", {"value": False}),
    ("Text Textarea Password Combobox HTML HTMLMath Label", {"value": ""}),
    ("DatePicker TimePicker DatetimePicker", {"value": None}),
    ("Image Audio Video", {"value": b""}),
    ("ColorPicker", {"value": "black"}),
    ("FileUpload", {"value": ()}),
    ("Button", {}),
    ("Output", {"outputs": ()}),
    (
        "Box HBox VBox GridBox AppLayout TwoByTwoLayout GridspecLayout Tab Accordion Stack",
        {"children": (), "selected_index": None, "titles": ()},
    ),
    ("Dropdown Select RadioButtons ToggleButtons SelectionSlider", {"options": ()}),
    ("SelectMultiple SelectionRangeSlider", {"options": (), "value": ()}),
)
_DEFAULTS: Final = {name: values for names, values in _BY_KIND for name in names.split()}
#: A first argument without a name is the first of these that a class has, else the value.
_FIRST: Final = ("children", "options", "value", "description")


class Widget:
    """A control: attributes that can be set and observed."""

    value: Any
    _handlers: list[tuple[Change, tuple[Any, ...] | None]]
    _clicked: list[Change]

    def __init__(self, *arguments: Any, **values: Any) -> None:
        self.__dict__.update(_handlers=[], _clicked=[])
        defaults = _DEFAULTS.get(type(self).__name__, {})
        if arguments:
            first = next((name for name in _FIRST if name in defaults), "value")
            values.setdefault(first, arguments[0])
        common = {"description": "", "disabled": False, "layout": Layout(), "style": Bunch()}
        self.__dict__.update({**common, **defaults, **values})
        for name in ("layout", "style"):
            if isinstance(getattr(self, name), Mapping):
                self.__dict__[name] = Bunch(getattr(self, name))
        if "value" in self.__dict__:
            self.__dict__["value"] = self._bounded(self.__dict__["value"])
        self.children = tuple(self.__dict__.get("children", ()))
        self._choose_first()

    def _choose_first(self) -> None:
        """Choose the first option where one has to be chosen."""
        if "options" in self.__dict__ and "value" not in self.__dict__:
            options = self._options()
            index = self.__dict__.get("index", 0) or 0
            self.__dict__["value"] = options[index][1] if options else None

    def _options(self) -> list[tuple[str, Any]]:
        options = self.__dict__.get("options", ())
        if isinstance(options, Mapping):
            return [(str(label), value) for label, value in options.items()]
        return [one if isinstance(one, tuple) and len(one) == 2 else (str(one), one)
                for one in options]  # fmt: skip

    def _bounded(self, value: Any) -> Any:
        """Return a value within the control's bounds."""
        low, high = self.__dict__.get("min"), self.__dict__.get("max")
        if isinstance(value, int | float) and "Log" not in type(self).__name__:
            value = value if low is None else max(low, value)
            value = value if high is None else min(high, value)
        return value

    @property
    def label(self) -> Any:
        """The name of the chosen option."""
        return next((label for label, v in self._options() if v is self.value), None)

    def __setattr__(self, name: str, value: Any) -> None:
        old = self.__dict__.get(name)
        self.__dict__[name] = self._bounded(value) if name == "value" else value
        if name == "options":
            self.__dict__.pop("value", None)
            self._choose_first()
        new = self.__dict__[name]
        if _same(old, new):
            return
        change = Bunch(name=name, old=old, new=new, owner=self, type="change")
        for handler, names in list(self._handlers):
            if names is None or name in names:
                handler(change)

    def observe(self, handler: Change, names: Any = None, type: str = "change") -> None:  # noqa: A002
        """Call ``handler`` when one of ``names`` changes."""
        wanted = (names,) if isinstance(names, str) else names
        every = wanted is None or not isinstance(wanted, Iterable)
        self._handlers.append((handler, None if every else tuple(wanted)))

    def unobserve(self, handler: Change, names: Any = None, type: str = "change") -> None:  # noqa: A002
        """Stop calling ``handler``."""
        self._handlers[:] = [pair for pair in self._handlers if pair[0] != handler]

    def unobserve_all(self, name: Any = None) -> None:
        """Stop calling all handlers."""
        self._handlers.clear()

    def on_trait_change(self, handler: Any, name: Any = None, remove: bool = False) -> None:
        """Observe in the way of old versions: ``handler`` gets no arguments."""
        self.observe(lambda change: handler(), name)

    def on_click(self, handler: Change, remove: bool = False) -> None:
        """Call ``handler`` for each click, which only ``click()`` makes."""
        self._clicked[:] = [h for h in self._clicked if not (remove and h == handler)]
        if not remove:
            self._clicked.append(handler)

    def click(self) -> None:
        """Click a button."""
        for handler in list(self._clicked):
            handler(self)

    @contextlib.contextmanager
    def hold_trait_notifications(self) -> Iterator[None]:
        """Do nothing: handlers are called at once."""
        yield

    hold_sync = hold_trait_notifications

    def set_trait(self, name: str, value: Any) -> None:
        """Set an attribute."""
        setattr(self, name, value)

    def has_trait(self, name: str) -> bool:
        """Whether it has this attribute."""
        return name in self.__dict__

    def add_class(self, name: str) -> Widget:
        """Return the control, as it is not drawn."""
        return self

    remove_class = add_class
    close = open = send = on_msg = on_submit = on_displayed = focus = blur = send_state = nothing
    append_stdout = append_stderr = append_display_data = clear_output = nothing
    on_widget_constructed = set_title = __setitem__ = nothing

    def __repr__(self) -> str:
        value = f"value={self.__dict__['value']!r}" if "value" in self.__dict__ else ""
        return f"{type(self).__name__}({value})"


class Layout(Bunch):
    """How a control is drawn."""


class Output(contextlib.ContextDecorator, Widget):
    """Prints the errors that are raised under ``with output:``, which end there."""

    def __enter__(self) -> Output:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is None or not issubclass(kind, Exception):
            return False
        traceback.print_exception(kind, error, trace, limit=-WIDGET_FRAMES)
        return True  # a notebook shows it there and goes on

    def capture(self, clear_output: bool = False, *arguments: Any, **keywords: Any) -> Any:
        """Return a decorator for functions whose output goes here."""
        return self.__call__


class fixed(Widget):  # noqa: N801 - called as there
    """An argument that no control changes."""


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:
        return one is other


def kind(name: str) -> type[Widget]:
    return type(name, (Widget,), {"__module__": "ipywidgets"})


KINDS: Final = {name: kind(name) for name in _DEFAULTS}


class link:  # noqa: N801
    """Keeps attributes of two controls equal."""

    both = True

    def __init__(self, source: Any, target: Any, transform: Any = None) -> None:
        (one, name), (other, name2) = source, target
        there = transform or (lambda value: value)
        setattr(other, name2, there(getattr(one, name)))
        self._ends = [(one, lambda change: setattr(other, name2, there(change.new)), name)]
        if self.both:
            self._ends.append((other, lambda change: setattr(one, name, change.new), name2))
        for widget, handler, observed in self._ends:
            widget.observe(handler, observed)

    def unlink(self) -> None:
        """Stop that."""
        for widget, handler, _ in self._ends:
            widget.unobserve(handler)


class dlink(link):  # noqa: N801
    """A link in one direction."""

    both = False
