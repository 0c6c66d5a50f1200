"""The class report: one HTML file of a class, with a page for each exercise, student and similar pair.

The file has no script, and a policy that forbids any: its pages are sections of which the one that the
address names is shown. So it opens anywhere, and nothing that a student wrote can run in it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from crystalball.class_report.charts import charts, kind
from crystalball.class_report.class_data import NOTHING, ClassData, Student
from crystalball.class_report.similarity import Handed, Pair, is_reference, similar
from crystalball.class_report.statistics import Question
from crystalball.class_report.ways import Way, right_ways, wrong_ways
from crystalball.curriculum.manifest import Exercise
from crystalball.grading.answer_texts import AnswerTexts
from crystalball.grading.grades import Grade
from crystalball.grading.report import file_name
from crystalball.mistakes import CATALOGUE
from crystalball.reading.outside import Outside, outside
from crystalball.reading.source_facts import LARGEST, Asked, SourceFacts, facts
from crystalball.words.html import pages
from crystalball.words.verdicts import in_short

MOST_PAIRS = 60
"""Pairs of which both texts are shown; of all others only the names."""

MOST_WAYS = 6
"""Ways to write an exercise right that are shown, and wrong explanations."""

MOST_NAMES = 12
"""Students that are named one by one."""

MOST_LINES = 400
"""Lines of a text that are shown."""

GIVEN = ("exercises", "solutions")
"""Folders of a kit with what every student may have: stubs, and published references."""


@dataclass(frozen=True)
class Compared:
    """What comparing the texts of a class has shown.

    Attributes:
        facts: of each text, by the hash of its answer.
        pairs: that are similar, by exercise in their order, the most alike first.
        references: students by exercise whose answer is the published reference.
    """

    facts: Mapping[str, SourceFacts]
    pairs: Sequence[Pair]
    references: Mapping[str, Sequence[Student]]


def compare(root: Path, data: ClassData, texts: AnswerTexts) -> Compared:
    """Compares the texts of a class, exercise by exercise.

    Args:
        root: of the kit, which has stubs and references.
        data: of the class.
        texts: the journal's, all looked at.
    """
    known = texts.facts()
    pairs: list[Pair] = []
    references: dict[str, list[Student]] = {}
    for exercise in data.exercises:
        handed = [
            (student, Handed(student.info.name, grade.key.answer, known[grade.key.answer]))
            for student, grade in data.grades(exercise)
            if grade.key.answer in known and grade.verdict.status not in NOTHING
        ]
        stub, solution = (_given(root / folder / f"{exercise.id}.py") for folder in GIVEN)
        pairs += similar(exercise.id, [one for _, one in handed], (stub, solution))
        references[exercise.id] = [
            student for student, one in handed if is_reference(one.facts, solution, stub)
        ]
    return Compared(known, pairs, references)


def _given(path: Path) -> SourceFacts:
    return facts(Asked(path.read_text(encoding="utf-8"), all=True)) if path.is_file() else SourceFacts()


def render(data: ClassData, found: Sequence[Question], compared: Compared, texts: AnswerTexts) -> str:
    """The class report as HTML.

    Args:
        data: of the class.
        found: statistics of its questions.
        compared: its texts.
        texts: the journal's.
    """
    numbers = {student.info.name: student for student in data.students}
    pairs = [_pair(index, pair, numbers, texts) for index, pair in enumerate(compared.pairs, 1)]
    scores = [student.score for student in data.students]
    whole = {one.exercise.id: one for one in found if not one.law}
    page = pages(Path(__file__).parent).get_template("class.html")
    return page.render(
        data=data,
        mean=statistics.fmean(scores) if scores else 0,
        median=statistics.median(scores) if scores else 0,
        seconds=sum(g.verdict.seconds for one in data.students for g in one.grades.values()),
        charts=charts(data, found),
        exercises=[_exercise(one, whole[one.id], found, data, compared, texts) for one in data.exercises],
        parts=_parts(data, whole),
        students=[_student(one, data.exercises) for one in data.students],
        pairs=pairs,
        kind=kind,
        most_names=MOST_NAMES,
    )


def _exercise(
    exercise: Exercise,
    whole: Question,
    found: Sequence[Question],
    data: ClassData,
    compared: Compared,
    texts: AnswerTexts,
) -> dict[str, Any]:
    grades = list(data.grades(exercise))
    return {
        "exercise": exercise,
        "whole": whole,
        "laws": [one for one in found if one.exercise == exercise and one.law],
        "mistakes": list(_mistakes(grades, whole)),
        "right": _ways(right_ways(grades, compared.facts), texts),
        "wrong": _ways(wrong_ways(grades), texts),
        "references": compared.references[exercise.id],
        "flags": [(student, flag) for student, grade in grades for flag in grade.verdict.flags],
    }


def _mistakes(grades: Sequence[tuple[Student, Grade]], whole: Question) -> Iterator[dict[str, Any]]:
    """Each mistake, the commonest first, with a line of code in which somebody made it."""
    for name, count in whole.mistakes:
        made = ((student, grade) for student, grade in grades if name in grade.mistakes)
        first = next(made)
        lines = (
            (student, finding)
            for student, grade in chain([first], made)
            for finding in grade.verdict.findings[:1]
            if finding.source
        )
        student, finding = next(lines, (first[0], None))
        yield {
            "name": name,
            "why": CATALOGUE[name].why,
            "count": count,
            "share": count / max(whole.handed_in, 1),
            "student": student,
            "line": finding.line if finding else 0,
            "source": finding.source if finding else "",
        }


def _ways(ways: Sequence[Way], texts: AnswerTexts) -> dict[str, Any]:
    return {"count": len(ways), "shown": [_way(way, texts) for way in ways[:MOST_WAYS]]}


def _way(way: Way, texts: AnswerTexts) -> dict[str, Any]:
    return {
        "students": way.students,
        "text": _text(texts, way.example.key.answer),
        "words": in_short(way.example.verdict),
        "whys": [[CATALOGUE[name].why for name in explanation] for explanation in way.mistakes],
    }


def _parts(data: ClassData, whole: Mapping[str, Question]) -> list[dict[str, Any]]:
    """The parts of the course, with the commonest misconceptions in each."""
    parts: dict[str, list[Question]] = {}
    for exercise in data.exercises:
        parts.setdefault(exercise.part, []).append(whole[exercise.id])
    return [_part(name, questions) for name, questions in parts.items()]


def _part(name: str, questions: Sequence[Question]) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for one in questions:
        for mistake, count in one.mistakes:
            counts[mistake] = counts.get(mistake, 0) + count
    told = [one.difficulty for one in questions if one.difficulty is not None]
    common = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "name": name,
        "exercises": [one.exercise for one in questions],
        "difficulty": statistics.fmean(told) if told else None,
        "mistakes": [(CATALOGUE[mistake].why, count) for mistake, count in common[:3]],
    }


def _student(student: Student, exercises: Iterable[Exercise]) -> dict[str, Any]:
    grades = [(exercise, student.grades.get(exercise.id)) for exercise in exercises]
    return {
        "student": student,
        "grades": [
            (exercise, grade, in_short(grade.verdict) if grade else "") for exercise, grade in grades
        ],
        "seconds": sum(grade.verdict.seconds for _, grade in grades if grade),
        "page": f"reports/{file_name(student.info.name)}",
    }


def _pair(
    number: int, pair: Pair, students: Mapping[Outside, Student], texts: AnswerTexts
) -> dict[str, Any]:
    shown = number <= MOST_PAIRS
    sides = zip(pair.entries, pair.answers, pair.lines, strict=True)
    return {
        "number": number,
        "pair": pair,
        "shown": shown,
        "sides": [
            (students[entry], [(at, line, at in lines) for at, line in _numbered(texts, answer)])
            for entry, answer, lines in sides
            if shown
        ],
        "students": [students[entry] for entry in pair.entries],
    }


def _text(texts: AnswerTexts, answer: str) -> str:
    return "\n".join(line for _, line in _numbered(texts, answer))


def _numbered(texts: AnswerTexts, answer: str) -> list[tuple[int, str]]:
    """The lines of a text that are shown, through the door for text from outside."""
    lines = texts.text(answer).split("\n")[:MOST_LINES]
    return list(enumerate((outside(line.rstrip(), LARGEST) for line in lines), 1))
