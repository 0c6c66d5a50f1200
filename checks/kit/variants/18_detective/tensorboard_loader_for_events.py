from collections import defaultdict
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

from crystalball.evidence import BadChecksum, Truncated, records


def damage_of(path):
    try:
        for _ in records(path):
            pass
    except Truncated:
        return {"truncated"}
    except BadChecksum:
        return {"bad_checksum"}
    return set()


def diagnose(log_dir):
    log_dir = Path(log_dir)
    found, files = set(), []
    for path in log_dir.glob("**/*tfevents*"):
        if path.parent != log_dir:
            found.add("stray_run")
            continue
        found |= damage_of(path)
        if path.stat().st_size == 0:
            continue
        log = list(LegacyEventFileLoader(str(path)).Load())
        plugins = [value.metadata.plugin_data.plugin_name for event in log for value in event.summary.value]
        if log and "hparams" not in plugins:
            files.append(log)
    files.sort(key=lambda log: log[0].wall_time)

    tables = []
    for log in files:
        table = defaultdict(list)
        for event in log:
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    table[value.tag].append((event.step, value.simple_value))
        tables.append({tag: np.array(rows, dtype=float) for tag, rows in table.items()})
    if not any(tables):
        return found | {"no_data"}

    for table in tables:
        for rows in table.values():
            steps = rows[:, 0]
            if len(np.unique(steps)) < len(steps):
                found.add("duplicate_steps")
            if (np.diff(steps) < 0).any():
                found.add("out_of_order")
            if np.isnan(rows[:, 1]).any():
                found.add("nan")
    tags = {tag for table in tables for tag in table}
    steps = {
        tag: np.concatenate([table[tag][:, 0] for table in tables if tag in table])
        for tag in tags - {"Loss/Batch"}
    }
    ends = [each.max() for each in steps.values() if len(each) > 1]
    if max(ends) - min(ends) > 1:
        found.add("stops_early")

    standing = defaultdict(lambda: -np.inf)
    written = -np.inf
    for number, (log, table) in enumerate(zip(files, tables)):
        starts = [event.step for event in log if event.HasField("session_log") and event.session_log.status == 1]
        for tag in list(standing):
            standing[tag] = min([standing[tag]] + [start - 1 for start in starts])
        if number and table:
            if log[0].wall_time < written:
                found.add("mixed_runs")
            elif any(rows[:, 0].min() <= standing[tag] for tag, rows in table.items()):
                found.add("unpurged_restart")
            elif not starts:
                found.add("second_file")
        for tag, rows in table.items():
            standing[tag] = max(standing[tag], rows[:, 0].max())
        written = max([written] + [event.wall_time for event in log])
    return found
