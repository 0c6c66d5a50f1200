import math
from collections import defaultdict
from pathlib import Path

from crystalball.evidence import BadChecksum, Record, Truncated, records


def read(path: Path) -> tuple[list[Record], str | None]:
    found: list[Record] = []
    try:
        for record in records(path):
            found.append(record)
    except Truncated:
        return found, "truncated"
    except BadChecksum:
        return found, "bad_checksum"
    return found, None


def steps_by_tag(file: list[Record]) -> dict[str, list[int]]:
    steps = defaultdict(list)
    for record in file:
        if record.kind == "scalar":
            steps[record.tag].append(record.step)
    return steps


def overlaps(files: list[list[Record]]) -> bool:
    end = float("-inf")
    for file in files:
        if file[0].wall_time < end and steps_by_tag(file):
            return True
        end = max(end, file[-1].wall_time)
    return False


def rewinds(files: list[list[Record]]) -> bool:
    earlier: dict[str, list[int]] = defaultdict(list)
    for file in files:
        for record in file:
            if record.kind == "restart":
                for tag, steps in earlier.items():
                    earlier[tag] = [step for step in steps if step < record.step]
        for tag, steps in steps_by_tag(file).items():
            if earlier[tag] and min(steps) <= max(earlier[tag]):
                return True
        for tag, steps in steps_by_tag(file).items():
            earlier[tag] += steps
    return False


def silent_restart(files: list[list[Record]]) -> bool:
    return any(steps_by_tag(file) and not any(r.kind == "restart" for r in file) for file in files[1:])


def diagnose(log_dir: Path) -> set[str]:
    """Says what is wrong with a run."""
    log_dir = Path(log_dir)
    names = set()
    files = []
    for path in log_dir.rglob("*"):
        if "tfevents" not in path.name or not path.is_file():
            continue
        if path.parent != log_dir:
            names.add("stray_run")
            continue
        found, damage = read(path)
        if any(record.kind == "hparams" for record in found):
            continue
        if damage:
            names.add(damage)
        if found:
            files.append(found)
    files.sort(key=lambda file: file[0].wall_time)

    everything = defaultdict(list)
    for file in files:
        for tag, steps in steps_by_tag(file).items():
            everything[tag] += steps
            if len(set(steps)) < len(steps):
                names.add("duplicate_steps")
            if steps != sorted(steps):
                names.add("out_of_order")
        if any(r.kind == "scalar" and math.isnan(r.value) for r in file):
            names.add("nan")
    if not everything:
        names.add("no_data")
    lasts = [max(steps) for tag, steps in everything.items() if tag != "Loss/Batch" and len(steps) > 1]
    if lasts and max(lasts) - min(lasts) > 1:
        names.add("stops_early")

    if overlaps(files):
        names.add("mixed_runs")
    elif rewinds(files):
        names.add("unpurged_restart")
    elif silent_restart(files):
        names.add("second_file")
    return names

