"""One event loop for all cells, made when code first asks for one.

In a kernel a loop runs during every cell, so a cell can make a task that a later one awaits.
Here no loop runs during a plain cell, but code that asks for the running loop gets this one.
It claims to run, and can be run: unlike in a kernel, ``asyncio.run`` and
``run_until_complete`` work, too.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grader.sandbox.wire.bounds import SETTLE_SECONDS


class Loop(asyncio.SelectorEventLoop):
    """Claims to run, as a kernel's loop does during every cell, and cannot be closed."""

    _is_made = False

    def __init__(self) -> None:
        super().__init__()
        self._is_made = True

    def is_running(self) -> bool:
        """Return True, whether or not it runs."""
        return self._is_made or super().is_running()

    def really_runs(self) -> bool:
        """Whether it is really running."""
        return super().is_running()

    def _check_running(self) -> None:
        if super().is_running():
            raise RuntimeError("This event loop is already running")
        if asyncio._get_running_loop() is not None:
            raise RuntimeError("Cannot run the event loop while another loop is running")

    def run_until_complete(self, future: Any) -> Any:
        """Run ``future``; a coroutine in another thread if this loop is running the cell."""
        if self.really_runs() and asyncio.iscoroutine(future):
            return _aside(asyncio.run, future)
        return super().run_until_complete(future)

    def close(self) -> None:
        """Stay open for the next cell."""


def _aside(run: Callable[..., Any], coroutine: Any, **keywords: Any) -> Any:
    """Run a coroutine to its end in another thread, while this one waits."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(run, coroutine, **keywords).result()
    finally:
        pool.shutdown(wait=False)  # if the time is up, it may not end


class OneLoop:
    """Gives asyncio one loop for the main thread of each process."""

    def __init__(self, module: Any) -> None:
        events = module.events
        policy_of = getattr(events, "_get_event_loop_policy", events.get_event_loop_policy)
        self._policy = policy_of()
        self._native = self._policy.get_event_loop
        self._running: Callable[[], Any] = events.get_running_loop
        self._loop: Loop | None = None
        self._pid = 0
        self._policy.get_event_loop = self._event_loop
        events.get_running_loop = module.get_running_loop = self._running_loop
        run = module.run

        def run_anywhere(main: Any, **keywords: Any) -> Any:
            # A kernel refuses this without nest_asyncio, which the student may have had.
            if asyncio._get_running_loop() is not None:
                return _aside(run, main, **keywords)
            return run(main, **keywords)

        module.run = run_anywhere

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a cell that awaits."""
        return self._event_loop().run_until_complete(coroutine)

    def settle(self) -> None:
        """Continue tasks that a cell left ready, as a kernel does between cells."""
        loop = self._loop
        if loop is None or self._pid != os.getpid() or loop.really_runs():
            return
        until = time.monotonic() + SETTLE_SECONDS
        while loop._ready and time.monotonic() < until:  # type: ignore[attr-defined]
            loop.call_soon(loop.stop)
            loop.run_forever()

    def _running_loop(self) -> Any:
        try:
            return self._running()
        except RuntimeError:
            if threading.current_thread() is not threading.main_thread():
                raise
        return self._event_loop()

    def _event_loop(self) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return self._native()
        is_ours = self._pid == os.getpid()  # else a fork has inherited it
        kept = getattr(self._policy._local, "_loop", None)
        if kept is not None and not kept.is_closed() and (kept is not self._loop or is_ours):
            return kept  # the student's own, or ours
        if self._loop is None or not is_ours:
            self._loop, self._pid = Loop(), os.getpid()
        self._policy.set_event_loop(self._loop)
        return self._loop
