"""Inside the worker: runs a learner's code, and answers with plain data what it saw of it.

What it answers is reported, not proven: the learner's code runs in this process and could lie.
Its observers are bound before that code is loaded. It imports nothing of the trusted side.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import importlib.util
import inspect
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import msgspec

from crystalball.cases.inside.case import GivenRun, Losses, NewRuns
from crystalball.cases.inside.parts import Live, SpoiltBatch
from crystalball.cases.inside.training import Training
from crystalball.processes.inside import messages
from crystalball.processes.inside.reports import (
    LAST_LINE,
    LONGEST_MESSAGE,
    LONGEST_NAME,
    LONGEST_PATH,
    LONGEST_TRACEBACK,
    MOST_NAMES,
    MOST_WRITERS,
    Call,
    Calls,
    Loaded,
    LoadReport,
    LoadRequest,
    MissingFunction,
    RaisedReport,
    Request,
    ReturnedDict,
    ReturnedNone,
    ReturnedOther,
    ReturnedPath,
    ReturnedSet,
    ReturnReport,
    RunRequest,
    WarmRequest,
    WrongSignature,
    stack_file,
)
from crystalball.processes.inside.warm_up import reseed, train_a_step
from crystalball.processes.inside.written import WrittenLines

WRITER_THREADS = ("_AsyncWriterThread", "_EventLoggerThread")
"""Types of the threads of an open writer: TensorBoard's and tensorboardX's."""

EARLIER = "this writer was made by an earlier call, and left open: it writes into the directory of that one"

AskedCase = Losses | NewRuns | Training | GivenRun
"""What a worker can be asked."""


class BreakpointMet(BaseException):
    """The learner's code called `breakpoint()` where no debugger can talk to anybody."""


class Child:
    """Runs the function of one file.

    Args:
        hold: asks the trusted side to release an optimizer step; comes back with the number that does.
        debugging: somebody follows the code with a debugger: its output and its exceptions are
            left alone.
    """

    def __init__(self, hold: Callable[[], int], *, debugging: bool = False) -> None:
        self.debugging = debugging
        self._hold = hold
        self._function: Any = None
        self._path = Path()
        self._written = WrittenLines("")
        self._parameters: tuple[str, ...] = ()
        self._threads = threading.enumerate

    def handle(self, request: Request) -> LoadReport | Calls:
        """Answers one request.

        Args:
            request: `WarmRequest` perhaps, `LoadRequest`, then any number of `RunRequest`.
        """
        match request:
            case WarmRequest():
                train_a_step()
                reseed()
                return Loaded()
            case LoadRequest():
                return self._load(request)
            case RunRequest():
                return self._run(request)

    def _load(self, request: LoadRequest) -> LoadReport:
        """Imports the learner's file and finds the function in it."""
        self._path, self._parameters = Path(request.path), request.parameters
        self._written = WrittenLines(str(self._path))
        sys.path.insert(0, str(self._path.parent))  # as for a script: helper modules lie beside it
        with self._attended(request.log, request.limit):
            try:
                module = _import(self._path)
            except BaseException as error:
                if self.debugging:
                    raise
                return self._raised(error)
            self._function = getattr(module, request.function, None)
        if not callable(self._function):
            names = sorted(k[:LONGEST_NAME] for k, v in vars(module).items() if self._is_own(v))
            return MissingFunction(tuple(names[:MOST_NAMES]))
        if self._call_form(self._function, dict.fromkeys(request.parameters)) is None:
            return WrongSignature(str(inspect.signature(self._function))[:LONGEST_MESSAGE])
        return Loaded()

    def _is_own(self, value: object) -> bool:
        return isinstance(value, (FunctionType, type)) and value.__module__ == "answer"

    @staticmethod
    def _call_form(function: Any, named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """The arguments by keyword or, where the names are others, by position."""
        forms: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
            ((), named),
            (tuple(named.values()), {}),
        )
        for positional, keywords in forms:
            with contextlib.suppress(TypeError, ValueError):
                inspect.signature(function).bind(*positional, **keywords)
                return positional, keywords
        return None

    def _run(self, request: RunRequest) -> Calls:
        """Calls the function as a case asks, in the case's own folder."""
        from crystalball.processes.inside.arguments import arguments
        from crystalball.processes.inside.ranks import process_group

        folder = Path(request.folder)
        os.chdir(folder)
        asked = msgspec.convert(request.case, AskedCase)
        with self._attended(request.log, request.limit), process_group(folder, request.rank, asked.ranks):
            if asked.find(Live):
                _show_only_what_is_flushed()
            all_arguments = arguments(asked, folder, self._hold, request.call_index, request.rank)
            demanded = (FloatingPointError,) if asked.find(SpoiltBatch) else ()
            with self._written.remembered():
                return Calls(tuple(self._call(named, demanded) for named in all_arguments))

    def _call(self, objects: dict[str, object], demanded: tuple[type[BaseException], ...]) -> Call:
        """One call; `demanded` is what the contract wants raised there, so no debugger stops at it."""
        form = self._call_form(self._function, {name: objects[name] for name in self._parameters})
        assert form is not None  # `load` has tried it
        before = set(self._threads())
        end: ReturnReport | RaisedReport
        try:
            end = _returned(self._function(*form[0], **form[1]))
        except BaseException as error:
            planned = error is objects.get("error")
            if self.debugging and not planned and not isinstance(error, demanded):
                raise
            end = self._raised(error, planned=planned)
        met = getattr(objects.get("error"), "__traceback__", None) is not None
        return Call(end, self._drain(before), self._written.taken(), met)

    def _drain(self, before: set[threading.Thread]) -> int:
        """Counts the writers left open, and lets them write what they still hold.

        A verdict never depends on whether a writer's thread was quick enough.
        """
        left = [t for t in self._threads() if t not in before]
        left = [t for t in left if type(t).__name__ in WRITER_THREADS]
        for thread in left:
            with contextlib.suppress(RuntimeError):  # a thread of the code's own is about to start it
                thread.stop()  # type: ignore[attr-defined]  # TensorBoard's method: drains, then joins
                # Whoever waited for it now would wait for good.
                thread.exception = RuntimeError(EARLIER)  # type: ignore[attr-defined]  # TensorBoard's: each use raises it
        return min(len(left), MOST_WRITERS)

    def _raised(self, error: BaseException, *, planned: bool = False) -> RaisedReport:
        """The exception in words: its traceback holds the learner's frames alone."""
        from crystalball import scripts

        chain = traceback.TracebackException.from_exception(error, capture_locals=False)
        link: traceback.TracebackException | None = chain
        while link is not None:
            link.stack = traceback.StackSummary.from_list(
                [frame for frame in link.stack if frame.filename == str(self._path)]
            )
            link = link.__cause__ or link.__context__
        own = chain.stack[-1:]
        deepest = traceback.extract_tb(error.__traceback__)[-1:]
        theirs = (str(self._path), scripts.__file__)  # `scripts.todo` speaks for a stub
        line = error.lineno if isinstance(error, SyntaxError) else own[0].lineno if own else 0
        return RaisedReport(
            type=type(error).__name__[:LONGEST_NAME],
            text=str(error)[:LONGEST_MESSAGE],
            traceback="".join(chain.format())[-LONGEST_TRACEBACK:],
            line=max(0, min(int(line), LAST_LINE)) if isinstance(line, int) else 0,
            own=bool(own) and deepest[0].filename in theirs,
            planned=planned,
        )

    @contextlib.contextmanager
    def _attended(self, log: str, limit: float) -> Iterator[None]:
        """Keeps what the code prints in the file `log`, and where it stands if it hangs."""
        if self.debugging:
            yield
            return
        with open(log, "wb", buffering=0) as output, open(stack_file(Path(log)), "wb") as stack:
            for stream in (1, 2):
                os.dup2(output.fileno(), stream)
            if limit > 0:  # nothing may be left of that of all cases together
                faulthandler.dump_traceback_later(limit / 2, file=stack)
            try:
                yield
            finally:
                faulthandler.cancel_dump_traceback_later()
                for text in (sys.stdout, sys.stderr):
                    with contextlib.suppress(Exception):  # the learner's code may have closed it
                        text.flush()


def _import(path: Path) -> ModuleType:
    """The module of a learner's file."""
    spec = importlib.util.spec_from_file_location("answer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["answer"] = module  # dataclasses and pickle look their module up here
    spec.loader.exec_module(module)
    return module


def _returned(value: object) -> ReturnReport:
    """What was returned, as plain data: `None`, a path, a dict of paths, a set, or else it in words.

    What a dict or a set holds is asked of these types themselves: a learner's own may never come to an end.
    """
    if value is None:
        return ReturnedNone()
    if isinstance(value, dict):
        some = islice(dict.items(value), MOST_NAMES)
        return ReturnedDict(tuple((repr(key)[:50], _path(one)) for key, one in some))
    if isinstance(value, (set, frozenset)):
        return ReturnedSet(tuple(sorted(str(member)[:50] for member in frozenset(value))[:MOST_NAMES]))
    return _path(value)


def _path(value: object) -> ReturnedPath | ReturnedOther:
    try:
        path = os.fsdecode(value)  # type: ignore[arg-type]  # raises TypeError for what is no path
        return ReturnedPath(type(value).__name__[:LONGEST_NAME], os.path.abspath(path)[:LONGEST_PATH])
    except TypeError:
        return ReturnedOther(repr(value)[:LONGEST_NAME])


def _show_only_what_is_flushed() -> None:
    """Makes the local disk behave as a bucket does: TensorBoard's writer knows no `append` there."""
    from tensorboard.compat.tensorflow_stub.io import gfile

    if hasattr(gfile.LocalFileSystem, "append"):
        del gfile.LocalFileSystem.append


def _refuse_breakpoint(*_: object, **__: object) -> None:
    raise BreakpointMet("breakpoint() needs a debugger")


def serve(requests: int, answers: int) -> None:
    """Runs learner's code as asked, until no more is asked.

    Args:
        requests: descriptor of the pipe of requests.
        answers: descriptor of the pipe of answers.
    """
    inbox, outbox = messages.adopt_streams(requests, answers)
    reseed()
    sys.breakpointhook = _refuse_breakpoint

    def hold() -> int:
        messages.send(outbox, messages.HELD)
        return int(json.loads(inbox.readline())["go"])

    child = Child(hold)

    def handle(message: dict[str, Any]) -> Any:
        report = child.handle(msgspec.convert(message, Request))
        return msgspec.to_builtins(report, enc_hook=str.__str__)  # a text may be of a class of its own

    messages.serve(inbox, outbox, handle)
