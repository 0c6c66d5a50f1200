"""Findings in words: one difference as a sentence, and as a table where there is more to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crystalball.judging.findings import Finding, FindingSide, Row
from crystalball.outcomes.end import End
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.outcomes.run_name import RunName
from crystalball.reading.notebook_lines import place, shown_line
from crystalball.words.console import Signs, labelled, prose
from crystalball.words.facets import facet_name, family
from crystalball.words.names import name_sentence
from crystalball.words.places import end_and_its_rule, run_directories, run_names

SHOWN = 3
"""Differences that are shown in full; the others are named."""

SIDES = ("logged", "expected")
"""The two sides of a row."""


def most_telling(findings: Sequence[Finding]) -> tuple[list[Finding], list[Facet], list[Facet]]:
    """Chooses the findings that are shown, one of a family.

    Args:
        findings: of one verdict, most telling first.

    Returns:
        Those that are shown, the facets of the others, and the facets that are shown of some runs or calls
        only.
    """
    firsts = {(family(f.facet), f.run, f.call): f for f in reversed(findings)}
    chosen = [finding for finding in findings if finding in firsts.values()]
    shown, told = chosen[:SHOWN], [finding.facet for finding in chosen[:SHOWN]]
    others = [facet for facet in dict.fromkeys(f.facet for f in findings) if facet not in told]
    return (
        shown,
        others,
        [facet for facet in dict.fromkeys(f.facet for f in chosen[SHOWN:]) if facet in told],
    )


def sentence_and_table(finding: Finding, signs: Signs) -> Iterator[RenderableType]:
    """One difference: a sentence, and a table where there is more to see.

    Args:
        finding: the difference.
        signs: that the console can show.

    Yields:
        One part, or two.
    """
    yield prose(_heading(finding))
    for name in finding.names:
        yield Padding(prose(name_sentence(name)), (0, 0, 0, 2))
    if len(finding.rows) > 1:
        yield Padding(_table(finding, signs), (0, 0, 0, 2))
    for row in finding.rows if len(finding.rows) == 1 else ():
        if _worded(row):  # one above the other, to be compared
            lines = [labelled(word, Text(str(getattr(row, word))), 8, "dim") for word in SIDES]
            yield Padding(Group(*lines), (0, 2))


def what_is_right(finding: Finding) -> str:
    """What of a curve is right, though not all is, in one sentence; empty where nothing is.

    Args:
        finding: the difference.
    """
    right, name = finding.right, facet_name(finding.facet)
    if right is None or not (right.values or right.steps or right.points):
        return ""
    until = "" if right.until is None else f" (all until step {right.until})"
    if right.values:
        return _in_run(finding, f"{name}: the values, in their order. The steps are not.")
    if not right.steps:
        logged = f"{right.logged} {'were' if right.logged > 1 else 'was'} logged"
        counted = f"{right.points} of the {right.expected} points that were asked for{until}"
        return _in_run(finding, f"{name}: {counted}; {logged}.")
    if not right.points:
        return _in_run(finding, f"{name}: the steps. The values are not.")
    return _in_run(finding, f"{name}: the steps, and {right.points} of {right.expected} values{until}.")


def place_and_line(finding: Finding, file: str) -> Text | None:
    """The learner's own line as compilers show it, so that editors jump to it; `None` where none is known.

    Args:
        finding: the difference that it led to.
        file: the learner's.
    """
    if not finding.line:
        return None
    where, number = (place(file, finding.line), "cyan"), shown_line(file, finding.line)
    return Text.assemble(where, f"\n{number:>5} | ", finding.source, no_wrap=True, overflow="ignore")


def _heading(finding: Finding) -> str:
    """The sentence of a difference, without the words that stand below it as well."""
    if not finding.rows:
        return sentence(finding)
    words = _of_curve(finding)
    if _worded(_first_wrong(finding)):
        return _in_run(finding, f"{words.about}, logged and expected:")
    if len(finding.rows) > 1 and any(isinstance(row.expected, str) for row in finding.rows):
        return _in_run(finding, f"{words.about}: {words.found}.")
    return sentence(finding)


def _worded(row: Row) -> bool:
    return isinstance(row.logged, str) and isinstance(row.expected, str)


def _table(finding: Finding, signs: Signs) -> Table:
    table = Table(box=None, padding=(0, 2), collapse_padding=True, pad_edge=False, header_style="dim")
    numbers = not any(isinstance(getattr(row, side), str) for row in finding.rows for side in SIDES)
    for header in ("step", *SIDES, ""):
        table.add_column(header, justify="right" if numbers or header == "step" else "left")
    for row in finding.rows:
        logged, expected = _numbers(row)
        sign, style = (signs.done, "green") if row.agrees else (signs.wrong, "red")
        step = "any" if row.step is None else str(row.step)
        table.add_row(step, logged, expected, Text(sign, style))
    if finding.hidden:
        table.add_row(signs.more, f"{finding.hidden} more", "", "")
    return table


def _numbers(row: Row) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to see that they differ."""
    texts = [("", "")]
    for digits in (5, 7, 9):
        texts.append((_number(row.logged, digits), _number(row.expected, digits)))
        if row.agrees or texts[-1][0] != texts[-1][1]:
            break
    return texts[-1]


def _number(value: float | str | None, digits: int = 5) -> str:
    if isinstance(value, str):
        return value
    return "none" if value is None else f"{value:.{digits}g}"


def sentence(finding: Finding) -> str:
    """One difference in one sentence.

    Args:
        finding: the difference.
    """
    expected, seen = finding.expected, finding.seen
    if isinstance(expected, End) and isinstance(seen, End):
        return _in_run(finding, f"{finding.call or 'The call'} {end_and_its_rule(seen, expected)}.")
    words = _of_curve(finding) if isinstance(finding.facet, CurveFacet) else _of_trait(finding)
    return _in_run(finding, f"{words.about}: {words.found}. Expected: {words.expected}.")


def _in_run(finding: Finding, text: str) -> str:
    """A text, with the run that it is about where there are several."""
    text = text[:1].upper() + text[1:]
    if finding.run and finding.facet is not Trait.NAME:
        return f"In the run `{run_names([finding.run])[0]}`: {text}"
    return text


class _Words(NamedTuple):
    """The parts of a sentence."""

    about: str
    found: str
    expected: str


_STARTS = {
    Trait.FILES: "Event files in the run",
    Trait.DIRECTORIES: "Folders for runs, the empty ones too",
    Trait.LIVE: "Completed epochs that others could see during the last step of epoch 1, 2, …",
    Trait.CLOSED: "Writers still open when the function ended",
}
"""The sentences of numbers; what they are of."""


def _of_trait(finding: Finding) -> _Words:
    expected, seen = finding.expected, finding.seen
    if isinstance(finding.facet, Trait) and finding.facet in _STARTS:
        return _Words(_STARTS[finding.facet], _numbers_of(seen), _numbers_of(expected))
    several = "ies" if max(len(_directories(side)) for side in (expected, seen)) > 1 else "y"
    found, wanted = (run_directories(_directories(side)) for side in (seen, expected))
    return _Words(f"Run director{several} with data", found, wanted)


def _numbers_of(side: FindingSide) -> str:
    return ", ".join(map(str, side)) if isinstance(side, tuple) else str(side)


def _directories(side: FindingSide) -> list[RunName]:
    return [one for one in side if isinstance(one, RunName)] if isinstance(side, tuple) else []


def _of_curve(finding: Finding) -> _Words:
    name = facet_name(finding.facet)
    if finding.seen:
        return _Words(name, f"written {finding.seen}", str(finding.expected))
    row = _first_wrong(finding)
    logged, expected = _numbers(row)
    no_point = f"{'nothing' if isinstance(row.expected, str) else 'no point'} is there"
    if finding.right is None and all(one.logged is None for one in finding.rows):
        at = ", at any step" if row.step is None else f" at step {row.step}"
        return _Words(name, no_point, f"{expected}{at}")
    place = name if row.step is None else f"{name} at step {row.step}"
    if row.logged is None:
        return _Words(place, no_point, expected)
    if row.expected is None:
        nothing, one = ("nothing", "one") if isinstance(row.logged, str) else ("no point", "one point")
        if any(other.step == row.step and other.expected is not None for other in finding.rows):
            return _Words(place, f"logged {logged} besides", f"{one} there")
        return _Words(place, f"logged {logged}", nothing if row.step is None else f"{nothing} there")
    return _Words(place, f"logged {logged}", expected)


def _first_wrong(finding: Finding) -> Row:
    return next((row for row in finding.rows if not row.agrees), finding.rows[0])
