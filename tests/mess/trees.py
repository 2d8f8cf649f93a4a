"""Notebooks in folders of a larger hand-in, which use what lies elsewhere in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from .handed import DOUBLE, Mess, file, notebook

USES = "def double(x):\n    return FACTOR * x"
FACTOR = b"FACTOR = 2\n"


def tree(name: str, *cells: str, beside: Mapping[str, bytes], **more: object) -> Mess:
    """A notebook in the folder ``notebooks`` of a student's; ``beside`` are the other files."""
    files = {"notebooks/hw.ipynb": notebook(*cells), **beside}
    return Mess(name="tree: " + name, files=files, **more)  # type: ignore[arg-type]


def zipped(name: str, *cells: str, beside: Mapping[str, bytes], top: str = "") -> Mess:
    """The same in a zip, as macOS makes it, below the folder ``top``."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        members = {"notebooks/hw.ipynb": notebook(*cells), **beside}
        for member, data in members.items():
            for path, content in ((top + member, data), (f"__MACOSX/{top}._{member[-5:]}", b"x")):
                archive.writestr(zipfile.ZipInfo(path, (2026, 1, 2, 3, 4, 6)), content)
    return file("tree: " + name, whole.getvalue(), called="jane.zip")


HELPER = {"src/helper.py": DOUBLE.encode()}
PACKAGE = {
    "src/nets/__init__.py": b"from .core import double\n",
    "src/nets/core.py": b"from .base.numbers import FACTOR\nfrom . import base\n" + USES.encode(),
    "src/nets/base/__init__.py": b"",
    "src/nets/base/numbers.py": FACTOR,
}

ROWS = [
    tree("a folder beside, on the path", "import sys\nsys.path.append('..')\n"
         "sys.path.insert(0, '../src')", "from helper import double", beside=HELPER),
    tree("a namespace package above", "import sys\nsys.path.append('../')",
         "from src.helper import double", beside=HELPER),
    tree("the folder above, by pathlib", "import sys\nfrom pathlib import Path\n"
         "ROOT = Path.cwd().parent\nassert ROOT == Path().resolve().parent\n"
         "sys.path.insert(0, str(ROOT / 'src'))\nfrom helper import double", beside=HELPER),
    tree("the folder above, by os.path", "import os, sys\n"
         "sys.path.append(os.path.dirname(os.getcwd()))\n"
         "sys.path.append(os.path.abspath(os.path.join('..', 'src')))\n"
         "assert os.path.isdir('../src') and os.path.basename(os.getcwd()) == 'notebooks'\n"
         "from helper import double", beside=HELPER),
    tree("the folder above, by __file__ of a helper", "import sys\nsys.path.append('../src')\n"
         "from settings import double",
         beside={"src/settings.py": b"from pathlib import Path\nimport json\n"
                 b"ROOT = Path(__file__).resolve().parent.parent\n"
                 b"FACTOR = json.loads((ROOT / 'data' / 'f.json').read_text())\n" + USES.encode(),
                 "data/f.json": b"2"}),
    tree("data in a folder beside", "import numpy as np\n"
         "FACTOR = np.loadtxt('../data/f.csv', delimiter=',')[1]", USES,
         beside={"data/f.csv": b"1,2,3\n"}),
    tree("%cd ..", "%cd ..\nfrom src.helper import double\n%cd notebooks\n"
         "open('hw.txt', 'w').write('here')",
         "import os\nassert os.listdir('.') == ['hw.txt'], os.listdir('.')", beside=HELPER),
    tree("%cd .. and back by os.chdir", "import os\nos.chdir('..')\nassert os.path.exists('src')",
         "%run src/helper.py", "os.chdir('notebooks')", beside=HELPER),
    tree("%run of what lies above", "%run ../src/helper.py", beside=HELPER),
    tree("%run of a notebook above", "%run ../common/setup.ipynb", USES,
         beside={"common/setup.ipynb": notebook("%matplotlib inline", "FACTOR = 2")},
         notes=("notebooks/hw.ipynb counts",)),
    tree("exec of what lies above", "exec(open('../src/helper.py').read())", beside=HELPER),
    tree("a package with relative imports", "import sys\nsys.path.append('../src')\n"
         "import nets\nfrom nets.core import double", beside=PACKAGE),
    tree("a package of a project that is installed", "%pip install -e ..",
         "from nets import double", beside={**PACKAGE, "pyproject.toml": b"[project]\n"},
         notes=("%pip",)),
    tree("a package of an old project that is installed", "!pip install -e ..",
         "from nets import double",
         beside={name.removeprefix("src/"): data for name, data in PACKAGE.items()}
         | {"setup.py": b"from setuptools import setup\nsetup(name='nets')\n"},
         notes=("!pip",)),
    Mess(name="tree: a notebook deep down", files={
        "week1/lab/notebooks/hw.ipynb": notebook("import sys\nsys.path.append('../../..')\n"
                                                 "from week1.lab.tools.helper import double"),
        "week1/lab/tools/helper.py": DOUBLE.encode()}),
    tree("a helper above, imported as if beside", "from helper import double",
         beside={"helper.py": DOUBLE.encode()}),
    tree("a folder above, imported as if beside", "from src.helper import double", beside=HELPER),
    tree("a helper beside goes before one above", "from helper import double",
         beside={"notebooks/helper.py": DOUBLE.encode(), "helper.py": b"def double(x): ..."}),
    tree("a helper above does not hide the library's", "import random\nrandom.random()\n" + DOUBLE,
         beside={"random.py": b"raise SystemExit"}),
    tree("data above, opened as if beside", "FACTOR = int(open('factor.txt').read())\n"
         "assert open('data/x.txt').read() == 'x'", USES,
         beside={"factor.txt": b"2", "data/x.txt": b"x", "notebooks/y.txt": b"y"}),
    tree("files written above", "import numpy as np, os\nos.makedirs('../out', exist_ok=True)\n"
         "np.save('../out/w.npy', [2])\nFACTOR = np.load('../out/w.npy')[0]", USES, beside={}),
    tree("what is not above the hand-in", "import os\n"
         "assert sorted(os.listdir('..')) == ['notebooks', 'src']\n"
         "try:\n    open('../../data.csv')\nexcept FileNotFoundError:\n    print('none')\n" + DOUBLE,
         beside=HELPER),
    tree("an error in a helper", "import sys\nsys.path.append('..')\nfrom src.helper import double",
         beside={"src/helper.py": b"def double(x):\n    return 2 * y\n"},
         lost={"values": "error", "arrays": "error"}, said="name 'y' is not defined"),
    zipped("in a zip", "import sys\nsys.path.append('../src')\nfrom helper import double",
           beside=HELPER),
    zipped("in a zip of a folder", "import sys\nsys.path.append('..')\n"
           "from src.helper import double", beside=HELPER, top="hw 3/"),
    zipped("in a zip of a folder, as if beside", "from helper import double",
           beside={"helper.py": DOUBLE.encode()}, top="hw 3/"),
    Mess(name="tree: in a zip in a student's folder", files={
        "note.txt": b"hello",
        "work/hw.zip": zipped("", "import sys\nsys.path.append('../src')\n"
                              "from helper import double", beside=HELPER).files["jane.zip"]}),
]  # fmt: skip
