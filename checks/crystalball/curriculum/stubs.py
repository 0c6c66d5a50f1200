"""The stubs as they were before any learner touched them, and how one is put back.

A learner edits `exercises/`, and may commit what they edited, so the kit carries the text of every
stub in `stubs.json`: a list of lines by exercise id. `crystalball verify` holds it against
`exercises/`; authors write it anew with `python -m crystalball.curriculum.stubs`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path

from crystalball.curriculum.manifest import Exercise, curriculum, find_root

FILE = Path(__file__).parent / "stubs.json"

BACKUPS = Path(".crystalball") / "backups"


def pristine(exercise: Exercise) -> str:
    """The text of a stub.

    Args:
        exercise: whose stub.
    """
    lines: list[str] = json.loads(FILE.read_text(encoding="utf-8"))[exercise.id]
    return "\n".join(lines) + "\n"


def reset(root: Path, exercise: Exercise, now: datetime) -> Path | None:
    """Puts a stub back.

    Args:
        root: of the kit.
        exercise: whose stub.
        now: names the copy of what was there.

    Returns:
        The copy, from the root; `None` where there was nothing to keep.
    """
    path, text = root / "exercises" / f"{exercise.id}.py", pristine(exercise)
    there = path.read_bytes() if path.exists() else b""
    kept = None
    if there and there != text.encode():
        kept = _free(BACKUPS / f"{exercise.id}_{now:%Y%m%d_%H%M%S}.py", root)
        (root / kept).parent.mkdir(parents=True, exist_ok=True)
        (root / kept).write_bytes(there)
    # Moved into place, so that a full disk leaves what was there.
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(path)
    return kept


def first_todo(path: Path) -> int:
    """The first line of a file with a TODO, from 1; 0 when it has none or is not there.

    Args:
        path: of an answer.
    """
    if not path.is_file():
        return 0
    return first_todo_in(path.read_text(encoding="utf-8", errors="replace"))


def first_todo_in(text: str) -> int:
    """The first line of a text with a TODO, from 1; 0 when it has none.

    Args:
        text: of an answer.
    """
    lines = StringIO(text, newline=None)  # lines as Python counts them
    return next((number for number, line in enumerate(lines, start=1) if "TODO" in line), 0)


def _free(path: Path, root: Path) -> Path:
    number = 2
    free = path
    while (root / free).exists():
        free = path.with_stem(f"{path.stem}_{number}")
        number += 1
    return free


def problems(root: Path) -> Iterator[str]:
    """Where `stubs.json` is not what stands in `exercises/`.

    Args:
        root: of the kit.
    """
    kept, there = json.loads(FILE.read_text(encoding="utf-8")), _read(root)
    for id in sorted(kept.keys() | there.keys()):
        if kept.get(id) != there.get(id):
            mend = "python -m crystalball.curriculum.stubs"
            yield f"exercises/{id}.py is not the stub in stubs.json: run `{mend}`"


def _read(root: Path) -> dict[str, list[str]]:
    paths = (root / "exercises" / f"{exercise.id}.py" for exercise in curriculum().exercises)
    return {path.stem: path.read_text(encoding="utf-8").splitlines() for path in paths if path.exists()}


def write(root: Path) -> None:
    """Takes the stubs down as they stand in `exercises/`.

    Args:
        root: of the kit.
    """
    FILE.write_text(json.dumps(_read(root), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(find_root(Path.cwd()))
