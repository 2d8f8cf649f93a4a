"""What a kernel has: one event loop, its folders, its names, its objects, its cell magics."""

from __future__ import annotations

import io
import zipfile

from .handed import DOUBLE, Mess, doubling

TWO = "import asyncio\nasync def two():\n    await asyncio.sleep(0.01)\n    return 2\n"
AND_THEN = "def double(x):\n    return n * x"
HALF = "def double(x):\n    return x / 2"


def _zipped(name: str, text: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, text)
    return data.getvalue()


LOOPS: list[Mess] = [
    doubling("a task made in one cell and awaited in the next", TWO +
             "task = asyncio.create_task(two())", "n = await task", AND_THEN),
    doubling("tasks by every way to the loop", TWO +
             "a = asyncio.ensure_future(two())\nb = asyncio.get_event_loop().create_task(two())\n"
             "c = asyncio.get_running_loop().create_task(two())\n"
             "d = asyncio.gather(two(), two())\ne = asyncio.Future()\n"
             "asyncio.get_event_loop().call_soon(e.set_result, 2)",
             "n = await a\nassert [n, n, [n, n], n] == [await b, await c, await d, await e]",
             AND_THEN),
    doubling("a task that is ready is done by the next cell", "import asyncio\n"
             "async def two():\n    return 2\nt = asyncio.create_task(two())", "n = t.result()",
             AND_THEN),
    doubling("a loop that runs, or none", TWO + "try:\n    loop = asyncio.get_running_loop()\n"
             "except RuntimeError:\n    loop = None\nif loop and loop.is_running():\n"
             "    task = loop.create_task(two())", "n = await task", AND_THEN),
    doubling("background work goes on", "import asyncio\nn = 0\nasync def count():\n"
             "    global n\n    while n < 2:\n        n += 1\n        await asyncio.sleep(0)\n"
             "t = asyncio.create_task(count())", "await asyncio.sleep(0.01)", AND_THEN),
    doubling("asyncio.run beside tasks", TWO + "t = asyncio.create_task(two())\n"
             "assert asyncio.run(two()) == 2\nloop = asyncio.get_event_loop()\n"
             "assert loop.run_until_complete(two()) == 2\nloop.close()", "n = await t", AND_THEN),
    doubling("asyncio.run below an await", TWO + "n = await two()\nn = asyncio.run(two())",
             AND_THEN),
    doubling("generators and contexts that await", TWO + "async def numbers():\n"
             "    for i in range(3):\n        yield await two()\n"
             "async with asyncio.Lock():\n    found = [i async for i in numbers()]\n"
             "async for n in numbers():\n    pass", AND_THEN),
    doubling("a loop of one's own", TWO + "loop = asyncio.new_event_loop()\n"
             "asyncio.set_event_loop(loop)\nn = loop.run_until_complete(two())\nloop.close()",
             "assert await two() == 2", AND_THEN),
    doubling("asyncio in the function and in a thread", "import asyncio, threading\n"
             "def double(x):\n    async def go():\n        await asyncio.sleep(0)\n"
             "        return 2 * x\n    return asyncio.run(go())\n"
             "t = threading.Thread(target=double, args=(2,))\nt.start()\nt.join()"),
    doubling("a task without end", TWO + "async def forever():\n    while True:\n"
             "        await asyncio.sleep(0)\nt = asyncio.create_task(forever())", DOUBLE,
             "t.cancel()"),
]  # fmt: skip

FOLDERS: list[Mess] = [
    doubling("%cd, then an import", "import os\nos.makedirs('src')\n"
             f"open('src/part.py', 'w').write({DOUBLE!r})", "%cd src\nfrom part import double"),
    doubling("os.chdir and contextlib.chdir", "import contextlib, os\nos.makedirs('a/b')\n"
             f"open('a/b/part.py', 'w').write({DOUBLE!r})\nos.chdir('a')\n"
             "with contextlib.chdir('b'):\n    from part import double"),
    doubling("%cd .. and %cd -", "import os\nos.makedirs('a')\nhere = os.getcwd()", "%cd a",
             "%cd ..\nassert os.getcwd() == here", "%cd a", "%cd -\nassert os.getcwd() == here",
             "%pushd a", "%popd\nassert os.getcwd() == here", DOUBLE),
    doubling("sys.path as in a kernel", "import sys, os\nassert '' in sys.path\n"
             "os.makedirs('lib')\n"
             f"open('lib/part.py', 'w').write({DOUBLE!r})\nsys.path.insert(0, os.getcwd())\n"
             "sys.path[0] = 'lib'\nfrom part import double"),
    doubling("a helper called as a module of Python's", "import random, queue, statistics\n"
             "assert random.random() < 1 and queue.Queue and statistics.mean([2]) == 2",
             "from part import double", beside={
                 "random.py": b"raise ValueError", "queue.py": b"raise ValueError",
                 "statistics.py": b"raise ValueError", "part.py": DOUBLE.encode()}),
    doubling("a helper found from another folder", "import os\nos.chdir('/')\nimport part",
             "double = part.double", beside={"part.py": DOUBLE.encode()}),
    doubling("a helper rewritten and reloaded", "import importlib",
             f"%%writefile part.py\n{HALF}", "import part",
             f"%%writefile part.py\n{DOUBLE}", "importlib.reload(part)",
             "%%writefile part.py\ndef double(x):\n    return x * 2", "importlib.reload(part)",
             "double = part.double"),
    doubling("a helper rewritten under %autoreload", "%load_ext autoreload\n%autoreload 2",
             f"%%writefile part.py\n{HALF}", "import part\nfrom part import double",
             "%%writefile part.py\ndef double(x):\n    return x * 2"),
    doubling("an error in a helper of a relative path", "import os, sys\nos.makedirs('lib')\n"
             "open('lib/part.py', 'w').write('import no_such_part_x\\ndef f():\\n    1 / 0')\n"
             "sys.path.append('lib')\nimport part", "part.f()", DOUBLE,
             errors=("ZeroDivisionError",), notes=("no_such_part_x",)),
    doubling("files under /tmp", "import os, tempfile\nimport numpy as np\n"
             "np.save(os.path.join(tempfile.gettempdir(), 'w.npy'), np.full(1, 2.0))\n"
             "assert os.listdir('.') == [] and 'w.npy' in os.listdir(tempfile.gettempdir())\n"
             "os.replace(os.path.join(tempfile.gettempdir(), 'w.npy'), 'w.npy')\n"
             "n = np.load('w.npy')[0]", AND_THEN),
    doubling("files at home", "import os, pathlib\nhome = pathlib.Path.home() / '.cache' / 'mine'\n"
             "home.mkdir(parents=True)\n(home / 'x').write_text('2')\n"
             "n = int(open(os.path.expanduser('~/.cache/mine/x')).read())\n"
             "assert os.listdir('.') == []", AND_THEN),
]  # fmt: skip

ASKED: list[Mess] = [
    doubling(f"in a notebook? {name}", f"found = bool({asked})",
             f"if found:\n    {DOUBLE.replace(chr(10), chr(10) + '    ')}")
    for name, asked in {
        "the shell's name": "get_ipython().__class__.__name__ == 'ZMQInteractiveShell'",
        "the shell's type": "str(type(get_ipython())) == "
                            "\"<class 'ipykernel.zmqshell.ZMQInteractiveShell'>\"",
        "the shell's module": "'ipykernel' in get_ipython().__module__",
        "its configuration": "'IPKernelApp' in get_ipython().config",
        "its kernel": "get_ipython().has_trait('kernel') and get_ipython().kernel.shell",
        "its class": "isinstance(get_ipython(), __import__('ipykernel.zmqshell').zmqshell."
                     "ZMQInteractiveShell)",
        "no terminal": "'terminal' not in get_ipython().__module__.lower()",
        "the modules": "{'ipykernel', 'IPython', 'ipykernel.zmqshell'} <= "
                       "set(__import__('sys').modules)",
        "the builtins": "hasattr(__import__('builtins'), '__IPYTHON__') and __IPYTHON__",
        "the program": "'ipykernel_launcher' in __import__('sys').argv[0]",
        "the arguments": "'-f' in __import__('sys').argv",
        "the environment": "'JPY_PARENT_PID' in __import__('os').environ",
        "no file": "not hasattr(__import__('__main__'), '__file__') and "
                   "'__file__' not in globals()",
        "interactive": "hasattr(__import__('sys'), 'ps1') and __name__ == '__main__'",
        "the backend": "'inline' in __import__('matplotlib').get_backend()",
        "the output": "'ipykernel' in type(__import__('sys').stdout).__module__ and "
                      "not __import__('sys').stdout.isatty()",
        "the program's class": "__import__('ipykernel.kernelapp').kernelapp.IPKernelApp"
                               ".initialized()",
    }.items()
]  # fmt: skip
OBJECTS: list[Mess] = [
    doubling("in a notebook? by a NameError", "try:\n    __file__\n    found = False\n"
             "except NameError:\n    found = True", "if found:\n    def double(x):\n"
             "        return 2 * x"),
    doubling("argparse with defaults, and the command line", "import argparse, sys\n"
             "p = argparse.ArgumentParser()\np.add_argument('--n', type=int, default=2)\n"
             "n = p.parse_args().n\nif len(sys.argv) > 1:\n    n = int(sys.argv[1])", AND_THEN),
    doubling("the kernel's objects", "k = get_ipython().kernel\nk.session.send(k.iopub_socket, 'x')\n"
             "k.comm_manager.register_target('t', print)\nk.do_shutdown(True)\n"
             "from ipykernel.comm import Comm\nfrom ipykernel.connect import get_connection_file\n"
             "Comm(target_name='t').send({})\nn = 2 * ('kernel-' in "
             "get_connection_file()) + 0 * k.execution_count", AND_THEN, notes=("restart of the runtime",)),
    doubling("displays with a handle", "from IPython.display import *\n"
             "h = display('a', display_id=True)\nh.update('b')\nupdate_display('c', "
             "display_id=h.display_id)\nclear_output(wait=True)\nip = get_ipython()\n"
             "ip.set_next_input('x = 1')\nip.push({'n': 2})\nip.user_ns['m'] = 1\n"
             "ip.events.register('post_run_cell', lambda result: None)\n"
             "ip.run_line_magic('matplotlib', 'inline')\nh = display(display_id='x')\n"
             "Audio(data=[0.1], rate=9), HTML('x'), Javascript('x'), IFrame('x', 1, 1)", AND_THEN),
    doubling("widgets keep their values", "import ipywidgets as widgets\n"
             "s = widgets.IntSlider(value=3, max=4)\nseen = []\n"
             "s.observe(lambda change: seen.append(change['new']), names='value')\ns.value = 9\n"
             "d = widgets.Dropdown(options={'two': 2, 'three': 3})\n"
             "t = widgets.IntText(value=1)\nwidgets.link((t, 'value'), (s, 'value'))\n"
             "assert [s.value, seen, d.value, d.label] == [1, [4, 1], 2, 'two']\n"
             "n = d.value", AND_THEN),
    doubling("interact calls once", "from ipywidgets import *\ncalls = []\n"
             "def f(x, y=2, z=0):\n    calls.append((x, y))\n    return x\n"
             "assert interact(f, x=(0, 4)) is f\nw = interactive(f, x=fixed(2), y=True)\n"
             "interactive_output(f, {'x': FloatSlider(value=1.0)})\n"
             "interact_manual(f, x=1)\n@interact(x=['a', 'b'])\ndef g(x):\n    calls.append(x)\n"
             "assert calls == [(2, 2), (2, True), (1.0, 2), 'a'], calls\nn = w.result", AND_THEN),
    doubling("an output widget takes an error", "import ipywidgets as widgets\n"
             "out = widgets.Output()\nwith out:\n    1 / 0\n@out.capture()\ndef f():\n"
             "    return 2\nn = f()\nb = widgets.Button()\nb.on_click(lambda b: None)\nb.click()",
             AND_THEN),
    doubling("joblib's processes", "from joblib import Parallel, delayed\nseen = []\n"
             "def twice(x):\n    seen.append(x)\n    return 2 * x\n"
             "assert Parallel(n_jobs=-1)(delayed(lambda x: x)(i) for i in range(3)) == [0, 1, 2]\n"
             "def double(x):\n    return Parallel(n_jobs=2)(delayed(twice)(x) for _ in 'ab')[0]\n"
             "double(2)\nassert seen == []"),
    doubling("pools of processes", "import multiprocessing\n"
             "from concurrent.futures import ProcessPoolExecutor\ndef twice(x):\n"
             "    return 2 * x\nwith multiprocessing.Pool(2) as pool:\n"
             "    assert pool.map(twice, [1]) == [2]\ndef double(x):\n"
             "    with ProcessPoolExecutor(1) as pool:\n        return pool.submit(twice, x).result()"
             ),
]  # fmt: skip

MAGICS: list[Mess] = [
    doubling("%%skip and its like", DOUBLE, f"%%skip True\n{HALF}", f"%%false\n{HALF}",
             f"%%script --bg false\n{HALF}", f"%%skip\n{HALF}", f"%%ignore\n{HALF}",
             f"%%skip_if $x\n{HALF}",
             notes=("%%script", *(f"Cell {n} was not run, as in a notebook: %%{name} is not known. "
                                  "It defines double." for n, name in (
                        (2, "skip"), (3, "false"), (5, "skip"), (6, "ignore"), (7, "skip_if"))))),
    doubling("%%skip with a condition", "off = False", f"%%skip $off\n{DOUBLE}",
             f"%%run_if off\n{HALF}", "%%skip 0\ndone = 1", "assert done",
             notes=("%%skip is not known here; the cell was run", "Cell 3 was not run")),
    doubling("a typing error above other cells", f"%%tiem\nx = 1\n{HALF}", "%%cels\nprint(1)",
             DOUBLE, notes=("%%tiem is not known. It defines double", "%%cels is not known.")),
    doubling("a typing error above the definition", f"%%tiem\n{DOUBLE}",
             lost={"values": "missing", "arrays": "missing"},
             notes=("Cell 1 was not run, as in a notebook: %%tiem is not known. It defines double.",
                    )),
    *(doubling(f"%%{name}", f"%%{name} -r 1\n{DOUBLE}", notes=(f"%%{name.split('[')[0]} is not",))
      for name in ("memit", "lprun", "snakeviz", "heat", "pyinstrument", "ipytest", "flake8",
                   "run_pytest[clean]", "wandb", "black", "mypy", "nbdev_export", "cython")),
    doubling("a magic of one's own", "from IPython.core.magic import register_cell_magic\n"
             "@register_cell_magic\ndef skip(line, cell):\n    if line != 'True':\n"
             "        get_ipython().run_cell(cell)\n@register_cell_magic\n"
             "def javascript(line, cell):\n    get_ipython().ex(cell)", f"%%skip True\n{HALF}",
             "%%skip False\nn = 2", f"%%javascript\n{AND_THEN}"),
    doubling("an extension handed in", "%load_ext mine", f"%%mine\n{DOUBLE}",
             beside={"mine.py": b"def load_ipython_extension(ip):\n"
                     b"    ip.register_magic_function(lambda line, cell: ip.run_cell(cell), "
                     b"'cell', 'mine')"}),
]  # fmt: skip

LINES: list[Mess] = [
    doubling("!mkdir -p, touch, then %%writefile", "!mkdir -p src/inner\n!touch src/__init__.py",
             f"%%writefile src/inner/part.py\n{DOUBLE}", "from src.inner.part import double"),
    doubling("%%writefile into a folder that nobody made", f"%%writefile a/b/part.py\n{DOUBLE}",
             "%%writefile -a a/b/part.py\nn = 2", "from a.b.part import double, n"),
    doubling("a here-document", f"%%bash\nset -e\nmkdir -p pkg && cd pkg\ncat > part.py <<'EOF'\n{DOUBLE}\nEOF\n"
             "touch __init__.py", "from pkg.part import double"),
    doubling("cp, mv, rm, echo", "!echo 'def two():' > a.py\n!echo '    return 2' >> a.py",
             "!cp a.py b.py; mkdir c && mv b.py c/ && rm -rf a.py nothing",
             "import os, sys\nassert os.listdir('.') == ['c']\nsys.path.append('c')\n"
             "from b import two\nn = two()", AND_THEN),
    doubling("unzip of a file beside", "!unzip -o -q data.zip -d data\n%cd data",
             "from part import double", beside={"data.zip": _zipped("part.py", DOUBLE)}),
    doubling("Python's values in a line", "name, k = 'a b', 1\n!mkdir \"{name}\" && echo "
             "{k + 1} > \"$name/n\"", "lines = !cat \"{name}/n\"\nn = int(lines[0])\n"
             "assert lines.s == '2'\n!!ls", "assert _ == ['a b']", AND_THEN),
    doubling("os.system and subprocess", "import os, subprocess\n"
             "assert os.system('mkdir -p a/b') == 0\n"
             "subprocess.run(['touch', 'a/b/x y'], check=True)\n"
             "assert subprocess.check_output('ls a/b', shell=True, text=True) == 'x y\\n'\n"
             "assert subprocess.run(['rm', 'no'], capture_output=True).returncode == 1\n"
             "n = 2", AND_THEN),
    doubling("%mkdir and other aliases", "%mkdir a\n%cp part.py a/\n%rm part.py\n%ls a",
             "from a.part import double", beside={"part.py": DOUBLE.encode()}),
    doubling("a line of which one part cannot be done", "!pip install -q x && mkdir -p a | cat\n"
             "!git clone https://a.example/b || mkdir never", "import os\n"
             f"assert os.listdir('.') == ['a']\n{DOUBLE}",
             notes=("!pip install -q x", "!git clone https://a.example/b")),
    doubling("%%bash of more than is done here", "%%bash\nfor i in 1 2; do mkdir $i; done", DOUBLE,
             notes=("%%bash: for i in 1 2",)),
    doubling("%%bash --out", "%%bash --out text\necho 2", f"n = int(text)\n{AND_THEN}"),
    doubling("a kernel's environment and message", "import os\n"
             "assert 'inline' in os.environ['MPLBACKEND'] and os.environ['TERM'] == 'xterm-color'\n"
             "assert 'header' in get_ipython().parent_header == get_ipython().get_parent()\n"
             "import matplotlib, matplotlib.pyplot as plt\nmatplotlib.rcdefaults()\n"
             "plt.plot([1, 2])\nplt.show()\nplt.switch_backend('agg')\nplt.plot([1])", DOUBLE),
    doubling("cd has no effect beyond its line", "import os\nhere = os.getcwd()\nos.mkdir('a')\n"
             "!cd a && touch in_a\nassert os.getcwd() == here and os.listdir('a') == ['in_a']\n"
             + DOUBLE),
]  # fmt: skip

ROWS = [*LOOPS, *FOLDERS, *ASKED, *OBJECTS, *MAGICS, *LINES]
