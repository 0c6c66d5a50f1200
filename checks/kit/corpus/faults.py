"""Faults that are planted in a run as some library wrote it, whatever its layout is."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from corpus.layouts import Files, Row, write
from crystalball.doctor import Severity, examine, read

Plant = Callable[[Files, str, list[int]], None]
"""Changes a description: all files, one of them by its path, and the places of a curve's rows in it."""


def longest_curve(files: Files) -> tuple[str, list[int]]:
    """The curve with most points that advances at each of them: its file, and the places of its rows there.

    Args:
        files: what a program wrote.
    """
    curves: dict[tuple[str, str], list[int]] = {}
    for path, rows in files.items():
        for place, row in enumerate(rows):
            if row.number is not None and row.tag.rpartition("/")[2] != "epoch":
                curves.setdefault((path, row.tag), []).append(place)

    def length(key: tuple[str, str]) -> int:
        steps = [files[key[0]][place].step for place in curves[key]]
        return len(steps) if all(a < b for a, b in pairwise(steps)) else 0

    path, tag = max(curves, key=length)
    return path, curves[path, tag]


def nan(files: Files, path: str, curve: list[int]) -> None:
    _set(files[path], curve[len(curve) // 2], number=math.nan)


def infinite(files: Files, path: str, curve: list[int]) -> None:
    _set(files[path], curve[len(curve) // 2], number=math.inf)


def steps_repeat(files: Files, path: str, curve: list[int]) -> None:
    """The last two points at one step."""
    _set(files[path], curve[-1], step=files[path][curve[-2]].step)


def steps_go_back(files: Files, path: str, curve: list[int]) -> None:
    """The second half counted from the beginning again."""
    rows, half = files[path], len(curve) // 2
    first = rows[curve[0]].step
    moved = rows[curve[half]].step - first
    for place in curve[half:]:
        _set(rows, place, step=rows[place].step - moved)


def started_again(files: Files, path: str, curve: list[int]) -> None:
    """The last half of the file once more, in another one that begins after all others ended."""
    rows = files[path]
    since = rows[curve[len(curve) // 2]].step
    later = max(row.time for each in files.values() for row in each) + 60
    moved = later - rows[0].time
    again = [row for row in rows[1:] if row.number is None or row.step >= since]
    again = [row for row in again if row.plugin != "start"]
    files[_beside(path)] = [replace(row, time=row.time + moved) for row in (rows[0], *again)]


def two_writers(files: Files, path: str, curve: list[int]) -> None:
    """Another process that logs the same, a second after each record."""
    for other, late in ((_beside(path), 1), (path, 0)):
        files[other] = [replace(row, time=2.0 * place + late) for place, row in enumerate(files[path])]


def writer_for_each_point(files: Files, path: str, curve: list[int]) -> None:
    """The curve alone in its folder, a file for each point."""
    rows = files[path]
    folder = path.rpartition("/")[0]
    for other in [other for other in files if other.rpartition("/")[0] == folder]:
        del files[other]
    for number, place in enumerate(curve):
        point = replace(rows[place], time=60.0 * number + 1)
        files[f"{path}.{number}"] = [_header(60.0 * number), point]


def clock_goes_back(files: Files, path: str, curve: list[int]) -> None:
    rows = files[path]
    for place in range(curve[len(curve) // 2], len(rows)):
        _set(rows, place, time=rows[place].time - 3600)


def empty_run(files: Files, path: str, curve: list[int]) -> None:
    files["one_more/events.out.tfevents.1700000000.host.1.0"] = [_header(0.0)]


def other_case(files: Files, path: str, curve: list[int]) -> None:
    rows = files[path]
    rows.append(replace(rows[curve[0]], tag=rows[curve[0]].tag.swapcase(), time=rows[-1].time))


def slash_in_front(files: Files, path: str, curve: list[int]) -> None:
    rows = files[path]
    rows.append(replace(rows[curve[0]], tag=f"/{rows[curve[0]].tag}", time=rows[-1].time))


def number_in_the_tag(files: Files, path: str, curve: list[int]) -> None:
    rows = files[path]
    for number in range(6):
        step, time = rows[curve[0]].step + number, rows[-1].time
        rows.append(Row(time, step, f"sample {number}", "", 0.5 + number))


PLANTS: dict[str, Plant] = {
    "CB106": clock_goes_back,
    "CB107": empty_run,
    "CB201": steps_repeat,
    "CB202": steps_go_back,
    "CB203": started_again,
    "CB204": two_writers,
    "CB205": writer_for_each_point,
    "CB301": nan,
    "CB302": infinite,
    "CB501": other_case,
    "CB502": slash_in_front,
    "CB503": number_in_the_tag,
}
"""By the code that must be found."""

LEAST = 5
"""Points of a curve that faults are planted in."""


def plant(files: Files, folder: Path) -> dict[str, Path]:
    """Writes a run once with each fault.

    Args:
        files: of the healthy run.
        folder: in which each gets a folder of its own.

    Returns:
        The folders, by the code that must be found there.
    """
    path, curve = longest_curve(files)
    planted = {}
    for code, change in PLANTS.items():
        if len(curve) >= LEAST or change is empty_run:
            changed = {name: [*rows] for name, rows in files.items()}
            change(changed, path, curve)
            planted[code] = folder / code
            write(changed, planted[code])
    for code, damage in (("CB101", _cut), ("CB102", _flipped)):
        planted[code] = folder / code
        write(files, planted[code])
        file = planted[code] / path
        file.write_bytes(damage(file.read_bytes()))
    return planted


def told(folder: Path) -> set[tuple[str, str, str]]:
    """What the doctor says of runs: code, run and tag of each finding.

    Args:
        folder: with the runs.
    """
    found = examine(read([folder]))
    return {(one.rule.code, one.spot.run.relative_to(folder).as_posix(), one.spot.tag) for one in found}


def wrongly_accused(folder: Path) -> list[str]:
    """What the doctor says of healthy runs, but for its notes.

    Args:
        folder: with the runs.
    """
    found = [one for one in examine(read([folder])) if one.rule.severity != Severity.NOTE]
    return [f"{one.rule.code} of {one.spot.run.name} {one.spot.tag}: {one.spot.what}" for one in found]


def missed(files: Files, folder: Path) -> list[str]:
    """The planted faults that the doctor does not find.

    Args:
        files: of the healthy run.
        folder: for the runs with the faults.
    """
    return [
        f"{code} is not found"
        for code, place in plant(files, folder).items()
        if code not in {found for found, *_ in told(place)}
    ]


def _cut(data: bytes) -> bytes:
    return data[:-3]


def _flipped(data: bytes) -> bytes:
    place = random.Random(0).randrange(len(data) * 3 // 4, len(data))
    return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


def _set(rows: list[Row], place: int, **changes: float) -> None:
    rows[place] = replace(rows[place], **changes)


def _header(time: float) -> Row:
    return Row(time, 0, "", "file_version")


def _beside(path: str) -> str:
    """The name of another event file in the same folder."""
    return f"{path}.again"
