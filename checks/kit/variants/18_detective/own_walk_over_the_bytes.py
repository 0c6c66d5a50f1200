import struct
from pathlib import Path

import google_crc32c
from tensorboard.compat.proto.event_pb2 import Event, SessionLog


def checksum(data):
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def events(data):
    """The events of a file, and the name of its damage."""
    found, place = [], 0
    while place < len(data):
        if place + 12 > len(data):
            return found, "truncated"
        length, crc = struct.unpack_from("<QI", data, place)
        if checksum(data[place : place + 8]) != crc:
            return found, "bad_checksum"
        end = place + 12 + length
        if end + 4 > len(data):
            return found, "truncated"
        if checksum(data[place + 12 : end]) != struct.unpack_from("<I", data, end)[0]:
            return found, "bad_checksum"
        found.append(Event.FromString(data[place + 12 : end]))
        place = end + 4
    return found, None


def points(file):
    return [(v.tag, e.step, v.simple_value) for e in file for v in e.summary.value if v.HasField("simple_value")]


def is_hparams(file):
    plugins = {v.metadata.plugin_data.plugin_name for e in file for v in e.summary.value}
    return "hparams" in plugins


def diagnose(log_dir):
    log_dir, result, files = Path(log_dir), set(), []
    for path in sorted(log_dir.rglob("*tfevents*")):
        if path.is_dir():
            continue
        if path.parent != log_dir:
            result.add("stray_run")
            continue
        found, damage = events(path.read_bytes())
        if damage:
            result.add(damage)
        if found and not is_hparams(found):
            files.append(found)
    files.sort(key=lambda file: file[0].wall_time)
    if not any(points(file) for file in files):
        result.add("no_data")
        return result

    standing, last = [], {}
    for number, file in enumerate(files):
        starts = [e.step for e in file if e.session_log.status == SessionLog.START]
        standing = [p for p in standing if all(p[1] < start for start in starts)]
        seen = set()
        high = {}
        for tag, step, value in points(file):
            if (tag, step) in seen:
                result.add("duplicate_steps")
            seen.add((tag, step))
            if tag in high and step < high[tag]:
                result.add("out_of_order")
            high[tag] = max(step, high.get(tag, step))
            if tag != "Loss/Batch":
                last.setdefault(tag, []).append(step)
            if not value == value:
                result.add("nan")
        if number and points(file):
            if file[0].wall_time < max(e.wall_time for other in files[:number] for e in other):
                result.add("mixed_runs")
            elif any(tag == t and s >= step for tag, step, _ in points(file) for t, s, _ in standing):
                result.add("unpurged_restart")
            elif not starts:
                result.add("second_file")
        standing += points(file)
    ends = [max(steps) for steps in last.values() if len(steps) > 1]
    if max(ends) - min(ends) > 1:
        result.add("stops_early")
    return result
