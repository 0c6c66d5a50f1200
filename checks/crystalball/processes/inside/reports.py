"""What a worker is asked, and what it reports: the types of its messages.

The worker builds the reports; `crystalball.processes.worker` parses them, for the trusted side. They
are reported, not proven: the learner's code runs in the process that says them, and could lie.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec

from crystalball.processes.inside.messages import Message

LAST_LINE = 999_999
"""A line of a file that lies beyond is reported as this one."""

MOST_WRITERS = 99
"""More writers that were left open are reported as so many."""


MOST_WRITTEN, LONGEST_TAG = 2000, 200
"""Lines that wrote are reported so often, at most, with so many characters of the tag."""

MOST_CALLS, MOST_NAMES, LONGEST_NAME = 100, 50, 200
"""Calls of a case, names in a list, and characters of a name or a value, at most."""

LONGEST_MESSAGE, LONGEST_TRACEBACK, LONGEST_PATH = 2000, 6000, 4096
"""Characters of what an exception says, of its traceback, and of a path, at most."""

Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
SomeNames = Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_NAMES)]


def stack_file(log: Path) -> Path:
    """The file in which a worker notes where its code stands, should it hang.

    Args:
        log: the file for what the code prints.
    """
    return log.with_name(f"{log.name}.stack")


class WarmRequest(Message, frozen=True):
    """Asks to train a step ahead of time."""


class LoadRequest(Message, frozen=True):
    """Asks to import the learner's file and to find the function in it.

    Attributes:
        path: of the file.
        function: its name.
        parameters: the names of its parameters, in order.
        log: a file for what the code prints.
        limit: seconds after which it is killed; before that, it notes where it stands.
    """

    path: str
    function: str
    parameters: tuple[str, ...]
    log: str
    limit: float


class RunRequest(Message, frozen=True):
    """Asks to call the function as a case wants it.

    Attributes:
        case: as plain data.
        folder: the case's own.
        log: a file for what the code prints.
        limit: seconds after which it is killed; before that, it notes where it stands.
        call_index: which call this is, of a case that is interrupted.
        rank: which rank this is, of a case with several.
    """

    case: dict[str, Any]
    folder: str
    log: str
    limit: float
    call_index: int = 0
    rank: int = 0


Request = WarmRequest | LoadRequest | RunRequest


class Loaded(Message, frozen=True):
    """The file was imported, and its function can be called with the parameters asked for."""


class RaisedReport(Message, frozen=True):
    """An exception that the learner's code raised.

    Attributes:
        type: the name of its type.
        text: what it says.
        traceback: the learner's frames alone.
        line: of the learner's file; 0 for none.
        own: whether the learner's code raised it itself.
        planned: whether it is the case's own, which the loader raised.
    """

    type: Name
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_MESSAGE)]
    traceback: Annotated[str, msgspec.Meta(max_length=LONGEST_TRACEBACK)]
    line: Annotated[int, msgspec.Meta(ge=0, le=LAST_LINE)]
    own: bool
    planned: bool = False


class MissingFunction(Message, frozen=True):
    """The file has no function of the name asked for.

    Attributes:
        others: the names of the functions and classes that it has.
    """

    others: SomeNames


class WrongSignature(Message, frozen=True):
    """The function cannot be called with the parameters asked for.

    Attributes:
        signature: what it has instead, as Python writes it.
    """

    signature: Annotated[str, msgspec.Meta(max_length=LONGEST_MESSAGE)]


LoadReport = Loaded | RaisedReport | MissingFunction | WrongSignature


class ReturnedPath(Message, frozen=True):
    """A call returned a path.

    Attributes:
        type: the name of its type.
        path: made absolute.
    """

    type: Name
    path: Annotated[str, msgspec.Meta(max_length=LONGEST_PATH)]


class ReturnedNone(Message, frozen=True):
    """A call returned `None`."""


class ReturnedOther(Message, frozen=True):
    """A call returned what is no path.

    Attributes:
        text: as Python writes it.
    """

    text: Name


class ReturnedDict(Message, frozen=True):
    """A call returned a dict.

    Attributes:
        items: each key as Python writes it, and its value.
    """

    items: Annotated[
        tuple[tuple[Name, ReturnedPath | ReturnedOther], ...], msgspec.Meta(max_length=MOST_NAMES)
    ]


class ReturnedSet(Message, frozen=True):
    """A call returned a set.

    Attributes:
        names: its members, as text.
    """

    names: SomeNames


ReturnReport = ReturnedNone | ReturnedPath | ReturnedDict | ReturnedSet | ReturnedOther


class Written(NamedTuple):
    """That a line of the learner's file wrote something: the innermost one, of all that led to it.

    Attributes:
        what: the kind of event, as TensorBoard's protocol names it: `summary`, or `file_version` where a
            writer was made, or `graph_def`, …
        tag: of a summary, as it stands in the file.
        step: of the event.
        line: of the learner's file.
    """

    what: Annotated[str, msgspec.Meta(max_length=LONGEST_TAG)]
    tag: Annotated[str, msgspec.Meta(max_length=LONGEST_TAG)]
    step: int
    line: Annotated[int, msgspec.Meta(ge=0, le=LAST_LINE)]


class Call(Message, frozen=True):
    """How one call of the function went.

    Attributes:
        end: what it returned or raised.
        open_writers: writers that it left open.
        written: what wrote, for words only.
        met: whether the case's own error was raised, by its loader or its model. For the explanation only.
    """

    end: ReturnReport | RaisedReport
    open_writers: Annotated[int, msgspec.Meta(ge=0, le=MOST_WRITERS)] = 0
    written: Annotated[tuple[Written, ...], msgspec.Meta(max_length=MOST_WRITTEN)] = ()
    met: bool = True


class Calls(Message, frozen=True):
    """How the calls of a case went, in order.

    Attributes:
        calls: each of them.
    """

    calls: Annotated[tuple[Call, ...], msgspec.Meta(max_length=MOST_CALLS)]
