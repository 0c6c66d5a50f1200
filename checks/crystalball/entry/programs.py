"""The wrong programs of `checks/kit/mistakes/`: whole files, and edits of honest programs.

A program is named after the mistake that it makes: `never_reset`; a second one `never_reset__how`;
one with two mistakes `wrong_tag+not_closed`; one that raises what nobody asked for, and is told
where, `crashed__how`. Most are an honest program but for a few lines, and
only these are written down, in `checks/kit/mistakes/NN_name/`: `solution.diff` holds edits of the
solution, `<variant>.diff` those of the program of that name in `checks/kit/variants/NN_name/`.

    +++ sum_for_mean
    -writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
    +writer.add_scalar("Loss/Train", total, global_step=epoch)

Each block of lines is an edit: lines with `-` are replaced by those with `+`, and lines with a blank
say where. They match at any depth, and `…` is any text within a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path


class EditError(ValueError):
    """An edit that is written wrongly, or whose lines are not in the program."""


@dataclass(frozen=True)
class Edit:
    """Lines of a program, and what stands there instead.

    Attributes:
        old: the lines, as deep as they are below each other.
        new: likewise; its `…` are those of `old`, in turn.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]

    @classmethod
    def of(cls, lines: Sequence[str]) -> Edit:
        """The edit that is written in some lines, each with its sign."""
        old = tuple(line[1:] for line in lines if line.startswith((" ", "-")))
        new = tuple(line[1:] for line in lines if line.startswith((" ", "+")))
        if not old or not all(line.startswith((" ", "-", "+")) for line in lines):
            raise EditError("this is no edit:\n" + "\n".join(lines))
        return cls(old, new)

    def apply(self, text: str) -> tuple[str, int]:
        """The text with the edit wherever it applies, and in how many places that was."""
        lines = ["(.*?)".join(map(re.escape, line.split("…"))) for line in self.old]
        pattern = r"^( *)" + r"\n+\1".join(lines) + r"\n"  # lines between them may be empty
        return re.subn(pattern, self._replaced, text, flags=re.MULTILINE)

    def _replaced(self, found: re.Match[str]) -> str:
        depth, *parts = found.groups()
        again = cycle(parts)
        lines = [re.sub("…", lambda _: next(again, "…"), line) for line in self.new]
        return "".join(f"{depth}{line}".rstrip() + "\n" for line in lines)


def read_edits(text: str) -> dict[str, list[Edit]]:
    """The edits of each program, by its name.

    Args:
        text: of a `.diff`.
    """
    programs: dict[str, list[Edit]] = {}
    for part in re.split(r"^\+\+\+ ", text, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        if name in programs:
            raise EditError(f"{name}: there are two of this name")
        blocks = re.split(r"\n\n+", body.strip("\n"))
        programs[name] = [Edit.of(block.split("\n")) for block in blocks]
    return programs


CRASHED = "crashed"
"""The name, in place of a mistake's, of programs that crash."""


def mistakes_in(program: str) -> list[str]:
    """The mistakes that a program makes, which its name tells; none of one that crashes."""
    name = program.partition("__")[0]
    return [] if name == CRASHED else name.split("+")


def wrong_programs(root: Path, exercise: str) -> dict[str, str]:
    """The text of each wrong program of an exercise, by its name, in order.

    Args:
        root: of the kit.
        exercise: its id.

    Raises:
        EditError: an edit does not apply in exactly one place, or two programs have one name.
    """
    found: dict[str, str] = {}
    for path in sorted((root / "checks/kit/mistakes" / exercise).glob("*.*")):
        try:
            for name, text in _programs(root, exercise, path):
                if name in found:
                    raise EditError(f"{name}: there are two of this name")
                found[name] = text
        except EditError as error:
            raise EditError(f"{path.relative_to(root).as_posix()}: {error}") from None
    return dict(sorted(found.items()))


def slips(root: Path, exercise: str) -> dict[str, str]:
    """The solution of an exercise with each slip of `checks/kit/slips.diff` that has a place in it.

    Args:
        root: of the kit.
        exercise: its id.
    """
    solution = (root / "solutions" / f"{exercise}.py").read_text(encoding="utf-8")
    found = {}
    for name, edits in read_edits((root / "checks/kit/slips.diff").read_text(encoding="utf-8")).items():
        text = solution
        for edit in edits:
            text, _ = edit.apply(text)
        if text != solution:
            found[name] = text
    return found


def _programs(root: Path, exercise: str, path: Path) -> Iterator[tuple[str, str]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield path.stem, text
        return
    variant = root / "checks/kit/variants" / exercise / f"{path.stem}.py"
    honest = root / "solutions" / f"{exercise}.py" if path.stem == "solution" else variant
    if not honest.exists():
        raise EditError(f"{honest.relative_to(root).as_posix()} is missing")
    for name, edits in read_edits(text).items():
        yield name, _edited(name, honest.read_text(encoding="utf-8"), edits)


def _edited(name: str, text: str, edits: Sequence[Edit]) -> str:
    for edit in edits:
        text, places = edit.apply(text)
        if places != 1:
            lines = "\n".join(edit.old)
            raise EditError(f"{name}: these lines stand in {places} places, not in one:\n{lines}")
    return text
