"""A part of a training, and the plain loop as a part sees it."""

from __future__ import annotations

import builtins
import json
from collections.abc import Collection
from typing import ClassVar, Protocol

import msgspec


class Loop(Protocol):
    """The plain loop, as far as a part may ask."""

    @property
    def epochs(self) -> int:
        """Passes over the samples."""

    @property
    def samples(self) -> int:
        """Sprites in the data set."""

    @property
    def batch_size(self) -> int:
        """Sprites a batch."""

    @property
    def batches(self) -> int:
        """Batches an epoch."""


class Part(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="part",
    tag=lambda name: "".join(f"-{c.lower()}" if c.isupper() else c for c in name)[1:],
):
    """What an exercise adds to the plain loop."""

    steers: ClassVar[bool] = True
    """Whether it bears on what is trained; if not, then on what is logged, or on how a call ends."""

    said: ClassVar[str] = ""
    """How somebody reads it, where that is always the same."""

    def check(self, loop: Loop) -> None:
        """Refuses to be a part of this training, by a `ValueError`, where it makes no sense there."""

    def words(self, loop: Loop) -> str:
        """The part as somebody reads it who is shown the case; empty when it goes without saying."""
        return self.said or "; ".join(
            f"{name}={json.dumps(getattr(self, name))}" for name in self.__struct_fields__
        )


def exception(name: str) -> type[BaseException]:
    """The built-in exception of this name.

    Args:
        name: such as `KeyboardInterrupt`.

    Raises:
        ValueError: there is none.
    """
    found = getattr(builtins, name, None)
    if not (isinstance(found, type) and issubclass(found, BaseException)):
        raise ValueError(f"error is the name of a built-in exception, not {name!r}")
    return found


def one_of(field: str, known: Collection[str], value: str) -> None:
    """Refuses a value of a part's field.

    Args:
        field: its name.
        known: the values that it may have.
        value: that it has.

    Raises:
        ValueError: it is none of them.
    """
    if value not in known:
        raise ValueError(f"{field} is one of {', '.join(known)}; there is no {value!r}")
