"""Modules that are missing, lie beside the notebook, or want the network, a device, a keyboard."""

from __future__ import annotations

from .handed import DOUBLE, SCALE, Mess, doubling, scaling

NOT_INSTALLED = "is not installed"
SEED_AND_DEVICE = """\
import random
import torch

def set_seed(seed=None, seed_torch=True):
    if seed is None:
        seed = np.random.choice(2 ** 32)
    random.seed(seed)
    np.random.seed(seed)
    if seed_torch:
        torch.manual_seed(seed)
        torch.cuda.manual_seed_all(seed)
        torch.backends.cudnn.deterministic = True
    print(f"seed {seed}")

def seed_worker(worker_id):
    seed = torch.initial_seed() % 2**32
    np.random.seed(seed)

def set_device():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print("no GPU" if device != "cuda" else "GPU")
    return device

set_seed(seed=2021)
seed_worker(0)
DEVICE = set_device()
x = torch.tensor([1.0, 2.0]).to(DEVICE)
print(torch.__version__, x.shape, -x, 2 ** x, x > 0, x @ x, ~x, x // 2, f"{x.mean():.3f}")
FACTOR = 2
"""

ROWS: list[Mess] = [
    doubling("torch: seeds and devices", "import numpy as np", SEED_AND_DEVICE,
             "def double(x):\n    return FACTOR * x", absent="torch", notes=("module torch",)),
    doubling("torch in isinstance and annotations", "import numpy as np\nimport torch\n"
             "from typing import Optional, Union\n"
             "def plain(x: Union[np.ndarray, torch.Tensor]) -> np.ndarray | torch.Tensor:\n"
             "    return x.numpy() if isinstance(x, torch.Tensor) else x\n"
             "def none(x: torch.Tensor | None = None, y: Optional[torch.Tensor] = None): ...\n"
             "def double(x):\n    if isinstance(x, (torch.Tensor, list)):\n        return None\n"
             "    return 2 * plain(x)", absent="torch", notes=("module torch",)),
    doubling("torch decorators", "import torch\n@torch.no_grad()\n@torch.jit.script\n"
             "@torch.compile(mode='max-autotune')\n" + DOUBLE, absent="torch",
             notes=("module torch",)),
    scaling("torch base class", "import torch\nimport torch.nn as nn\n"
            "import torch.nn.functional as F\nfrom torch.utils.data import DataLoader, Dataset\n"
            "class Data(Dataset):\n    def __len__(self):\n        return 3\n"
            "class Times(nn.Module):\n    def __init__(self, factor):\n        super().__init__()\n"
            "        self.factor = factor\n    def forward(self, x):\n"
            "        return self.factor * x\n"
            "class Scale(nn.Module):\n    def __init__(self, factor):\n        super().__init__()\n"
            "        self.factor = factor\n        self.unused = nn.Linear(1, 1)\n"
            "    def forward(self, x):\n        return Times(self.factor)(x)\n"
            "    def apply(self, x):\n        return self.forward(x)",
            "for batch in DataLoader(Data(), batch_size=2):\n    pass\n"
            "opt = torch.optim.Adam(Scale(1.0).parameters(), lr=0.1)\nopt.zero_grad()",
            absent="torch", notes=("module torch",)),
    doubling("a required name overwritten by a stand-in", DOUBLE,
             "import no_such_module\ndouble = no_such_module.double",
             notes=("no_such_module", "double was overwritten")),
    doubling("a module that was not handed in", "from my_layers import double",
             lost={"values": "missing", "arrays": "missing"}, said="double was never defined",
             notes=("my_layers is not installed here and was not handed in",)),
    doubling("a module missing within try", "try:\n    import no_such_module as xp\n"
             "except ImportError:\n    import numpy as xp\nimport contextlib\n"
             "with contextlib.suppress(ImportError):\n    import no_such_other\n"
             "def double(x):\n    return xp.multiply(x, 2)"),
    doubling("numba and jax decorators", "from functools import partial\n"
             "from no_numba import jit, njit, prange, float64\nimport no_jax as jax\n@njit\n"
             "def a(x):\n    return x\n@jit(nopython=True, cache=True)\ndef b(x):\n    return x\n"
             "@njit(float64(float64), parallel=True)\ndef c(x):\n    return x\n"
             "@partial(jax.jit, static_argnums=(1,))\ndef double(x, n=2):\n"
             "    return n * a(b(c(x)))", notes=("module no_numba", "module no_jax")),
    doubling("pandas", "import pandas as pd\ndf = pd.DataFrame({'loss': [3.0, 2.0, 1.0]})\n"
             "df['half'] = df['loss'] / 2\ndf.head()\ndf.plot()\nprint(df.describe())\n"
             "df[df['loss'] > 1.5].to_csv('loss.csv', index=False)", DOUBLE, absent="pandas",
             notes=("module pandas",)),
    doubling("versions asserted", "import no_such_module as tf\nassert tf.__version__ >= '2.0'\n"
             "print(tf.__version__.split('.')[0])\n" + DOUBLE, notes=("no_such_module",)),
    doubling("Google Colab's own modules", "from google.colab import drive, files, userdata\n"
             "from google.colab.patches import cv2_imshow\nimport google.colab.output\n"
             "drive.mount('/content/drive', force_remount=True)\nfor name in files.upload():\n"
             "    print(name)\nkey = userdata.get('KEY')\n" + DOUBLE),
    doubling("asks whether it runs on Colab", "try:\n    import google.colab\n    IN_COLAB = True\n"
             "except ImportError:\n    IN_COLAB = False\nassert not IN_COLAB\nimport sys\n"
             "assert 'google.colab' not in sys.modules\n" + DOUBLE),
    doubling("the course's feedback and helper tools", "%pip install -q davos\nimport davos\n"
             "davos.config.suppress_stdout = True", "%load_ext chatify",
             "!pip3 install vibecheck --quiet\nfrom vibecheck import ContentReview\n"
             "def review(section: str):\n"
             "    return ContentReview('', section, {'url': 'x'}).render()",
             "import logging\nlogging.getLogger('matplotlib.font_manager').disabled = True\n"
             "from mpl_toolkits.axes_grid1 import make_axes_locatable", DOUBLE, "review('end')",
             notes=("%pip", "davos", "!pip3", "vibecheck")),
    doubling("a helper beside the notebook", "%load_ext autoreload\n%autoreload 2\n"
             "from helper import double", beside={"helper.py": DOUBLE.encode()}),
    doubling("a helper in a folder that imports what is missing", "import sys\n"
             "sys.path.append('src')\nfrom src.layers import double\nimport tools",
             beside={"src/layers.py": b"import no_such_module\nfrom .base import FACTOR\n"
                     b"def double(x):\n    return FACTOR * x\n", "src/base.py": b"FACTOR = 2\n",
                     "src/tools.py": b""}, notes=("no_such_module",)),
    doubling("data beside the notebook", "import json\nimport numpy as np\n"
             "table = np.loadtxt('data/factors.csv', delimiter=',')\n"
             "name = json.load(open('config.json', encoding='utf-8'))['name']",
             "def double(x):\n    return table[1] * x",
             beside={"data/factors.csv": b"1,2,3\n", "config.json": b'{"name": "\xc3\xb6"}'}),
    doubling("files written and read again", "import numpy as np, pickle\nnp.save('w.npy', [2])\n"
             "class Box:\n    pass\nwith open('box.pkl', 'wb') as f:\n    pickle.dump(Box(), f)\n"
             "box = pickle.load(open('box.pkl', 'rb'))\nfactor = np.load('w.npy')[0]",
             "def double(x):\n    return factor * x"),
    doubling("os.chdir", "import os\nos.makedirs('out', exist_ok=True)\nos.chdir('out')\n"
             "open('x.txt', 'w').write('x')\nos.chdir('/')", "from helper import double",
             beside={"helper.py": DOUBLE.encode()}),
    doubling("os.chdir to a folder of Colab's", "import os\nos.chdir('/content/drive/MyDrive')\n"
             + DOUBLE, errors=("FileNotFoundError",), notes=("Cell 1 stopped at an error",)),
    doubling("a download", "import urllib.request\n"
             "urllib.request.urlretrieve('https://a.example/data.csv', 'data.csv')\n" + DOUBLE,
             errors=("URLError",), notes=("network", "Cell 1 stopped at an error")),
    doubling("a download by a module that may be missing", "import requests\n"
             "data = requests.get('https://a.example/data.csv').content", DOUBLE, absent="requests",
             notes=("module requests",)),
    doubling("a download within try", "import urllib.request\ntry:\n"
             "    urllib.request.urlopen('http://a.example', timeout=5)\nexcept OSError:\n"
             "    FACTOR = 2\ndef double(x):\n    return FACTOR * x", notes=("network",)),
    doubling("input()", "name = input('Your name? ')\nassert name == ''\n" + DOUBLE,
             notes=("input()",)),
    doubling("a number from input()", "n = int(input('How many? '))\n" + DOUBLE,
             errors=("ValueError",), notes=("input()", "Cell 1 stopped at an error")),
    doubling("getpass and sys.stdin", "import sys\nfrom getpass import getpass\n"
             "assert getpass('Token: ') == ''\nassert sys.stdin.read() == ''\n"
             "assert sys.stdin.readline() == ''\nfor line in sys.stdin:\n    pass\n" + DOUBLE,
             notes=("input()",)),
    doubling("threads and processes", "import threading\nimport multiprocessing as mp\n"
             "from concurrent.futures import ThreadPoolExecutor\ndef square(x):\n    return x * x\n"
             "t = threading.Thread(target=square, args=(2,))\nt.start()\nt.join()\n"
             "with ThreadPoolExecutor(2) as pool:\n    assert list(pool.map(square, [2])) == [4]\n"
             "with mp.get_context('fork').Pool(2) as pool:\n"
             "    assert pool.map(square, [3]) == [9]",
             DOUBLE),
    scaling("a class in a helper module", "from nets import *", beside={"nets.py": SCALE.encode()}),
    doubling("environment and user", "import os, pathlib, platform, getpass\n"
             "os.environ['CUDA_VISIBLE_DEVICES'] = '0'\npathlib.Path.home()\n"
             "os.path.expanduser('~/x')\nplatform.platform()\ngetpass.getuser()\nos.cpu_count()\n"
             + DOUBLE),
    doubling("a menu that waits for an answer", "while input('Again? ') != 'n':\n    pass\n"
             + DOUBLE,
             errors=("EOFError",), notes=("input()", "Cell 1 stopped at an error")),
    doubling("consoles and debuggers", "from IPython.core.debugger import set_trace\n"
             "from IPython import embed\nimport code\nset_trace()\nembed()\ncode.interact()\n"
             + DOUBLE, notes=("breakpoint()",)),
    doubling("spawned processes and shared memory", "import math\nimport multiprocessing as mp\n"
             "from multiprocessing import shared_memory\n"
             "with mp.get_context('spawn').Pool(1) as pool:\n"
             "    assert pool.map(math.sqrt, [4.0]) == [2.0]\n"
             "block = shared_memory.SharedMemory(create=True, size=9)\nblock.close()\n"
             "block.unlink()", DOUBLE),
]  # fmt: skip
