"""What the doctor says: a finding is a rule's code, a place, and the words for what stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from crystalball.doctor.reading import Runs


class Level(StrEnum):
    """How much it matters; the words are those of SARIF."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Spot:
    """A place, and what was found there.

    Attributes:
        run: the run directory.
        what: the explanation, in one or two sentences, with the numbers of this place.
        tag: the curve; empty where it is about none.
        step: the first step that shows it; `None` where it is about none.
        file: the event file; `None` where it is about none.
    """

    run: Path
    what: str
    tag: str = ""
    step: int | None = None
    file: Path | None = None


Look = Callable[[Runs], Iterable[Spot]]


@dataclass(frozen=True)
class Rule:
    """One thing that the doctor looks for.

    Attributes:
        code: stable for ever: CB and three digits.
        name: in words with hyphens.
        level: how much it matters.
        title: what is wrong, in one sentence.
        remedy: what to do, in one sentence.
        look: yields the places at which it is so.
        opt_in: the option without which it is not looked for; empty when it always is.
    """

    code: str
    name: str
    level: Level
    title: str
    remedy: str
    look: Look
    opt_in: str = ""


@dataclass(frozen=True)
class Finding:
    """What a rule found at one place."""

    rule: Rule
    spot: Spot


RULES: dict[str, Rule] = {}
"""All rules by their code."""


def rule(code: str, level: Level, title: str, remedy: str, *, opt_in: str = "") -> Callable[[Look], Look]:
    """Adds a rule; its name is the function's."""

    def add(look: Look) -> Look:
        assert code not in RULES, f"the code {code} is given twice"
        name = look.__name__.replace("_", "-")
        RULES[code] = Rule(code, name, level, title, remedy, look, opt_in)
        return look

    return add


class UnknownCode(Exception):
    """A code was named that no rule has; the message says what to do."""


@dataclass(frozen=True)
class Selection:
    """Which rules are looked at.

    Attributes:
        select: codes, or the first letters of several; empty for all.
        ignore: likewise; it wins.
        options: the opt-in options that were given.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()

    def rules(self) -> Iterator[Rule]:
        """The rules, by their codes.

        Raises:
            UnknownCode: a code stands for no rule.
        """
        for prefix in (*self.select, *self.ignore):
            if not prefix or not any(code.startswith(prefix) for code in RULES):
                known = ", ".join(sorted({code[:3] + "xx" for code in RULES}))
                raise UnknownCode(f"No code starts with {prefix!r}: there are {known}.")
        for code, one in sorted(RULES.items()):
            named = code.startswith(self.select) if self.select else True
            # Whoever names an opt-in rule in full wants it.
            wanted = not one.opt_in or one.opt_in in self.options or code in self.select
            if named and wanted and not (self.ignore and code.startswith(self.ignore)):
                yield one
