"""The events of an event file, parsed: the one way to walk through what a run logged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary

from crystalball.reading.records import LONGEST_RECORD, records

MOST_DIMENSIONS = 16
"""Of a tensor that is a scalar; one writes none."""


def events(
    path: str | Path, longest: int = LONGEST_RECORD, most: int | None = None
) -> Iterator[Event | None]:
    """The events of a file, in the order in which they were logged, with their checksums.

    Args:
        path: of the file.
        longest: a record with more bytes is checked, but not parsed.
        most: bytes of the file that are read, at most; `None` for all of it.

    Yields:
        Each event; `None` for a record that is longer than `longest`.

    Raises:
        ValueError: a record is damaged (`Damage`, as `records` has it) or is no event. The events before
            have been yielded.
        OSError: the file cannot be read.
    """
    parse = Event.FromString
    for data in records(path, longest, most):
        try:
            event = None if data is None else parse(data)
        except DecodeError as error:
            raise ValueError("a record with right checksums is no event") from error
        yield event


def is_restart(event: Event) -> bool:
    """Whether a writer was opened with `purge_step`: from the event's step on, earlier points are void.

    Args:
        event: of whatever kind.
    """
    return bool(event.session_log.status == SessionLog.START)


def plugin_of(value: Summary.Value) -> str:
    """The name of the TensorBoard plugin that shows a summary value; empty where none is named.

    Args:
        value: of whatever kind.
    """
    name: str = value.metadata.plugin_data.plugin_name
    return name


def scalar(value: Summary.Value) -> float | None:
    """The number of a summary value: the old form, or `new_style=True` in whatever precision.

    Args:
        value: of whatever kind.

    Returns:
        The number; `None` of a value that is no scalar.

    Raises:
        ValueError: it calls itself a scalar, and is none. (Its shape is never multiplied out, nor is an
            array made of it: that could take all time, or all memory.)
    """
    if value.HasField("simple_value"):
        number: float = value.simple_value
        return number
    if value.HasField("tensor") and plugin_of(value) == "scalars":
        from tensorboard.util import tensor_util  # takes time to import, and few runs need it

        shape = value.tensor.tensor_shape.dim
        if len(shape) > MOST_DIMENSIONS or any(dim.size != 1 for dim in shape):
            raise ValueError("a scalar holds not one number")
        try:
            return float(tensor_util.make_ndarray(value.tensor).item())
        except (TypeError, LookupError) as error:
            raise ValueError(f"a scalar of a type that TensorBoard does not know: {error}") from error
    return None
