"""Replacements of names and modules that installed packages have dropped or lack.

From the migration guides of NumPy (1.20 to 2.4), SciPy, scikit-learn, Matplotlib and
Python.  A replacement gives the same results; a dropped name without one maps to None.
Modules are imported only when a name is asked for.
"""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from grader.sandbox.wire.protocol import Befell

from . import equivalents

_MISSING: Final = object()


#: The dotted name of the replacement ("math." is a module), the replacement itself if it is no
#: text, a tuple of these of which the first that exists is taken, or None.
Replacement = object


def _several(text: str) -> dict[str, Replacement]:
    """Return a table from lines ``old new``; a new name without a dot is NumPy's."""
    pairs = (line.split() for line in text.strip().splitlines())
    return {old: new if "." in new else f"numpy.{new}" for old, new in pairs}


_NUMPY: Final[dict[str, Replacement]] = {
    **_several("""
        product prod
        cumproduct cumprod
        sometrue any
        alltrue all
        round_ round
        row_stack vstack
        trapz trapezoid
        mat asmatrix
        rank ndim
        alen builtins.len
        long builtins.int
        unicode builtins.str
        float_ float64
        complex_ complex128
        cfloat complex128
        singlecomplex complex64
        longfloat longdouble
        longcomplex clongdouble
        clongfloat clongdouble
        string_ bytes_
        unicode_ str_
        bool8 bool_
        int0 intp
        uint0 uintp
        str0 str_
        bytes0 bytes_
        object0 object_
        void0 void
        NaN nan
        NAN nan
        typeDict sctypeDict
        issubclass_ builtins.issubclass
        issubsctype issubdtype
        safe_eval ast.literal_eval
        source inspect.getsource
        DataSource numpy.lib.npyio.DataSource
        byte_bounds numpy.lib.array_utils.byte_bounds
        compare_chararrays numpy.char.compare_chararrays
        format_parser numpy.rec.format_parser
        add_newdoc numpy.lib.add_newdoc
        add_docstring numpy.lib.add_docstring
    """),
    **{name: f"builtins.{name}" for name in "float int bool complex object str".split()},
    **{name: f"{name}." for name in "math warnings os sys".split()},
    **dict.fromkeys("Inf Infinity infty PINF".split(), "numpy.inf"),
    "NINF": -np.inf,
    "PZERO": 0.0,
    "NZERO": -0.0,
    "in1d": equivalents.in1d,
    "asfarray": equivalents.asfarray,
    "msort": functools.partial(np.sort, axis=0),
    "find_common_type": equivalents.find_common_type,
    "cast": equivalents.Cast(),
    "nbytes": equivalents.Sizes(),
    "asscalar": lambda a: a.item(),
    "fastCopyAndTranspose": lambda a: np.asarray(a).T.copy(),
    "sctype2char": lambda sctype: np.dtype(sctype).char,
    "obj2sctype": lambda rep, default=None: np.dtype(rep).type,
    "issctype": lambda rep: isinstance(rep, type) and issubclass(rep, np.generic),
    "disp": lambda mesg, device=None, linefeed=True: print(mesg),
    **dict.fromkeys(("who", "lookfor", "set_string_function"), equivalents.nothing),
    **dict.fromkeys(
        "geterrobj seterrobj set_numeric_ops add_newdoc_ufunc maximum_sctype sctypes "
        "tracemalloc_domain recfromcsv recfromtxt deprecate deprecate_with_doc get_array_wrap "
        "MachAr Tester compat loads mafromtxt ndfromtxt rate pmt npv irr fv pv nper ipmt ppmt "
        "mirr".split()
    ),
}
#: Names that are newer than Python 3.11, from the back ports if they are installed.
_TYPING: Final[dict[str, Replacement]] = {
    name: f"typing_extensions.{name}"
    for name in "ReadOnly TypeAliasType TypeIs NoDefault TypeForm get_protocol_members "
    "is_protocol".split()
}
_DEPRECATED: Final = ("typing_extensions.deprecated", equivalents.decorator)

NAMES: Final[Mapping[str, Mapping[str, Replacement]]] = {
    "numpy": _NUMPY,
    "numpy.random": {"random_integers": equivalents.random_integers},
    "numpy.core.umath_tests": {
        "inner1d": lambda a, b: np.einsum("...i,...i->...", a, b),
        "matrix_multiply": "numpy.matmul",
    },
    "scipy": {"derivative": None},
    "scipy.integrate": {
        "simps": equivalents.simps,
        "trapz": "scipy.integrate.trapezoid",
        "cumtrapz": equivalents.cumtrapz,
        "quadrature": None,
        "romberg": None,
    },
    "scipy.misc": dict.fromkeys("derivative imread imresize imsave face ascent lena".split()),
    "sklearn.datasets": dict.fromkeys("load_boston fetch_mldata".split()),
    "sklearn.externals": {"joblib": "joblib.", "six": "six."},
    "sklearn.preprocessing": {"Imputer": None},
    "sklearn.metrics": {"plot_confusion_matrix": None, "plot_roc_curve": None},
    "matplotlib.cm": {
        "get_cmap": equivalents.get_cmap,
        "register_cmap": equivalents.nothing,
        "spectral": "matplotlib.cm.nipy_spectral",
        "spectral_r": "matplotlib.cm.nipy_spectral_r",
        "Vega10": "matplotlib.cm.tab10",
        "Vega20": "matplotlib.cm.tab20",
    },
    "matplotlib.pyplot": {
        "hold": equivalents.nothing,
        "normalize": "matplotlib.colors.Normalize",
        "spectral": "matplotlib.pyplot.nipy_spectral",
    },
    "matplotlib.mlab": {"normpdf": equivalents.normpdf},
    "inspect": {"getargspec": equivalents.getargspec, "formatargspec": None},
    "time": {"clock": "time.process_time"},
    "fractions": {"gcd": "math.gcd"},
    "math": {"sumprod": equivalents.sumprod},
    "string": {
        **_several("letters string.ascii_letters\nlowercase string.ascii_lowercase"),
        "uppercase": "string.ascii_uppercase",
        "maketrans": str.maketrans,
    },
    "itertools": {
        **_several("izip builtins.zip\nimap builtins.map\nifilter builtins.filter"),
        "izip_longest": "itertools.zip_longest",
        "ifilterfalse": "itertools.filterfalse",
        "batched": equivalents.batched,
    },
    "copy": {"replace": equivalents.replace},
    "os": {"getcwdu": "os.getcwd"},
    "sys": {"maxint": "sys.maxsize"},
    "asyncio": {"coroutine": "types.coroutine"},
    "warnings": {"deprecated": _DEPRECATED},
    "typing": _TYPING
    | {
        "override": ("typing_extensions.override", equivalents.itself),
        "deprecated": _DEPRECATED,
    },
    "cupy": {"asnumpy": "numpy.asarray", "get_array_module": lambda *arrays: np},
    "jax": dict.fromkeys(("device_get", "device_put", "block_until_ready"), equivalents.itself),
    "numba": {"vectorize": equivalents.vectorize},
    "imp": {"reload": "importlib.reload"},
    "distutils.version": {
        "LooseVersion": "packaging.version.Version",
        "StrictVersion": "packaging.version.Version",
    },
    "distutils.util": {"strtobool": lambda text: int(text.lower() in "y yes t true on 1".split())},
}

#: Other modules that may have a name which a module has dropped.
OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "numpy": ("numpy.exceptions",),
    "scipy": ("numpy",),
    "scipy.misc": ("scipy.special",),
    "scipy.signal": ("scipy.signal.windows",),
    "scipy.linalg": ("numpy",),
    "numpy.core": ("numpy",),
    "numpy.lib": ("numpy",),
    "collections": ("collections.abc",),
    "collections.abc": ("typing_extensions",),
}

#: Modules and what replaces them, with all their submodules, because it has the same functions.
_MIRRORS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        "cupy cunumeric cupynumeric dpnp jax.numpy autograd.numpy mxnet.np mxnet.numpy "
        "minpy.numpy tensorflow.experimental.numpy".split(),
        "numpy",
    ),
    "jax.scipy": "scipy",
    "autograd.scipy": "scipy",
    "cupyx.scipy": "scipy",
}
#: Old names of modules.
_RENAMED: Final[Mapping[str, str]] = {
    "numpy.linalg.linalg": "numpy.linalg",
    "numpy.core.numeric": "numpy",
    "numpy.core.fromnumeric": "numpy",
    "numpy.lib.function_base": "numpy",
    "numpy.fft.fftpack": "numpy.fft",
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.datasets.base": "sklearn.datasets",
    "sklearn.utils.testing": "sklearn.utils._testing",
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
    "cPickle": "pickle",
    "StringIO": "io",
    "cStringIO": "io",
    "ConfigParser": "configparser",
    "Queue": "queue",
    "__builtin__": "builtins",
    "pandas.util.testing": "pandas.testing",
}
#: What these names mean in a missing module of a course's own.
SHORT: Final[Mapping[str, str]] = {
    "np": "numpy",
    "numpy": "numpy",
    "plt": "matplotlib.pyplot",
    "mpl": "matplotlib",
    "pd": "pandas",
}
#: Modules that Python has dropped.
_FORMER: Final = frozenset("imp distutils asyncore asynchat smtpd cgi cgitb pipes crypt".split())
_TITLES: Final = {"numpy": "NumPy", "scipy": "SciPy", "sklearn": "scikit-learn",
                  "matplotlib": "Matplotlib"}  # fmt: skip


def found(module: str, name: str) -> tuple[Any, str] | None:
    """Return the replacement of a name that a module lacks, and what that is called; or None.

    A replacement that exists only here is called "".
    """
    if name.startswith("__"):
        return None
    entry = NAMES.get(module, {}).get(name, ())
    if entry is None:
        return None
    candidates = entry if isinstance(entry, tuple) else (entry,)
    others = (f"{other}.{name}" for other in OTHERS.get(module, ()))
    for candidate in (*candidates, *others):
        if not isinstance(candidate, str):
            return candidate, ""
        value = _fetched(candidate)
        if value is not _MISSING:
            return value, _shown(candidate)
    return None


def mirrored(module: str) -> tuple[types.ModuleType, bool] | None:
    """Return the module that replaces another one, and whether it is the same by a new name."""
    for table in (_MIRRORS, _RENAMED):
        head, rest = module, ""
        while head:
            if head in table:
                other = _module(table[head] + rest)
                return None if other is None else (other, table is _RENAMED)
            head, _, last = head.rpartition(".")
            rest = f".{last}{rest}"
    return None


def is_pythons(top: str) -> bool:
    """Whether a module belongs, or belonged, to Python's standard library."""
    return top in sys.stdlib_module_names or top in _RENAMED or top in _FORMER


def befell(module: str) -> Befell | None:
    """Return what befalls a cell that asks for a name which the module does not have."""
    return Befell.OTHER_PYTHON if is_pythons(module.partition(".")[0]) else None


def title(module: str) -> str:
    """Return a package's usual name and its version."""
    top = module.partition(".")[0]
    if is_pythons(top):
        return "Python {}.{}".format(*sys.version_info)
    version = str(getattr(sys.modules.get(top), "__version__", ""))
    return f"{_TITLES.get(top, top)} {'.'.join(version.split('.')[:2])}".strip()


def _fetched(path: str) -> Any:
    head, _, name = path.rpartition(".")
    module = _module(head)
    if module is None:
        return _MISSING
    return getattr(module, name, _MISSING) if name else module


def _module(name: str) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _shown(path: str) -> str:
    path = path.removeprefix("builtins.").removesuffix(".")
    return "np." + path.removeprefix("numpy.") if path.startswith("numpy.") else path
