"""Files, processes, resources and the network: what a notebook does to the machine it runs on.

Each case sets ``won`` to something true where its author succeeded.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.inside import processes
from grader.sandbox.outside.host import Zygote

from .conftest import HONEST, SECRET, Attack, Case, does_harm, ids, shown
from .free import Free

pytestmark = pytest.mark.slow
LIBC = """
import ctypes, os, socket, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
won = None
"""
#: The right answer while the attack did not succeed, so that a broken attack shows.
ANSWER = "\ndef double(x):\n    return x * 2 if not won else 'won: %r' % (won,)\n"


def contained(attack: Attack, code: str, **tree: Any) -> None:
    """Run ``code`` as one cell; it must leave ``won`` false, and the rest of the notebook well."""
    result = attack(LIBC, f"try:\n{indented(code)}\nexcept OSError as e:\n    print(e)", ANSWER,
                    score=4.0, **tree)  # fmt: skip
    assert str(result.cells[1].error or "OSError").startswith(("OSError", "MemoryError", "ended: ",
        "stopped at the time limit", "PermissionError", "RuntimeError",
        "RecursionError", "FileNotFoundError", "BlockingIOError")), result.cells[1]  # fmt: skip


def indented(code: str) -> str:
    return "\n".join("    " + line for line in code.strip().splitlines())


FILES = [
    Case("by path", "a file is read", "won = open({path!r}).read()"),
    Case("proc self root", "the root outside", "won = open('/proc/self/root' + {path!r}).read()"),
    Case("proc 1 root", "process 1's root", "won = open('/proc/1/root' + {path!r}).read()"),
    Case("proc 1 cwd", "process 1's folder", "won = open('/proc/1/cwd/../..' + {path!r}).read()"),
    Case("dots", "the root's parent", "won = open('../' * 30 + {path!r}[1:]).read()"),
    Case("openat", "a folder above an open folder",
         "fd = os.open('/', os.O_RDONLY)\nfor _ in range(30): fd = os.open('..', 0, dir_fd=fd)\n"
         "won = os.read(os.open({path!r}[1:], 0, dir_fd=fd), 99)"),
    Case("symlink", "a link out of the scratch folder",
         "os.symlink({path!r}, 'link'); won = open('link').read()"),
    Case("hard link", "a second name", "os.link({path!r}, 'hard'); won = open('hard').read()"),
    Case("descriptors", "a descriptor of the judge is open",
         "for fd in range(4, 4096):\n    try: won = os.readlink(f'/proc/self/fd/{{fd}}') if "
         "'hidden' in os.readlink(f'/proc/self/fd/{{fd}}') else won\n    except OSError: pass"),
    Case("chroot", "a way out of the root", "os.mkdir('x')\nif libc.chroot(b'x') == 0:\n    for _ in range(30): os.chdir('..')\n"
         "    won = libc.chroot(b'.') == 0 and open({path!r}).read()"),
    Case("mount", "the machine's disk", "won = libc.mount(b'/', b'/private/work', b'', 4096, None) == 0", unshown="it would cover a folder of this machine"),
    Case("new namespaces", "root in a namespace of one's own",
         "won = libc.unshare(0x10000000 | 0x20000) == 0"),
    Case("handle", "a file by its number", "handle = ctypes.create_string_buffer(136); handle[:4] = (128).to_bytes(4, 'little')\n"
         "libc.syscall(303, -100, {path!r}.encode(), handle, ctypes.byref(ctypes.c_int()), 0)\n"
         "fd = libc.syscall(304, os.open('/', 0), handle, 0); won = fd >= 0 and os.read(fd, 99)"),
    Case("device", "the raw disk",
         "os.mknod('disk', 0o60666, os.makedev(254, 0)); won = open('disk', 'rb').read(9)"),
    Case("environment", "paths and keys of the caller",
         "won = [v for v in os.environ.values() if 'hidden' in v or 'pytest' in v]"),
    Case("list of processes", "the judge's command line",
         "won = [p for p in os.listdir('/proc') if p.isdigit() and p not in ('1', str(os.getpid()))]"),
]  # fmt: skip
TREE = [
    Case("the folder above is a link", "a file is read or written through the tree",
         "os.chdir('..'); os.rename('notebooks', 'old')\n"
         "os.symlink(os.path.dirname({path!r}), 'notebooks')\n"
         "won = open('notebooks/' + os.path.basename({path!r})).read()"),
    Case("links all the way up", "the top of the machine's files",
         "os.symlink('../' * 30, '../up'); won = open('../up' + {path!r}).read()"),
    Case("a folder that holds itself", "a removal that never ends",
         "os.symlink('..', '../src/loop'); os.symlink('loop', 'loop')\n"
         "won = os.path.exists('../src/loop/' + 'src/loop/' * 50)",
         unshown="it harms only where links are followed"),
]  # fmt: skip
DISK = [
    Case("one big file", "more than the scratch folder's share",
         "with open('f', 'wb') as f:\n    for n in range(40): f.write(b'x' * 2**20)\nwon = n"),
    Case("big files", "more than the share in all",
         "for n in range(40):\n    open(f'f{n}', 'wb').write(b'x' * 2**20)\nwon = n"),
    Case("many files", "all of the disk's inodes",
         "for n in range(5000): open(f'f{n}', 'w').close()\nwon = n"),
    Case("deep folders", "a tree too deep to remove",
         "for n in range(4500): os.mkdir('d'); os.chdir('d')\nwon = n", unshown="removing the tree takes seconds"),
    Case("sparse file", "a file of a terabyte", "os.truncate(os.open('s', 66), 2**40); won = 1"),
    Case("closed folders", "a tree that its owner cannot remove",
         "os.mkdir('a'); open('a/b', 'w').close(); os.chmod('a', 0); won = 0", unshown="no gain but a folder that stays; root removes it all the same"),
    Case("shared memory", "files outside the scratch folder",
         "try:\n    with open('/dev/shm/f', 'wb') as f:\n        for n in range(40): f.write(b'x' * 2**20)\n    won = n\nfinally: os.unlink('/dev/shm/f')"),
    Case("memory files", "memory that no limit counts",
         "fds = [os.memfd_create('m') for _ in range(64)]\n[os.truncate(f, 2**24) for f in fds]; won = fds"),
    Case("system V memory", "memory that outlives the process", "won = (n := libc.shmget(0, 2**24, 0o1666)) >= 0 == libc.shmctl(n, 0, None)"),
]  # fmt: skip
PROCESSES = [
    Case("kill -1", "every process dies", "import signal\nos.kill(-1, signal.SIGTERM)", unshown="it would end the tests"),
    Case("kill by number", "a neighbour dies",
         "for n in range(2, 40000):\n    if n != os.getpid() and libc.kill(n, 9) == 0: won = n", unshown="it would end the tests"),
    Case("ptrace", "the zygote's memory", "won = libc.ptrace(0x4206, os.getppid(), 0, 0) == 0"),
    Case("other memory", "process 1's memory is written", "won = libc.syscall(310, *map(ctypes.c_long, (1, 0, 0, 0, 0, 0))) >= 0"),
    Case("priority", "the user's other processes become slow",
         "won = libc.setpriority(2, os.getuid(), 19) == 0", unshown="it would slow down the tests"),
    Case("parent death signal", "a worker that outlives the zygote", "won = libc.prctl(1, 0) == 0"),
    Case("set user id", "another user", "won = libc.setresuid(0, 0, 0) == 0"),
    Case("keys", "a note for the next submission",
         "won = libc.syscall(248, b'user', b'k', b'v', 1, -4) >= 0 or libc.syscall(250, 0, -3, 1) >= 0", unshown="the key would stay with the user who runs the tests"),
    Case("performance events", "the kernel's own counters", "won = libc.syscall(298, bytes([1, 0, 0, 0, 112]) + bytes(123), 0, -1, -1, 0) >= 0"),
    Case("io_uring", "calls past the filter", "won = libc.syscall(425, 8, b'\\0' * 120) >= 0"),
    Case("programs", "a shell", "won = subprocess.run(['/bin/sh', '-c', 'id']).returncode == 0"),
]  # fmt: skip
RESOURCES = [
    Case("fork bomb", "no process can be started any more",
         "for _ in range(12):\n    try: os.fork()\n    except OSError: time.sleep(0.01)\n"
         "if os.getpid() != 1: time.sleep(20); os._exit(0)", unshown="it would fill this machine"),
    Case("threads", "no thread can be started any more",
         "for _ in range(500): threading.Thread(target=time.sleep, args=(20,), daemon=True).start()\nwon = 1"),
    Case("descriptors", "no file can be opened any more",
         "fds = [os.open('/dev/null', 0) for _ in range(5000)]; won = fds"),
    Case("memory", "the machine's memory", "held = [bytearray(2**24) for _ in range(200)]; won = len(held)", unshown="it would fill this machine"),
    Case("memory of children", "the limit times the number of processes",
         "try:\n    for n in range(8):\n        if os.fork() == 0: held = b'x' * (200 << 20); time.sleep(3); os._exit(0)\n"
         "except OSError: time.sleep(4); raise\n"  # as an ordinary user few processes may be left
         "time.sleep(1.5); won = sum(os.waitpid(-1, os.WNOHANG)[0] == 0 for n in range(8)) == 8\n"
         "while True: os.wait()", unshown="it would fill this machine"),
    Case("huge text", "a string of a terabyte", "won = len('x' * 10**12)", unshown="no machine has that memory: an error of the submission itself"),
    Case("huge int", "a number without end", "won = len(bin(9 ** (9 ** 12)))"),
    Case("repetition", "little code, much memory", "x = [0] * 99\nfor _ in range(60): x = x * 9\nwon = 1", unshown="it would fill this machine"),
    Case("stack", "a crash of the stack", "def f(): return f()\nf()", unshown="Python itself stops it"),
    Case("C stack", "a crash of the stack in C",
         "sys.setrecursionlimit(10**9)\nexec('['*10 + ']'*10)\nf = lambda: f()\nf()"),
    Case("output", "a page of gigabytes", "while True: print('x' * 10**6)"),
    Case("raw output", "the judge's terminal", "os.write(1, b'x' * 10**6); os.write(2, b'y' * 10**6)", unshown="it only fills what the tests print"),
    Case("notes", "a page full of notes", "for n in range(10**4): get_ipython().note(str(n) * 99)", unshown="without a worker there are no notes"),
]  # fmt: skip
NETWORK = [
    Case("tcp", "the server is reached",
         "import _socket; s = _socket.socket(); s.connect(('127.0.0.1', {port})); won = 1"),
    Case("udp", "a packet leaves",
         "import _socket; s = _socket.socket(2, 2); s.sendto(b'x', ('127.0.0.1', {port})); won = 1"),
    Case("tcp 6", "the server is reached",
         "import _socket; s = _socket.socket(10); s.connect(('::1', {port})); won = 1"),
    Case("dns", "a name is looked up", "won = socket.gethostbyname('example.com')", unshown="the tests need no network"),
    Case("abstract socket", "a local service is reached",
         "s = socket.socket(1); s.connect('\\0{name}'); won = 1"),
    Case("netlink", "the kernel's tables", "s = socket.socket(16, 3, 0); won = 1"),
    Case("vsock", "the host of this virtual machine", "s = socket.socket(40, 1); won = 1"),
    Case("raw", "packets of one's own", "s = socket.socket(2, 3, 1); won = 1"),
    Case("kernel crypto", "a large part of the kernel", "s = socket.socket(38, 5); won = 1"),
]  # fmt: skip


@pytest.mark.parametrize("case", FILES, ids=ids)
def test_files_of_the_judge_are_out_of_reach(attack: Attack, outside: Path, case: Case) -> None:
    assert outside.read_text() == SECRET
    contained(attack, case.code.format(path=str(outside)))


@pytest.mark.parametrize("case", TREE, ids=ids)
def test_a_tree_leads_nowhere(attack: Attack, outside: Path, case: Case) -> None:
    tree = (("data/x.csv", b"1"), ("notebooks/y.csv", b"2"), ("src/helper.py", b"z = 3"))
    contained(attack, case.code.format(path=str(outside)), files=tree, folder="notebooks")
    assert outside.read_text() == SECRET


@pytest.mark.parametrize("case", shown(TREE), ids=ids)
def test_a_tree_leads_out_without_a_layer(free: Free, outside: Path, case: Case) -> None:
    there = "os.makedirs('a/notebooks'); os.mkdir('a/src'); os.chdir('a/notebooks')\n"
    does_harm(free, "machine", LIBC + there + case.code.format(path=str(outside)))


@pytest.mark.parametrize("case", shown(FILES), ids=ids)
def test_files_are_within_reach_without_a_layer(free: Free, outside: Path, case: Case) -> None:
    held = f"os.dup2(os.open({str(outside)!r}, 0), 77)\n"  # as a parent's may be
    does_harm(free, "machine", LIBC + held + case.code.format(path=str(outside)))


@pytest.mark.parametrize("case", shown([*DISK, *PROCESSES]), ids=ids)
def test_the_machine_is_changed_without_a_layer(free: Free, case: Case) -> None:
    does_harm(free, "machine", LIBC + case.code)


@pytest.mark.parametrize("case", shown(RESOURCES), ids=ids)
def test_what_is_used_up_without_a_layer_is_everybodys(free: Free, case: Case) -> None:
    does_harm(free, "machine", LIBC + case.code, hangs=True)


@pytest.mark.parametrize("case", shown(NETWORK), ids=ids)
def test_the_network_is_reached_without_a_layer(
    free: Free, listener: socket.socket, case: Case
) -> None:
    name = f"grader-free-{os.getpid()}-{case.name}"
    with socket.socket(socket.AF_UNIX) as local:
        local.bind("\0" + name)
        local.listen()
        code = case.code.format(port=listener.getsockname()[1], name=name)
        does_harm(free, "machine", LIBC + code)


@pytest.mark.parametrize("case", [*DISK, *PROCESSES], ids=ids)
def test_the_machine_is_left_as_it_was(attack: Attack, case: Case) -> None:
    contained(attack, case.code)


@pytest.mark.parametrize("case", RESOURCES, ids=ids)
def test_what_is_used_up_is_the_submissions_own(attack: Attack, case: Case) -> None:
    begin = time.monotonic()
    contained(attack, case.code)
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize("case", NETWORK, ids=ids)
def test_nothing_is_reached_by_network(attack: Attack, listener: socket.socket, case: Case) -> None:
    name = f"grader-{os.getpid()}-{case.name}"
    with socket.socket(socket.AF_UNIX) as local:
        local.bind("\0" + name)
        local.listen()
        contained(attack, case.code.format(port=listener.getsockname()[1], name=name))


DAEMONS = [
    Case("new session", "a daemon", "os.setsid() if os.fork() == 0 else None"),
    Case("double fork", "a daemon without a parent", "os.fork() == 0 and (os.setsid(), os.fork())"),
    Case("ignores signals", "a daemon that cannot be asked to end",
         "import signal\n    if os.fork() == 0: [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15, 17)]"),
    Case("stopped", "a daemon that sleeps till later", "os.fork() == 0 and os.kill(os.getpid(), 19)"),
    Case("many generations", "always another child",
         "n = os.fork() == 0\n    while n:\n        if os.fork(): os._exit(0)"),
]  # fmt: skip


@pytest.mark.parametrize("case", DAEMONS, ids=ids)
def test_daemons_end_with_their_submission(attack: Attack, zygote: Zygote, case: Case) -> None:
    code = f"import os, time\nme = os.getpid()\ndef start():\n    {case.code}\n"
    code += "    if os.getpid() != me: time.sleep(60); os._exit(0)\nstart()"
    attack(code, HONEST, score=4.0)
    assert processes.family(zygote.pid) == [zygote.pid]
