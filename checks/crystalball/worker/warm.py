"""The warm parent: imports torch once, then forks a process in 2 ms whenever it is told.

It never runs a learner's code itself. Standard input is its control socket; when that ends, so
do the parent and all its children. Only systems that can fork safely (Linux) use it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time

from crystalball.worker import child

MESSAGE = 1024
"""Bytes of a control message, at most."""


def fork(role: str, requests: int, answers: int, control: socket.socket) -> int:
    """Forks a child that runs `role`'s `serve` on two descriptors; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()  # so that it and all that it starts are killed as one group
        control.close()
        importlib.import_module(role).serve(requests, answers)
    finally:
        os._exit(0)


def end(pid: int, grace: float) -> int:
    """Kills a child and its group; returns its exit code, or minus the signal that ended it.

    Args:
        pid: the child's process id, which is its group's too.
        grace: seconds to wait for an end of its own: the pipes of a process that exits are
            closed a moment before its exit code is known.
    """
    patience = time.monotonic() + grace
    ended, status = os.waitpid(pid, os.WNOHANG)
    while not ended and time.monotonic() < patience:
        time.sleep(0.001)
        ended, status = os.waitpid(pid, os.WNOHANG)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    if not ended:
        status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Warms up (`training` as an argument: for training too), then forks and ends as it is told."""
    control = socket.socket(fileno=os.dup(0))
    child.prepare()
    if "training" in sys.argv:
        child.prepare_training()
    gc.collect()
    gc.freeze()
    children: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, MESSAGE, 2)
        if not message:
            break
        order = json.loads(message)
        if "fork" in order:
            requests, answers = descriptors
            pid = fork(order["fork"], requests, answers, control)
            children.add(pid)
            for descriptor in descriptors:
                os.close(descriptor)
            control.send(json.dumps(pid).encode())
        else:
            control.send(json.dumps(end(order["end"], order["grace"])).encode())
            children.discard(order["end"])
    for pid in children:
        end(pid, 0)


if __name__ == "__main__":
    main()
