"""Kills a process of the jails of a grading."""

import fcntl
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from process_table import Entry, processes

from crystalball.grading.scratch import MEMORY, PREFIX

ROOT = Path(__file__).parents[2]


def below(pid: int) -> list[Entry]:
    """All processes that a process has started, and those that they have."""
    table, found, waiting = processes(), [], [pid]
    while waiting:
        parent = waiting.pop()
        children = [entry for entry in table if entry.parent == parent]
        found += children
        waiting += [child.pid for child in children]
    return found


def grade(folder: Path, out: Path, only: str) -> tuple[subprocess.Popen[str], str]:
    """Begins to grade a class, and comes back after the first verdict; a class all known is at its end.

    Returns:
        The grader, and what it has said.
    """
    command = [
        sys.executable,
        "-u",
        "-X",
        "faulthandler",
        "-m",
        "crystalball.entry.cli",
        "grade",
        str(folder),
        "--out",
        str(out),
    ]
    grader = subprocess.Popen(
        [*command, "--only", only], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert grader.stdout is not None
    said = ""
    for line in grader.stdout:
        said += line
        if " answers, " in line:
            break
    return grader, said


def kill_one(grader: int, rng: random.Random) -> str:
    """Kills a process of the jails of a grader: bubblewrap, a warm parent, or a reader.

    Args:
        grader: its process id.
        rng: chooses the kind, and the process.

    Returns:
        What was killed; empty where there was nothing.
    """
    kinds: dict[str, list[int]] = {}
    jails = [one for one in below(grader) if "crystalball.jail.inside.jailed" in one.command]
    around = {one.pid for one in jails if "bwrap" in one.command}
    parents = {one.pid for one in jails if one.parent in around} - around
    for one in jails:
        # Not a worker, which has torch in it: one that is killed is told of as one that ended itself.
        if one.parent in parents and "libtorch" not in _mapped(one.pid):
            kinds.setdefault("reader", []).append(one.pid)
        elif one.pid in parents or one.parent == grader:
            kinds.setdefault("warm parent" if one.pid in parents else "bubblewrap", []).append(one.pid)
    if not kinds:
        return ""
    kind = rng.choice(sorted(kinds))
    try:
        os.kill(rng.choice(kinds[kind]), signal.SIGKILL)
    except ProcessLookupError:
        return ""
    return kind


def _mapped(pid: int) -> str:
    """The files that a process has in its memory; of one that is gone, a worker's."""
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return "libtorch"


def left_over() -> list[str]:
    """Processes of gradings whose folder is gone, and folders of gradings that nobody holds any more."""
    found = [
        one.command
        for one in processes()
        for name in re.findall(rf"/\S*/{PREFIX}[^/]+", one.command)
        if not Path(name).exists()
    ]
    for folder in {MEMORY, Path(tempfile.gettempdir())}:
        found += [str(one) for one in folder.glob(f"{PREFIX}*") if _is_free(one)]
    return found


def _is_free(folder: Path) -> bool:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
