"""Everything that a learner reads: verdicts and progress, as text for a terminal."""

from __future__ import annotations

import difflib
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.disk import disk_words
from crystalball.judging.judge import first_todo
from crystalball.judging.verdict import Finding, Row, Status, Told, Verdict
from crystalball.learner.progress import Progress
from crystalball.mistakes import CATALOGUE
from crystalball.outcomes.end import LOADER_ERROR, End, Paths, Raised, Returned, RunPath, Unfinished
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.outcomes.run_name import ConventionalName, RunName
from crystalball.reading.values import GRAPH, HPARAMS, LAYOUT

SHOWN = 3
"""Differences that are shown in full; the others are named."""

FAMILIES = ("Weights", "Gradients")
"""Groups of tags of which one is shown for all."""

FEW = 3
"""Tags of such a group that are named one by one."""

SIDES = ("logged", "expected")
"""The two sides of a row."""

ORDER = ("first", "second", "third", "fourth", "fifth")

MANY = 8
"""Exercises from which the list of them stands in two columns."""

OUTPUT_LINES = 10
"""Lines of the learner's own output that are shown, from the end."""


@dataclass(frozen=True)
class Signs:
    """The signs that a console can show."""

    done: str = "✓"
    next: str = "▸"
    wrong: str = "✗"
    open: str = "·"
    full: str = "█"
    empty: str = "░"

    @classmethod
    def of(cls, encoding: str | None) -> Signs:
        """Plain ones for a console that knows no Unicode."""
        unicode = (encoding or "").lower().replace("-", "").startswith("utf")
        return cls() if unicode else cls("+", ">", "x", ".", "#", "-")


def render(*parts: RenderableType, width: int, colour: bool) -> str:
    """The text of some parts, as a terminal of this width shows them."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        legacy_windows=False,
    )
    for part in parts:
        console.print(part, crop=False)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in text.splitlines())


def prose(text: str, style: str = "") -> Text:
    """A sentence; what stands between backticks is code."""
    line = Text(style=style)
    for index, piece in enumerate(re.split(r"(`[^`]*`)", text)):
        line.append(piece, "cyan" if index % 2 else "")
    return line


def road(progress: Progress, signs: Signs) -> RenderableType:
    """Where the learner is: a bar, and all exercises as done, next, begun or not started."""
    exercises = curriculum().exercises
    following = next_exercise(progress)
    lines = [_road_line(exercise, progress, exercise == following, signs) for exercise in exercises]
    if len(lines) > MANY:
        return Group(_bar(progress, signs), Columns(lines, column_first=True, padding=(0, 3)))
    return Group(_bar(progress, signs), *lines)


def _bar(progress: Progress, signs: Signs) -> Text:
    exercises = curriculum().exercises
    done = sum(progress.status(exercise) == Status.PASSED for exercise in exercises)
    width = 30
    filled = width * done // len(exercises)
    return Text.assemble(
        ("Crystal Ball  ", "bold"),
        (signs.full * filled, "green"),
        (signs.empty * (width - filled), "dim"),
        f"  {done} of {len(exercises)} done",
    )


def _road_line(exercise: Exercise, progress: Progress, following: bool, signs: Signs) -> Text:
    sign, style, word = _standing(exercise, progress, following, signs)
    word = "" if word == "not started" else word  # the sign says it, and two columns fit in 80 then
    width = max(len(one.title) for one in curriculum().exercises)
    return Text(f" {sign} {exercise.number} {exercise.title:<{width}}  {word}", style)


def _standing(
    exercise: Exercise, progress: Progress, following: bool, signs: Signs
) -> tuple[str, str, str]:
    """How an exercise stands: sign, style and word."""
    status = progress.status(exercise)
    if status == Status.PASSED:
        return signs.done, "green", "done"
    if following:
        return signs.next, "bold yellow", "next"
    if status == Status.NOT_STARTED:
        return signs.open, "dim", "not started"
    return signs.wrong, "red", str(status)


def journey(progress: Progress, signs: Signs, width: int) -> RenderableType:
    """The whole road: part by part each exercise, the mistakes made on the way, and the time it took."""
    exercises = curriculum().exercises
    following = next_exercise(progress)
    table = Table.grid(padding=(0, 1), expand=False)
    longest = max(len(one.title) for one in exercises)
    table.add_column(width=longest + 6, no_wrap=True)
    table.add_column(width=11, justify="right", no_wrap=True)
    table.add_column(max_width=max(20, width - longest - 21))
    for part in dict.fromkeys(one.part for one in exercises):
        table.add_row(Text(part, "bold"))
        for exercise in exercises:
            if exercise.part == part:
                table.add_row(*_station(exercise, progress, exercise == following, signs))
    return Group(_bar(progress, signs), "", table)


def _station(
    exercise: Exercise, progress: Progress, following: bool, signs: Signs
) -> tuple[Text, Text, Text]:
    """One exercise of the journey: what it is, how it stands or how long it took, what went wrong."""
    sign, style, word = _standing(exercise, progress, following, signs)
    record = progress.of(exercise)
    if word in ("done", "next", "not started") and record.tries:
        word = duration(record.seconds)
    names = ", ".join(record.mistakes).replace("_", " ")
    made = Text(names, "default" if record.done else "yellow")
    return Text(f" {sign} {exercise.number} {exercise.title}", style), Text(word, "dim"), made


def duration(seconds: float) -> str:
    """A time in words."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "< 1 min"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def next_exercise(progress: Progress) -> Exercise | None:
    """The first exercise that is not done; `None` when all are."""
    exercises = curriculum().exercises
    return next((one for one in exercises if progress.status(one) != Status.PASSED), None)


def next_step(exercise: Exercise, root: Path) -> RenderableType:
    """What to do next."""
    file = f"exercises/{exercise.id}.py"
    line = first_todo(root / file)
    return detail(Verdict(exercise.id, file, Status.NOT_STARTED, line=line), Signs())


def hints(exercise: Exercise, shown: int) -> RenderableType:
    """The first hints of an exercise, the newest last."""
    count = len(exercise.hints)
    lines = [
        _labelled(f"{n}/{count}", prose(text, "bold" if n == shown else "dim"))
        for n, text in enumerate(exercise.hints[:shown], start=1)
    ]
    more = "That was the last one." if shown == count else "Ask again for the next one."
    return Group(Text(f"{exercise.number} {exercise.title}", "bold"), *lines, Text(more, "dim"))


def congratulation() -> RenderableType:
    """What stands there when all is done."""
    return Group(
        prose("All exercises are done. Look at what you logged: `tensorboard --logdir runs`", "bold green"),
        prose("A page worth keeping, with your own sprites: `crystalball certificate`"),
    )


def passed(verdict: Verdict, signs: Signs) -> RenderableType:
    """A pass, with the laws that were kept."""
    exercise = curriculum().find(verdict.exercise)
    title = f"{signs.done} {exercise.number} {exercise.title}"
    laws = [_labelled(signs.done, prose(check.law)) for check in verdict.checks]
    return Group(Text(title, "bold green"), Padding(Group(*laws), (0, 2)))


def judging(exercise: Exercise) -> RenderableType:
    """What stands there while a verdict is on its way."""
    file = (f"exercises/{exercise.id}.py", "cyan")
    title = (f"{exercise.number} {exercise.title}", "bold")
    return Group(Text.assemble(title, "  ", file), Text("  Judging …", "dim"))


def go_on(following: Exercise | None) -> RenderableType:
    """Where to go after a pass; only the learner goes there."""
    if following is None:
        return prose("That was the last one; some before it are not done yet: `l` lists them.")
    return prose(f"`n` goes on to {following.number} {following.title}.")


def keys_line(width: int) -> RenderableType:
    """The keys of `watch`."""
    keys = {
        "h": "hint",
        "l": "list",
        "p": "previous",
        "n": "next",
        "b": "board",
        "c": "compare",
        "r": "run",
    }
    line = Text(style="dim")
    for key, word in {**keys, "q": "quit"}.items():
        line.append(f" {key} ", "reverse").append(f" {word}  " if width >= 100 else f" {word} ")
    return line


def trouble(error: Exception | None) -> RenderableType:
    """Something that is wrong with us, and not with the answer."""
    if isinstance(error, OSError):
        return Text(f"{disk_words(error)}. Nothing could be judged, and nothing was lost.", "yellow")
    return Text(f"This could not be judged: {error or type(error).__name__}", "yellow")


def board_words(url: str, folder: Path, overlay: bool) -> RenderableType:
    """Where a board is, and how to leave it."""
    what = "*yours* over *expected*" if overlay else "your runs"
    return prose(f"TensorBoard shows {what} (`{folder.as_posix()}`) at `{url}`. Ctrl-C ends it.")


def reset_words(exercise: Exercise, kept: Path | None) -> RenderableType:
    """A stub was put back."""
    copy = f" What was there is kept in `{kept.as_posix()}`." if kept else ""
    return prose(f"`exercises/{exercise.id}.py` is the stub again.{copy}")


def not_yet(exercise: Exercise) -> RenderableType:
    """The solution was asked for early."""
    return prose(
        f"Exercise {exercise.number} is not done yet, and the last step is the one that teaches: "
        f"`crystalball hint {exercise.number}` helps with it. "
        f"To see the answer all the same, ask again: `crystalball solution {exercise.number}`."
    )


def difference(yours: Path, reference: Path, root: Path) -> RenderableType:
    """What it takes to turn the learner's answer into the reference: lines with - and +."""
    a, b = (
        path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        for path in (yours, reference)
    )
    names = [path.relative_to(root).as_posix() for path in (yours, reference)]
    lines = list(difflib.unified_diff(a, b, names[0], names[1], lineterm=""))
    if not lines:
        return prose(f"`{yours.name}` is the reference answer, letter by letter.")
    styles = {"-": "red", "+": "green", "@": "cyan"}
    return Group(
        *(Text(line, "bold" if at < 2 else styles.get(line[:1], "dim")) for at, line in enumerate(lines))
    )


def not_remembered(error: OSError) -> RenderableType:
    """Progress could not be written."""
    return Text(f"{disk_words(error)}. This verdict stands, but it could not be remembered.", "yellow")


def detail(verdict: Verdict, signs: Signs, again: str = "run `pytest` again") -> RenderableType:
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
        parts.append(Text(f"{verdict.not_kept}. So this run could not be kept to compare.", "yellow"))
    return Group(*parts)


def in_short(verdict: Verdict) -> str:
    """The most telling sentence of a verdict, and why; empty of one that is a pass."""
    if verdict.passed:
        return ""
    if verdict.status != Status.FAILED:
        raised = verdict.status in (Status.CRASHED, Status.SYNTAX)
        last = verdict.detail.strip().splitlines()[-1:] if raised else []
        return " ".join([_words(verdict, curriculum().find(verdict.exercise))[0], *last])
    first = [finding_words(finding) for finding in verdict.findings[:1]]
    whys = [" ".join(CATALOGUE[name].why for name in explanation) for explanation in verdict.mistakes]
    return " ".join([*first, " Or: ".join(whys)]).strip()


def _failed(verdict: Verdict, signs: Signs) -> Iterable[RenderableType]:
    shown, others = _telling(verdict.findings)
    for finding in shown:
        yield from _difference(finding, signs)
    if others:
        yield prose(f"Wrong too: {_listed(others)}.")
    if instead := list(dict.fromkeys(tag for finding in shown for tag in finding.instead)):
        yield prose(f"Tags there that nobody asked for: {_first_few([*map(_code, instead)])}.")
    if verdict.detail:
        yield Padding(Text(verdict.detail.rstrip(), "dim"), (0, 2))
    yield from _explained(verdict.mistakes)
    if verdict.unexplained:
        yield from _unexplained(verdict)
    yield _case_words(verdict)


def _case_words(verdict: Verdict) -> Text:
    which = "Smallest run" if verdict.smallest else "A run"
    return Text(f"{which} that shows it: {verdict.case_words}.")


def _telling(findings: Sequence[Finding]) -> tuple[list[Finding], list[Facet]]:
    """The findings that are shown, one of a family, and the facets of those that are not."""
    firsts = {(_family(f.facet), f.run, f.call): f for f in reversed(findings)}
    shown = [finding for finding in findings if finding in firsts.values()][:SHOWN]
    told = [finding.facet for finding in shown]
    return shown, [facet for facet in dict.fromkeys(f.facet for f in findings) if facet not in told]


def _family(facet: Facet) -> Facet:
    """What a facet is told with: `Weights/…` for a tag of that group, else itself."""
    group = facet.tag.partition("/")[0] if isinstance(facet, CurveFacet) else ""
    return CurveFacet(f"{group}/…") if group in FAMILIES else facet


def _listed(facets: Sequence[Facet]) -> str:
    """Facets in words, tags of one large group together."""
    groups: dict[Facet, list[Facet]] = {}
    for facet in facets:
        groups.setdefault(_family(facet), []).append(facet)
    words: list[str] = []
    for group, members in groups.items():
        many = len(members) > FEW
        words += [f"{_name(group)} ({len(members)} tags)"] if many else map(_name, members)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _explained(mistakes: Sequence[Sequence[str]]) -> Iterable[RenderableType]:
    if len(mistakes) > 1:
        yield prose("One of these explains it:", "bold")
    for explanation in mistakes:
        for index, name in enumerate(explanation):
            yield _labelled("And" if index else "Why", prose(CATALOGUE[name].why, "bold"))
            yield _labelled("Next", prose(CATALOGUE[name].next))


def _unexplained(verdict: Verdict) -> Iterable[RenderableType]:
    why = "No mistake that this kit knows explains this."
    try_this = (
        "Several things may be wrong at once: mend what the first lines show, and run again. Where you see "
        "no reason, let your code `print` what it does, and replay this run: the output is shown here."
    )
    if any(finding.facet is Trait.RUNS and not finding.seen for finding in verdict.findings):
        why = "Nothing was logged: no event file was found there."
        try_this = "Make a `SummaryWriter` in the folder that the contract names, and log with it."
    if verdict.mistakes:
        about = _listed(verdict.unexplained)
        why = f"Besides, no mistake that this kit knows explains what is wrong with {about}."
    yield _labelled("Why", prose(why, "bold"))
    laws = [check.law for check in verdict.checks if set(check.broken) & set(verdict.unexplained)]
    for index, law in enumerate(laws[:SHOWN]):
        yield _labelled("" if index else "Wanted", prose(law))
    yield _labelled("Next", prose(try_this))


def _labelled(label: str, text: RenderableType, width: int = 7, style: str = "yellow") -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=width, style=style)
    grid.add_column()
    grid.add_row(label, text)
    return grid


_FACETS = {
    Trait.NAME: "the name of the run directory",
    Trait.RUNS: "the number of run directories",
    Trait.FILES: "the number of event files",
    Trait.END: "how the call ends",
    Trait.DIRECTORIES: "the folders in `runs_dir`",
    Trait.LIVE: "what others can see while it trains",
    Trait.CLOSED: "writers left open",
}
"""The facets that are no curves, in words."""


def _name(facet: Facet) -> str:
    """A tag as code; what has no tag of its own, and what is no curve, in words."""
    if not isinstance(facet, CurveFacet):
        return _FACETS[facet]
    return facet.tag if facet.tag in (GRAPH, HPARAMS, LAYOUT) else _code(facet.tag)


def _code(text: str) -> str:
    """Text as `prose` shows code."""
    plain = text.replace("`", "'")
    return f"`{plain}`"


def finding_words(finding: Finding) -> str:
    """One difference in one sentence."""
    if finding.run and finding.facet is not Trait.NAME:
        within = finding_words(replace(finding, run=""))
        return f"In the run `{_run_names([finding.run])[0]}`: {within}"
    words = _curve_words(finding) if isinstance(finding.facet, CurveFacet) else _plain_words(finding)
    return words[:1].upper() + words[1:]


def _plain_words(finding: Finding) -> str:
    expected, seen = finding.expected, finding.seen
    if isinstance(expected, End) and isinstance(seen, End):
        return f"{finding.call or 'The call'} {_end_words(seen, expected)}."
    starts = {
        Trait.FILES: "Event files in the run",
        Trait.DIRECTORIES: "Folders in `runs_dir`",
        Trait.LIVE: "Completed epochs that others could see during the last step of epoch 1, 2, …",
        Trait.CLOSED: "Writers still open when the function ended",
    }
    start = starts.get(finding.facet) if isinstance(finding.facet, Trait) else None
    if start is None:
        several = "ies" if any(isinstance(one, tuple) and len(one) > 1 for one in (expected, seen)) else "y"
        start = f"Run director{several} in `runs_dir`"
    return f"{start}: {_side_words(finding, seen)}. Expected: {_side_words(finding, expected)}."


def _side_words(finding: Finding, side: Told) -> str:
    """One side of what is no curve and no end."""
    if not isinstance(side, tuple):
        return str(side)
    if finding.facet is Trait.LIVE:
        return ", ".join(map(str, side))
    return _paths([one for one in side if not isinstance(one, int)])


def _paths(names: Sequence[RunName]) -> str:
    """Names of run directories as code, the first of them."""
    counts = Counter(_run_names(names))
    told = [
        f"`{name}`" + (f" ({count}, told apart by a suffix)" if count > 1 else "")
        for name, count in counts.items()
    ]
    return _first_few(told) or "none"


def _first_few(told: Sequence[str]) -> str:
    """The first of what is told, and how many more there are."""
    more = len(told) - SHOWN
    return ", ".join(told[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _run_names(names: Sequence[RunName]) -> list[str]:
    """Names of runs as a learner knows them; a time of the clock that several have is told in short."""
    clocks = Counter(one.utc for one in names if isinstance(one, ConventionalName) and one.time is None)

    def told(name: RunName) -> str:
        if isinstance(name, str) or name.time is not None:
            return str(name)
        which = "UTC time of the call" if name.utc else "local time of the call"
        return f"{name.start}<{'time' if clocks[name.utc] > 1 else which}>"

    return [told(name) for name in names]


def _end_words(seen: End, expected: End) -> str:
    """How a call ended, and how it should have; runs are told by their order where both are one."""
    both = all(isinstance(end, Returned) and isinstance(end.value, RunPath) for end in (seen, expected))
    return f"{_ended(seen, both)}; it should have {_ended(expected, both)}"


def _ended(end: End, by_order: bool) -> str:
    match end:
        case Unfinished():
            return "ended its whole process" if end.exited else "did not come to its end"
        case Raised():
            if end.error == LOADER_ERROR:
                return "raised the very error that interrupted it"
            return f"raised {end.error}{' in a collective call' * end.collective}"
        case Returned(RunPath(index)):
            return f"returned the path of {_nth(index) if by_order else 'its'} run"
        case Returned(Paths(items)):
            names = [value for _, value in items]
            told = iter(_run_names([one for one in names if isinstance(one, RunName)]))
            values = [next(told) if isinstance(one, RunName) else str(one) for one in names]
            pairs = (f"{key}: {value}" for (key, _), value in zip(items, values, strict=True))
            return f"returned {{{', '.join(pairs)}}}"
    return f"returned {end.value}"


def _nth(index: int) -> str:
    return "the " + (ORDER[index] if index < len(ORDER) else f"{index + 1}th")


def _curve_words(finding: Finding) -> str:
    if finding.seen:
        return f"{_name(finding.facet)}: written {finding.seen}. Expected: {finding.expected}."
    row = _first_wrong(finding)
    what = "nothing" if isinstance(row.expected, str) else "no point"
    logged, expected = _numbers(row)
    if all(one.logged is None for one in finding.rows):
        at = ", at any step" if row.step is None else f" at step {row.step}"
        return f"{_name(finding.facet)}: {what} was logged. Expected: {expected}{at}."
    if row.logged is None:
        return f"{_place(finding)}: {what} was logged. Expected: {expected}."
    if row.expected is None:
        nothing = "nothing" if isinstance(row.logged, str) else "no point"
        there = " there" if row.step is not None else ""
        return f"{_place(finding)}: logged {logged}. Expected: {nothing}{there}."
    return f"{_place(finding)}: logged {logged}. Expected: {expected}."


def _first_wrong(finding: Finding) -> Row:
    return next((row for row in finding.rows if not row.agrees), finding.rows[0])


def _place(finding: Finding) -> str:
    step = _first_wrong(finding).step
    return _name(finding.facet) + ("" if step is None else f" at step {step}")


def _difference(finding: Finding, signs: Signs) -> Iterable[RenderableType]:
    """One difference: a sentence, and a table where there is more to see."""
    yield prose(_heading(finding))
    if len(finding.rows) > 1:
        yield Padding(_table(finding, signs), (0, 0, 0, 2))
    for row in finding.rows if len(finding.rows) == 1 else ():
        if _worded(row):  # one above the other, to be compared
            lines = [_labelled(word, Text(str(getattr(row, word))), 8, "dim") for word in SIDES]
            yield Padding(Group(*lines), (0, 2))


def _heading(finding: Finding) -> str:
    """The sentence of a difference, without the words that stand below it as well."""
    words = finding_words(finding)
    if finding.rows and _worded(_first_wrong(finding)):
        return f"{words.partition(': logged ')[0]}, logged and expected:"
    table = len(finding.rows) > 1 and any(isinstance(row.expected, str) for row in finding.rows)
    return f"{words.partition('. Expected:')[0]}." if table else words


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
        table.add_row("…" if signs.done == "✓" else "...", f"{finding.hidden} more", "", "")
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


_STOPPED = {
    Status.NOT_STARTED: (
        "{goal}",
        "Open `{file}` at line {line}, where the first TODO stands; the docstring above says all that "
        "is asked. Then {again}.",
    ),
    Status.MISSING_FILE: (
        "The file is not there.",
        "Put it back: `git checkout -- exercises`, or name the folder of your answers with `--answers`.",
    ),
    Status.MISSING_FUNCTION: (
        "The file has no {call}. What it has: {detail}.",
        "Define a function of exactly this name: `{function}`.",
    ),
    Status.SIGNATURE: (
        "`{function}{detail}` cannot be called as {call}.",
        "Take these parameters, in this order; others need a default.",
    ),
    Status.SYNTAX: (
        "Python cannot read the file.",
        "Mend the line that the arrow shows, or the one before it.",
    ),
    Status.CRASHED: (
        "Your code raised an exception.",
        "Read the line that names the exception: it says what; the lines above it say where.",
    ),
    Status.HUNG: (
        "Your code did not come to its end: {first}.",
        "Look for a loop that never ends, at this line or above it.",
    ),
    Status.EXITED: (
        "Your code ended the whole process before the function returned ({last}).",
        "Return from the function: no `sys.exit()`, `exit()` or `os._exit()`.",
    ),
    Status.BREAKPOINT: (
        "Your code met a `breakpoint()`, and nobody could answer its questions here.",
        "To debug, run `pytest --pdb -k {number}`.",
    ),
    Status.PROTOCOL: (
        "What came back from your code could not be read: {detail}.",
        "Leave the process's own streams and modules alone.",
    ),
    Status.EMPTY: (
        "The file is empty.",
        "Save your answer, and hand the file in again.",
    ),
    Status.NOT_UTF8: (
        "The file is not in UTF-8 ({detail}).",
        "Save it in the encoding UTF-8, and hand it in again.",
    ),
    Status.NOTEBOOK: (
        "`{detail}` is a notebook, and not a Python file.",
        "Hand in `{exercise}.py`: in the notebook, File > Save and Export As > Executable Script.",
    ),
    Status.TOO_LARGE: (
        "The file is too large: {detail}.",
        "Hand in the source file alone, without data.",
    ),
    Status.REFUSED: (
        "What was handed in was refused: {detail}.",
        "Hand in plain files, or one zip archive of them.",
    ),
    Status.NOT_JUDGED: (
        "The kit itself failed here, and not your code: {detail}.",
        "Ask your instructor to grade it again.",
    ),
    Status.FLOODED: (
        "Your code wrote more than is read: {detail}.",
        "Log what the contract asks for, into one run directory.",
    ),
    Status.FORBIDDEN: (
        "Your code tried what it may not, and was ended: a process, a connection, a signal.",
        "Train and log in this one process; nothing here needs a subprocess or a network.",
    ),
}
"""What happened instead of a run that could be judged, and what to do next."""


def _words(verdict: Verdict, exercise: Exercise, again: str = "pytest") -> tuple[str, str]:
    """What happened instead of a run that could be judged, and what to do."""
    lines = verdict.detail.splitlines() or ["nothing"]
    facts = {
        "goal": exercise.goal,
        "file": verdict.file,
        "line": verdict.line,
        "number": exercise.number,
        "exercise": exercise.id,
        "function": exercise.function,
        "call": f"`{exercise.function}({', '.join(exercise.parameters)})`",
        "detail": verdict.detail or "nothing",
        "first": lines[0],
        "last": lines[-1],
        "again": again,
    }
    what, remedy = _STOPPED[verdict.status]
    if verdict.status == Status.NOT_STARTED and not verdict.line:
        remedy = "You have begun `{file}`: run `pytest` to be told how it does."
    elif verdict.status == Status.NOT_STARTED and f"line {verdict.line}," in verdict.detail:
        remedy = "Line {line} of `{file}` still raises `NotImplementedError`: delete it, then {again}."
    return what.format(**facts), remedy.format(**facts)


def _stopped(verdict: Verdict, exercise: Exercise, again: str) -> Iterable[RenderableType]:
    what, remedy = _words(verdict, exercise, again)
    yield prose(what, "bold")
    lines = verdict.detail.splitlines()
    shown = lines[1:] if verdict.status == Status.HUNG else lines
    if verdict.status in (Status.CRASHED, Status.SYNTAX, Status.HUNG):
        yield Padding(Text("\n".join(shown), "dim"), (0, 2))
    yield _labelled("Next", prose(remedy))
    if verdict.case_words and verdict.status != Status.NOT_STARTED:
        yield _case_words(verdict)


def _output(verdict: Verdict) -> Iterable[RenderableType]:
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
