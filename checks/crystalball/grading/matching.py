"""Names that mean the same: how an entry is found by whatever a roster or an instructor calls it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol


class Named(Protocol):
    """Something that has several names."""

    @property
    def name(self) -> str:
        """Its own, which is nothing else's."""

    @property
    def handles(self) -> Sequence[str]:
        """All that may tell whose it is."""

    @property
    def names(self) -> Sequence[str]:
        """What its people are called."""

    @property
    def people(self) -> Sequence[Sequence[str]]:
        """Whose it is: rows of the roster."""


def plain(text: str) -> str:
    """A name without what people write differently: capitals, and how many blanks there are.

    Args:
        text: as somebody wrote it.
    """
    return " ".join(text.casefold().split())


def plain_name(text: str) -> str:
    """A person's name without what people write differently: `Doe, Jane` is `Jane Doe`, too.

    Args:
        text: as somebody wrote it.
    """
    last, _, first = text.partition(",")
    return plain(text if "," in first else f"{first} {last}")


class Names:
    """The entries of a grading by their names.

    Args:
        entries: all of them.
    """

    def __init__(self, entries: Iterable[Named]) -> None:
        self._own: dict[str, set[str]] = {}
        self._others: dict[str, set[str]] = {}
        for entry in entries:
            self._own.setdefault(plain_name(entry.name), set()).add(entry.name)
            cells = (cell for person in entry.people for cell in person)
            for name in (*entry.handles, *entry.names, *cells):
                self._others.setdefault(plain_name(name), set()).add(entry.name)

    def find(self, name: str) -> set[str]:
        """The entries that a name may mean; an entry's own name means that one alone.

        Args:
            name: as somebody wrote it.
        """
        name = plain_name(name)
        return self._own.get(name) or self._others.get(name, set())


def not_one(name: str, found: Collection[str]) -> str:
    """What is said of a name that is not that of one entry.

    Args:
        name: as somebody wrote it.
        found: the entries that it may mean.
    """
    return f"{name} may be {' or '.join(sorted(found))}" if found else f"{name} is nobody's name here"
