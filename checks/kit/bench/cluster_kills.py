"""Kills a worker, the scheduler and the client of a cluster, each at random moments, and counts verdicts.

    python checks/kit/bench/cluster_kills.py [times] [--seed N]

A class is graded on this machine once, and then on a cluster of two worker processes, in which one part is
killed by SIGKILL at a moment drawn by chance; a worker or scheduler is started anew, and the same command
is given until it comes to its end. Each time the verdicts must be those of this machine, none twice and
none lost. Prints how often the command was given, too.
"""

import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from crystalball.entry.programs import wrong_programs

ROOT = Path(__file__).parents[3]

EXERCISE = "01_first_scalar"

PARTS = ("worker", "scheduler", "client")

PATIENCE = 600
"""Seconds within which whatever is waited for comes, on a busy machine too."""

Command = subprocess.Popen[bytes]


class Machines:
    """A scheduler and two workers, each a process group of its own.

    Args:
        place: a folder for what they say, and for their own.
    """

    def __init__(self, place: Path) -> None:
        self.place, self.file = place, place / "scheduler.json"
        self.started: dict[str, Command] = {}
        for name in ("scheduler", "worker-1", "worker-2"):
            self.start(name)

    @property
    def address(self) -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(OSError, ValueError):
                address: str = json.loads(self.file.read_text())["address"]
                return address
            time.sleep(0.1)
        raise TimeoutError

    def start(self, name: str) -> None:
        words = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", self.file]
        if name != "scheduler":
            words = ["worker", self.address, "--nworkers", "1", "--nthreads", "1"]
            words += ["--local-directory", self.place / "workers"]
        with (self.place / f"{name}.log").open("ab") as log:
            self.started[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", *map(str, words), "--no-dashboard"],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        process = self.started.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def replace(self, part: str) -> None:
        """Kills a part and starts it anew; with their scheduler, the workers go too."""
        names = [random.choice(("worker-1", "worker-2"))] if part == "worker" else list(self.started)
        for name in names:
            self.kill(name)
        if "scheduler" in names:
            self.file.unlink()
        for name in names:
            self.start(name)

    def close(self) -> None:
        for name in list(self.started):
            self.kill(name)


def hand_in(folder: Path) -> int:
    """A class of right, wrong and unfinished answers to exercise 1, no two the same; how many."""
    honest = sorted((ROOT / "checks/kit/variants" / EXERCISE).glob("*.py"))
    honest += [ROOT / one / f"{EXERCISE}.py" for one in ("exercises", "solutions")]
    texts = [path.read_text(encoding="utf-8") for path in honest]
    texts += wrong_programs(ROOT, EXERCISE).values()
    for index, text in enumerate(texts):
        entry = folder / f"student{index:03}"
        entry.mkdir(parents=True)
        (entry / f"{EXERCISE}.py").write_text(f"{text}\nx{index} = 0\n", encoding="utf-8")
    return len(texts)


def grade(folder: Path, out: Path, *options: str) -> Command:
    words = ("-m", "crystalball.entry.cli", "grade", folder, "--out", out, "--only", "1", *options)
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


CLOCK = re.compile(r"[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d")
"""How TensorBoard names a run that nobody names."""


def verdicts(out: Path) -> dict[str, Any]:
    """What each was told, without the time that it took, and the times that a program wrote itself."""
    text = CLOCK.sub("<time>", (out / "results.jsonl").read_text(encoding="utf-8"))
    lines = map(json.loads, text.splitlines())
    found = {line["submission"]: line["exercises"][EXERCISE] for line in lines}
    return {name: {key: one[key] for key in one if key != "seconds"} for name, one in found.items()}


def judged(out: Path) -> int:
    """Verdicts in the journal by now; it is locked while a grading writes, so a copy is read."""
    with tempfile.TemporaryDirectory() as name:
        for path in out.glob("journal.sqlite*"):
            with contextlib.suppress(OSError):
                (Path(name) / path.name).write_bytes(path.read_bytes())
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(Path(name) / "journal.sqlite")) as base,
        ):
            (count,) = base.execute("SELECT count(*) FROM verdicts").fetchone()
            return int(count)
    return 0


def twice(out: Path) -> int:
    """Answers of which the journal holds two verdicts."""
    with contextlib.closing(sqlite3.connect(out / "journal.sqlite")) as base:
        (count,) = base.execute("SELECT count(*) - count(DISTINCT answer) FROM verdicts").fetchone()
        return int(count)


def killed(part: str, machines: Machines, folder: Path, out: Path, moment: int) -> int:
    """Grades, and kills a part once so many verdicts are there; how often the command was given."""
    gradings, done = 0, False
    while True:
        gradings += 1
        command = grade(folder, out, "--cluster", machines.address)
        while not done and command.poll() is None:
            if judged(out) >= moment:
                time.sleep(random.random())
                if part == "client":
                    command.kill()
                else:
                    machines.replace(part)
                done = True
            time.sleep(0.05)
        _, errors = command.communicate(timeout=PATIENCE)
        if command.returncode == 0:
            return gradings
        assert done, errors.decode()
        assert b"Traceback" not in errors, errors.decode()


@contextlib.contextmanager
def a_cluster() -> Iterator[tuple[Machines, Path]]:
    with tempfile.TemporaryDirectory() as name:
        machines = Machines(Path(name))
        try:
            yield machines, Path(name)
        finally:
            machines.close()


@click.command()
@click.argument("times", type=click.IntRange(1), default=10)
@click.option("--seed", type=int, default=0, help="Chooses the moments.")
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, help="This one alone.")
def main(times: int, seed: int, parts: tuple[str, ...]) -> None:
    """Kills, and prints."""
    random.seed(seed)
    with a_cluster() as (machines, place):
        students = hand_in(place / "class")
        assert grade(place / "class", place / "here").wait() == 0
        right = verdicts(place / "here")
        assert len(right) == students
        for part in parts or PARTS:
            for index in range(times):
                out, moment = place / f"{part}-{index}", random.randrange(students * 3 // 4)
                gradings = killed(part, machines, place / "class", out, moment)
                found, more = verdicts(out), twice(out)
                others = [one for one in right if found.get(one) != right[one]]
                print(
                    f"{part} killed after {moment:3} of {students} verdicts: {gradings} commands, "
                    f"{len(others)} other verdicts, {more} twice",
                    flush=True,
                )
                for one in others:
                    print(f"  {one}\n    here: {right[one]}\n    there: {found.get(one)}")
                if others or more:
                    raise SystemExit(1)


if __name__ == "__main__":
    main()
