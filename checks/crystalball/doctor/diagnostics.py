"""What the doctor looks for and says: rules by their codes, and what each found at which place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from crystalball.doctor.summaries import Runs


class Severity(StrEnum):
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
        severity: how much it matters.
        title: what is wrong, in one sentence.
        remedy: what to do, in one sentence.
        look: yields the places at which it is so.
        opt_in: the option without which it is not looked for; empty when it always is.
    """

    code: str
    name: str
    severity: Severity
    title: str
    remedy: str
    look: Look
    opt_in: str = ""


@dataclass(frozen=True)
class Diagnostic:
    """What a rule found at one place."""

    rule: Rule
    spot: Spot


RULES: dict[str, Rule] = {}
"""All rules by their code."""


def rule(
    code: str, severity: Severity, title: str, remedy: str, *, opt_in: str = ""
) -> Callable[[Look], Look]:
    """Adds a rule to the doctor: put it on a function in one of the modules of `rules/`.

    The function is called once with all runs, and yields a `Spot` for each place where something is
    wrong; its name, with hyphens, is the rule's, and its docstring says what it looks for.

        @rule(
            "CB306",
            Severity.NOTE,
            "The curve holds a single point: TensorBoard draws a dot.",
            "Log the value of every epoch.",
        )
        def single_point(runs: Runs) -> Iterator[Spot]:
            '''Curves of one point.'''
            for run, curve in runs.curves():
                if curve.count == 1:
                    yield Spot(run.path, "There is no other.", curve.tag, curve.first)

    Each rule has runs in `checks/kit/corpus/planted.py` in which it must be found, and no run in
    `healthy.py` beside that may be accused of it.

    Args:
        code: stable for ever: CB, the hundred of its module, a number that is free.
        severity: how much it matters.
        title: what is wrong, in one sentence, whatever the place.
        remedy: what to do about it, in one sentence.
        opt_in: the option without which the rule is not looked at; empty for always.
    """

    def add(look: Look) -> Look:
        assert code not in RULES, f"the code {code} is given twice"
        name = look.__name__.replace("_", "-")
        RULES[code] = Rule(code, name, severity, title, remedy, look, opt_in)
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
