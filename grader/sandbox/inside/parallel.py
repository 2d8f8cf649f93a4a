"""Lets joblib use threads in place of processes.

Its process back ends, loky by default, start new interpreters, each of which costs about a
second of CPU: more than a test case may take.  The arguments of a task are copied by joblib's
own pickler, so a task cannot change objects of its caller, as with processes.
"""

from __future__ import annotations

import importlib
import pickle
from contextlib import suppress
from typing import Any


def use_threads(joblib: Any) -> None:
    """Let joblib use threads where it would use processes."""
    parallel = joblib.parallel
    threading: Any = parallel.BACKENDS["threading"]
    reduction = importlib.import_module("joblib.externals.loky.backend.reduction")
    context: Any = importlib.import_module("joblib.externals.loky.backend.context")
    # It reads the limits of the control group, in files that may be closed to this process.
    context._cpu_count_cgroup = lambda count: count
    given = "submit" if hasattr(threading, "submit") else "apply_async"  # before joblib 1.5
    start = getattr(threading, given)

    class Threads(threading):  # type: ignore[misc]
        """Threads that do not share their arguments."""

        supports_sharedmem = False
        supports_inner_max_num_threads = True

    def started(self: Any, function: Any, callback: Any = None) -> Any:
        with suppress(Exception):  # what cannot be copied is shared
            function = pickle.loads(reduction.dumps(function))
        return start(self, function, callback)

    setattr(Threads, given, started)
    for name in ("loky", "multiprocessing"):
        if name in parallel.BACKENDS:
            parallel.BACKENDS[name] = Threads
