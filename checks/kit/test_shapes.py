"""Answers of one shape: judged once, and told to all, each with lines of their own."""

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tokenize import NEWLINE, generate_tokens

import pytest

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.grading.grades import EntryInfo
from crystalball.grading.intake import Answer, Submission
from crystalball.grading.journal import Journal
from crystalball.grading.judge_answers import Grading
from crystalball.grading.kit_errors import KitErrors
from crystalball.grading.layouts import Entry
from crystalball.grading.retell import retold
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict
from crystalball.reading.outside import NOTHING, Outside
from crystalball.reading.shape import Shape, shape_of

ROOT = Path(__file__).parents[2]
EXERCISE = curriculum().find("1")
PROGRAM = "import os\ndef f(a):\n    if a:\n        return (a +\n                1)\n    return 'x'\n"


@pytest.mark.parametrize(
    "other",
    [
        "# mine\n\n" + PROGRAM,
        PROGRAM.replace("    if", "\n    # why\n    if"),
        PROGRAM.replace("'x'", '("x")'),
        PROGRAM.replace("(a):", "(  a, ):  # of a").replace("\n", "\r\n"),
    ],
)
def test_what_does_not_count_changes_no_shape(other: str) -> None:
    one, two = shape_of(PROGRAM), shape_of(other)
    assert one and two
    assert one.digest == two.digest
    lines = [[line.split("#")[0].strip() for line in text.splitlines()] for text in (PROGRAM, other)]
    for mine, theirs in zip(one.lines, two.lines, strict=True):
        assert lines[0][mine - 1][:2] == lines[1][theirs - 1][:2]


@pytest.mark.parametrize(
    "other",
    [
        PROGRAM.replace("1", "2"),
        PROGRAM.replace("1", "1.0"),
        PROGRAM.replace("'x'", "b'x'"),
        PROGRAM.replace("(a +\n                1)", "(a + 1)"),  # a traceback could tell them apart
        PROGRAM.replace("import os\n", "import os; "),
    ],
)
def test_what_counts_does(other: str) -> None:
    one, two = shape_of(PROGRAM), shape_of(other)
    assert one
    assert two is None or one.digest != two.digest


@pytest.mark.parametrize(
    "text",
    [
        "def f(:",
        "open(__file__).read()",
        "import inspect",
        "# -*- coding: latin-1 -*-\nx = 'é'",
        "x = " + "(" * 5000 + ")" * 5000,
        "x = 1\n" * 20_000,
    ],
)
def test_what_sees_itself_or_is_no_program_has_none(text: str) -> None:
    assert shape_of(text) is None


@pytest.mark.parametrize(("number", "mistake"), [("1", "steps_from_zero"), ("1", "not_closed"), ("6", "")])
def test_retold_is_what_judging_would_have_told(
    judging_session: JudgingSession, tmp_path: Path, number: str, mistake: str
) -> None:
    exercise = curriculum().find(number)
    programs = wrong_programs(ROOT, exercise.id)
    text = programs[mistake or min(programs)]
    other = text
    for token in reversed([*generate_tokens(StringIO(text).readline)]):
        if token.type == NEWLINE:  # a comment behind it, and a blank line before the next
            lines = other.splitlines(keepends=True)
            lines[token.start[0] - 1] = lines[token.start[0] - 1].rstrip("\n") + f"  # {token.start[0]}\n\n"
            other = "".join(lines)
    shapes = shape_of(text), shape_of(other)
    assert shapes[0] and shapes[1] and shapes[0].digest == shapes[1].digest
    path = tmp_path / f"{exercise.id}.py"
    judged = []
    for content in (text, other):
        path.write_text(content, encoding="utf-8")
        judged.append(replace(judging_session.judge(exercise, path=path), seconds=0.0))
    told = retold(judged[0], *shapes, other.encode())
    assert told == judged[1] != judged[0]


def test_words_that_hold_lines_are_not_retold() -> None:
    shape = Shape("digest", (1, 2, 3))
    plain = Verdict("01_first_scalar", Outside("01_first_scalar.py"), Status.FAILED, line=2)
    told = retold(plain, shape, Shape("digest", (4, 5, 6)), b"")
    assert told and told.line == 5
    for verdict in (
        replace(plain, traceback=Outside("line 2")),
        replace(plain, output=Outside("01_first_scalar.py:2: UserWarning")),
        replace(plain, line=7),
    ):
        assert retold(verdict, shape, shape, b"") is None
    stub = replace(plain, status=Status.NOT_STARTED, traceback=Outside("line 2"))
    told = retold(stub, shape, shape, b"x\n\n\n# TODO: it\n")
    assert told and (told.line, told.traceback) == (4, NOTHING)


class Counting:
    """Judges that say of each answer how many they have judged, at once or only when told to go on."""

    at_once, most_together = 1, 1

    def __init__(self, status: Status) -> None:
        self.status, self.judged = status, 0

    def submit(self, answers: Sequence[Answer]) -> Future[list[Verdict]]:
        self.judged += len(answers)
        file = Outside(f"{EXERCISE.id}.py")
        traceback = NOTHING if self.status == Status.FAILED else Outside("a line")
        reached: Future[list[Verdict]] = Future()
        reached.set_result([Verdict(EXERCISE.id, file, self.status, traceback=traceback) for _ in answers])
        return reached

    def stop(self) -> None:
        pass


@pytest.mark.parametrize(("status", "times"), [(Status.FAILED, 2), (Status.CRASHED, 5)])
def test_a_class_is_judged_once_for_each_shape(tmp_path: Path, status: Status, times: int) -> None:
    texts = ["x = 1", "# a\nx = 1", "x = 2", "x  = 1", "x = 1", "\n\nx = 1"]
    judges = Counting(status)
    with closing(Journal(tmp_path, fresh=True)) as journal:
        number = journal.begin_grading("command", "no sandbox", Course(), again=False)
        grading = Grading(
            *(number, journal, judges, [EXERCISE], Course(), ROOT, "public", "no sandbox"),
            KitErrors(tmp_path),
        )
        submissions = []
        for index, text in enumerate(texts):
            name = Outside(f"student{index}")
            answer = Answer(EXERCISE.id, Outside("a.py"), {f"{EXERCISE.id}.py": text.encode()})
            submissions.append(Submission(Entry(name, (), ()), (answer,), ()))
            journal.add_entry(number, EntryInfo(name))
        *_, progress = grading.run(
            iter(submissions), len(texts), lambda answers: [shape_of(one.text.decode()) for one in answers]
        )
        assert len(list(journal.grades(number))) == len(texts)
    assert judges.judged == progress.judged == times
    assert progress.found == len(texts) - times
