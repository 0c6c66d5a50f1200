"""A verdict in words: in full for whoever must mend the answer, and in short for a list."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.verdict import Status, Verdict
from crystalball.mistakes import CATALOGUE
from crystalball.words.console import Signs, code, labelled, prose, render
from crystalball.words.disk import disk_words
from crystalball.words.explanations import explained, unexplained
from crystalball.words.facets import facet_list
from crystalball.words.findings import most_telling, sentence, sentence_and_table
from crystalball.words.places import first_few
from crystalball.words.statuses import what_stopped

OUTPUT_LINES = 10
"""Lines of the learner's own output that are shown, from the end."""


def passed(verdict: Verdict, signs: Signs) -> RenderableType:
    """A pass, with the laws that were kept.

    Args:
        verdict: a pass.
        signs: that the console can show.
    """
    exercise = curriculum().find(verdict.exercise)
    title = f"{signs.done} {exercise.number} {exercise.title}"
    laws = [labelled(signs.done, prose(check.law)) for check in verdict.checks]
    return Group(Text(title, "bold green"), Padding(Group(*laws), (0, 2)))


def in_full(verdict: Verdict, signs: Signs, again: str = "run `pytest` again") -> RenderableType:
    """Everything about one verdict that is not a pass.

    Args:
        verdict: the verdict.
        signs: that the console can show.
        again: what leads to the next verdict.
    """
    exercise = curriculum().find(verdict.exercise)
    place = f"{verdict.file}:{verdict.line}" if verdict.line else verdict.file
    title = Text.assemble((f"{exercise.number} {exercise.title}", "bold"), "  ", (place, "cyan"))
    body = (
        _failed(verdict, signs) if verdict.status == Status.FAILED else _stopped(verdict, exercise, again)
    )
    parts = [title, Padding(Group(*body, *_output(verdict)), (0, 2)), _footer(verdict, exercise)]
    if verdict.not_kept:
        why = disk_words(verdict.not_kept)
        parts.append(Text(f"{why}. So this run could not be kept to compare.", "yellow"))
    return Group(*parts)


def in_short(verdict: Verdict) -> str:
    """The most telling sentence of a verdict, and why; empty of one that is a pass.

    Args:
        verdict: any.
    """
    if verdict.passed:
        return ""
    if verdict.status != Status.FAILED:
        raised = verdict.status in (Status.CRASHED, Status.SYNTAX)
        last = verdict.traceback.strip().splitlines()[-1:] if raised else []
        return " ".join([what_stopped(verdict, curriculum().find(verdict.exercise))[0], *last])
    first = [sentence(finding) for finding in verdict.findings[:1]]
    whys = [" ".join(CATALOGUE[name].why for name in explanation) for explanation in verdict.mistakes]
    return " ".join([*first, " Or: ".join(whys)]).strip()


def plain_text(verdict: Verdict, width: int = 100) -> str:
    """A verdict in full, as text without colours.

    Args:
        verdict: one that is no pass.
        width: columns of the text.
    """
    return render(in_full(verdict, Signs()), width=width, colour=False)


def _failed(verdict: Verdict, signs: Signs) -> Iterator[RenderableType]:
    shown, others = most_telling(verdict.findings)
    for finding in shown:
        yield from sentence_and_table(finding, signs)
    if others:
        yield prose(f"Wrong too: {facet_list(others)}.")
    if instead := list(dict.fromkeys(tag for finding in shown for tag in finding.instead)):
        yield prose(f"Tags there that nobody asked for: {first_few([*map(code, instead)])}.")
    if verdict.traceback:
        yield _traceback(verdict)
    yield from explained(verdict.mistakes)
    if verdict.unexplained:
        yield from unexplained(verdict)
    yield _case_words(verdict)


def _case_words(verdict: Verdict) -> Text:
    which = "Smallest run" if verdict.smallest else "A run"
    return Text(f"{which} that shows it: {verdict.case_words}.")


def _stopped(verdict: Verdict, exercise: Exercise, again: str) -> Iterator[RenderableType]:
    what, remedy = what_stopped(verdict, exercise, again)
    yield prose(what, "bold")
    if verdict.status in (Status.CRASHED, Status.SYNTAX, Status.HUNG):
        yield _traceback(verdict)
    yield labelled("Next", prose(remedy))
    if verdict.case_words and verdict.status != Status.NOT_STARTED:
        yield _case_words(verdict)


def _traceback(verdict: Verdict) -> RenderableType:
    return Padding(Text(verdict.traceback.rstrip(), "dim"), (0, 2))


def _output(verdict: Verdict) -> Iterator[RenderableType]:
    lines = verdict.output.rstrip().splitlines()
    if lines and verdict.status != Status.NOT_STARTED:
        yield Text(f"What it printed{' (the end of it)' * (len(lines) > OUTPUT_LINES)}:", "dim")
        yield Padding(Text("\n".join(lines[-OUTPUT_LINES:]), "dim"), (0, 2))


def _footer(verdict: Verdict, exercise: Exercise) -> RenderableType:
    """The commands that lead on, never wrapped or cut, so that they can be copied."""
    commands = {"Hint": f"crystalball hint {exercise.number}"}
    if verdict.case and verdict.status != Status.NOT_STARTED:
        commands["Replay"] = f"crystalball run {exercise.number} --case '{verdict.case}'"
    if verdict.kept:
        commands["Compare"] = f"crystalball board {exercise.number}"
    if verdict.picture:
        commands["Look at"] = verdict.picture
    lines = [Text.assemble((f"  {name:<8}", "dim"), (text, "cyan")) for name, text in commands.items()]
    return Text("\n", no_wrap=True, overflow="ignore").join(lines)
