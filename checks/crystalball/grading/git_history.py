"""When the files of a clone were last changed, by its commits.

The clone's own configuration, hooks and attributes are never read: git looks at its objects from an
empty repository of ours, in a process with limits, and only along the paths that are asked for: a folder
may hold itself ten times, ten deep. A commit's time is what its author's machine said.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from crystalball.reading.records import open_regular

SECONDS = 10.0
"""For the history of one clone, however slow the disk is."""

LIMITED = ("sh", "-c", 'ulimit -t 2; ulimit -v 1048576; exec "$@"', "sh") if os.name == "posix" else ()
"""Runs a command in two seconds of processor time and a gibibyte; an honest clone takes a hundredth."""

LONGEST = 8 * 1024 * 1024
"""Bytes of a history that are looked at."""

LONGEST_REFS = 1024 * 1024

MOST_COMMITS = 5000

COMMIT = re.compile(r"[0-9a-f]{40}")
REF = re.compile(r"refs/heads/[\w-][\w.-]*(/[\w-][\w.-]*){0,8}")

ALONE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOC_LIMIT": "64m",
}


def commit_times(folder: Path, paths: Sequence[PurePosixPath]) -> dict[PurePosixPath, datetime]:
    """When files of a clone were last changed on its branch; empty for what is no clone.

    Args:
        folder: that somebody handed in.
        paths: of the files.
    """
    git = folder / ".git"
    if git.is_symlink() or not (git / "objects").is_dir() or (git / "objects").is_symlink():
        return {}
    head = _head(git)
    if head is None or not paths:  # of no paths git would tell all
        return {}
    with (
        tempfile.TemporaryDirectory(prefix="crystalball-git-") as ours,
        contextlib.suppress(OSError, subprocess.SubprocessError),
    ):
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": ours, **ALONE}
        made = subprocess.run(
            ["git", "init", "-q", "--bare", "--template=", ours],
            env=environment,
            check=False,
            timeout=SECONDS,
        )
        if made.returncode == 0:
            alternates = Path(ours, "objects", "info", "alternates")
            alternates.parent.mkdir(exist_ok=True)
            alternates.write_text(f"{(git / 'objects').resolve()}\n", encoding="utf-8")
            return _times(_log(ours, head, paths, environment))
    return {}


def _head(git: Path) -> str | None:
    """The commit of the branch that is checked out."""
    text = _text(git / "HEAD").strip()
    if not text.startswith("ref: "):
        return text if COMMIT.fullmatch(text) else None
    ref = text.removeprefix("ref: ")
    if not REF.fullmatch(ref):
        return None
    commit = _text(git / ref).strip()
    if not commit:
        packed = (line.partition(" ") for line in _text(git / "packed-refs").splitlines())
        commit = next((commit for commit, _, name in packed if name == ref), "")
    return commit if COMMIT.fullmatch(commit) else None


def _text(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return file.read(LONGEST_REFS).decode("utf-8", errors="replace")
    except (OSError, ValueError):  # it is not there, or no regular file
        return ""


def _log(ours: str, head: str, paths: Sequence[PurePosixPath], environment: dict[str, str]) -> str:
    """The history as text: a line `@time` for each commit, and lines with the files that it changed."""
    command = [*LIMITED, "git", f"--git-dir={ours}", "--literal-pathspecs", "-c", "core.quotePath=false"]
    command += ["log", f"--max-count={MOST_COMMITS}", "--format=@%ct", "--name-only", "-m", "--no-renames"]
    command += ["--no-ext-diff", "--no-textconv", head, "--", *map(str, paths)]
    with subprocess.Popen(
        command, env=environment, cwd=ours, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        stopper = threading.Timer(SECONDS, process.kill)
        stopper.start()
        try:
            assert process.stdout is not None
            return process.stdout.read(LONGEST).decode("utf-8", errors="surrogateescape")
        finally:
            process.kill()
            stopper.cancel()


def _times(log: str) -> dict[PurePosixPath, datetime]:
    times: dict[PurePosixPath, datetime] = {}
    moment = None
    for line in log.splitlines():
        if re.fullmatch(r"@\d{1,11}", line):
            with contextlib.suppress(ValueError, OverflowError):
                moment = datetime.fromtimestamp(int(line[1:]), UTC)
        elif line and moment is not None:
            times.setdefault(PurePosixPath(line), moment)
    return times
