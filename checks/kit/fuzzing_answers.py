"""Answers of a worker that no worker gives: bytes on the pipe, in place of its reports."""

import json
import random
from pathlib import Path
from typing import Any

from fuzzing_files import TAGS, broken

NONSENSE = (
    None,
    True,
    -1,
    0,
    10**30,
    1e308,
    float("nan"),
    "",
    [],
    {},
    [[]] * 50,
    "\ud800",
    "x" * 10_000,
    {"is": "Call"},
    {"held": True},
    *TAGS,
)
"""What may stand in place of anything."""

ERRORS = (
    "RuntimeError",
    "SyntaxError",
    "NotImplementedError",
    "SystemExit",
    "BreakpointMet",
    "KeyboardInterrupt",
)
PLACES = ("", "/", "..", "run", "runs_dir", "runs_dir/new", "\ud800", "a\0b", "x" * 5000, "/" * 300)


def answers(rng: random.Random, folder: Path) -> bytes:
    """All that the worker says after it was asked to load and to run: two reports, or what not.

    Args:
        rng: draws.
        folder: the case's own.
    """
    lines = [_line(rng, {"is": "Loaded"}, 0.1), _line(rng, _calls(rng, folder), 0.7)]
    if rng.random() < 0.1:
        lines.insert(
            rng.randrange(3), rng.choice((b'{"held": true}\n' * rng.choice((1, 3, 2000)), b"\n", b""))
        )
    said = b"".join(lines)
    return broken(rng, said) if rng.random() < 0.2 else said


def _line(rng: random.Random, report: Any, wrong: float) -> bytes:
    if rng.random() < wrong:
        report = _changed(rng, report)
    match rng.randrange(20):
        case 0:
            return b"[" * rng.choice((10, 100_000)) + b"\n"
        case 1:
            return json.dumps(report).encode()
        case 2:
            return json.dumps(report, ensure_ascii=False).encode(errors="surrogatepass") + b"\n"
        case _:
            return json.dumps(report).encode() + b"\n"


def _changed(rng: random.Random, data: Any) -> Any:
    """Data of which one part is another, missing, twice there or too much."""
    if isinstance(data, dict) and data and rng.random() < 0.8:
        key = rng.choice(sorted(data))
        match rng.randrange(6):
            case 0:
                return {k: v for k, v in data.items() if k != key}
            case 1:
                return data | {rng.choice(("more", "", "is")): rng.choice(NONSENSE)}
            case _:
                return data | {key: _changed(rng, data[key])}
    if isinstance(data, list) and data and rng.random() < 0.8:
        index = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                return data * rng.choice((0, 2, 500 // len(data)))
            case _:
                return [*data[:index], _changed(rng, data[index]), *data[index + 1 :]]
    return rng.choice(NONSENSE)


def _calls(rng: random.Random, folder: Path) -> dict[str, Any]:
    calls = []
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4, 200))):
        written = [
            [
                rng.choice(("summary", "file_version", "")),
                rng.choice(TAGS)[:200],
                rng.choice((0, 1, -1, 2**70)),
                rng.choice((0, 1, 30, 999_999)),
            ]
            for _ in range(rng.choice((0, 0, 1, 5)))
        ]
        calls.append(
            {
                "is": "Call",
                "end": _end(rng, folder),
                "open_writers": rng.choice((0, 0, 1, 99)),
                "written": written,
                "met": rng.choice((True, True, False)),
            }
        )
    return {"is": "Calls", "calls": calls}


def _end(rng: random.Random, folder: Path) -> dict[str, Any]:
    match rng.randrange(6):
        case 0:
            return {"is": "ReturnedNone"}
        case 1:
            items = [[rng.choice(TAGS), _path(rng, folder)] for _ in range(rng.choice((0, 1, 3)))]
            return {"is": "ReturnedDict", "items": items}
        case 2:
            return {"is": "ReturnedSet", "names": [rng.choice(TAGS) for _ in range(rng.choice((0, 1, 50)))]}
        case 3:
            return {"is": "ReturnedOther", "text": rng.choice(TAGS)}
        case 4:
            texts = (*TAGS, "boom", "/gloo/transport")
            return {
                "is": "RaisedReport",
                "type": rng.choice((*ERRORS, *TAGS)),
                "text": rng.choice(texts),
                "traceback": "\n".join(rng.choice(texts) for _ in range(rng.choice((0, 1, 30)))),
                "line": rng.choice((0, 1, 40, 999_999)),
                "own": rng.random() < 0.5,
                "planned": rng.random() < 0.3,
            }
        case _:
            return _path(rng, folder)


def _path(rng: random.Random, folder: Path) -> dict[str, str]:
    place = rng.choice(PLACES)
    return {
        "is": "ReturnedPath",
        "type": rng.choice(("str", "PosixPath", *TAGS)),
        "path": f"{folder}/{place}",
    }
