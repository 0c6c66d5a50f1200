"""Kills graders, warm parents, readers and bubblewraps at random moments: nothing is lost or judged twice.

    python checks/kit/bench/jail_kills.py [kills] [--size 60]

A class (good, wrong and hostile answers to exercise 1) is graded once undisturbed. Then it is graded under
kills, some of them of the grader, which the same command resumes; when a class is through, the next begins.
Each must be told as the undisturbed one is, and leave no process and no folder.
"""

import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import click

sys.path.append(str(Path(__file__).parents[1]))
from kills import grade, kill_one, left_over
from patience import wait_until
from test_grading import a_class_of, hand_in, told

from crystalball.grading.journal_file import FILE
from crystalball.jail.forker import NO_JAIL


@click.command()
@click.argument("kills", type=int, default=100)
@click.option("--size", default=60, help="Answers in the class.")
@click.option("--seed", type=int, default=None, help="A random one without it.")
@click.option("--pause", default=4.0, help="Seconds between two kills, at most; a slow machine needs more.")
def main(kills: int, size: int, seed: int | None, pause: float) -> None:
    """Kills so many processes."""
    seed = random.randrange(10**6) if seed is None else seed
    click.echo(f"seed {seed}")
    rng, done = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="kills-") as place:
        folder, classes = hand_in(Path(place, "class"), a_class_of(size)), 0
        right = Path(place, "right")
        assert grade(folder, right, "1")[0].wait() == 0
        before = set(left_over())
        while done.total() < kills:
            out, code, classes = Path(place, f"out-{classes}"), 1, classes + 1
            while code:
                grader, said = grade(folder, out, "1")
                while done.total() < kills and grader.poll() is None:
                    time.sleep(rng.uniform(0.2, pause))
                    if rng.random() < 0.2:
                        grader.kill()
                        done["grader"] += 1
                        break
                    killed = kill_one(grader.pid, rng)
                    done.update([killed] if killed else [])
                said += grader.communicate()[0]
                code = grader.returncode
                if (
                    f"Error: {NO_JAIL}" in said
                ):  # killed as often as it was started: the next command goes on
                    continue
                errors = out / "errors.log"
                why = errors.read_text() if errors.exists() else ""
                assert code in (0, -9), f"{code}: {said}{why}"
                assert "Traceback" not in said, said
            ours, theirs = told(out), told(right)
            assert ours == theirs, {name: (theirs[name], ours.get(name)) for name in theirs}
            with sqlite3.connect(out / FILE) as base:
                (rows,) = base.execute("SELECT count(*) FROM verdicts").fetchone()
            assert rows == size, f"{rows} verdicts on {size} answers"
            wait_until(lambda: not set(left_over()) - before, "something is left over")
            click.echo(f"{dict(done)} in {classes} classes")
    click.echo(f"{done.total()} kills in {classes} classes of {size}: {dict(done)}; all as undisturbed")


if __name__ == "__main__":
    main()
