"""IPython's own syntax: magics, shell commands, help, stored results."""

from __future__ import annotations

from .handed import DOUBLE, Mess, doubling, notebook

ROWS: list[Mess] = [
    doubling("!pip install", f"!pip install -q torch==2.1\n{DOUBLE}", notes=("!pip install",)),
    doubling("!pip in a block and with a variable",
             f"import sys\nif True:\n    !{{sys.executable}} -m pip install numpy\n{DOUBLE}",
             notes=("The shell command !python",)),
    doubling("the result of a shell command", f"files = !nvidia-smi\nn = len(files)\n{DOUBLE}",
             notes=("!nvidia-smi",)),
    doubling("%pip and %conda", f"%pip install numpy\n%conda install -y numpy\n{DOUBLE}",
             notes=("%pip", "%conda")),
    doubling("subprocess", "import subprocess, sys\n"
             "subprocess.run([sys.executable, '-m', 'pip', 'install', 'x'])\n" + DOUBLE,
             errors=("FileNotFoundError",),
             notes=("The program", "Cell 1 stopped at an error")),
    doubling("os.system", f"import os\nos.system('pip install numpy')\n{DOUBLE}",
             notes=("os.system()",)),
    doubling("%matplotlib in every flavour", "%matplotlib inline\n%matplotlib notebook\n"
             "%matplotlib widget\n%matplotlib qt\n%matplotlib\n" + DOUBLE),
    doubling("%config, %load_ext, %autoreload", "%load_ext autoreload\n%autoreload 2\n"
             "%config InlineBackend.figure_format = 'retina'\n%precision 3\n%autosave 60\n"
             + DOUBLE),
    doubling("%pylab", "%pylab inline", "assert abs(sin(pi)) < 1e-9\nx = linspace(0, 1, 3)\n"
             "y = np.ones(3)\nplt.plot(x, y)", DOUBLE),
    doubling("%%time", f"%%time\n{DOUBLE}\nx = double(2)", "assert x == 4"),
    doubling("%%time over a stand-in", f"%%time\nimport no_such_module\n{DOUBLE}",
             notes=("no_such_module",)),
    doubling("%%capture", f"%%capture\nprint('hidden')\n{DOUBLE}"),
    doubling("%%capture into a variable", f"%%capture seen\nprint('hidden')\n{DOUBLE}",
             "assert seen.stdout == 'hidden\\n'\nseen.show()"),
    doubling("%%capture over %%time", f"%%capture\n%%time\n{DOUBLE}"),
    doubling("%time and %timeit", DOUBLE, "import time\n%time y = double(2)\n"
             "%timeit -n 1000 -r 7 double(2)\n%timeit time.sleep(0.1)\n"
             "took = %timeit -o -q double(3)\nassert took.best >= 0 and y == 4", course="hurried"),
    doubling("%%timeit", DOUBLE, "%%timeit -n 100\ntime.sleep(0.05)", "import time",
             "%%timeit\ntime.sleep(0.05)", course="hurried", errors=("NameError",)),
    doubling("%%prun", f"%%prun\n{DOUBLE}"),
    doubling("%%writefile, then import", f"%%writefile part.py\n{DOUBLE}",
             "from part import double"),
    doubling("%run of a script beside", "%run part.py", beside={"part.py": DOUBLE.encode()}),
    doubling("%%bash, %%html, %%javascript", "%%bash\npip install x", "%%html\n<b>x</b>",
             "%%javascript\nalert(1)", DOUBLE, notes=("%%bash", "%%html", "%%javascript")),
    doubling("%%explain of a course's extension", f"%%explain\n{DOUBLE}",
             notes=("%%explain is not known. It defines double.",),
             lost={"values": "missing", "arrays": "missing"}),
    doubling("a magic that nobody knows", f"%tensorflow_version 2.x\n%watermark -v\n{DOUBLE}",
             notes=("%tensorflow_version", "%watermark")),
    doubling("Colab's title above %%capture", f"#@title Setup\n%%capture\n{DOUBLE}",
             notes=("%%capture",)),
    doubling("%cd to a folder of Colab's", f"%cd /content/drive/MyDrive\n{DOUBLE}"),
    doubling("%who, %history, %pwd, %lsmagic", f"x = 1\n%who\n%whos\n%pwd\n%history\n%lsmagic\n"
             f"{DOUBLE}"),
    doubling("%debug and %pdb", f"%pdb on\n{DOUBLE}", "double(2, 3)", "%debug",
             errors=("TypeError",)),
    doubling("breakpoint() left in", "import pdb\ndef double(x):\n    breakpoint()\n"
             "    pdb.set_trace()\n    return 2 * x", "double(1)", notes=("breakpoint()",)),
    doubling("%env and %store", f"%env CUDA_VISIBLE_DEVICES=0\nx, y = [1], 2\n%store x y\n{DOUBLE}",
             "x.append(3)\ndel y\n%store -r\nassert x == [1] and y == 2",
             "%store -d y\n%store -r x y\n%store y > y.txt\nassert open('y.txt').read() == '2\\n'\n"
             "%store", notes=("%store -r y",)),
    doubling("help by ? and ??", f"import math\n?math.sin\nmath.sin??\n{DOUBLE}\ndouble?\n"
             f"no_such?"),
    doubling("help()", f"import math\nhelp(math.sin)\n{DOUBLE}\nhelp(double)"),
    doubling("trailing semicolons and continued lines",
             "def double(x):\n    return 2 \\\n        * x;\ndouble(1);", "a = 1; b = 2;"),
    doubling("_, Out and In", "1 + 1", "assert _ == 2\nassert Out[1] == 2\n_ + 1",
             "assert 'assert _' in In[2]\nassert _2 == 3", DOUBLE),
    doubling("_ as a loop's name", "for _ in range(3):\n    pass\nIn = Out = 5", "1 + 1", DOUBLE),
    doubling("await at the top level", "import asyncio\nawait asyncio.sleep(0)\n"
             "async def slow():\n    await asyncio.sleep(0.01)\n    return 2", "n = await slow()",
             "def double(x):\n    return n * x"),
    doubling("asyncio.run", "import asyncio\nasync def two():\n    return 2\n"
             "n = asyncio.run(two())", "def double(x):\n    return n * x"),
    doubling("all results shown", "from IPython.core.interactiveshell import InteractiveShell\n"
             "InteractiveShell.ast_node_interactivity = 'all'", "1\n2\n" + DOUBLE),
    doubling("Otter's cells", "import otter\ngrader = otter.Notebook('a.ipynb')", DOUBLE,
             "grader.check('double')", "grader.check_all()", "grader.export(run_tests=True)"),
    doubling("%run of a notebook beside", "%run part.ipynb", "def double(x):\n    return two() * x",
             beside={"part.ipynb": notebook("def two():\n    return 2")},
             notes=("a.ipynb counts",)),
    doubling("%time over a stand-in", f"%time import no_such_module\n{DOUBLE}",
             notes=("no_such_module",)),
    doubling("%sx gives no lines", "for line in get_ipython().run_line_magic('sx', 'lscpu'):\n"
             f"    raise ValueError\n{DOUBLE}", notes=("!lscpu",)),
    doubling("magics of a live notebook", f"%notebook a.ipynb\n%recall 1\n%edit\n%gui qt\n"
             f"{DOUBLE}"),
    doubling("pasted with prompts", ">>> def double(x):\n...     return 2 * x",
             "In [2]: x = double(2)"),
    doubling("%aimport", "%load_ext autoreload\n%autoreload 1\n"
             "open('part.py', 'w').write('N = 2')\n%aimport part, json\n%aimport -os",
             "assert json.loads('1') == 1\ndef double(x):\n    return part.N * x"),
    doubling("a cell magic below its first line", f"# timed\n%%time\n{DOUBLE}",
             notes=("%%time does something only in a cell's first line",)),
    doubling("sed, ln, find, zip and tar", "%%writefile part.py\nN = 1.0  # (1.0)\n",
             r"!sed -i 's/1\.0/2.0/;' part.py", r"!sed -i 's/= *1\.\(0\)/= 2.\1/' part.py",
             "!mkdir -p src && cp part.py src/ && ln -s src lib\n!zip -qr a.zip src\n"
             "!tar czf a.tgz src lib\n!rm -r src\n!tar xzf a.tgz && unzip -oq a.zip -d more",
             "found = !find . -name 'p*.py' -type f\n"
             "assert sorted(found) == ['./more/src/part.py', './part.py', './src/part.py'], found\n"
             "n = !nproc\nyear = !date +%Y\nassert int(n[0]) >= 1 and int(year[0]) > 2000\n"
             "text = !echo 'a+b a+b/c' | sed -E -e 's/(a)\\+b$/[\\1]/' -e 's|a+|<&>|g'\n"
             "assert text == ['<a>+b <a>+b/c'], text",
             "from lib.part import N\ndef double(x):\n    return N * x",
             notes=("The shell command !sed -i 's/1\\.0/2.0/;' part.py was not run",)),
    doubling("%%bash with arguments", "two = 2",
             "%%bash -s $two 'a b' --out out\necho \"N = $1  # $2 ${3}\" > part.py\n",
             "from part import N", "def double(x):\n    return N * x",
             "%%bash -s 1 --out out --err err\necho $1", "assert (out, err) == ('1\\n', '')"),
    doubling("a file that a refused command was to make", "%%writefile gen.py\n"
             "open('made_here.py', 'w').write('N = 2')", "!pip install -r needs.txt\n"
             "!python gen.py --out 'x y'", "from made_here import N\ndef double(x):\n    return N * x",
             lost={"values": "error", "arrays": "error"},
             notes=("!pip", "!python gen.py --out 'x y' was", "made_here"),
             said="was not handed in.\nIt may be this: The shell command !python gen.py"),
    doubling("a file that a refused command was to change", "%%writefile part.py\nN = 3",
             "!perl -pi -e 's/3/2/' part.py", "from part import N\ndef double(x):\n    return N * x",
             lost={"values": "failed", "arrays": "failed"}, notes=("!perl",),
             said="It may be this: The shell command !perl -pi -e 's/3/2/' part.py was not run"),
]  # fmt: skip
