"""The drawings of the learner's generator, from the event files in `runs/`."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from crystalball.reading.events import events
from crystalball.reading.pictures import Picture
from crystalball.reading.records import event_files
from crystalball.reading.summary_values import picture_of

MOST_PIXELS = 2**20
"""Pixels of a drawing that is shown, at most."""

TAG = "Sprites/Generated"
"""Under which exercise 13 logs what the generator draws."""

RUNS, STEPS = 6, 6
"""Runs that are shown, the last ones, and drawings of each, from the first to the last."""

LARGEST_DRAWING = 1024 * 1024
"""Bytes of an encoded drawing that is taken."""

WIDEST = 512
"""Pixels of a drawing, in either direction; larger ones are made smaller."""


@dataclass(frozen=True)
class Drawing:
    """What the generator drew at one step.

    Attributes:
        step: when.
        png: a file that we wrote ourselves.
    """

    step: int
    png: bytes

    @property
    def url(self) -> str:
        """The drawing as an address that holds it."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True)
class RunDrawings:
    """The drawings of one run.

    Attributes:
        run: its name.
        drawings: in the order of their steps, one at least.
    """

    run: str
    drawings: tuple[Drawing, ...]


def drawings_of_runs(runs: Path) -> list[RunDrawings]:
    """The drawings in the last runs that have any, in the order in which the runs were begun.

    Args:
        runs: the folder of the runs.
    """
    found: list[tuple[float, RunDrawings]] = []
    for folder, files in event_files(runs):
        drawn = sorted(_encoded(files), key=lambda one: one[:2])
        latest = {step: encoded for step, _, encoded in drawn}
        drawings = [
            Drawing(step, png) for step in _some_of(list(latest)) if (png := _small_png(latest[step]))
        ]
        if drawings:
            began = min(time for _, time, _ in drawn)
            found.append((began, RunDrawings(folder.relative_to(runs).as_posix(), tuple(drawings))))
    return [run for _, run in sorted(found, key=lambda one: one[0])][-RUNS:]


def _encoded(files: Sequence[Path]) -> Iterator[tuple[int, float, bytes]]:
    """Step, wall time and encoded image of each drawing in a run; a damaged file gives those before."""
    for path in files:
        try:
            for event in filter(None, events(path)):
                for value in event.summary.value:
                    encoded = value.image.encoded_image_string
                    if value.tag == TAG and 0 < len(encoded) <= LARGEST_DRAWING:
                        yield event.step, event.wall_time, encoded
        except (ValueError, OSError):
            continue


def _some_of(steps: Sequence[int]) -> list[int]:
    """Some of the steps, evenly, the first and the last among them."""
    if len(steps) <= STEPS:
        return list(steps)
    return [steps[round(index * (len(steps) - 1) / (STEPS - 1))] for index in range(STEPS)]


def _small_png(encoded: bytes) -> bytes:
    """The drawing as a PNG that we wrote ourselves; empty where it cannot be read."""
    try:
        read = picture_of(encoded, most=MOST_PIXELS)
    except ValueError:
        return b""
    if not isinstance(read, Picture):
        return b""
    image = Image.frombytes("RGB", (read.width, read.height), read.pixels)
    image.thumbnail((WIDEST, WIDEST), Image.Resampling.BOX)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()
