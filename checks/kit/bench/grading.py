"""What it costs to grade a class, against two floors that are measured in the same run.

    python checks/kit/bench/grading.py [students] [--only 1-11] [--memory]

The class hands in the solutions of all exercises, each student's a little different, so that none
is judged only once for two. The floors: one plain `pytest` process a submission and exercise that
judges the same cases in process, and trains them itself for the truth, which it shares with nobody;
and the CPU time of the bare training loops of these cases. What a grading costs once (to warm up, to
train each case for the truth) is told apart by grading a class of one too. `--memory` grades 100
and then 2,000 stubs of one exercise, and prints the most memory that the grader took.
"""

import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click
import torch
from loops import train_bare

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.training import Training
from crystalball.curriculum.course import chosen
from crystalball.curriculum.manifest import Exercise
from crystalball.grading.scratch import MEMORY
from crystalball.judging.session import JudgingSession
from crystalball.processes.inside.child import Child
from crystalball.processes.inside.reports import LoadRequest, RunRequest
from crystalball.processes.programs import ENVIRONMENT

ROOT = Path(__file__).parents[3]

APART = ("16", "17", "19")
"""Exercises that need several processes, or raise what a debugger would stop at: the mean of the others
stands for their plain pytest."""

PLAIN = """
import json
import pickle
from functools import cache
from pathlib import Path
from crystalball.cases.inside.training import Training
from crystalball.judging.debugging import InProcess
from crystalball.curriculum.manifest import curriculum
from crystalball.judging.judge import Judge
from crystalball.outcomes.expect import load_spec
from crystalball.oracle.trace import Trace, TraceRequest

class Here:
    def prepare(self, cases): pass

    def trace(self, case, flaws=()):
        return trained(case.undisturbed()) if isinstance(case, Training) else Trace()

@cache
def trained(case):
    from crystalball.oracle.serve import answer
    return answer(TraceRequest(case))

def test_answer():
    exercise = curriculum().find({id!r})
    cases = pickle.loads(Path({stored!r}).read_bytes())
    judge = Judge(curriculum(), lambda order: InProcess(), Here(), 0)
    verdict = judge.judge(exercise, load_spec(Path({root!r}), exercise.id), Path({answer!r}), cases=cases)
    assert verdict.passed
"""

Cases = dict[Exercise, list[Case]]


TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> dict[int, float]:
    """Seconds of CPU time of a process and of each that lives below it, with all that ended there."""
    parents, spent = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            words = path.read_text().rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(words[1])
            spent[int(path.parent.name)] = sum(map(int, words[11:15])) / TICK
    below, found = {pid}, {pid}
    while below:
        below = {one for one, parent in parents.items() if parent in below}
        found |= below
    return {one: spent[one] for one in found if one in spent}


@dataclass
class Spent:
    """What a command took: seconds of wall time and of CPU, and MiB of its own memory at most."""

    wall: float
    cpu: float
    memory: int = 0


def run(*command: object, **more: str) -> Spent:
    """Runs a command, and watches all processes below it until it ends."""
    began, most = time.perf_counter(), Spent(0, 0)
    words = list(map(str, command))
    process = subprocess.Popen(words, cwd=ROOT, env=os.environ | more, stdout=subprocess.DEVNULL)
    # A process that is killed with its parent is counted by nobody, so they are asked while they live.
    while process.poll() is None:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            high = [int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")]
            most.memory = max([most.memory, *high])
        most.cpu = max(most.cpu, sum(tree(process.pid).values()))
        time.sleep(0.1)
    assert process.returncode == 0, words
    return Spent(time.perf_counter() - began, most.cpu, most.memory)


def bare(cases: Cases) -> float:
    """CPU seconds of the bare training loops of all cases, in a warm process with one thread."""
    torch.set_num_threads(1)
    trainings = [case for some in cases.values() for case in some if isinstance(case, Training)]
    spent = []
    for _ in range(3):
        began = time.process_time()
        for case in trainings:
            train_bare(case)
        spent.append(time.process_time() - began)
    return min(spent)


def submitted(cases: Cases) -> float:
    """CPU seconds of the solutions themselves on all cases, in this warm process, judged by nobody.

    Exercise 17 needs two processes: its bare loops stand for it.
    """
    total = 0.0
    for exercise, some in cases.items():
        child = Child(lambda: None, debugging=True)
        path = ROOT / "solutions" / f"{exercise.id}.py"
        child.handle(
            LoadRequest(str(path), exercise.function, tuple(exercise.parameters), log="", limit=60)
        )
        if exercise.number == "17":
            total += bare({exercise: some})
            continue
        for _ in range(2):  # the second time nothing is slow any more
            began = time.process_time()
            for case in some:
                call(child, case)
            spent = time.process_time() - began
        total += spent
    return total


def call(child: Child, case: Case) -> None:
    """Calls a solution as a case asks, in a folder in memory."""
    asked = case.asked()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for call_index in range(1 + case.restarts):
            with contextlib.suppress(Exception, KeyboardInterrupt):  # some cases are there to raise
                run = RunRequest(asked, folder, log="", limit=60, call_index=call_index)
                child.handle(run)
        os.chdir(ROOT)


def plain(exercise: Exercise, cases: list[Case], place: Path) -> Spent:
    """What one plain pytest process takes."""
    stored = place / f"{exercise.id}.pickle"
    stored.write_bytes(pickle.dumps(cases))
    facts = {"id": exercise.id, "stored": str(stored), "root": str(ROOT)}
    facts |= {"answer": str(ROOT / "solutions" / f"{exercise.id}.py")}
    test = place / f"test_plain_{exercise.number}.py"
    test.write_text(PLAIN.format(**facts))
    words = ("-m", "pytest", "-q", "-p", "no:hypothesispytest", "--rootdir", place, test)
    return run(sys.executable, *words, **ENVIRONMENT)


def hand_in(folder: Path, students: int, source: Path, only: str = "*") -> None:
    """A class in which each hands in the files of a folder, no two the same."""
    for number in range(students):
        entry = folder / f"student{number:04}"
        entry.mkdir(parents=True)
        for path in source.glob(f"{only}.py"):
            text = path.read_text(encoding="utf-8")
            (entry / path.name).write_text(f"{text}\nnumber = {number}\n", encoding="utf-8")


def grade(folder: Path, *options: str) -> Spent:
    """What it takes to grade a class."""
    words = ("-m", "crystalball.entry.cli", "grade", folder, "--out", f"{folder}-out")
    return run(sys.executable, *words, *options)


def memory(place: Path) -> None:
    """Prints the memory that it takes to grade 100 and 2,000 submissions."""
    for students in (100, 2000):
        folder = place / f"stubs{students}"
        hand_in(folder, students, ROOT / "exercises", "01*")
        spent = grade(folder, "--only", "1")
        print(f"{students:5} stubs: {spent.memory} MiB at most, {spent.wall:.0f} s")


@dataclass(frozen=True)
class ClassCost:
    """What a class costs, beside its floors.

    Attributes:
        exercises: that are graded.
        cases: of all of them.
        plain: wall seconds of a plain pytest process, a submission and exercise.
        loops: CPU seconds of the bare training loops, a student.
        solutions: CPU seconds of the solutions alone, a student.
        once: what a grading takes once.
        each: what it takes a student.
    """

    exercises: int
    cases: int
    plain: float
    loops: float
    solutions: float
    once: Spent
    each: Spent

    def class_of(self, size: int) -> tuple[float, float]:
        """Wall seconds of a class, and CPU seconds a student."""
        return self.once.wall + size * self.each.wall, self.once.cpu / size + self.each.cpu


def measured(students: int, only: str, place: Path) -> ClassCost:
    """Measures some exercises, all in one run."""
    judging_session = JudgingSession(ROOT, ROOT / "solutions")
    specs = {exercise: judging_session.spec(exercise) for exercise in chosen(only)}
    cases = {exercise: list(judging_session.cases(spec, 0)) for exercise, spec in specs.items()}
    judging_session.close()
    alone = [plain(e, cases[e], place) for e in cases if e.number not in APART]
    floor, honest = bare(cases), submitted(cases)
    for size in (1, students):
        hand_in(place / str(size), size, ROOT / "solutions")
    one, many = (grade(place / str(size), "--only", only) for size in (1, students))
    each, once = divided(one, many, students)
    wall = sum(spent.wall for spent in alone) / len(alone)
    return ClassCost(len(cases), sum(map(len, cases.values())), wall, floor, honest, once, each)


def divided(one: Spent, many: Spent, students: int) -> tuple[Spent, Spent]:
    """What a student takes, and what is taken once, by what one student took and what many did."""
    wall, spent = ((getattr(many, n) - getattr(one, n)) / (students - 1) for n in ("wall", "cpu"))
    return Spent(wall, spent), Spent(one.wall - wall, one.cpu - spent)


@click.command()
@click.argument("students", type=click.IntRange(2), default=10)
@click.option("--only", default="1-19", help="These exercises alone.")
@click.option("--memory", "memory_too", is_flag=True, help="The memory of large classes too.")
def main(students: int, only: str, memory_too: bool) -> None:
    """Measures, and prints."""
    with tempfile.TemporaryDirectory() as name:
        cost = measured(students, only, Path(name))
        each, once = cost.each, cost.once
        print(f"{cost.exercises} exercises, {cost.cases} cases; {students} students")
        print(f"plain pytest, a submission and exercise {cost.plain:9.2f} s")
        print(f"bare training loops, a student          {cost.loops:9.2f} s of CPU")
        print(f"the solutions alone, a student          {cost.solutions:9.2f} s of CPU: loops and logging")
        print(f"once a grading                          {once.wall:9.2f} s, {once.cpu:.2f} s of CPU")
        print(f"grading, a student                      {each.wall:9.2f} s, {each.cpu:.2f} s of CPU")
        added = 1000 * (each.cpu - cost.solutions) / cost.cases
        print(f"judge and processes add, a case         {added:9.1f} ms of CPU")
        for size in dict.fromkeys((students, 200)):
            seconds, spent = cost.class_of(size)
            faster = size * cost.exercises * cost.plain / seconds
            print(
                f"a class of {size:3}: {faster:5.1f} times as fast as plain pytest; CPU time "
                f"{spent / cost.loops:.2f} times the bare loops, {spent / cost.solutions:.2f} times the "
                f"solutions alone; {60 * size / seconds:.1f} students "
                f"({60 * size * cost.exercises / seconds:.0f} answers) a minute"
            )
        if memory_too:
            memory(Path(name))


if __name__ == "__main__":
    main()
