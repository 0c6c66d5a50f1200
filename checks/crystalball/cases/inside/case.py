"""A case: what is asked of the learner's function, as plain data that any process can rebuild."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import msgspec

RUNS_DIR = "given"
"""Name of the `runs_dir` in a case's own folder: not `runs`, which a learner's code may make of itself."""

T = TypeVar("T")


class Case(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"):
    """One question to the learner's function. Subclasses say of what kind, by their tag."""

    leaves_runs: ClassVar[bool] = True
    """Whether the learner's function is to leave runs; if not, what lies in its folder is the kit's."""

    def __hash__(self) -> int:  # a case may hold a dict, which has no hash of its own
        return hash(self.to_json())

    def asked(self) -> dict[str, Any]:
        """What the worker is told, as plain data: nothing of what the learner's code is to find out."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        return told

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
        told = _without_defaults(self)
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
            raise ValueError(
                f"such a case has the fields {', '.join(cls.__struct_fields__)}: {error}"
            ) from error
        except msgspec.DecodeError as error:
            raise ValueError(f"this is no JSON: {error}") from error


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
    """

    losses: tuple[float, ...]
    folder: str = "run"

    def __post_init__(self) -> None:
        if not self.losses:
            raise ValueError("there is at least one loss")

    @property
    def size(self) -> tuple[int, ...]:
        """The number of losses."""
        return (len(self.losses),)

    def __str__(self) -> str:
        return f"{len(self.losses)} loss{'es' * (len(self.losses) > 1)}"


class NewRuns(Case, frozen=True, tag="new-runs"):
    """Some run directories to make, one after the other.

    Attributes:
        calls: a learning rate and a naive local time (ISO 8601, whole seconds) for each call.
    """

    calls: tuple[tuple[float, str], ...]

    def __post_init__(self) -> None:
        if not self.calls:
            raise ValueError("there is at least one call")
        for _, now in self.calls:
            datetime.fromisoformat(now)

    @property
    def size(self) -> tuple[int, ...]:
        """The number of calls."""
        return (len(self.calls),)

    def __str__(self) -> str:
        return f"{len(self.calls)} call{'s' * (len(self.calls) > 1)}"


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
