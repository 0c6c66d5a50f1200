"""What was told of an answer, told of another of the same shape, with lines of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from crystalball.curriculum.stubs import first_todo_in
from crystalball.judging.findings import Finding
from crystalball.judging.source import SourceFile
from crystalball.judging.verdict import Status, Verdict
from crystalball.reading.outside import NOTHING
from crystalball.reading.shape import Shape


def retold(verdict: Verdict, judged: Shape, mine: Shape, content: bytes) -> Verdict | None:
    """The verdict as it would stand had the other answer been judged.

    Args:
        verdict: on the answer that was judged.
        judged: the shape of that.
        mine: the shape of the other, of the same digest.
        content: of the other's file.

    Returns:
        It; `None` where its words hold lines that cannot be told anew: then the other is judged itself.
    """
    source = SourceFile.of(content)
    lines = dict(zip(judged.lines, mine.lines, strict=True)) | {0: 0}
    if verdict.status == Status.NOT_STARTED:  # the line is that of the first TODO, which is a comment
        line = first_todo_in(source.text)
        alone = verdict.line_raises or line in lines.values()
        return None if alone else replace(verdict, line=line, traceback=NOTHING, seconds=0.0)
    told = {verdict.line, *(finding.line for finding in verdict.findings)}
    if verdict.traceback or PurePath(verdict.file).name in verdict.output or not lines.keys() >= told:
        return None

    def of_mine(finding: Finding) -> Finding:
        line = lines[finding.line]
        return replace(finding, line=line, source=source.line(line))

    findings = tuple(map(of_mine, verdict.findings))
    return replace(verdict, findings=findings, line=lines[verdict.line], seconds=0.0)
