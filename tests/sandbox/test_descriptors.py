"""A worker has its pipe and nothing else open, whatever number the pipe comes with."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
CODE = """
import os, sys
from grader.sandbox.inside import zygote
number = int(sys.argv[1])
os.closerange(3, 64)
pipe, other = os.pipe()  # 3 and 4
os.dup2(pipe, number)
assert zygote._only(number) == 3
os.write(2, ' '.join(str(n) for n in range(3, 64) if os.path.exists(f'/proc/self/fd/{n}')).encode())
assert os.fstat(3).st_mode >> 12 == 1 and not os.get_inheritable(3)
"""


@pytest.mark.parametrize("number", [3, 4, 9])
def test_only_the_pipe_is_open(number: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(number)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == "3"
