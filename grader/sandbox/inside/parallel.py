"""joblib without processes that it starts: a new interpreter takes longer than a test case may.

Its process back ends, loky by default, start fresh interpreters, whose start costs each one
about a second of CPU.  Threads take their place.  What a task is given is copied first, by
the pickler that joblib itself uses, so that a task changes nothing of its caller's, as there.
"""

from __future__ import annotations

import importlib
import pickle
from typing import Any


def use_threads(joblib: Any) -> None:
    """Let joblib use threads where it would use processes."""
    parallel = joblib.parallel
    threading: Any = parallel.BACKENDS["threading"]
    reduction = importlib.import_module("joblib.externals.loky.backend.reduction")
    context: Any = importlib.import_module("joblib.externals.loky.backend.context")
    # It reads what the machine gives to this process in files that may be closed to it.
    context._cpu_count_cgroup = lambda count: count
    given = "submit" if hasattr(threading, "submit") else "apply_async"  # before joblib 1.5
    start = getattr(threading, given)

    class Threads(threading):  # type: ignore[misc]
        """Threads that do not share what they are given."""

        supports_sharedmem = False
        supports_inner_max_num_threads = True

    def _copied(function: Any) -> Any:
        try:
            return pickle.loads(reduction.dumps(function))
        except Exception:
            return function  # what cannot be copied is shared

    def started(self: Any, function: Any, callback: Any = None) -> Any:
        return start(self, _copied(function), callback)

    setattr(Threads, given, started)
    for name in ("loky", "multiprocessing"):
        if name in parallel.BACKENDS:
            parallel.BACKENDS[name] = Threads
