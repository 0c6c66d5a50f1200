"""The child: runs a learner's code, and answers with plain data what it saw of it.

What it answers is reported, not proven: the learner's code runs in this process and could lie.
Its observers are bound before that code is loaded. It imports nothing of the trusted side.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import importlib.util
import inspect
import os
import random
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any, BinaryIO

from crystalball.cases.inside.case import GivenRun, Losses, NewRuns
from crystalball.cases.inside.parts import Live, Schedule, SpoiltBatch, Validation
from crystalball.cases.inside.training import Training
from crystalball.processes.inside import messages as protocol

KINDS = {kind.kind: kind for kind in (Losses, NewRuns, Training, GivenRun)}
"""The cases that a worker can be asked, by their names."""


class BreakpointMet(BaseException):
    """The learner's code called `breakpoint()` where no debugger can talk to anybody."""


class Child:
    """Runs the function of one file.

    Args:
        hold: lets the trusted side look at what is on disk, and comes back when it has.
        debugging: somebody follows the code with a debugger: its output and its exceptions are
            left alone.
    """

    def __init__(self, hold: Callable[[], None], *, debugging: bool = False) -> None:
        self.debugging = debugging
        self._hold = hold
        self._function: Any = None
        self._path = Path()
        self._parameters: tuple[str, ...] = ()
        self._threads = threading.enumerate

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answers one request: `warm` perhaps, `load`, then any number of `run`."""
        return getattr(self, f"_{request.pop('do')}")(**request)  # type: ignore[no-any-return]  # all handlers return dicts

    def _warm(self) -> dict[str, Any]:
        """Trains a step ahead of time: in a fork, memory is slow when it is first written to."""
        prepare_training()
        reseed()
        return {}

    def _load(self, path: str, function: str, parameters: list[str], log: str) -> dict[str, Any]:
        """Imports the learner's file and finds the function in it."""
        self._path, self._parameters = Path(path), tuple(parameters)
        sys.path.insert(0, str(self._path.parent))  # as for a script: helper modules lie beside it
        with self._attended(log):
            try:
                spec = importlib.util.spec_from_file_location("answer", path)
                assert spec is not None
                assert spec.loader is not None
                module = importlib.util.module_from_spec(spec)
                sys.modules["answer"] = module  # dataclasses and pickle look their module up here
                spec.loader.exec_module(module)
            except BaseException as error:
                if self.debugging:
                    raise
                return {"raised": self._describe(error)}
            self._function = getattr(module, function, None)
        if not callable(self._function):
            return {"missing": sorted(k for k, v in vars(module).items() if self._is_own(v))}
        names = dict.fromkeys(parameters)
        if self._call_form(self._function, names) is None:
            return {"signature": str(inspect.signature(self._function))}
        return {}

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

    def _run(
        self, kind: str, case: str, folder: str, log: str, limit: float, call_index: int, rank: int
    ) -> dict[str, Any]:
        """Calls the function as a case asks, in the case's own folder."""
        from crystalball.processes.inside.ranks import process_group
        from crystalball.processes.inside.training_objects import arguments

        os.chdir(folder)
        asked = KINDS[kind].from_json(case)
        with self._attended(log, limit), process_group(Path(folder), rank, asked.ranks):
            if asked.find(Live):
                _show_only_what_is_flushed()
            all_arguments = arguments(asked, Path(folder), self._hold, call_index, rank)
            demanded = (FloatingPointError,) if asked.find(SpoiltBatch) else ()
            return {"calls": [self._call(named, demanded) for named in all_arguments]}

    def _call(
        self, objects: dict[str, object], demanded: tuple[type[BaseException], ...]
    ) -> dict[str, Any]:
        """One call; `demanded` is what the contract wants raised there, so no debugger stops at it."""
        form = self._call_form(self._function, {name: objects[name] for name in self._parameters})
        assert form is not None  # `load` has tried it
        before = set(self._threads())
        seen: dict[str, Any] = {}
        try:
            returned = self._function(*form[0], **form[1])
            seen["returned"] = _describe(returned)
        except BaseException as error:
            planned = error is objects.get("error")
            if self.debugging and not planned and not isinstance(error, demanded):
                raise
            seen["raised"] = self._describe(error) | {"planned": planned}
        seen["open_writers"] = self._drain(before)
        return seen

    def _drain(self, before: set[threading.Thread]) -> int:
        """Counts the writers left open, and lets them write what they still hold.

        A verdict never depends on whether a writer's thread was quick enough.
        """
        left = [t for t in self._threads() if t not in before]
        left = [t for t in left if type(t).__name__ in protocol.WRITER_THREADS]
        for thread in left:
            thread.stop()  # type: ignore[attr-defined]  # TensorBoard's method: drains, then joins
        return len(left)

    def _describe(self, error: BaseException) -> dict[str, Any]:
        """The exception in words: its traceback holds the learner's frames alone."""
        chain = traceback.TracebackException.from_exception(error, capture_locals=False)
        link: traceback.TracebackException | None = chain
        while link is not None:
            link.stack = traceback.StackSummary.from_list(
                [frame for frame in link.stack if frame.filename == str(self._path)]
            )
            link = link.__cause__ or link.__context__
        own = chain.stack[-1:]
        deepest = traceback.extract_tb(error.__traceback__)[-1:]
        return {
            "type": type(error).__name__,
            "text": str(error)[:2000],
            "traceback": "".join(chain.format())[-6000:],
            "line": error.lineno if isinstance(error, SyntaxError) else own[0].lineno if own else 0,
            "own": bool(own) and own[0].filename == deepest[0].filename,
        }

    @contextlib.contextmanager
    def _attended(self, log: str, limit: float = 0) -> Iterator[None]:
        """Keeps what the code prints in the file `log`, and where it stands if it hangs."""
        if self.debugging:
            yield
            return
        with open(log, "wb", buffering=0) as output, open(f"{log}.stack", "wb") as stack:
            for stream in (1, 2):
                os.dup2(output.fileno(), stream)
            if limit:
                faulthandler.dump_traceback_later(0.7 * limit, file=stack)
            try:
                yield
            finally:
                faulthandler.cancel_dump_traceback_later()
                for text in (sys.stdout, sys.stderr):
                    with contextlib.suppress(Exception):  # the learner's code may have closed it
                        text.flush()


def _describe(value: object) -> dict[str, Any]:
    """What was returned, as plain data: a path, a dict of paths, a set, or what else it was in words."""
    kind = type(value).__name__
    if isinstance(value, dict):
        return {"type": kind, "dict": [[repr(k)[:50], _describe(v)] for k, v in value.items()][:50]}
    if isinstance(value, (set, frozenset)):
        return {"type": kind, "set": sorted(str(member)[:50] for member in value)[:50]}
    try:
        path = os.fsdecode(value)  # type: ignore[arg-type]  # raises TypeError for what is no path
        return {"type": kind, "path": os.path.abspath(path)}
    except TypeError:
        return {"type": kind, "text": repr(value)[:200]}


def _show_only_what_is_flushed() -> None:
    """Makes the local disk behave as a bucket does: TensorBoard's writer knows no `append` there."""
    from tensorboard.compat.tensorflow_stub.io import gfile

    if hasattr(gfile.LocalFileSystem, "append"):
        del gfile.LocalFileSystem.append


def _refuse_breakpoint(*_: object, **__: object) -> None:
    raise BreakpointMet("breakpoint() needs a debugger")


def prepare() -> None:
    """Imports what every training needs; before a fork, so that the children have it already.

    TensorFlow is hidden, where it is installed: it changes how event files are written, and
    takes seconds to import.
    """
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # None forbids the import
    import torch
    import torch.utils.tensorboard

    # What every stub imports, with rich: 50 ms, once and not for each file.
    for module in (
        "crystalball.run_directory",
        "crystalball.scripts",
        "crystalball.processes.inside.ranks",
    ):
        importlib.import_module(module)

    # One thread before any operation: a fork of a process with more hangs.
    torch.set_num_threads(1)


def prepare_training() -> None:
    """Trains a step with each small batch size, so that what torch does lazily is done.

    Its optimizers import much, and its kernels are made anew for each shape: 10 ms of the first case.
    """
    import torch

    from crystalball.processes.inside.training_objects import TrainingObjects

    for size in range(1, 6):
        parts = (Validation(size), Schedule("onecycle"))
        objects = TrainingObjects(Training(1, size, size, parts=parts))
        for inputs, targets in objects.train_loader:
            objects.loss_fn(objects.model(inputs), targets).backward()
            objects.optimizer.step()
            objects.scheduler.step()
        objects.model.eval()
        for inputs, _ in objects.val_loader:
            with torch.no_grad():
                objects.model(inputs)


def reseed() -> None:
    """Gives the process random numbers of its own: forks share their parent's."""
    import numpy
    import torch

    random.seed()
    numpy.random.seed()
    torch.default_generator.seed()  # not `torch.seed`, which asks for devices that are not there


def adopt_streams(requests: int, answers: int) -> tuple[BinaryIO, BinaryIO]:
    """Takes the pipes of the protocol out of the learner's reach: 0 is empty, 1 and 2 are text."""
    inbox, outbox = os.fdopen(os.dup(requests), "rb"), os.fdopen(os.dup(answers), "wb")
    for descriptor in {requests, answers} - {0, 1, 2}:
        os.close(descriptor)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # for the life of the process
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115  # for the life of the process
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115  # for the life of the process
    return inbox, outbox


def serve(requests: int, answers: int) -> None:
    """Runs learner's code as asked on one descriptor, and answers on the other, until it ends."""
    inbox, outbox = adopt_streams(requests, answers)
    reseed()
    sys.breakpointhook = _refuse_breakpoint

    def hold() -> None:
        protocol.send(outbox, {"held": True})
        inbox.readline()

    protocol.serve(inbox, outbox, Child(hold).handle)
