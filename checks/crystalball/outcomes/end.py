"""How a call of the learner's function ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from crystalball.outcomes.run_name import ConventionalName, RunName


class RunPath(msgspec.Struct, frozen=True, tag="run"):
    """The path of a run of the outcome, by the order in which the runs were begun."""

    index: int


class OtherPath(msgspec.Struct, frozen=True, tag="path"):
    """A path that is no run's.

    Attributes:
        kind: the type of the object that was returned: `str`, `PosixPath`, …
        path: from the case's own folder.
    """

    kind: str
    path: str

    def __str__(self) -> str:
        return f"{self.kind}({self.path!r})"


class Paths(msgspec.Struct, frozen=True, tag="paths"):
    """A dict of paths.

    Attributes:
        items: each key, as Python writes it, and the name of the run that the path is of; a path
            that is no run's as such, and what is no path as Python writes it. Sorted by the key.
    """

    items: tuple[tuple[str, ConventionalName | OtherPath | str], ...]

    @classmethod
    def of(cls, items: Mapping[str, ConventionalName | OtherPath | str]) -> Paths:
        """A dict in any order."""
        return cls(tuple(sorted(items.items(), key=lambda item: item[0])))


class Names(msgspec.Struct, frozen=True, tag="names"):
    """A set of names."""

    names: frozenset[str]

    def __str__(self) -> str:
        told = ", ".join(map(repr, sorted(self.names)))
        return f"{{{told}}}" if told else "set()"


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    """The call returned: a path, a dict of paths, a set of names, `None`, or else something in words."""

    value: RunPath | OtherPath | Paths | Names | str | None


class LoaderError(msgspec.Struct, frozen=True, tag="loader"):
    """The very error that the case itself raises, in a loader or elsewhere."""


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """The call raised.

    Attributes:
        error: the name of the exception's type, or the case's own error.
        collective: whether it came out of a call that all ranks must make together.
    """

    error: str | LoaderError
    collective: bool = False


class Unfinished(msgspec.Struct, frozen=True, tag="unfinished"):
    """The call came to no end: it hung, or it ended its whole process."""

    exited: bool = False


class NoCall(msgspec.Struct, frozen=True, tag="no call"):
    """Stands for a call that nothing is reported of."""


End = Returned | Raised | Unfinished | NoCall

LOADER_ERROR = LoaderError()

NO_CALL = NoCall()


def returned_run(index: int = 0) -> Returned:
    """A call that returned the path of a run, given by its index."""
    return Returned(RunPath(index))


def returned_paths(names: Mapping[float, RunName] | Mapping[str, RunName]) -> Returned:
    """A call that returned a dict from numbers, or texts, to the paths of the runs so named."""
    return Returned(Paths.of({repr(key): name for key, name in names.items()}))


def returned_names(names: Iterable[str]) -> Returned:
    """A call that returned a set of names."""
    return Returned(Names(frozenset(names)))
