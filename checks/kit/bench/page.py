"""Writes the benchmark page: one Markdown table a question, with floors, ratios, spreads and the machine.

    python checks/kit/bench/page.py [--out page.md] [--turns N] [--only PART]…

It asks, a part each: how long does a learner wait for `pytest` (start), and after a save (watch); what
does a class cost (class), also beside what people grade with today (peers); how fast is the doctor's
reader beside others (readers); how do time, memory, journal and pages grow with a class whose verdicts are
recorded ones (growth); and what would 100,000 students cost (costs). What is compared is measured in one
run, mostly in turns, so that a slow spell of the machine meets all. Peers are installed from the registry,
once; that is not measured. Each part says how long it took.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import click
import doctor as doctor_bench
import grading
import peers
import start
import watch

ROOT = Path(__file__).parents[3]

SUBMISSIONS = 100_000

WATCHED = ("1", "3", "7", "11")
"""Exercises whose saves are measured."""

TOLD = "steps_from_zero"
"""The wrong program of which the page shows what each tool told it."""

PEERS = Path(tempfile.gettempdir()) / "crystalball-peers"

GROWTH = """
import sys
sys.path.insert(0, {here!r})
import page
page.grow(int(sys.argv[1]), sys.argv[2])
"""


def table(title: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A Markdown table under a heading."""
    lines = [f"## {title}", "", f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    lines += [f"| {' | '.join(str(cell).replace('|', '¦') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def spread(values: Sequence[float], digits: int = 2) -> str:
    """The median, with the least and the most."""
    median, least, most = statistics.median(values), min(values), max(values)
    return f"{median:.{digits}f} ({least:.{digits}f}–{most:.{digits}f})"


def picture(title: str, sizes: Sequence[int], axis: str, values: Sequence[float]) -> str:
    """A line over the sizes of classes, which GitHub and many editors draw."""
    points = ", ".join(f"{value:.3g}" for value in values)
    return (
        f'```mermaid\nxychart-beta\n  title "{title}"\n  x-axis [{", ".join(map(str, sizes))}]\n'
        f'  y-axis "{axis}" 0 --> {1.1 * max(values):.3g}\n  line [{points}]\n```\n'
    )


def machine() -> str:
    """What it ran on."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    names = ("torch", "tensorboard", "tbparse", "hypothesis")
    rows = [
        ("processor", models[0].partition(":")[2].strip() if models else platform.processor()),
        ("cores", len(os.sched_getaffinity(0))),
        ("load before", " ".join(f"{one:.1f}" for one in os.getloadavg())),
        ("system", platform.platform()),
        ("Python", platform.python_version()),
        *((name, metadata.version(name)) for name in names),
    ]
    return table("The machine", ("what", "which"), rows)


def started(turns: int) -> str:
    """How long a learner waits for `pytest`."""
    rows = [
        (*(one.name, spread(one.floors), spread(one.waits), spread(one.ratios), f"{one.goal:.2f}"),)
        for one in start.waits(turns)
    ]
    columns = ("`pytest` on the solutions of", "floor, seconds", "seconds", "ratio", "goal")
    return table("A cold start", columns, rows)


def saved(turns: int) -> str:
    """How long a learner waits after a save."""
    rows = []
    for one in watch.measured(WATCHED, turns):
        passed, failed, floor = one.every("pass"), one.every("fail"), statistics.median(one.floors)
        ratio = f"{statistics.median(passed) / floor:.2f}" if floor > 1 else "it trains nothing"
        rows.append((*(one.exercise, spread(one.floors, 0), spread(passed, 0), ratio, spread(failed, 0)),))
    columns = ("exercise", "bare training, ms", "to a pass, ms", "ratio (goal 1.10)", "to a failure, ms")
    return table("From a save to the verdict", columns, rows)


def classes(students: int) -> str:
    """What a class costs, for all exercises and for the first eleven."""
    rows = []
    for only, faster, dearer in (("1-19", 50, 1.25), ("1-11", 100, 1.25)):
        with tempfile.TemporaryDirectory() as place:
            cost = grading.measured(students, only, Path(place))
        for size in (students, 200):
            wall, cpu = cost.class_of(size)
            rows.append(
                (
                    *(only, f"{size:,}", f"{wall:.0f}", f"{cpu:.2f}", f"{cost.solutions:.2f}"),
                    *(f"{cpu / cost.solutions:.2f}", f"{dearer:.2f}", f"{cpu / cost.loops:.2f}"),
                    *(f"{size * cost.exercises * cost.plain / wall:.0f}", faster),
                )
            )
    columns = (
        *("exercises", "students", "seconds", "CPU s a student", "of that the solutions alone", "ratio"),
        *("goal", "times the bare loops", "times as fast as a pytest process each", "goal"),
    )
    return table("A class that hands in right answers, no two alike", columns, rows)


def crystalball(
    place: Path, programs: dict[str, tuple[str, bool]]
) -> tuple[list[float], dict[str, peers.Told]]:
    """What this kit takes for the class, the same for each, and what it told each."""
    for name, (text, _) in programs.items():
        (place / "class" / name).mkdir(parents=True)
        (place / "class" / name / f"{peers.NAME}.py").write_text(text, encoding="utf-8")
    began = time.perf_counter()
    grading.grade(place / "class", "--only", "1")
    seconds = time.perf_counter() - began
    told = {}
    for line in (place / "class-out" / "results.jsonl").read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        one = found["exercises"][peers.NAME]
        told[found["submission"]] = peers.Told(one["verdict"] == "passed", one["message"])
    return [seconds / len(programs)], told


def compared(students: int, cache: Path) -> str:
    """A class of exercise 1, by each tool: right and wrong programs in turns."""
    known = peers.class_of_exercise_1()
    step = max(1, len(known) // students)
    programs = {name: known[name] for name in sorted({*list(known)[::step], TOLD, "solution"})}
    tools: dict[str, Callable[[Path], tuple[list[float], dict[str, peers.Told]]]] = {}
    tools["crystalball grade, its start included"] = lambda place: crystalball(place, programs)
    for name, judge in peers.judges(cache).items():
        tools[name] = lambda place, judge=judge: peers.measured(judge, place, programs)
    rows = []
    for name, tool in tools.items():
        with tempfile.TemporaryDirectory() as place:
            seconds, told = tool(Path(place))
        right = sum(one.right == programs[entry][1] for entry, one in told.items())
        rows.append((name, spread(seconds), f"{right} of {len(programs)}", told[TOLD].words[:160]))
    columns = ("tool", "seconds a submission", "verdicts right", f"what `{TOLD}` was told")
    return table(f"A class of {len(programs)}, exercise 1", columns, rows)


def losslint(cache: Path) -> Callable[[Path], object]:
    """The linter of curves, from the registry."""
    python = peers.environment("losslint", cache, "losslint[tb]")
    command = [python.with_name("losslint"), "check"]

    def lint(folder: Path) -> None:
        done = subprocess.run([*command, *folder.iterdir()], capture_output=True, check=False)
        assert done.returncode in (0, 1), done.stderr  # 1: it found something

    return lint


def readers(turns: int, scalars: int, cache: Path) -> str:
    """The doctor's reader beside others, on one file."""
    from tbparse import SummaryReader
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    from crystalball.doctor import examine, read
    from crystalball.reading.records import records

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "events.out.tfevents.1700000000.host.1.0"
        doctor_bench._write(path, scalars)
        ways: dict[str, Callable[[], object]] = {
            "a bare walk over the records, with checksums (the floor)": lambda: sum(
                1 for _ in records(path)
            ),
            "crystalball doctor, with all rules": lambda: examine(read([folder])),
            "TensorBoard's own loader": lambda: sum(1 for _ in EventFileLoader(str(path)).Load()),
            "tbparse": lambda: SummaryReader(str(folder)).scalars,
            "losslint (a process)": lambda: losslint(cache)(folder),
        }
        losslint(cache)  # is installed before anything is measured
        took: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(turns):
            for way, work in ways.items():
                took[way].append(doctor_bench._seconds(work))
    floor = statistics.median(next(iter(took.values())))
    rows = [
        (way, spread(each), f"{statistics.median(each) / floor:.1f}", f"{scalars / min(each):,.0f}")
        for way, each in took.items()
    ]
    return table(f"{scalars:,} scalars read", ("reader", "seconds", "times the floor", "scalars/s"), rows)


def doctored(turns: int, scalars: int) -> str:
    """The doctor as it is typed, on several runs, in one process and in one for each core."""
    cores, runs = len(os.sched_getaffinity(0)), 8
    took: dict[int, list[float]] = {jobs: [] for jobs in (1, cores)}
    with tempfile.TemporaryDirectory() as name:
        for index in range(runs):
            folder = Path(name, f"run{index}")
            folder.mkdir()
            doctor_bench._write(folder / "events.out.tfevents.1700000000.host.1.0", scalars)
        for _ in range(turns):
            for jobs, seconds in took.items():
                began = time.perf_counter()
                words = ["-m", "crystalball.entry.cli", "doctor", name, "--jobs", str(jobs)]
                done = subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=False)
                assert done.returncode in (0, 1)
                seconds.append(time.perf_counter() - began)
    rows = [(jobs, spread(each), f"{runs * scalars / min(each):,.0f}") for jobs, each in took.items()]
    title = f"{runs} runs of {scalars:,} scalars, `crystalball doctor`, its start included"
    return table(title, ("`--jobs`", "seconds", "scalars/s"), rows)


def grow(size: int, folder: str) -> None:
    """Grades a class whose verdicts are recorded ones, and prints what that took, as JSON."""
    from growth import graded

    found = graded(size, Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found | {"MiB": peak}))


def growth(sizes: Sequence[int]) -> str:
    """How all that is not judging grows with a class."""
    rows, seconds, memory = [], [], []
    for size in sizes:
        found = grown(size)
        seconds.append(found["seconds"])
        memory.append(found["MiB"])
        rows.append(
            (
                *(
                    f"{size:,}",
                    f"{found['seconds']:.1f}",
                    f"{1000 * found['seconds'] / found['answers']:.2f}",
                ),
                *(
                    f"{found['MiB']:.0f}",
                    f"{found['journal'] / 2**20:.1f}",
                    f"{found['pages'] / 2**20:.1f}",
                ),
            )
        )
    columns = ("students", "seconds", "ms an answer", "MiB at most", "MiB of journal", "MiB of pages")
    pictures = picture("Seconds for a class", sizes, "seconds", seconds)
    pictures += "\n" + picture("Memory for a class", sizes, "MiB", memory)
    return table("Growth, with recorded verdicts of three exercises", columns, rows) + "\n" + pictures


def grown(size: int) -> dict[str, float]:
    """What a class of recorded verdicts took, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        code = GROWTH.format(here=str(Path(__file__).parent))
        words = [sys.executable, "-c", code, str(size), folder]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def costs(students: int) -> str:
    """What 100,000 students cost, exercises 1 to 11, by what a class of some took and was written down."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for size in (1, students):
            grading.hand_in(place / str(size), size, ROOT / "solutions")
        one, many = (grading.grade(place / str(size), "--only", "1-11") for size in (1, students))
    each, cores = grading.divided(one, many, students)[0].cpu, len(os.sched_getaffinity(0))
    found = grown(1000)
    written = found["seconds"] / found["answers"] * 11  # by the client alone, whatever the workers
    rows = []
    for machines in (1, 10, 100):
        hours = SUBMISSIONS * max(each / cores / machines, written) / 3600
        bound = "judging" if each / cores / machines > written else "the client, which writes all down"
        rows.append((machines, f"{hours:.1f}", f"{SUBMISSIONS * each / 3600:.0f}", bound))
    title = f"{SUBMISSIONS:,} students, exercises 1 to 11, no two alike, {cores} cores a machine"
    return table(title, ("machines", "hours", "core hours of judging", "bounded by"), rows)


PARTS = ("start", "watch", "class", "peers", "readers", "growth", "costs")


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default="benchmark.md")
@click.option("--turns", type=click.IntRange(1), default=3)
@click.option("--scalars", type=int, default=100_000)
@click.option("--sizes", default="100,1000,10000", help="Students of the classes with recorded verdicts.")
@click.option("--students", type=click.IntRange(2), default=10, help="Of the class that is judged.")
@click.option("--peers", "cache", type=click.Path(path_type=Path), default=PEERS, help="Their folder.")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="This part alone.")
def main(
    out: Path, turns: int, scalars: int, sizes: str, students: int, cache: Path, only: tuple[str, ...]
) -> None:
    """Measures, and writes the page."""
    cache = cache.resolve()
    parts: dict[str, Callable[[], str]] = {
        "start": lambda: started(turns),
        "watch": lambda: saved(turns),
        "class": lambda: classes(students),
        "peers": lambda: compared(students, cache),
        "readers": lambda: readers(turns, scalars, cache) + "\n" + doctored(turns, 4 * scalars),
        "growth": lambda: growth([int(size) for size in sizes.split(",")]),
        "costs": lambda: costs(students),
    }
    with out.open("w", encoding="utf-8") as file:
        print(text := machine())
        file.write(f"# What Crystal Ball costs\n\n{text}\n")
        for name in only or PARTS:
            began = time.perf_counter()
            text = parts[name]()
            print(text := f"{text}\n*Measured in {time.perf_counter() - began:.0f} seconds.*\n")
            file.write(f"{text}\n")
            file.flush()


if __name__ == "__main__":
    main()
