"""A course: what an instructor decides about the exercises, in one file, `course.toml`.

Each of its tables maps a choice of exercises (`"3"`, `"1-5"`, `"1,4-6"`, `"*"`) to a value; a later line
counts more than an earlier one. A file `exercises.toml` beside it makes the folder a *pack*: it holds
exercises of the instructor's own, in the layout of the kit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, time, tzinfo
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import structs

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum

FILE = "course.toml"

PACK = "exercises.toml"
"""The manifest of a pack's own exercises, which stands beside the course."""

COMPOSED = ".composed"
"""A file at the root of a kit that is a copy with a pack laid into it; it names the pack."""

Moment = str
"""A time, or a day, which stands for its beginning (of what is due: its end), as ISO 8601 has it."""

VISIBILITIES = ("visible", "hidden", "first mistake")
"""What students may see of a verdict; a moment hides all of it until then."""

T = TypeVar("T")


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What late work costs.

    Attributes:
        grace_minutes: after the due date, in which nothing is late.
        percent_a_day: of the points, for each day that has begun.
        most_percent: that are taken at most.
        days: after which nothing counts any more; `None` for never.
    """

    grace_minutes: float = 0
    percent_a_day: float = 0
    most_percent: float = 100
    days: float | None = None

    def __post_init__(self) -> None:
        if min(self.grace_minutes, self.percent_a_day, self.most_percent, self.days or 0) < 0:
            raise ValueError("[late]: no number may be below 0")


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an instructor decides. Without a file, everything is as the manifest has it.

    Attributes:
        name: of the course.
        timezone: of the times that are written without one; the machine's own without it.
        exercises: that the course has.
        seed: the file of the secret that chooses the hidden cases; in `course.toml` from its folder.
        points: what an exercise gives.
        release: when it is given out.
        due: when it is due.
        visibility: what students may see of its verdict, or from when on all of it.
        late: what late work costs.
        extensions: due dates of some students, by name.
    """

    name: str = ""
    timezone: str = ""
    exercises: str = "*"
    seed: str = ""
    points: dict[str, float] = {}
    release: dict[str, Moment] = {}
    due: dict[str, Moment] = {}
    visibility: dict[str, str] = {}
    late: Late = Late()
    extensions: dict[str, dict[str, Moment]] = {}

    def __post_init__(self) -> None:
        if any(points < 0 for points in self.points.values()):
            raise ValueError("[points]: nothing gives less than 0 points")
        self.zone  # noqa: B018  # says so when there is no such zone
        dates = {f'[extensions."{name}"]': table for name, table in self.extensions.items()}
        dates |= {"[release]": self.release, "[due]": self.due}
        shown = {choice: text for choice, text in self.visibility.items() if text not in VISIBILITIES}
        for place, table in {**dates, "[visibility]": shown}.items():
            for choice, text in table.items():
                self._must_be_a_moment(f"{place} {choice}", text)
        tables: dict[str, Mapping[str, object]] = {"[points]": self.points, "[visibility]": self.visibility}
        _must_choose("exercises", self.exercises)
        for place, choices in (tables | dates).items():
            for choice in choices:
                _must_choose(place, choice)

    def _must_be_a_moment(self, place: str, text: str) -> None:
        try:
            self.moment(text)
        except ValueError:
            words = "" if "visib" not in place else f", nor one of {', '.join(VISIBILITIES)}"
            raise ValueError(
                f'{place} = "{text}" is no date such as 2026-10-05 or 2026-10-05T18:00:00{words}'
            ) from None

    @property
    def zone(self) -> tzinfo | None:
        """The time zone of times that are written without one; `None` for the machine's own.

        Raises:
            ValueError: there is no such zone.
        """
        try:
            return ZoneInfo(self.timezone) if self.timezone else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'timezone: there is no "{self.timezone}"; one is "Europe/Berlin"') from None

    @property
    def seed_file(self) -> Path | None:
        """The file of the secret; `None` for none."""
        return Path(self.seed) if self.seed else None

    def has(self, exercise: Exercise) -> bool:
        """Whether an exercise belongs to the course.

        Args:
            exercise: of the curriculum.
        """
        return exercise in chosen(self.exercises)

    def released(self, exercise: Exercise, now: datetime) -> bool:
        """Whether an exercise belongs to the course and is given out.

        Args:
            exercise: of the curriculum.
            now: the time, with a zone.
        """
        release = _last(self.release, exercise)
        return self.has(exercise) and (release is None or self.moment(release) <= now)

    def given_out(self, exercises: Sequence[Exercise], now: datetime) -> tuple[Exercise, ...]:
        """Those of some exercises that are released.

        Args:
            exercises: of the curriculum.
            now: the time, with a zone.

        Raises:
            NotFound: none is.
        """
        found = tuple(exercise for exercise in exercises if self.released(exercise, now))
        if not found:
            raise NotFound(
                "None of these exercises is released: see course.toml, `exercises` and [release]."
            )
        return found

    def points_of(self, exercise: Exercise) -> float:
        """The points that an exercise gives.

        Args:
            exercise: of the curriculum.
        """
        points = _last(self.points, exercise)
        return float(exercise.points if points is None else points)

    def due_of(self, exercise: Exercise, student: Sequence[str] = ()) -> datetime | None:
        """When an exercise is due, at last; `None` for never.

        Args:
            exercise: of the curriculum.
            student: the names under which an extension may stand.
        """
        extensions = [_last(self.extensions.get(name, {}), exercise) for name in student]
        due = next((one for one in extensions if one is not None), _last(self.due, exercise))
        return None if due is None else self.moment(due, end=True)

    def visibility_of(self, exercise: Exercise, now: datetime) -> str:
        """What students may see of their verdict on an exercise: one of `VISIBILITIES`.

        Args:
            exercise: of the curriculum.
            now: the time, with a zone.
        """
        found = _last(self.visibility, exercise) or "visible"
        if found in VISIBILITIES:
            return found
        return "visible" if self.moment(found) <= now else "hidden"

    def moment(self, written: Moment, *, end: bool = False) -> datetime:
        """A time with its zone.

        Args:
            written: as it stands in the file.
            end: a day stands for its end, not for its beginning.
        """
        moment = datetime.fromisoformat(written)
        if end and len(written) == len("2026-10-05"):
            moment = datetime.combine(moment, time.max)
        if moment.tzinfo is not None:
            return moment
        return moment.replace(tzinfo=self.zone) if self.zone else moment.astimezone()

    @classmethod
    def read(cls, path: Path) -> Course:
        """The course in a file, or in the folder that holds it.

        Args:
            path: of `course.toml`, or of its folder.

        Raises:
            NotFound: it cannot be read; the message says where and why.
        """
        path = path / FILE if path.is_dir() else path
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            course = msgspec.convert(msgspec.to_builtins(data), cls)  # dates as ISO 8601 has them
            return structs.replace(course, seed=str(path.parent / course.seed)) if course.seed else course
        except OSError as error:
            why = f"{error.strerror}. `crystalball course new` makes one with comments"
        except (ValueError, msgspec.ValidationError) as error:  # of TOML, of text, of what is asked for
            why = str(error)
        raise NotFound(f"--course: {path}: {why.rstrip('.')}.")


def chosen(choice: str) -> tuple[Exercise, ...]:
    """The exercises that a text chooses: `3`, `1-5`, `1,4-6`; `*` chooses all.

    Args:
        choice: the text.

    Raises:
        NotFound: one of them is not there.
    """
    exercises = curriculum().exercises
    if choice.strip() == "*":
        return exercises
    indices: set[int] = set()
    for part in choice.split(","):
        first, _, last = part.strip().partition("-")
        start, end = (exercises.index(curriculum().find(name.strip())) for name in (first, last or first))
        if start > end:
            raise NotFound(f"{part.strip()} runs backwards.")
        indices |= set(range(start, end + 1))
    return tuple(exercises[index] for index in sorted(indices))


def _must_choose(place: str, choice: str) -> None:
    try:
        chosen(choice)
    except NotFound as error:
        raise ValueError(f"{place}: {error}") from None


def _last(table: Mapping[str, T], exercise: Exercise) -> T | None:
    """The value of the last line of a table that speaks of an exercise."""
    return next((value for choice, value in reversed([*table.items()]) if exercise in chosen(choice)), None)
