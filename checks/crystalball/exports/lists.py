"""The whole class as one list: a CSV such as nbgrader's, one for a mail merge, JUnit's XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from crystalball.exports.scored import Scored, ScoredEntry
from crystalball.exports.sheet import Sheet
from crystalball.grading.report import file_name
from crystalball.reading.outside import Outside, outside_line

NBGRADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


def nbgrader(entries: Sequence[ScoredEntry], columns: Sequence[Outside]) -> Sheet:
    """A row for each student and exercise, with the columns of `nbgrader export`.

    Args:
        entries: what each got.
        columns: the roster's header.
    """
    rows = []
    for entry in entries:
        for person in entry.info.people or ((),):
            cells = {name.casefold(): cell for name, cell in zip(columns, person, strict=bool(person))}
            email = next((cell for name, cell in cells.items() if "mail" in name or "@" in cell), "")
            last, first = (_first(cells, *names) for names in (LAST, FIRST))
            if not last:  # a name in one piece: Canvas' is `Doe, Jane`
                last, _, first = next(iter(entry.info.names), "").partition(", ")
            who = (entry.info.name, last, first, email)
            rows += [_nbgrader_row(one, who) for one in entry.answers]
    return Sheet(NBGRADER, tuple(rows))


LAST, FIRST = ("last name", "surname", "lastname"), ("first name", "given name", "firstname")


def _first(cells: dict[str, Outside], *names: str) -> str:
    return next((cells[name] for name in names if name in cells), "")


def _nbgrader_row(one: Scored, who: tuple[str, ...]) -> tuple[str, ...]:
    grade = one.grade
    due, came = (moment.isoformat() if moment else "" for moment in (grade.due, grade.handed_in))
    percent = grade.lateness.percent if grade.lateness else 0
    penalty = round(grade.judged_points * percent / 100, 2)
    numbers = (grade.judged_points, penalty, grade.points, grade.max_points)
    return (one.exercise.id, due, came, *who, *(f"{n:g}" for n in numbers))


def mail_merge(entries: Sequence[ScoredEntry], columns: Sequence[Outside]) -> Sheet:
    """A row for each person: what the roster says, all that the student may read, and the points of that.

    Args:
        entries: what each got.
        columns: the roster's header.
    """
    rows = []
    for entry in (one.for_student for one in entries):
        info, nobody = entry.info, ("",) * len(columns)
        facts = (f"{entry.score:g}", f"{entry.max_score:g}", info.comment, file_name(info.name), entry.told)
        for index, person in enumerate(info.people or (nobody,)):
            name = info.names[index] if index < len(info.names) else ""
            rows.append((*person, info.name, name, *facts))
    ours = ("submission", "called", "score", "max_score", "comment", "report", "feedback")
    return Sheet((*columns, *ours), tuple(rows))


def junit(entries: Sequence[ScoredEntry]) -> str:
    """JUnit's XML: a suite for each entry, a case for each check.

    Args:
        entries: what each got.
    """
    root = ElementTree.Element("testsuites", name="Crystal Ball")
    for entry in entries:
        cases = [case for one in entry.answers for case in _cases(one, entry)]
        failures = sum(case.find("failure") is not None for case in cases)
        errors = sum(case.find("error") is not None for case in cases)
        counts = {"tests": len(cases), "failures": failures, "errors": errors, "skipped": 0}
        facts = {"name": entry.info.name, "time": f"{entry.seconds:g}"}
        facts |= {name: str(count) for name, count in counts.items()}
        suite = ElementTree.SubElement(root, "testsuite", facts)
        properties = ElementTree.SubElement(suite, "properties")
        for name, value in (("score", entry.score), ("max_score", entry.max_score)):
            ElementTree.SubElement(properties, "property", name=name, value=f"{value:g}")
        suite.extend(cases)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _cases(one: Scored, entry: ScoredEntry) -> Iterator[ElementTree.Element]:
    verdict = one.grade.verdict
    ran = verdict.status in ("passed", "failed")
    each = verdict.seconds / max(1, len(verdict.checks))
    for check in verdict.checks:
        name = f"{entry.info.name}.{one.exercise.id}"
        case = ElementTree.Element("testcase", classname=name, name=check.name, time=f"{each:.3f}")
        if not check.passed:
            kind = "failure" if ran else "error"
            told = ElementTree.SubElement(
                case, kind, message=outside_line(f"{verdict.status}: {check.law}")
            )
            told.text = one.told
        yield case
