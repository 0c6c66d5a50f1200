"""A case: what is asked of the learner's function, as plain data that any process can rebuild."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import msgspec

RUNS_DIR = "runs_dir"
"""Name of the `runs_dir` in a case's own folder: not `runs`, which a learner's code may make of itself."""

SECONDS_TAKEN = 12
"""Seconds from the begin of a case of which the run names are taken, if any are: no call takes as long."""

T = TypeVar("T")


class Case(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"):
    """One question to the learner's function. Subclasses say of what kind, by their tag."""

    leaves_runs: ClassVar[bool] = True
    """Whether the learner's function is to leave runs; if not, what lies in its folder is the kit's."""

    def __hash__(self) -> int:  # by its numbers and texts: a part may hold a dict, which has no hash
        fields = msgspec.structs.astuple(self)
        return hash(tuple(one for one in fields if isinstance(one, int | float | str)))

    def asked(self) -> dict[str, Any]:
        """What the worker is told, as plain data: nothing of what the learner's code is to find out."""
        told: dict[str, Any] = msgspec.to_builtins(self.sealed(0))
        return told

    def sealed(self, secret: int) -> Self:
        """The case with a secret, where its kind keeps one.

        Args:
            secret: which neither JSON nor a worker is told; 0 for none.
        """
        return self

    @property
    def size(self) -> tuple[int, ...]:
        """How much there is to read for somebody who looks at the case; smaller is simpler."""
        raise NotImplementedError

    @property
    def ranks(self) -> int:
        """Processes that are called at the same time, and talk with each other."""
        return 1

    @property
    def restarts(self) -> int:
        """How often the function is called again, in a process that knows nothing of the call before."""
        return 0

    @property
    def given(self) -> tuple[str, str]:
        """The folder that the function is given: its parameter, and where it lies below the case's own."""
        return "runs_dir", RUNS_DIR

    @property
    def taken(self) -> tuple[float, ...]:
        """The learning rates of which every run name is taken, in each second of the call."""
        return ()

    def find(self, kind: type[T]) -> T | None:
        """The part of this kind; `None` but of a training that has it.

        Args:
            kind: a class of `crystalball.cases.inside.training`.
        """
        return None

    def call(self, index: int) -> str:
        """What one of several calls is called, at the start of a sentence that says how it ended.

        Args:
            index: of the call, from 0.
        """
        return f"Call {index + 1}"

    def to_json(self) -> str:
        """The case in one line of JSON, without its kind and the fields that have their default value."""
        told = _without_defaults(self.sealed(0))
        del told["kind"]
        return msgspec.json.encode(told).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The case that `to_json` wrote.

        Args:
            text: one JSON object.

        Raises:
            ValueError: the text is no JSON, or there is no such case; says so in one line.
        """
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.ValidationError as error:
            fields = ", ".join(cls.__struct_fields__)
            raise ValueError(f"{_in_words(str(error))}. A case has the fields {fields}") from error
        except msgspec.DecodeError as error:
            raise ValueError('this is no case, which is written as {"epochs": 2, …}') from error


_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "object": "a group in {}",
    "array": "a list in []",
    "null": "null",
}

_WORDS = (
    (r"Object missing required field `(.+?)`", r"`\1` is missing"),
    (r"Object contains unknown field `(.+?)`", r"`\1` is none of its fields"),
    (r"Expected `(\w+)(?: \| null)?`, got `(\w+)`", r"there is `\2` where `\1` belongs"),
    (r" - at `\$\.?(.+?)`", r" (at `\1`)"),
    (r" - (?:at|in) `\$`", ""),
)
"""What msgspec says of data that do not fit, and how a person would say it."""


def _in_words(error: str) -> str:
    for theirs, ours in _WORDS:
        error = re.sub(theirs, ours, error)
    return re.sub(r"`(\w+)`(?= where| belongs)", lambda kind: _KINDS.get(kind[1], kind[0]), error)


def _without_defaults(value: Any) -> Any:
    """A value as plain data. msgspec leaves a number out only where it is the default's own object."""
    if isinstance(value, tuple):
        return [_without_defaults(one) for one in value]
    if not isinstance(value, msgspec.Struct):
        return value
    names, defaults = value.__struct_fields__, value.__struct_defaults__
    default = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    told = {
        name: _without_defaults(one)
        for name in names
        if (one := getattr(value, name)) != default.get(name, msgspec.NODEFAULT)
    }
    config = value.__struct_config__
    return {config.tag_field: config.tag} | told if config.tag_field else told


class Losses(Case, frozen=True, tag="losses"):
    """Some losses to log.

    Attributes:
        losses: finite floats, at least one.
        folder: where the run shall lie, relative to the case's own folder.
        made: that folder is there already.
    """

    losses: tuple[float, ...]
    folder: str = "run"
    made: bool = False

    def __post_init__(self) -> None:
        if not self.losses:
            raise ValueError("there is at least one loss")

    @property
    def given(self) -> tuple[str, str]:
        """The `log_dir`."""
        return "log_dir", f"{RUNS_DIR}/{self.folder}"

    @property
    def size(self) -> tuple[int, ...]:
        """The number of losses."""
        return (len(self.losses),)

    def __str__(self) -> str:
        there = "; the directory of the run is there already" * self.made
        return f"{len(self.losses)} loss{'es' * (len(self.losses) > 1)}{there}"


class NewRuns(Case, frozen=True, tag="new-runs"):
    """Some run directories to make, one after the other.

    Attributes:
        calls: a learning rate and a naive local time (ISO 8601) for each call.
        again: another process, which knows nothing of the first, makes the same calls afterwards.
        there: the `runs_dir` is there already.
    """

    calls: tuple[tuple[float, str], ...]
    again: bool = False
    there: bool = False

    def __post_init__(self) -> None:
        if not self.calls:
            raise ValueError("there is at least one call")
        for _, now in self.calls:
            datetime.fromisoformat(now)

    @property
    def all_calls(self) -> tuple[tuple[float, datetime], ...]:
        """The calls of all processes, with the second that a name tells."""
        told = ((lr, datetime.fromisoformat(now).replace(microsecond=0)) for lr, now in self.calls)
        return tuple(told) * (1 + self.restarts)

    @property
    def restarts(self) -> int:
        """One, where the calls are made again."""
        return int(self.again)

    @property
    def size(self) -> tuple[int, ...]:
        """The number of calls."""
        return (len(self.all_calls),)

    def arguments(self, runs_dir: Path) -> Iterator[dict[str, object]]:
        """The arguments of each call; makes the `runs_dir` first, where it shall be there already.

        Args:
            runs_dir: where the runs shall lie.
        """
        if self.there:
            runs_dir.mkdir(exist_ok=True)
        for lr, now in self.calls:
            yield {"runs_dir": runs_dir, "lr": lr, "now": datetime.fromisoformat(now)}

    def __str__(self) -> str:
        text = f"{len(self.calls)} call{'s' * (len(self.calls) > 1)}"
        text += "; `runs_dir` is there already" * self.there
        return text + ", then the same in another process" * self.again


class GivenRun(Case, frozen=True, tag="given-run"):
    """The files of a run: all that a worker is told of a broken run.

    Attributes:
        files: path below the run's directory, and content in base64.
    """

    files: tuple[tuple[str, str], ...]

    def write(self, log_dir: Path) -> Path:
        """Writes the run into its directory, and returns that.

        Args:
            log_dir: does not exist yet.
        """
        log_dir.mkdir(parents=True)
        for name, content in self.files:
            path = log_dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b64decode(content))
        return log_dir
