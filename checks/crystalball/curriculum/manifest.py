"""The curriculum: the exercises as the manifest `curriculum.toml` has them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

MANIFEST = "curriculum.toml"


class NotFound(Exception):
    """Something that the user named is not there; the message says what to do."""


class Same(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mistakes that leave the same evidence in every case.

    Attributes:
        ids: of the mistakes; messages name the first.
        why: nothing on disk or in the worker tells them apart.
    """

    ids: tuple[str, ...]
    why: str


class Exercise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One exercise. The manifest's first lines say what each field is."""

    id: str
    title: str
    part: str
    points: int
    function: str
    parameters: tuple[str, ...]
    case: str
    goal: str
    hints: tuple[str, ...]
    mistakes: tuple[str, ...]
    same: tuple[Same, ...] = ()
    network: bool = False
    builds_on: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """The two digits that the id starts with."""
        return self.id[:2]

    @property
    def trains(self) -> bool:
        """Whether its cases train a model, so that a trace is needed."""
        return self.case == "training"

    def one_name(self, mistake: str) -> str:
        """The name under which a mistake is told: its own, or that of one it cannot be told from.

        Args:
            mistake: its id.
        """
        return next((same.ids[0] for same in self.same if mistake in same.ids), mistake)


class Curriculum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All exercises, in order, and the limits that hold for each.

    Attributes:
        drawn: cases of an exercise that are drawn, beside those that are pinned.
        max_steps: optimizer steps of a case, at most.
        seconds_a_case: limit of one case.
        seconds_a_submission: limit of all that the learner's code does, from its import on.
        seconds_to_load: limit of the import of a learner's file.
        seconds_to_warm: limit of the import of torch.
        exercises: in the order of the course.
    """

    drawn: int
    max_steps: int
    seconds_a_case: float
    seconds_a_submission: float
    seconds_to_load: float
    seconds_to_warm: float
    exercises: tuple[Exercise, ...] = msgspec.field(name="exercise")

    def find(self, name: str) -> Exercise:
        """The exercise that a learner means by a number (`3`, `03`) or an id.

        Args:
            name: what the learner typed.

        Raises:
            NotFound: there is none.
        """
        for exercise in self.exercises:
            if name in (exercise.id, exercise.number, exercise.number.lstrip("0")):
                return exercise
        raise self.not_found(name)

    def not_found(self, name: str) -> NotFound:
        """What is said to whoever names an exercise that is not there.

        Args:
            name: what the learner typed.
        """
        first, last = self.exercises[0].number, self.exercises[-1].number
        return NotFound(f"There is no exercise {name!r}: name one by its number, {first} to {last}.")

    def after(self, exercise: Exercise) -> Exercise | None:
        """The exercise that follows one; `None` after the last.

        Args:
            exercise: the one before.
        """
        following = self.exercises[self.exercises.index(exercise) + 1 :]
        return following[0] if following else None


@cache
def curriculum() -> Curriculum:
    """The curriculum of this kit.

    Raises:
        NotFound: an author wrote something into it that is none.
    """
    path = Path(__file__).parent / MANIFEST
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        slips = data.pop("slips")
        for table in data["exercise"]:
            if table["case"] == "training":
                table["slips"] = [name for name in slips if name not in table["mistakes"]]
        data["exercise"].sort(key=lambda table: table["id"])  # those of a course pack stand at the end
        return msgspec.convert(data, Curriculum)
    except KeyError as error:
        raise NotFound(f"{MANIFEST}: a table has no {error}; its first lines say what it needs.") from None
    except (ValueError, TypeError) as error:
        raise NotFound(f"{MANIFEST}: {error}.") from None


def find_root(start: Path) -> Path:
    """The kit's root: the folder with `exercises/` and `checks/`, from `start` upward.

    Args:
        start: the first folder that is looked at.

    Raises:
        NotFound: there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "exercises").is_dir() and (folder / "checks" / "crystalball").is_dir():
            return folder
    raise NotFound(
        f"No Crystal Ball here: neither {start} nor a folder above it holds exercises/ and checks/. "
        "Change into the folder that you cloned."
    )
