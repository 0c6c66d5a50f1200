"""A verdict in words: in full for whoever must mend the answer, and in short for a list."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.verdict import Status, Verdict
from crystalball.mistakes import CATALOGUE
from crystalball.reading.notebook_lines import place
from crystalball.words.console import Signs, code, labelled, prose, render
from crystalball.words.disk import disk_words
from crystalball.words.explanations import explained, unexplained
from crystalball.words.facets import facet_list
from crystalball.words.findings import most_telling, place_and_line, sentence, sentence_and_table
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
    below = verdict.status == Status.FAILED  # there each difference has its own line
    where = place(verdict.file, verdict.line) if verdict.line and not below else verdict.file
    title = Text.assemble((f"{exercise.number} {exercise.title}", "bold"), "  ", (where, "cyan"))
    parts = [title, *map(_indented, told(verdict, signs, again)), leading_on(verdict)]
    if verdict.not_kept:
        why = disk_words(verdict.not_kept)
        parts.append(Text(f"{why}. So this run could not be kept to compare.", "yellow"))
    return Group(*parts)


def told(verdict: Verdict, signs: Signs, again: str = "run `pytest` again") -> Iterator[RenderableType]:
    """What is said of one verdict that is not a pass, between its title and the commands that lead on.

    Args:
        verdict: the verdict.
        signs: that the console can show.
        again: what leads to the next verdict.

    Yields:
        One part after the other.
    """
    exercise = curriculum().find(verdict.exercise)
    if verdict.withheld:
        yield from _withheld(verdict)
    elif verdict.status == Status.FAILED:
        yield from _failed(verdict, signs)
    else:
        yield from _stopped(verdict, exercise, again)
    yield from _output(verdict)


def _indented(part: RenderableType) -> RenderableType:
    if isinstance(part, Text) and part.no_wrap:  # a margin would cut what is to be copied whole
        return Text("\n", no_wrap=True, overflow="ignore").join(Text("  ") + line for line in part.split())
    return Padding(part, (0, 2))


def in_short(verdict: Verdict) -> str:
    """The most telling sentence of a verdict, and why; empty of one that is a pass.

    Args:
        verdict: any.
    """
    if verdict.passed:
        return ""
    whys = [" ".join(CATALOGUE[name].why for name in explanation) for explanation in verdict.mistakes]
    if verdict.withheld:
        return " ".join([_what_is_wrong(verdict), " Or: ".join(whys)]).strip()
    if verdict.status != Status.FAILED:
        raised = verdict.status in (Status.CRASHED, Status.SYNTAX)
        last = verdict.traceback.strip().splitlines()[-1:] if raised else []
        return " ".join([what_stopped(verdict, curriculum().find(verdict.exercise))[0], *last])
    first = [sentence(finding) for finding in verdict.findings[:1]]
    return " ".join([*first, " Or: ".join(whys)]).strip()


def plain_text(verdict: Verdict, width: int = 100) -> str:
    """A verdict in full, as text without colours.

    Args:
        verdict: one that is no pass.
        width: columns of the text.
    """
    return render(in_full(verdict, Signs()), width=width, colour=False)


def _failed(verdict: Verdict, signs: Signs) -> Iterator[RenderableType]:
    shown, others, elsewhere = most_telling(verdict.findings)
    for index, finding in enumerate(shown):
        yield from sentence_and_table(finding, signs)
        line = place_and_line(finding, verdict.file)
        if line and finding.line not in [
            one.line for one in shown[index + 1 :][:1]
        ]:  # once for all it wrote
            yield line
    if others:
        yield prose(f"Wrong too: {facet_list(others)}.")
    if elsewhere:
        yield prose(f"Wrong in other runs or calls besides: {facet_list(elsewhere)}.")
    if instead := list(dict.fromkeys(tag for finding in shown for tag in finding.instead)):
        yield prose(f"Other tags there: {first_few([*map(code, instead)])}.")
    if verdict.traceback:
        yield _traceback(verdict)
    yield from explained(verdict)
    if verdict.unexplained:
        yield from unexplained(verdict)
    yield _case_words(verdict)


def _withheld(verdict: Verdict) -> Iterator[RenderableType]:
    """What may be told of a case that nobody may know."""
    yield prose(_what_is_wrong(verdict), "bold")
    lines = {finding.line: place_and_line(finding, verdict.file) for finding in verdict.findings}
    yield from filter(None, lines.values())
    yield from explained(verdict)
    yield prose(
        "It was seen in a training that is not shown, so no number and no output of it is told. "
        "`pytest --seed 7` draws others of its kind, and so does each other number."
    )


def _what_is_wrong(verdict: Verdict) -> str:
    facets = list(dict.fromkeys(finding.facet for finding in verdict.findings))
    if verdict.status == Status.FAILED:
        return f"Wrong: {facet_list(facets)}." if facets else "Wrong."
    where = f", at {place(verdict.file, verdict.line)}" if verdict.line else ""
    return f"{verdict.status.capitalize()}{where}."


def _case_words(verdict: Verdict) -> Text:
    which = "A small run" if verdict.smallest else "A run"
    return Text(f"{which} that shows it: {verdict.case_words}.")


def _stopped(verdict: Verdict, exercise: Exercise, again: str) -> Iterator[RenderableType]:
    what, remedy = what_stopped(verdict, exercise, again)
    yield prose(what, "bold")
    if verdict.status in (Status.CRASHED, Status.SYNTAX, Status.HUNG):
        yield _traceback(verdict)
    yield labelled("Next", prose(remedy))
    if verdict.case_words and verdict.status != Status.NOT_STARTED:
        yield _case_words(verdict)
    yield from explained(verdict)


def _traceback(verdict: Verdict) -> RenderableType:
    return Padding(Text(verdict.traceback.rstrip(), "dim"), (0, 2))


def _output(verdict: Verdict) -> Iterator[RenderableType]:
    lines = verdict.output.rstrip().splitlines()
    if lines and verdict.status != Status.NOT_STARTED:
        yield Text(f"What it printed{' (the end of it)' * (len(lines) > OUTPUT_LINES)}:", "dim")
        yield Padding(Text("\n".join(lines[-OUTPUT_LINES:]), "dim"), (0, 2))


def leading_on(verdict: Verdict) -> Text:
    """The commands that lead on, never wrapped or cut, so that they can be copied.

    Args:
        verdict: one that is not a pass.
    """
    exercise = curriculum().find(verdict.exercise)
    commands = {"Hint": f"crystalball hint {exercise.number}"}
    if verdict.case and verdict.status != Status.NOT_STARTED:
        commands["Replay"] = f"crystalball run {exercise.number} --case '{verdict.case}'"
    if verdict.kept:
        commands["Compare"] = f"crystalball board {exercise.number}"
    if verdict.picture:
        commands["Look at"] = verdict.picture
    lines = [Text.assemble((f"  {name:<8}", "dim"), (text, "cyan")) for name, text in commands.items()]
    return Text("\n", no_wrap=True, overflow="ignore").join(lines)
