from itertools import pairwise
from math import isnan, inf
from pathlib import Path

from crystalball import evidence


def load(path):
    log, damage = [], ""
    reader = evidence.records(str(path))
    while True:
        try:
            log.append(next(reader))
        except StopIteration:
            return log, damage
        except evidence.BadChecksum:
            return log, "bad_checksum"
        except evidence.Truncated:
            return log, "truncated"


def points(log):
    return [record for record in log if record.kind == "scalar"]


def curves(log):
    result = {}
    for point in points(log):
        result.setdefault(point.tag, []).append(point)
    return list(result.values())


def goes_back(curve):
    return any(after.step < before.step for before, after in pairwise(curve))


def twice(curve):
    return len({point.step for point in curve}) != len(curve)


def has_nan(curve):
    return any(isnan(point.value) for point in curve)


def early(logs):
    ends = {}
    for log in logs:
        for point in points(log):
            ends.setdefault(point.tag, []).append(point.step)
    ends.pop("Loss/Batch", None)
    last = [max(steps) for steps in ends.values() if len(steps) >= 2]
    return max(last, default=0) - min(last, default=0) >= 2


def why(logs, index):
    """Why a file was begun; nothing for the first."""
    log, before = logs[index], logs[:index]
    if not before or not points(log):
        return ""
    if any(record.wall_time > log[0].wall_time for other in before for record in other):
        return "mixed_runs"
    for number, other in enumerate(before):
        cuts = []
        kept = [p for p in points(other) if p.step < min(cuts, default=inf)]
        if any(p.step >= q.step for p in kept for q in points(log) if p.tag == q.tag):
            return "unpurged_restart"
    return "" if any(record.kind == "restart" for record in log) else "second_file"


SINGLE = {"out_of_order": goes_back, "duplicate_steps": twice, "nan": has_nan}


def diagnose(log_dir):
    loaded = [load(path) for path in Path(log_dir).iterdir() if path.is_file() and "tfevents" in path.name]
    logs = [log for log, _ in loaded if log and "hparams" not in {record.kind for record in log}]
    logs.sort(key=lambda log: log[0].wall_time)
    answer = {damage for _, damage in loaded}
    answer |= {"stray_run" for path in Path(log_dir).glob("*/**/*") if "tfevents" in path.name}
    answer |= {name for name, test in SINGLE.items() for log in logs if any(map(test, curves(log)))}
    answer |= {why(logs, index) for index in range(len(logs))}
    answer |= {"stops_early"} if early(logs) else set()
    answer |= set() if any(map(points, logs)) else {"no_data"}
    return answer - {""}
