"""The shapes of answers, found out by readers in the jail: one process for the texts of an entry."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from crystalball.grading.intake import Answer
from crystalball.jail.unpacker import Unpacker
from crystalball.processes.inside.reader import ShapeReport, ShapeRequest
from crystalball.processes.process import Ended, Garbled, Hung
from crystalball.reading.shape import Shape

SECONDS = 5.0
"""Within which a text must be parsed; an honest one takes milliseconds."""

ShapesOf = Callable[[Sequence[Answer]], Sequence[Shape | None]]
"""Tells which answers are the same but for comments and blanks."""


def shapes_of(answers: Sequence[Answer], readers: Unpacker) -> list[Shape | None]:
    """The shapes of the answers of one entry, each with all that lies beside it.

    Args:
        answers: of one author: whatever a text does to the process that parses it, it does to them.
        readers: start that process.

    Returns:
        One for each; `None` where it has none, or where there is no jail: then each text is judged itself.
    """
    shapes: list[Shape | None] = [None] * len(answers)
    sound = [index for index, answer in enumerate(answers) if answer.problem is None]
    if not sound or not readers.jailed:
        return shapes
    with contextlib.suppress(Ended, Hung, Garbled, ValueError), readers.reader() as (process, _):
        for index in sound:
            request = ShapeRequest(answers[index].text.decode("utf-8-sig"))
            process.request(msgspec.to_builtins(request))
            report = msgspec.convert(process.answer(SECONDS), ShapeReport)
            shapes[index] = _with_files(report, answers[index])
    return shapes


def _with_files(report: ShapeReport, answer: Answer) -> Shape | None:
    """The shape of a text, told from others with other files beside it."""
    if not report.digest:
        return None
    beside = replace(answer, files={name: answer.files[name] for name in answer.beside})
    digest = hashlib.sha256(f"{report.digest} {beside.digest}".encode())
    return Shape(digest.hexdigest(), report.lines)
