"""Notebooks that are imported as modules, or run, by another notebook."""

from __future__ import annotations

import json
from typing import Any

from .handed import DOUBLE, Mess, code, doubling, notebook, prose

COUNTS = "hw.ipynb counts"
BOTH_ERRORS = {"values": "error", "arrays": "error"}
PICTURE = {"output_type": "display_data", "data": {"image/png": "A" * 1_500_000}}
#: The recipe of Jupyter's own documentation, as notebooks carry it along.
RECIPE = """\
import io, os, sys, types
from IPython import get_ipython
from nbformat import read
from IPython.core.interactiveshell import InteractiveShell


def find_notebook(fullname, path=None):
    name = fullname.rsplit('.', 1)[-1]
    for d in path or ['']:
        nb_path = os.path.join(d, name + ".ipynb")
        if os.path.isfile(nb_path):
            return nb_path
        nb_path = nb_path.replace("_", " ")
        if os.path.isfile(nb_path):
            return nb_path


class NotebookLoader(object):
    def __init__(self, path=None):
        self.shell = InteractiveShell.instance()
        self.path = path

    def load_module(self, fullname):
        path = find_notebook(fullname, self.path)
        print("importing Jupyter notebook from %s" % path)
        with io.open(path, 'r', encoding='utf-8') as f:
            nb = read(f, 4)
        mod = types.ModuleType(fullname)
        mod.__file__ = path
        mod.__loader__ = self
        mod.__dict__['get_ipython'] = get_ipython
        sys.modules[fullname] = mod
        save_user_ns = self.shell.user_ns
        self.shell.user_ns = mod.__dict__
        try:
            for cell in nb.cells:
                if cell.cell_type == 'code':
                    code = self.shell.input_transformer_manager.transform_cell(cell.source)
                    exec(code, mod.__dict__)
        finally:
            self.shell.user_ns = save_user_ns
        return mod


class NotebookFinder(object):
    def __init__(self):
        self.loaders = {}

    def find_FINDS(self, fullname, path=None, target=None):
        nb_path = find_notebook(fullname, path)
        if not nb_path:
            return
        loader = self.loaders.setdefault(str(path), NotebookLoader(path))
        return MADE


sys.meta_path.append(NotebookFinder())
"""
OLD = RECIPE.replace("FINDS", "module").replace("MADE", "loader")
NEW = RECIPE.replace("FINDS", "spec").replace(
    "MADE", "importlib.util.spec_from_loader(fullname, loader)"
).replace("import io,", "import importlib.util, io,")  # fmt: skip
HIDE = "import sys\nsys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
#: A notebook that needs to be run as one: magics, several cells, text, a number that is no constant.
NUMBERS = notebook(
    prose("# Numbers\nclass of functions"), "%matplotlib inline\nimport numpy as np",
    "factor = 2\n!pip list", "%%time\ndef double(x):\n    return factor * x",
)  # fmt: skip


def pair(
    name: str, *cells: str, other: bytes = NUMBERS, called: str = "numbers.ipynb", **more: Any
) -> Mess:
    """The notebook that counts, and another one."""
    notes = (COUNTS, *more.pop("notes", ()))
    return Mess(name="imports: " + name, files={"hw.ipynb": notebook(*cells), called: other},
                notes=notes, **more)  # fmt: skip


def old_format(*sources: str) -> bytes:
    cells = [{"cell_type": "code", "language": "python", "input": s, "outputs": []}
             for s in sources]  # fmt: skip
    return json.dumps(
        {"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": cells}]}
    ).encode()


LIST = "The shell command !pip list"

ROWS = [
    pair("import_ipynb", "import import_ipynb", "from numbers_1 import double",
         called="numbers_1.ipynb", notes=(LIST,)),
    pair("import_ipynb, as a whole", "%pip install import-ipynb\nimport import_ipynb\n"
         "import helpers as h", "double = h.double", called="helpers.ipynb", notes=(LIST, "%pip")),
    Mess(name="imports: stars", files={
        "hw.ipynb": notebook("import import_ipynb\nfrom helpers import *\nfrom more import *"),
        "helpers.ipynb": notebook("FACTOR = 2"), "more.ipynb": notebook("%run helpers.ipynb",
        "def twice(x):\n    return FACTOR * x", "double = twice")},
        notes=("more.ipynb counts: most of what is asked stands in this one itself",)),
    pair("a name with spaces", "import import_ipynb\nfrom My_own_helpers import double",
         called="My own helpers.ipynb", notes=(LIST,)),
    pair("in a folder", "import import_ipynb\nfrom lib.helpers import double",
         called="lib/helpers.ipynb", notes=(LIST,)),
    pair("in a folder on the path", "import sys, import_ipynb\nsys.path.append('lib')\n"
         "from helpers import double", called="lib/helpers.ipynb", notes=(LIST,)),
    pair("importnb", "from importnb import Notebook\nwith Notebook():\n    import helpers",
         "from helpers import double", called="helpers.ipynb", notes=(LIST,)),
    pair("importnb, on one line", "with __import__('importnb').Notebook(lazy=True):\n"
         "    from helpers import double", called="helpers.ipynb", notes=(LIST,)),
    pair("importnb's extension", "%load_ext importnb", "from helpers import double",
         called="helpers.ipynb", notes=(LIST,)),
    pair("importnb, by file", "from importnb import Notebook\n"
         "double = Notebook.load_file('lib/my helpers.ipynb').double", "def other(): ...",
         called="lib/my helpers.ipynb", notes=(LIST,)),
    pair("nbimporter runs definitions only", "import nbimporter\nfrom helpers import double",
         called="helpers.ipynb",
         other=notebook("raise SystemExit", "FACTOR = 2", "def double(x):\n    return FACTOR * x")),
    pair("nbimporter that runs all", "import nbimporter\nnbimporter.options['only_defs'] = False\n"
         "from helpers import double", called="helpers.ipynb", notes=(LIST,)),
    pair("ipynb.fs.full", "from ipynb.fs.full.helpers import double", called="helpers.ipynb",
         notes=(LIST,)),
    pair("ipynb.fs.full in a folder", "import ipynb.fs.full.lib.helpers as h\ndouble = h.double",
         called="lib/helpers.ipynb", notes=(LIST,)),
    pair("ipynb.fs.defs", "from ipynb.fs.defs.helpers import double", called="helpers.ipynb",
         other=notebook("1 / 0", "FACTOR = 2", "def double(x):\n    return FACTOR * x")),
    pair("ipynb.fs, relative", "import ipynb.fs\nfrom .full.helpers import double",
         called="helpers.ipynb", notes=(LIST,)),
    pair("the recipe of Jupyter's documentation", OLD, "from helpers import double",
         called="helpers.ipynb", notes=(LIST,)),
    pair("the recipe, as newer Python asks for it", NEW, "from helpers import double",
         called="helpers.ipynb", other=notebook("%matplotlib inline\nfactor = 2",
                                                "def double(x):\n    return factor * x")),
    pair("a package that nobody knows", "import ipynb_importer_9", "from helpers import double",
         called="helpers.ipynb", notes=(LIST, "ipynb_importer_9")),
    Mess(name="imports: %run", files={
        "hw.ipynb": notebook("%run ./lib/helpers.ipynb\ndouble = twice"),
        "lib/helpers.ipynb": notebook("%matplotlib inline", "def twice(x):\n    return 2 * x")},
        notes=(COUNTS,)),
    pair("the recipe where nbformat is not installed", HIDE + NEW, "from helpers import double",
         called="helpers.ipynb", other=notebook(DOUBLE)),
    pair("%run where nbformat is not installed", HIDE + "%run helpers.ipynb\ndouble = twice",
         called="helpers.ipynb", other=notebook("def twice(x):\n    return 2 * x")),
    pair("a notebook with large outputs", "import import_ipynb\nfrom helpers import double",
         called="helpers.ipynb", other=notebook(code(DOUBLE, outputs=[PICTURE]))),
    pair("a notebook of format 3", "import import_ipynb\nfrom helpers import double",
         called="helpers.ipynb", other=old_format("%pylab\n", DOUBLE)),
    Mess(name="imports: a notebook that imports another", files={
        "hw.ipynb": notebook("import import_ipynb\nfrom helpers import double"),
        "helpers.ipynb": notebook("import import_ipynb\nimport more",
                                  "def double(x):\n    return more.FACTOR * x"),
        "more.ipynb": notebook("FACTOR = 2")}, notes=(COUNTS,)),
    Mess(name="imports: a module goes before a notebook of its name", files={
        "hw.ipynb": notebook("import import_ipynb\nfrom helpers import double"),
        "helpers.ipynb": notebook("raise SystemExit"), "helpers.py": DOUBLE.encode()},
        notes=(COUNTS,)),
    Mess(name="imports: a module that imports a notebook", files={
        "hw.ipynb": notebook("from tools import double"),
        "helpers.ipynb": notebook(DOUBLE), "tools.py": b"import import_ipynb\n"
        b"from helpers import double\n"}, notes=(COUNTS,)),
    pair("an error in the notebook ends the import", "import import_ipynb\n"
         "try:\n    import helpers\nexcept ZeroDivisionError:\n    pass", DOUBLE,
         called="helpers.ipynb", other=notebook("def double(x): ...", "1 / 0")),
    pair("an error in its function shows its line", "import import_ipynb\n"
         "from helpers import double", called="helpers.ipynb",
         other=notebook("import numpy as np", "def double(x):\n    return 2 * y"),
         lost=BOTH_ERRORS, said="name 'y' is not defined"),
    pair("broken JSON", "import import_ipynb\nimport helpers", DOUBLE, called="helpers.ipynb",
         other=b"{", errors=("JSONDecodeError",)),
]  # fmt: skip
LONG = "import time\nend = time.process_time() + 9\nwhile time.process_time() < end: pass\n"
LATE = "BASE = 1\nFACTOR = BASE + 1\ndef double(x):\n    return FACTOR * x\n"
CUT = {"course": "hurried", "status": "timeout", "errors": ("stopped at the time limit",)}
ROWS += [
    doubling("imports: a helper with a long demo below", "from helper import double\n"
             "assert double(1) == 2", beside={"helper.py": (DOUBLE + "\n" + LONG).encode()}, **CUT),
    doubling("imports: a helper with a long demo above", "import helper\n"
             "from helper import double", beside={"helper.py": (LONG + LATE).encode()}, **CUT),
    doubling("imports: a helper's helper with a long demo", "from helper import *", beside={
        "helper.py": b"from lib.inner import double\n", "lib/__init__.py": b"",
        "lib/inner.py": (LONG + LATE).encode()}, **CUT),
    pair("a long demo below", "import import_ipynb\nfrom helpers import double\n"
         "assert double(1) == 2", called="helpers.ipynb",
         other=notebook(DOUBLE, LONG, "x = 1"), **CUT),
    pair("a long demo above", "import import_ipynb\nfrom helpers import double",
         called="helpers.ipynb", other=notebook(LONG + "z = 1", LATE), **CUT),
    doubling("imports: a helper that never ends, and what follows", "import helper\nx = 1 / 0\n"
             + DOUBLE, beside={"helper.py": b"while True: pass"}, course="hurried",
             errors=("ZeroDivisionError",), notes=("Cell 1 stopped",)),
]  # fmt: skip
