"""A class written in every way that Python offers."""

from __future__ import annotations

from .handed import SCALE, Mess, scaling

APPLY = "    def apply(self, x):\n        return self.factor * x\n"
INIT = "    def __init__(self, factor):\n        self.factor = factor\n"

ROWS: list[Mess] = [
    scaling("plain class", SCALE),
    scaling("dataclass", "from dataclasses import dataclass\n@dataclass(slots=True)\nclass Scale:\n"
            "    factor: float\n" + APPLY),
    scaling("dataclass under future annotations", "from __future__ import annotations",
            "from dataclasses import dataclass, field\n@dataclass\nclass Scale:\n"
            "    factor: float\n    log: list[float] = field(default_factory=list)\n" + APPLY),
    scaling("__slots__", "class Scale:\n    __slots__ = ('factor',)\n" + INIT + APPLY),
    scaling("metaclass", "class Meta(type):\n    def __call__(cls, *args, **kwargs):\n"
            "        return super().__call__(*args, **kwargs)\n"
            "class Scale(metaclass=Meta):\n" + INIT + APPLY),
    scaling("abstract base", "from abc import ABC, abstractmethod\nclass Layer(ABC):\n"
            "    @abstractmethod\n    def apply(self, x): ...\nclass Scale(Layer):\n" + INIT
            + APPLY),
    scaling("property", "class Scale:\n    def __init__(self, factor):\n        self._f = factor\n"
            "    @property\n    def factor(self):\n        return self._f\n    @factor.setter\n"
            "    def factor(self, value):\n        self._f = float(value)\n" + APPLY),
    scaling("__getattr__ that answers everything", "class Scale:\n" + INIT + APPLY
            + "    def __getattr__(self, name):\n        return self\n"),
    scaling("__getattr__ over a dict", "class Scale:\n    def __init__(self, factor):\n"
            "        self.__dict__['p'] = {'factor': factor}\n    def __getattr__(self, name):\n"
            "        return self.p[name]\n    def __setattr__(self, name, value):\n"
            "        self.p[name] = value\n" + APPLY),
    scaling("odd comparison, truth, length and hash", "class Scale:\n" + INIT + APPLY
            + "    def __eq__(self, other):\n        raise TypeError('no')\n    __hash__ = None\n"
            "    def __bool__(self):\n        raise ValueError('no')\n"
            "    def __len__(self):\n        return -1\n    def __repr__(self):\n"
            "        return 5\n"),
    scaling("static and class methods", "class Scale:\n    @staticmethod\n    def times(a, b):\n"
            "        return a * b\n    @classmethod\n    def one(cls):\n        return cls(1)\n"
            + INIT
            + "    def apply(self, x):\n        return self.times(self.factor, x)\n"),
    scaling("nested class", "class Net:\n    class Layer:\n        def __init__(self, factor):\n"
            "            self.factor = factor\n        def apply(self, x):\n"
            "            return self.factor * x\nScale = Net.Layer"),
    scaling("extended cell by cell", "class Scale:\n" + INIT, "class Scale(Scale):\n" + APPLY),
    scaling("methods attached later", "class Scale:\n" + INIT,
            "def apply(self, x):\n    return self.factor * x\nScale.apply = apply"),
    scaling("made by a function", "def Scale(factor):\n    class Inner:\n        pass\n"
            "    made = Inner()\n    made.factor = factor\n"
            "    made.apply = lambda x: made.factor * x\n    return made"),
    scaling("SimpleNamespace", "from types import SimpleNamespace\ndef Scale(factor):\n"
            "    me = SimpleNamespace(factor=factor)\n    me.apply = lambda x: me.factor * x\n"
            "    return me"),
    scaling("arguments by keyword, with defaults", "class Scale:\n"
            "    def __init__(self, factor=1.0, *, dtype=float, **more):\n"
            "        self.factor = dtype(factor)\n" + APPLY),
    scaling("fails after the class in its cell", SCALE + "\nScale()",
            errors=("TypeError",)),
    scaling("old-style object, docstrings, prints", "class Scale(object):\n    '''Scales.'''\n"
            "    count = 0\n    def __init__(self, factor):\n        Scale.count += 1\n"
            "        print('made', Scale.count)\n        self.factor = factor\n" + APPLY),
    scaling("a class decorator", "def register(cls):\n    registry[cls.__name__] = cls\n"
            "    return cls\nregistry = {}\n@register\n" + SCALE),
    scaling("an attribute never set", "class Scale:\n    def __init__(self, factor):\n"
            "        self.f = factor\n    def apply(self, x):\n        return self.f * x",
            lost={"read": "error", "write": "failed"}, said="AttributeError"),
]  # fmt: skip
