"""One entry's result as JSON: what a container or a workflow of a platform hands back.

Each function takes what the entry got, and gives plain data; `failed` has the same forms for what could
not be judged at all, so that a platform always gets a valid file. Gradescope keeps hidden tests to itself;
of the other platforms students read all of a result, so what is hidden is not in it: neither its points nor
those that were to be had.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from crystalball.exports.scored import Scored, ScoredEntry
from crystalball.judging.verdict import Status
from crystalball.reading.outside import Outside, outside_line

UNSHOWN = "What was found is not shown yet."
"""Of a submission of which its student may read nothing, where a form asks for a sentence."""

Json = dict[str, Any]


def gradescope(entry: ScoredEntry) -> Json:
    """`results.json` of a Gradescope autograder: a test for each exercise.

    Args:
        entry: what it got.
    """
    return {
        "score": entry.score,
        "execution_time": entry.seconds,
        "output": entry.info.comment,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"sandbox": entry.sandbox, "max_score": entry.max_score},
        "tests": [
            {
                "number": one.exercise.number,
                "name": one.title,
                "score": one.grade.points,
                "max_score": one.grade.max_points,
                "status": "passed" if one.passed else "failed",
                "output": one.told,
                "output_format": "text",
                "tags": list(one.grade.mistakes) if one.visibility == "visible" else [],
                "visibility": "hidden" if one.visibility == "hidden" else "visible",
            }
            for one in entry.answers
        ],
        "leaderboard": [],
    }


def github(entry: ScoredEntry) -> Json:
    """The result of a GitHub Classroom runner, a test for each exercise.

    Args:
        entry: what it got.
    """
    return _github(
        "pass" if all(one.passed for one in entry.answers) else "fail",
        entry.max_score,
        [
            {
                "name": one.title,
                "status": "pass" if one.passed else "fail" if _ran(one) else "error",
                "message": "" if one.passed else one.told,
                "test_code": one.exercise.goal,
                "filename": one.grade.place or one.grade.verdict.file,
                "line_no": one.grade.verdict.line,
                "duration": one.grade.verdict.seconds,
                "score": one.grade.points,
                "output": one.told,
            }
            for one in entry.answers
        ],
    )


def _github(status: str, most: float, tests: list[Json]) -> Json:
    return {"version": 1, "status": status, "max_score": most, "tests": tests}


def _ran(one: Scored) -> bool:
    return one.grade.verdict.status == Status.FAILED


def prairielearn(entry: ScoredEntry) -> Json:
    """`results.json` of PrairieLearn's external grader.

    Args:
        entry: what it got.
    """
    return {
        "gradable": True,
        "score": round(min(1, entry.score / entry.max_score), 4) if entry.max_score else 0,
        "message": entry.info.comment,
        "output": "",
        "images": [],
        "tests": [
            {
                "name": one.title,
                "description": one.exercise.goal,
                "points": one.grade.points,
                "max_points": one.grade.max_points,
                "message": "",
                "output": one.told,
                "images": [],
            }
            for one in entry.answers
        ],
    }


def exercism(entry: ScoredEntry) -> Json:
    """`results.json` of an Exercism test runner, version 3: a test for each law.

    Args:
        entry: what it got.
    """
    tests: list[Json] = [
        {
            "name": f"{one.exercise.number} {check.law}",
            "test_code": check.name,
            "status": "pass" if check.passed else "fail" if _ran(one) else "error",
            **({} if check.passed else {"message": one.told}),
            "task_id": int(one.exercise.number),
        }
        for one in entry.answers
        for check in one.grade.verdict.checks
    ]
    kinds = {test["status"] for test in tests}
    status = "error" if kinds == {"error"} else "pass" if kinds <= {"pass"} else "fail"
    message = entry.info.comment or None if status != "error" else entry.told
    return {"version": 3, "status": status, "message": message, "tests": tests}


FOR_STUDENTS: dict[str, Callable[[ScoredEntry], Json]] = {
    "github": github,
    "prairielearn": prairielearn,
    "exercism": exercism,
}
"""What makes a result that its student reads whole, by the name of the platform."""

PLATFORMS = ("gradescope", *FOR_STUDENTS)


def result(platform: str, entry: ScoredEntry) -> Json:
    """The result of one entry.

    Args:
        platform: a name in `PLATFORMS`.
        entry: what it got.
    """
    if platform not in FOR_STUDENTS:
        return gradescope(entry)
    shown = entry.for_student
    return FOR_STUDENTS[platform](shown) if shown.answers else failed(platform, outside_line(UNSHOWN), 0)


def failed(platform: str, why: Outside, most: float) -> Json:
    """The result where nothing could be judged, or is judged yet.

    Args:
        platform: a name in `PLATFORMS`.
        why: a sentence for whoever reads it.
        most: points that are to be had.
    """
    test = {"name": "Crystal Ball", "status": "error", "message": why, "test_code": "", "filename": ""}
    forms: dict[str, Json] = {
        "gradescope": {
            "score": 0,
            "output": why,
            "output_format": "text",
            "visibility": "visible",
            "tests": [],
        },
        "github": _github(
            "error", most, [{**test, "line_no": 0, "duration": 0, "score": 0, "output": why}]
        ),
        "prairielearn": {"gradable": False, "score": 0, "message": why, "format_errors": [why]},
        "exercism": {"version": 3, "status": "error", "message": why, "tests": []},
    }
    return forms[platform]


def written(result: Json) -> str:
    """A result as the text of its file.

    Args:
        result: of a platform.
    """
    return json.dumps(result, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def classroom_variable(result: Json) -> str:
    """The value of a runner's `<ID>_RESULTS`, from which GitHub Classroom's reporter reads.

    Args:
        result: of `github`.
    """
    return base64.b64encode(json.dumps(result).encode()).decode()
