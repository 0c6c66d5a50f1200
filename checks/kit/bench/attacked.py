"""What it costs to grade a class in which every fifth submission is an attack, beside an honest class.

    python checks/kit/bench/attacked.py [students] [--pairs 2] [--seed 1]

Both classes answer the same exercises, a file a student. In the one all are solutions; in the other every
fifth is one of `checks/kit/attacks/`, drawn by chance, within the limits that a course has. Honest students
must get full marks in both, and nothing that is printed may be a traceback. Prints the wall time and the
processor time of both, the attacks that took longest, and what of the wall time must be waited for: an
attack that never ends holds its slot until the limit of a case.
"""

import json
import random
import sys
import tempfile
from pathlib import Path

import click

sys.path.append(str(Path(__file__).parents[1]))
from grading import ROOT, Spent, grade

from crystalball.curriculum.manifest import curriculum
from crystalball.grading.slot_pool import cores

ATTACKS = sorted((ROOT / "checks/kit/attacks").glob("*.py.txt"))


def hand_in(folder: Path, students: int, rng: random.Random, *, attacked: bool) -> dict[str, str]:
    """A class; every fifth answers the exercise of an attack, with a solution or with the attack.

    Returns:
        The names of the attacks, by the names of their students.
    """
    attacks, drawn = {}, rng.sample(ATTACKS, students // 5)
    exercises = [one.read_text().partition(":")[0].removeprefix("# ") for one in drawn]
    for number in range(students):
        exercise = exercises[number // 5 % len(exercises)]
        path, entry = ROOT / "solutions" / f"{exercise}.py", folder / f"student{number:04}"
        if attacked and number % 5 == 0:
            path = drawn[number // 5]
            attacks[entry.name] = path.name
        entry.mkdir(parents=True)
        text = path.read_text(encoding="utf-8")
        (entry / f"{exercise}.py").write_text(f"{text}\nnumber = {number}\n", encoding="utf-8")
    return attacks


def verdicts(folder: Path) -> dict[str, dict[str, object]]:
    """What was said of each student's file, by the student."""
    lines = Path(f"{folder}-out/results.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        one["submission"]: max(one["exercises"].values(), key=lambda verdict: verdict["seconds"])
        for one in map(json.loads, lines)
    }


@click.command()
@click.argument("students", type=click.IntRange(5), default=200)
@click.option("--pairs", default=2, help="How often each class is graded, in turns.")
@click.option("--seed", default=1, help="Draws the attacks.")
def main(students: int, pairs: int, seed: int) -> None:
    """Grades both classes, in turns."""
    for pair in range(pairs):
        spent: list[Spent] = []
        with tempfile.TemporaryDirectory(prefix="attacked-") as place:
            for attacked in (False, True):
                folder = Path(place, f"attacked-{attacked}")
                attacks = hand_in(folder, students, random.Random(seed + pair), attacked=attacked)
                spent.append(grade(folder))
                told = verdicts(folder)
                honest = {one["verdict"] for name, one in told.items() if name not in attacks}
                assert honest == {"passed"}, honest
        longest = sorted(attacks, key=lambda name: -float(str(told[name]["seconds"])))[:8]
        for what in ("wall", "cpu"):
            first, second = (getattr(one, what) for one in spent)
            click.echo(f"{what}: honest {first:.1f} s, attacked {second:.1f} s: {second / first:.2f} times")
        click.echo(", ".join(f"{attacks[one]} {told[one]['seconds']} s" for one in longest))
        seconds = [float(str(told[name]["seconds"])) for name in attacks]
        waited = [one for one in seconds if one >= curriculum().seconds_a_case]
        click.echo(
            f"{len(waited)} held a slot until the limit: {sum(waited) / cores():.1f} s of the wall time"
        )


if __name__ == "__main__":
    main()
