"""The certificate: one HTML page that needs nothing else, with the sprites that the learner's runs drew."""

from __future__ import annotations

import base64
import io
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from PIL import Image

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.judging.verdict import Status
from crystalball.learner.overview import duration
from crystalball.learner.progress import Progress
from crystalball.reading.event_log import decode_picture
from crystalball.reading.events import events

TEMPLATE = Path(__file__).parent / "certificate.html"

TAG = "Sprites/Generated"
"""Under which exercise 13 logs what the generator draws."""

RUNS, STEPS = 6, 6
"""Runs that are shown, the last ones, and drawings of each, from the first to the last."""

LARGEST_DRAWING = 1024 * 1024
"""Bytes of an encoded drawing that is taken."""

WIDEST = 512
"""Pixels of an embedded drawing, in either direction; larger ones are made smaller."""


@dataclass(frozen=True)
class Growth:
    """How the drawings of one run grew.

    Attributes:
        run: its name.
        drawings: step and PNG, in the order of their steps.
    """

    run: str
    drawings: tuple[tuple[int, bytes], ...]


def write(root: Path, progress: Progress, name: str | None, output: Path) -> Path:
    """Writes the certificate.

    Args:
        root: of the kit.
        progress: of the learner.
        name: whose certificate it is; git's `user.name` without it.
        output: the file.

    Returns:
        The file.

    Raises:
        NotFound: something is not done yet.
    """
    exercises = curriculum().exercises
    open_ones = [one for one in exercises if progress.status(one) != Status.PASSED]
    if open_ones:
        raise NotFound(
            f"{len(exercises) - len(open_ones)} of {len(exercises)} exercises are done: the certificate "
            f"waits for the others. Next is {open_ones[0].number} {open_ones[0].title}."
        )
    page = render(progress, name or _git_name(root), growths(root / "runs"))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")
    return output


def _git_name(root: Path) -> str:
    try:
        command = ["git", "config", "user.name"]
        seen = subprocess.run(command, cwd=root, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return seen.stdout.decode(errors="replace").strip()


def growths(runs: Path) -> list[Growth]:
    """The drawings in the last runs that have any, in the order in which the runs were begun."""
    found: list[tuple[float, Growth]] = []
    for folder in sorted({path.parent for path in runs.rglob("*tfevents*")}):
        drawn = sorted(_drawings(folder), key=lambda one: one[:2])
        latest = {step: encoded for step, _, encoded in drawn}
        kept = [(step, png) for step in _picked(list(latest)) if (png := _small_png(latest[step]))]
        if kept:
            began = min(time for _, time, _ in drawn)
            found.append((began, Growth(folder.relative_to(runs).as_posix(), tuple(kept))))
    return [growth for _, growth in sorted(found, key=lambda one: one[0])][-RUNS:]


def _drawings(folder: Path) -> Iterator[tuple[int, float, bytes]]:
    """Step, wall time and encoded image of each drawing in a run; a damaged file gives those before."""
    for path in sorted(folder.glob("*tfevents*")):
        try:
            for event in events(path):
                if event is None:
                    continue
                for value in event.summary.value:
                    encoded = value.image.encoded_image_string
                    if value.tag == TAG and 0 < len(encoded) <= LARGEST_DRAWING:
                        yield event.step, event.wall_time, encoded
        except (ValueError, OSError):
            continue


def _picked(steps: Sequence[int]) -> list[int]:
    """Some of the steps, evenly, the first and the last among them."""
    if len(steps) <= STEPS:
        return list(steps)
    return [steps[round(index * (len(steps) - 1) / (STEPS - 1))] for index in range(STEPS)]


def _small_png(encoded: bytes) -> bytes:
    """The drawing as a PNG that we wrote ourselves; empty where it cannot be read."""
    try:
        read = decode_picture(encoded)
    except ValueError:
        return b""
    image = Image.frombytes("RGB", (read.width, read.height), read.pixels)
    image.thumbnail((WIDEST, WIDEST), Image.Resampling.BOX)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def render(progress: Progress, name: str, growths: Sequence[Growth]) -> str:
    """The page."""
    exercises = curriculum().exercises
    all_records = [progress.of(exercise) for exercise in exercises]
    mistakes = {name for record in all_records for name in record.mistakes}
    finished = max(record.done for record in all_records)
    facts = {
        "exercises": str(len(exercises)),
        "tries": str(sum(record.tries for record in all_records)),
        "mistakes": str(len(mistakes)),
        "time": duration(sum(record.seconds for record in all_records)),
    }
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        facts,
        name=escape(name or "the one who did it"),
        date=f"{datetime.fromtimestamp(finished):%d %B %Y}" if finished else "",
        ball=_ball(growths),
        growths="\n".join(map(_growth, growths)) or _NO_SPRITES,
        parts="\n".join(_part(part, progress) for part in dict.fromkeys(one.part for one in exercises)),
    )


_NO_SPRITES = (
    '<p class="none">No sprites were found in <code>runs/</code>. Run '
    "<code>python exercises/13_sprites.py</code> and ask for the certificate again: "
    "what your generator drew will stand here.</p>"
)


def _image(png: bytes, words: str, style: str = "") -> str:
    data = base64.b64encode(png).decode()
    return f'<img src="data:image/png;base64,{data}" alt="{escape(words)}" style="{style}">'


def _ball(growths: Sequence[Growth]) -> str:
    """The drawings of the last run, one fading into the next."""
    if not growths:
        return ""
    drawings = growths[-1].drawings
    seconds = 2 * len(drawings)
    return "".join(
        _image(png, f"drawn at step {step}", f"animation-duration:{seconds}s;animation-delay:{2 * index}s")
        for index, (step, png) in enumerate(drawings)
    )


def _growth(growth: Growth) -> str:
    """One run: its drawings below each other, each a little larger than the one before."""
    count = len(growth.drawings)
    rows = "".join(
        f"<div><span>step {step}</span>"
        f"{_image(png, f'drawn at step {step}', f'--size:{0.5 + 0.5 * (index + 1) / count:.2f}')}</div>"
        for index, (step, png) in enumerate(growth.drawings)
    )
    return f"<figure>{rows}<figcaption>{escape(growth.run)}</figcaption></figure>"


def _part(part: str, progress: Progress) -> str:
    rows = "".join(_station(one, progress) for one in curriculum().exercises if one.part == part)
    return f"<section><h3>{escape(part)}</h3><ol>{rows}</ol></section>"


def _station(exercise: Exercise, progress: Progress) -> str:
    record = progress.of(exercise)
    made = ", ".join(name.replace("_", " ") for name in record.mistakes)
    told = f"<small>{escape(made)}</small>" if made else ""
    return f"<li><b>{exercise.number}</b> {escape(exercise.title)}{told}</li>"
