"""Statuses in words: what stopped the judging of an answer (a crash, a hang, ...), and what to do next."""

from __future__ import annotations

from crystalball.curriculum.manifest import Exercise
from crystalball.judging.verdict import Detail, ExitStatus, Found, Limit, Status, Verdict

SENTENCES = {
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
        "Your code did not come to its end: {detail}.",
        "Look for a loop that never ends, or a call that waits for good, at this line or above it.",
    ),
    Status.EXITED: (
        "Your code ended the whole process before the function returned ({detail}).",
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
        "This notebook cannot be read: {detail}.",
        "Save it as `{exercise}.ipynb` in Jupyter, or hand in a Python file, `{exercise}.py`.",
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
    Status.UNREAD: (
        "What your code wrote could not be read: {detail}.",
        "Log what the contract asks for, with a `SummaryWriter`.",
    ),
    Status.FORBIDDEN: (
        "Your code tried what it may not, and was ended: a process, a connection, a signal.",
        "Train and log in this one process; nothing here needs a subprocess or a network.",
    ),
}
"""What happened instead of a run that could be judged, and what to do next."""


def _detail(detail: Detail) -> str:
    match detail:
        case Found(names):
            return ", ".join(names) or "nothing"
        case ExitStatus(status):
            return f"signal {-status}" if status < 0 else f"exit code {status}"
        case Limit(seconds):
            return f"no answer within {seconds:g} seconds"
        case str():
            return detail or "nothing"


def what_stopped(verdict: Verdict, exercise: Exercise, again: str = "pytest") -> tuple[str, str]:
    """What happened instead of a run that could be judged, and what to do.

    Args:
        verdict: neither a pass nor a failed one.
        exercise: that it is about.
        again: what leads to the next verdict.

    Returns:
        What happened, and the remedy.
    """
    facts = {
        "goal": exercise.goal,
        "file": verdict.file,
        "line": verdict.line,
        "number": exercise.number,
        "exercise": exercise.id,
        "function": exercise.function,
        "call": f"`{exercise.function}({', '.join(exercise.parameters)})`",
        "detail": _detail(verdict.detail),
        "again": again,
    }
    what, remedy = SENTENCES[verdict.status]
    if verdict.status == Status.HUNG and not verdict.traceback:
        remedy = "Look for a loop that never ends, or a call that waits for good."
    if verdict.status == Status.MISSING_FILE and verdict.detail:
        what = "No file is named after this exercise. What was handed in: {detail}."
        remedy = "Hand it in under its own name: `{exercise}.py`."
    if verdict.status == Status.NOT_STARTED and not verdict.line:
        remedy = "You have begun `{file}`: run `pytest` to be told how it does."
    elif verdict.status == Status.NOT_STARTED and verdict.line_raises:
        remedy = "Line {line} of `{file}` still raises `NotImplementedError`: delete it, then {again}."
    return what.format(**facts), remedy.format(**facts)
