"""Figures, widgets, progress bars and what notebooks show and print."""

from __future__ import annotations

from .handed import DOUBLE, Mess, doubling

PLT = "import matplotlib.pyplot as plt\nimport numpy as np\n"

ROWS: list[Mess] = [
    doubling("display, HTML, Markdown, Image", "from IPython.display import *\n"
             "from IPython.display import display, HTML, Markdown, Image, clear_output, Math\n"
             "display(HTML('<b>x</b>'), Markdown('# x'), Math('x^2'))\n"
             "display(Image(url='https://a.example/x.png'))\nclear_output(wait=True)\n" + DOUBLE),
    doubling("display where old IPython had it", "from IPython.core.display import display, HTML\n"
             "display(HTML('<style>.container { width: 100% }</style>'))\n" + DOUBLE),
    doubling("set_matplotlib_formats", "from IPython.display import set_matplotlib_formats\n"
             "set_matplotlib_formats('svg', 'pdf')\n"
             "from matplotlib_inline.backend_inline import set_matplotlib_formats as newer\n"
             "newer('retina')\n" + DOUBLE),
    doubling("videos in tabs", "from IPython.display import IFrame, YouTubeVideo, display\n"
             "from ipywidgets import widgets\nclass Player(IFrame):\n"
             "    def __init__(self, id, width=400, height=300, **more):\n        self.id = id\n"
             "        super().__init__(f'https://a.example/{id}', width, height, **more)\n"
             "tabs = widgets.Tab()\nshown = []\nfor id in ('a', 'b'):\n    out = widgets.Output()\n"
             "    with out:\n        display(Player(id), YouTubeVideo(id, width=8, height=4))\n"
             "    shown.append(out)\ntabs.children = shown\nfor i in range(len(shown)):\n"
             "    tabs.set_title(i, 'x')\ndisplay(tabs)\n" + DOUBLE),
    doubling("an object whose repr raises", "class Odd:\n    def __repr__(self):\n"
             "        raise ValueError('no')\nOdd()", DOUBLE),
    doubling("interact as decorator and function",
             "from ipywidgets import interact, interactive, interactive_output, fixed\n"
             "from ipywidgets import IntSlider, FloatSlider, HBox, Layout, ToggleButton\n"
             "@interact(n=IntSlider(min=0, max=3), a=fixed(2))\ndef show(n, a):\n    return n\n"
             "_ = interact(show, n=(0, 5), a=1)\nassert show(3, 1) == 3\n"
             "w = interactive(show, n=3, a=4)\nw.children[0].value = 3\n"
             "s = FloatSlider(value=0.1, layout=Layout(width='500px'))\n"
             "b = ToggleButton(value=False)\nb.observe(lambda change: None, names='value')\n"
             "out = interactive_output(show, {'n': s, 'a': b})\ndisplay(HBox([s, b]), out)",
             DOUBLE),
    doubling("interact around the required function",
             f"from ipywidgets import interact\n@interact\n{DOUBLE}"),
    doubling("tqdm in every form", "from tqdm import tqdm, trange\n"
             "from tqdm.auto import tqdm as bar\nfrom tqdm.notebook import tqdm_notebook, tnrange\n"
             "def double(x):\n    total = 0 * x\n    for _ in trange(1, desc='a'):\n"
             "        for part in tqdm([x, x], leave=False):\n            total = total + part\n"
             "    for _ in bar(range(0)):\n        total = None\n    return total",
             "with tqdm(total=3) as pbar:\n    for i in range(3):\n        pbar.update(1)\n"
             "        pbar.set_postfix(loss=0.1)\ntqdm.write('x')\n"
             "assert list(tnrange(2)) == [0, 1]\n"
             "assert [i for i, x in enumerate(tqdm('ab'))] == [0, 1]\n"
             "assert len(tqdm([1, 2])) == 2\n"
             "assert list(tqdm(iterable='ab', desc='x')) == ['a', 'b']"),
    doubling("200 open figures", PLT + "for n in range(200):\n    plt.figure()", DOUBLE),
    doubling("backends that need a screen", "import matplotlib\nmatplotlib.use('TkAgg')\n"
             + PLT + "plt.switch_backend('Qt5Agg')\nplt.plot([1])\nplt.show()\n" + DOUBLE),
    doubling("a style from the network", PLT
             + "plt.style.use('https://a.example/course.mplstyle')\nFACTOR = 2",
             "def double(x):\n    return FACTOR * x", notes=("style", "network")),
    doubling("a style that newer matplotlib has no more",
             PLT + "plt.style.use('seaborn-whitegrid')\nFACTOR = 2",
             "def double(x):\n    return FACTOR * x", notes=("style",)),
    doubling("plt.ion, xkcd, LaTeX labels", PLT + "plt.ion()\nwith plt.xkcd():\n"
             "    plt.plot([1, 2], label=r'$\\frac{\\partial L}{\\partial w_1}$')\n"
             "    plt.legend()\n"
             "plt.title(r'$\\eta = 0.1$')\nplt.show()\nplt.pause(0.01)\n" + DOUBLE),
    doubling("an animation", PLT + "from matplotlib.animation import FuncAnimation\n"
             "from IPython.display import HTML\nfig, ax = plt.subplots()\nline, = ax.plot([0, 1])\n"
             "ani = FuncAnimation(fig, lambda i: line.set_ydata([0, i]), frames=2)\n"
             "HTML(ani.to_jshtml())", "ani2 = FuncAnimation(fig, print, frames=3)", DOUBLE),
    doubling("live plot", PLT + "from IPython.display import clear_output, display\n"
             "for n in range(3):\n    clear_output(wait=True)\n    plt.plot([n])\n"
             "    display(plt.gcf())\n    plt.show()\nplt.savefig('loss.png')\n" + DOUBLE),
    doubling("axes of an earlier cell", PLT
             + "fig, ax = plt.subplots(subplot_kw={'projection': '3d'})",
             "ax.plot([1], [1], [1])\nfig.tight_layout()\nfig", DOUBLE),
    doubling("100 MB printed", "line = 'x' * 10**6\nfor _ in range(100):\n    print(line)\n"
             + DOUBLE,
             notes=("output",)),
    doubling("output in small pieces", "for n in range(100_000):\n    print(n, end=' ')\n" + DOUBLE,
             notes=("output",)),
    doubling("stderr, write, flush, bytes", "import sys\nprint('a', file=sys.stderr, flush=True)\n"
             "sys.stdout.write('b')\nsys.stdout.buffer.write(b'c')\nsys.stdout.flush()\n"
             "sys.stderr.buffer.flush()\nprint('d', file=sys.__stdout__)\n"
             "assert not sys.stdout.isatty()\n" + DOUBLE),
    doubling("half a surrogate pair printed", f"print('\\ud83d')\nprint('\\udcff')\n{DOUBLE}",
             "raise ValueError('\\ud83d')", errors=("ValueError: ?",)),
    doubling("sys.stdout closed", "import sys\nsys.stdout.close()\nprint('x', flush=True)",
             "1 + 1", "def double(x):\n    print('doubling', flush=True)\n    return 2 * x"),
    doubling("sys.stdout replaced and closed", "import sys\nsys.stdout = open('log.txt', 'w')\n"
             "print('x')\nsys.stdout.close()",
             "def double(x):\n    print('doubling')\n    return 2 * x"),
    doubling("sys.stdout wrapped", "import io, sys\n"
             "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\nprint('ö')",
             "import codecs\nsys.stdout = codecs.getwriter('utf-8')(sys.stdout.buffer)\nprint('ö')",
             "def double(x):\n    print('ö')\n    return 2 * x"),
    doubling("sys.stdout teed into a log", "import sys\nclass Tee:\n"
             "    def __init__(self, *files):\n"
             "        self.files = files\n    def write(self, text):\n"
             "        for f in self.files:\n"
             "            f.write(text)\n    def flush(self):\n        for f in self.files:\n"
             "            f.flush()\nsys.stdout = Tee(sys.stdout, open('log.txt', 'w'))\n"
             "print('x')",
             "1 + 1", "def double(x):\n    print('doubling')\n    return 2 * x"),
    doubling("LaTeX wanted for labels", PLT + "plt.rcParams['text.usetex'] = True\nplt.plot([1])\n"
             "plt.title('loss')\nplt.tight_layout()\nplt.savefig('a.pdf')\n" + DOUBLE),
]  # fmt: skip
