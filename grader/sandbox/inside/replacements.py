"""What took the place of names and modules that installed packages have dropped or lack.

From the migration guides of NumPy (1.20 to 2.4), SciPy, scikit-learn, Matplotlib and
Python.  Only what gives the same results stands here; a name that is known to be gone, and
has no equal, maps to None.  Nothing is imported before it is asked for.
"""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from grader.sandbox.wire.protocol import Befell

from . import equivalents

_MISSING: Final = object()


class Own(NamedTuple):
    """A replacement that has no name elsewhere."""

    value: Any


#: Dotted names of the replacement (several: the first that is there), ``Own``, or None.
Replacement = str | tuple[str | Own, ...] | Own | None


def _several(text: str) -> dict[str, Replacement]:
    """A table from lines ``old new``; a new name without a dot is NumPy's."""
    pairs = (line.split() for line in text.strip().splitlines())
    return {old: new if "." in new else f"numpy.{new}" for old, new in pairs}


def _under(package: str, names: str) -> dict[str, Replacement]:
    return {name: f"{package}.{name}" for name in names.split()}


def _newer(module: str, names: str) -> dict[str, Replacement]:
    """Names that a newer Python has, from the package of back ports where it is installed."""
    return {name: (f"{module}.{name}",) for name in names.split()}


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
        float builtins.float
        int builtins.int
        long builtins.int
        bool builtins.bool
        complex builtins.complex
        object builtins.object
        str builtins.str
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
        Inf inf
        Infinity inf
        infty inf
        PINF inf
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
        math math.
        warnings warnings.
        os os.
        sys sys.
    """),
    "NINF": Own(-np.inf),
    "PZERO": Own(0.0),
    "NZERO": Own(-0.0),
    "in1d": Own(equivalents.in1d),
    "asfarray": Own(equivalents.asfarray),
    "msort": Own(functools.partial(np.sort, axis=0)),
    "find_common_type": Own(equivalents.find_common_type),
    "cast": Own(equivalents.Cast()),
    "nbytes": Own(equivalents.Sizes()),
    "asscalar": Own(lambda a: a.item()),
    "fastCopyAndTranspose": Own(lambda a: np.asarray(a).T.copy()),
    "sctype2char": Own(lambda sctype: np.dtype(sctype).char),
    "obj2sctype": Own(lambda rep, default=None: np.dtype(rep).type),
    "issctype": Own(lambda rep: isinstance(rep, type) and issubclass(rep, np.generic)),
    "disp": Own(lambda mesg, device=None, linefeed=True: print(mesg)),
    **dict.fromkeys(("who", "lookfor", "set_string_function"), Own(equivalents.nothing)),
    **dict.fromkeys(
        "geterrobj seterrobj set_numeric_ops add_newdoc_ufunc maximum_sctype sctypes "
        "tracemalloc_domain recfromcsv recfromtxt deprecate deprecate_with_doc get_array_wrap "
        "MachAr Tester compat loads mafromtxt ndfromtxt rate pmt npv irr fv pv nper ipmt ppmt "
        "mirr".split()
    ),
}
_TYPING: Final[dict[str, Replacement]] = {
    **_newer(
        "typing_extensions",
        "Self Never LiteralString Required NotRequired ReadOnly Unpack TypeVarTuple ParamSpec "
        "Concatenate TypeAlias TypeAliasType TypeGuard TypeIs NoDefault TypeForm reveal_type "
        "assert_type assert_never get_protocol_members is_protocol get_overloads",
    ),
    "override": ("typing_extensions.override", Own(equivalents.itself)),
    "deprecated": ("typing_extensions.deprecated", Own(equivalents.decorator)),
    "dataclass_transform": ("typing_extensions.dataclass_transform", Own(equivalents.decorator)),
}

NAMES: Final[Mapping[str, Mapping[str, Replacement]]] = {
    "numpy": _NUMPY,
    "numpy.random": {"random_integers": Own(equivalents.random_integers)},
    "numpy.core.umath_tests": {
        "inner1d": Own(lambda a, b: np.einsum("...i,...i->...", a, b)),
        "matrix_multiply": "numpy.matmul",
    },
    "scipy": {"derivative": None},
    "scipy.integrate": {
        "simps": Own(equivalents.simps),
        "trapz": "scipy.integrate.trapezoid",
        "cumtrapz": Own(equivalents.cumtrapz),
        "quadrature": None,
        "romberg": None,
    },
    "scipy.misc": dict.fromkeys("derivative imread imresize imsave face ascent lena".split()),
    "sklearn.datasets": dict.fromkeys("load_boston fetch_mldata".split()),
    "sklearn.externals": {"joblib": "joblib.", "six": "six."},
    "sklearn.preprocessing": {"Imputer": None},
    "sklearn.metrics": {"plot_confusion_matrix": None, "plot_roc_curve": None},
    "matplotlib.cm": {
        "get_cmap": Own(equivalents.get_cmap),
        "register_cmap": Own(equivalents.nothing),
        "spectral": "matplotlib.cm.nipy_spectral",
        "spectral_r": "matplotlib.cm.nipy_spectral_r",
        "Vega10": "matplotlib.cm.tab10",
        "Vega20": "matplotlib.cm.tab20",
    },
    "matplotlib.pyplot": {
        "hold": Own(equivalents.nothing),
        "normalize": "matplotlib.colors.Normalize",
        "spectral": "matplotlib.pyplot.nipy_spectral",
    },
    "matplotlib.mlab": {"normpdf": Own(equivalents.normpdf)},
    "inspect": {"getargspec": Own(equivalents.getargspec), "formatargspec": None},
    "time": {"clock": "time.process_time"},
    "fractions": {"gcd": "math.gcd"},
    "math": {"sumprod": Own(equivalents.sumprod)},
    "string": {
        **_several("letters string.ascii_letters\nlowercase string.ascii_lowercase"),
        "uppercase": "string.ascii_uppercase",
        "maketrans": Own(str.maketrans),
    },
    "itertools": {
        **_several("izip builtins.zip\nimap builtins.map\nifilter builtins.filter"),
        "izip_longest": "itertools.zip_longest",
        "ifilterfalse": "itertools.filterfalse",
        "batched": Own(equivalents.batched),
    },
    "copy": {"replace": Own(equivalents.replace)},
    "os": {"getcwdu": "os.getcwd"},
    "sys": {"maxint": "sys.maxsize"},
    "asyncio": {"coroutine": "types.coroutine"},
    "warnings": {"deprecated": ("typing_extensions.deprecated", Own(equivalents.decorator))},
    "typing": _TYPING,
    "cupy": {"asnumpy": "numpy.asarray", "get_array_module": Own(lambda *arrays: np)},
    "jax": dict.fromkeys(
        ("device_get", "device_put", "block_until_ready"), Own(equivalents.itself)
    ),
    "numba": {"vectorize": Own(equivalents.vectorize)},
    "imp": {"reload": "importlib.reload"},
    "distutils.version": {
        "LooseVersion": "packaging.version.Version",
        "StrictVersion": "packaging.version.Version",
    },
    "distutils.util": {
        "strtobool": Own(lambda text: int(text.lower() in "y yes t true on 1".split()))
    },
}

#: Where else a name may be that a module has no longer.
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

#: Modules that do as another one does: from here on its names are asked for.
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
#: Modules that are another one, by an older name.
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
#: What a course's own module that is missing can only mean by these names.
SHORT: Final[Mapping[str, str]] = {
    "np": "numpy",
    "numpy": "numpy",
    "plt": "matplotlib.pyplot",
    "mpl": "matplotlib",
    "pd": "pandas",
}
#: Modules that Python itself had.
_FORMER: Final = frozenset("imp distutils asyncore asynchat smtpd cgi cgitb pipes crypt".split())
_TITLES: Final = {"numpy": "NumPy", "scipy": "SciPy", "sklearn": "scikit-learn",
                  "matplotlib": "Matplotlib"}  # fmt: skip


def found(module: str, name: str) -> tuple[Any, str] | None:
    """What takes the place of a name that a module lacks, and what that is called ("" where
    it has no name of its own); None where nothing is known to."""
    if name.startswith("__"):
        return None
    entry = NAMES.get(module, {}).get(name, _MISSING)
    if entry is None:
        return None
    candidates = entry if type(entry) is tuple else () if entry is _MISSING else (entry,)
    others = (f"{other}.{name}" for other in OTHERS.get(module, ()))
    for candidate in (*candidates, *others):
        if isinstance(candidate, Own):
            return candidate.value, ""
        value = _fetched(str(candidate))
        if value is not _MISSING:
            return value, _shown(str(candidate))
    return None


def is_gone(module: str, name: str) -> bool:
    """Whether a module is known to have had this name, and nothing is its equal."""
    return NAMES.get(module, {}).get(name, _MISSING) is None


def mirrored(module: str) -> tuple[types.ModuleType, bool] | None:
    """The module that takes another one's place, and whether it only has another name."""
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
    """Whether a module is Python's own, or was."""
    return top in sys.stdlib_module_names or top in _RENAMED or top in _FORMER


def befell(module: str) -> Befell | None:
    """What befell a cell that asked for a name that the module does not have."""
    return Befell.OTHER_PYTHON if is_pythons(module.partition(".")[0]) else None


def title(module: str) -> str:
    """A package and its version, as the student knows them."""
    top = module.partition(".")[0]
    if is_pythons(top):
        return "Python {}.{}".format(*sys.version_info)
    version = str(getattr(sys.modules.get(top), "__version__", ""))
    return f"{_TITLES.get(top, top)} {'.'.join(version.split('.')[:2])}".strip()


def _fetched(path: str) -> Any:
    head, _, name = path.rpartition(".")
    module = _module(head)
    if module is None or not name:  # "math." is the module itself
        return _MISSING if module is None else module
    return getattr(module, name, _MISSING)


def _module(name: str) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _shown(path: str) -> str:
    path = path.removeprefix("builtins.").removesuffix(".")
    return "np." + path.removeprefix("numpy.") if path.startswith("numpy.") else path
