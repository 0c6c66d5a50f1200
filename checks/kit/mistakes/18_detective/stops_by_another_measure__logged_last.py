from collections import Counter
from math import isnan
from pathlib import Path

from crystalball.evidence import BadChecksum, Record, Truncated, records


def diagnose(log_dir: Path) -> set[str]:
    log_dir = Path(log_dir)
    names: set[str] = set()
    for path in log_dir.rglob("*"):
        if "tfevents" in path.name and path.is_file() and path.parent != log_dir:
            names.add("stray_run")
            break

    event_files: list[list[Record]] = []
    for path in log_dir.iterdir():
        if "tfevents" in path.name and path.is_file():
            found: list[Record] = []
            damage = ""
            try:
                for record in records(path):
                    found.append(record)
            except Truncated:
                damage = "truncated"
            except BadChecksum:
                damage = "bad_checksum"
            if any(record.kind == "hparams" for record in found):
                continue
            if damage:
                names.add(damage)
            if found:
                event_files.append(found)
    event_files.sort(key=lambda found: found[0].wall_time)

    points_of_tag: Counter[str] = Counter()
    last_step: dict[str, int] = {}
    for found in event_files:
        steps: dict[str, list[int]] = {}
        for record in found:
            if record.kind != "scalar":
                continue
            points_of_tag[record.tag] += 1
            last_step[record.tag] = record.step
            before = steps.setdefault(record.tag, [])
            if record.step in before:
                names.add("duplicate_steps")
            if before and record.step < max(before):
                names.add("out_of_order")
            before.append(record.step)
            if isnan(record.value):
                names.add("nan")
    if not points_of_tag:
        names.add("no_data")

    ends = {step for tag, step in last_step.items() if tag != "Loss/Batch" and points_of_tag[tag] > 1}
    if ends and max(ends) - min(ends) > 1:
        names.add("stops_early")

    before_this: list[list[Record]] = []
    standing: list[Record] = []
    for found in event_files:
        points = [record for record in found if record.kind == "scalar"]
        purges = [record.step for record in found if record.kind == "restart"]
        if purges:
            standing = [point for point in standing if point.step < min(purges)]
        if before_this and points:
            largest: dict[str, int] = {}
            for point in standing:
                largest[point.tag] = max(largest.get(point.tag, point.step), point.step)
            if any(found[0].wall_time < other[-1].wall_time for other in before_this):
                names.add("mixed_runs")
            elif any(point.step <= largest[point.tag] for point in points if point.tag in largest):
                names.add("unpurged_restart")
            elif not purges:
                names.add("second_file")
        before_this.append(found)
        standing.extend(points)
    return names
