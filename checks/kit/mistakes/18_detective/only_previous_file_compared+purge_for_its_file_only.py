import math
from pathlib import Path

from crystalball.evidence import BadChecksum, Truncated, records


def diagnose(log_dir: Path) -> set[str]:
    """Says what is wrong with a run."""
    names = set()
    log_dir = Path(log_dir)
    if any(path.parent != log_dir for path in log_dir.rglob("*tfevents*")):
        names.add("stray_run")
    files = []
    for path in log_dir.glob("*tfevents*"):
        found = []
        damage = None
        try:
            for record in records(path):
                found.append(record)
        except Truncated:
            damage = "truncated"
        except BadChecksum:
            damage = "bad_checksum"
        if any(r.kind == "hparams" for r in found):
            continue
        if damage:
            names.add(damage)
        if found:
            files.append(found)
    files.sort(key=lambda found: found[0].wall_time)
    last = {}
    epochs = {}
    for i, found in enumerate(files):
        points = [r for r in found if r.kind == "scalar"]
        seen_steps = set()
        steps = {}
        for r in points:
            if math.isnan(r.value):
                names.add("nan")
            if (r.tag, r.step) in seen_steps:
                names.add("duplicate_steps")
            seen_steps.add((r.tag, r.step))
            if r.step < steps.get(r.tag, r.step):
                names.add("out_of_order")
            steps[r.tag] = r.step
        if i > 0 and points:
            restart = [r for r in found if r.kind == "restart"]
            before = dict(last)
            if restart:
                for tag in before:
                    before[tag] = min([before[tag], *(r.step - 1 for r in restart)])
            if found[0].wall_time < files[i - 1][-1].wall_time:
                names.add("mixed_runs")
            elif any(r.step <= before.get(r.tag, -1) for r in points):
                names.add("unpurged_restart")
            elif not restart:
                names.add("second_file")
        for r in points:
            last[r.tag] = max(last.get(r.tag, -1), r.step)
            if r.tag != "Loss/Batch":
                epochs.setdefault(r.tag, []).append(r.step)
    if not last:
        names.add("no_data")
    else:
        ends = [max(steps) for steps in epochs.values() if len(steps) > 1]
        if max(ends) - min(ends) > 1:
            names.add("stops_early")
    return names
