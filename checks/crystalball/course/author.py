"""The files of a new exercise, which `crystalball verify` accepts as they are, and of a new course."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crystalball.curriculum.course import FILE, PACK
from crystalball.curriculum.manifest import MANIFEST, NotFound

LIBRARY = Path("checks/crystalball")


def new_exercise(id: str, home: Path, taken: Mapping[str, str], *, pack: bool) -> list[Path]:
    """Writes the files of a new exercise: a training that logs its mean loss, to be changed from there.

    Args:
        id: of the exercise: two digits and a name.
        home: the kit, or the folder of a pack.
        taken: the exercises that are there, by their numbers.
        pack: whether it goes into a pack.

    Returns:
        What was written, from `home`.

    Raises:
        NotFound: the id is none, or is taken; nothing was written.
    """
    if not re.fullmatch(r"\d\d_[a-z][a-z0-9_]{1,40}", id):
        raise NotFound(f"{id}: two digits and a name in small letters, such as 20_gradient_noise.")
    if id[:2] in taken:
        raise NotFound(f"{id}: {taken[id[:2]]} has that number; 20 to 99 are for exercises of your own.")
    title = id[3:].replace("_", " ").capitalize()
    facts = {"id": id, "number": id[:2], "title": title, "solution": False}
    texts = {
        f"exercises/{id}.py": _made("exercises.py.txt", facts),
        f"solutions/{id}.py": _made("exercises.py.txt", facts | {"solution": True}),
        f"checks/test_{id}.py": _made("checks.py.txt", facts),
        f"checks/kit/mistakes/{id}/solution.diff": _made("mistakes.diff", facts),
        f"checks/kit/variants/{id}/losses_in_a_list.py": _made("variants.py.txt", facts),
        f"checks/kit/promises/{id}.toml": _made("promises.toml", facts),
    }
    if there := [path for path in texts if (home / path).exists()]:
        raise NotFound(f"{home / there[0]} is there already: nothing was written.")
    for path, text in texts.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text, encoding="utf-8")
    manifest = Path(PACK) if pack else LIBRARY / "curriculum" / MANIFEST
    with (home / manifest).open("a", encoding="utf-8") as file:
        file.write(_made("manifest.toml", facts))
    if not pack:
        _add_stub(home, id, texts[f"exercises/{id}.py"])
    return [*map(Path, texts), manifest]


def new_course(path: Path) -> Path:
    """Writes a `course.toml` with comments.

    Args:
        path: of the file, or of a folder that it goes into.

    Returns:
        Where it is.

    Raises:
        NotFound: there is one already.
    """
    path = path if path.suffix == ".toml" else path / FILE
    if path.exists():
        raise NotFound(f"{path} is there already: it stays as it is.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_made(FILE, {"name": path.as_posix()}), encoding="utf-8")
    return path


def _made(template: str, facts: Mapping[str, object]) -> str:
    folder = Path(__file__).parent
    pages = Environment(
        autoescape=False,  # Python and TOML, of names that were looked at
        loader=FileSystemLoader([folder / "new", folder]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return pages.get_template(template).render(facts)


def _add_stub(root: Path, id: str, text: str) -> None:
    """Keeps the pristine stub, for `crystalball reset`."""
    path = root / LIBRARY / "curriculum/stubs.json"
    lines = json.loads(path.read_text(encoding="utf-8")) | {id: text.splitlines()}
    path.write_text(json.dumps(lines, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
