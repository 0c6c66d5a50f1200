"""Exercise 18: the detective."""

from collections import defaultdict
from pathlib import Path

from crystalball.evidence import BadChecksum, Record, Truncated, records


def diagnose(log_dir: Path) -> set[str]:
    """Says what is wrong with a run."""
    log_dir = Path(log_dir)
    names = {"stray_run"} if any("tfevents" in path.name for path in log_dir.glob("*/**/*")) else set()
    files = []
    for path in log_dir.glob("*tfevents*"):
        found, damage = read(path)
        if any(record.kind == "hparams" for record in found):
            continue
        names |= damage
        if found:
            files.append(found)
    files.sort(key=lambda file: file[0].wall_time)
    if not any(record.kind == "scalar" for file in files for record in file):
        return names | {"no_data"}
    return names | in_each_file(files) | between_files(files) | ends(files)


def read(path: Path) -> tuple[list[Record], set[str]]:
    """The records up to the first damage, and the name of that."""
    found = []
    try:
        for record in records(path):
            found.append(record)
    except Truncated:
        return found, {"truncated"}
    except BadChecksum:
        return found, {"bad_checksum"}
    return found, set()


def scalars(file: list[Record]) -> list[Record]:
    """The points of a file."""
    return [record for record in file if record.kind == "scalar"]


def in_each_file(files: list[list[Record]]) -> set[str]:
    """What a single file shows: steps out of order or twice, and NaN."""
    names = set()
    for file in files:
        steps = defaultdict(list)
        for point in scalars(file):
            seen = steps[point.tag]
            if point.step in seen:
                names.add("duplicate_steps")
            if seen and point.step < seen[-1]:
                names.add("out_of_order")
            if point.value != point.value:
                names.add("nan")
            seen.append(point.step)
    return names


def between_files(files: list[list[Record]]) -> set[str]:
    """What a later file is to the ones before: a restart, another training, or just a second file."""
    names = set()
    reached: dict[str, int] = {}
    written = 0.0
    for number, file in enumerate(files):
        restarts = [record.step for record in file if record.kind == "restart"]
        for tag in reached:
            reached[tag] = min([reached[tag], *(step - 1 for step in restarts)])
        points = scalars(file)
        if number and points:
            if file[0].wall_time < written:
                names.add("mixed_runs")
            elif any(point.step <= reached.get(point.tag, point.step - 1) for point in points):
                names.add("unpurged_restart")
            elif not restarts:
                names.add("second_file")
        for point in points:
            reached[point.tag] = max(point.step, reached.get(point.tag, point.step))
        written = max([written, *(record.wall_time for record in file)])
    return names


def ends(files: list[list[Record]]) -> set[str]:
    """Whether a curve ends more than one step before another, of those that count epochs."""
    steps = defaultdict(list)
    for file in files:
        for point in scalars(file):
            steps[point.tag].append(point.step)
    last = [max(each) for tag, each in steps.items() if tag != "Loss/Batch" and len(each) > 1]
    return {"stops_early"} if last and max(last) - min(last) > 1 else set()
