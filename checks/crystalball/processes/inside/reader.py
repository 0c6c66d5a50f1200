"""Inside the reader: parses what a submission left, so that no trusted process has to.

It answers with bounded plain data. No torch is imported here, and nothing of a submission is run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from crystalball.processes.inside import messages
from crystalball.processes.inside.messages import Message
from crystalball.processes.inside.notebook import NotebookRequest, ScriptReport, script_of_notebook
from crystalball.processes.inside.unpack import UnpackReport, UnpackRequest, unpack
from crystalball.reading.budget import A_CASE, TooMuch
from crystalball.reading.event_log import read_folder
from crystalball.reading.pictures import Picture
from crystalball.reading.records import record
from crystalball.reading.shape import shape_of
from crystalball.reading.source_facts import Asked, SourceFacts, facts
from crystalball.reading.syntax import what_it_does


class ReadRequest(Message, frozen=True):
    """Asks what a program left in a folder.

    Attributes:
        folder: as the reader sees it.
    """

    folder: str


class SyntaxRequest(Message, frozen=True):
    """Asks what a text calls, by its syntax tree.

    Attributes:
        text: of a learner's file.
    """

    text: str


class ShapeRequest(Message, frozen=True):
    """Asks for the shape of a text.

    Attributes:
        text: of a learner's file.
    """

    text: str


class FactsRequest(Message, frozen=True):
    """Asks for the facts by which texts are compared.

    Attributes:
        text: of a learner's file.
    """

    text: str


class ReadReport(Message, frozen=True):
    """What a program left.

    Attributes:
        left: `RunsLeft`, as MessagePack: JSON has no NaN, and no bytes.
    """

    left: bytes


class TooMuchReport(Message, frozen=True):
    """There is more than is read.

    Attributes:
        what: there is too much of.
    """

    what: str


class SyntaxReport(Message, frozen=True):
    """What a text calls.

    Attributes:
        names: see `crystalball.reading.syntax`.
    """

    names: tuple[str, ...]


class ShapeReport(Message, frozen=True):
    """The shape of a text.

    Attributes:
        digest: see `crystalball.reading.shape`; empty where there is none.
        lines: likewise.
    """

    digest: str = ""
    lines: tuple[int, ...] = ()


class FactsReport(Message, frozen=True):
    """The facts by which texts are compared.

    Attributes:
        facts: see `crystalball.reading.source_facts`.
    """

    facts: SourceFacts


Request = ReadRequest | SyntaxRequest | ShapeRequest | FactsRequest | UnpackRequest | NotebookRequest
Report = ReadReport | TooMuchReport | SyntaxReport | ShapeReport | FactsReport | UnpackReport | ScriptReport


def answer(request: Request) -> Report:
    """Answers one request.

    Args:
        request: it.
    """
    try:
        if isinstance(request, SyntaxRequest):
            return SyntaxReport(tuple(sorted(what_it_does(request.text))))
        if isinstance(request, ShapeRequest):
            return ShapeReport(*(shape_of(request.text) or ()))
        if isinstance(request, FactsRequest):
            return FactsReport(facts(Asked(request.text)))
        if isinstance(request, UnpackRequest):
            return unpack(request)
        if isinstance(request, NotebookRequest):
            return script_of_notebook(request)
        left = read_folder(Path(request.folder), A_CASE)
        return ReadReport(msgspec.msgpack.encode(left, enc_hook=str))
    except TooMuch as much:
        return TooMuchReport(str(much))
    except MemoryError:
        return TooMuchReport("more than fits into the memory for reading")


def handle(message: dict[str, Any]) -> Any:
    """Answers one request, from plain data to plain data.

    Args:
        message: the request.
    """
    return msgspec.to_builtins(answer(msgspec.convert(message, Request)))


def rehearse(folder: Path) -> None:
    """Reads a run of its own, so that what libraries do at the first time is not done in each child.

    Args:
        folder: an empty one, in which it may write.
    """
    pixel = Picture(1, 1, bytes(3)).png()
    values = [Summary.Value(tag="a", simple_value=1.0), Summary.Value(tag="b")]
    values[1].image.encoded_image_string = pixel
    event = Event(wall_time=1.0, summary=Summary(value=values))
    (folder / "tfevents").write_bytes(record(event.SerializeToString()))
    for request in (ReadRequest(str(folder)), SyntaxRequest("with f() as a: a.b(c=1)")):
        handle(msgspec.to_builtins(request))


def serve(requests: int, answers: int) -> None:
    """Reads as asked, until no more is asked.

    Args:
        requests: descriptor of the pipe of requests.
        answers: descriptor of the pipe of answers.
    """
    messages.serve(*messages.adopt_streams(requests, answers, os.O_RDONLY), handle)
