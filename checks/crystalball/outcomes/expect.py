"""The language of the checks: each states one law of an exercise's contract.

A check is a pure function of the case and of the trace of a right training. It never sees what
the learner logged. So the same function says what is right, and, given the trace of a wrong
training, what a program with that mistake would have left.
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from crystalball.cases.drawing import Cases
from crystalball.cases.inside.case import Case
from crystalball.cases.inside.parts import LoaderFailure
from crystalball.cases.inside.training import Training
from crystalball.oracle.trace import Trace
from crystalball.outcomes.observe import returned_dict, returned_set
from crystalball.outcomes.outcome import LOADER_ERROR, RTOL, Curve, End, Outcome, Run
from crystalball.reading.values import Value


@dataclass
class Expect:
    """Takes down what a contract expects of one case."""

    _runs: list[Run] = field(default_factory=list)
    _ends: list[End] = field(default_factory=list)
    _views: tuple[int, ...] = ()
    _directories: int = 0
    facets: set[str] = field(default_factory=set)

    def _change(self, index: int, change: Callable[[Run], Run]) -> None:
        while len(self._runs) <= index:
            self._runs.append(Run(""))
        self._runs[index] = change(self._runs[index])

    def curve(
        self,
        tag: str,
        values: Sequence[Value],
        steps: Iterable[int] | None = None,
        *,
        rtol: float = RTOL,
        any_step: bool = False,
        run: int = 0,
    ) -> None:
        """Expects these points, and no others, under a tag.

        Args:
            tag: the tag.
            values: in the order of their steps: numbers, or values of another kind.
            steps: their steps; 1, 2, 3, … when they are not given.
            rtol: relative tolerance of numbers.
            any_step: the steps do not matter.
            run: the index of the run, in the order in which the runs are begun.
        """
        self.facets.add(f"curve {tag}")
        steps = range(1, len(values) + 1) if steps is None else steps
        curve = replace(Curve.of(zip(steps, values, strict=True), rtol), any_step=any_step)
        self._change(run, lambda old: old.with_curve(tag, curve))

    def name(self, name: str, *, run: int = 0) -> None:
        """Expects the run directory at this path below `runs_dir`, and no others."""
        self.facets |= {"name", "runs"}
        self._change(run, lambda old: replace(old, name=name))

    def returns_log_dir(self, run: int | None = None) -> None:
        """Expects that each call, one after the other, returns the path of its run.

        Args:
            run: the index of the run that this call returns; that of the call without it.
        """
        self.facets.add("end")
        self._ends.append(End("returned", f"run {len(self._ends) if run is None else run}"))

    def returns(self, what: str) -> None:
        """Expects that the call returns this, in the words of the worker: `None`, or a set."""
        self.facets.add("end")
        self._ends.append(End("returned", what))

    def returns_dict(self, names: Mapping[float, str]) -> None:
        """Expects that the call returns a dict from these keys to the paths of the runs so named."""
        self.facets.add("end")
        self._ends.append(returned_dict({repr(key): name for key, name in names.items()}))

    def returns_set(self, names: Iterable[str]) -> None:
        """Expects that the call returns the set of these names."""
        self.facets.add("end")
        self._ends.append(returned_set(names))

    def raises(self, what: str) -> None:
        """Expects that the call ends by this exception: a type's name, or `LOADER_ERROR`."""
        self.facets.add("end")
        self._ends.append(End("raised", what))

    def one_directory(self) -> None:
        """Expects one folder in the `runs_dir`, and no empty ones beside it."""
        self.facets.add("directories")
        self._directories = 1

    def one_closed_writer(self) -> None:
        """Expects one event file a run, and no writer left open."""
        self.facets |= {"files", "closed"}

    def closed_writers(self) -> None:
        """Expects that no writer is left open; there may be any number of event files in the run."""
        self.facets.add("closed")
        self._change(0, lambda old: replace(old, files=0))

    def seen_while_training(self, epochs: int) -> None:
        """Expects that whoever looks during an epoch sees all points of the epochs before it."""
        self.facets.add("live")
        self._views = tuple(range(epochs))

    def run_in_order(self, case: Training, lr: float | None = None) -> None:
        """Expects what every training function owes: name, path or error, one closed writer.

        Args:
            case: the case.
            lr: the learning rate of the first parameter group at entry; that of the case without it.
        """
        self.name(f"pixel_gen_lr{case.lr if lr is None else lr!r}_<clock>")
        if case.find(LoaderFailure):
            self.raises(LOADER_ERROR)
        else:
            self.returns_log_dir()
        self.one_closed_writer()

    def outcome(self) -> Outcome:
        """All that was expected."""
        tags = dict.fromkeys(tag for run in self._runs for tag in run.curves)
        return Outcome(
            tuple(self._runs),
            tuple(self._ends),
            views=self._views,
            directories=self._directories,
            contract=tuple(tags),
        )


@dataclass(frozen=True)
class Check:
    """One law of an exercise.

    Attributes:
        name: of the test function.
        law: its docstring: what a learner reads when it fails.
        state: states the law, called with those of `expect`, `case` and `trace` that it names.
    """

    name: str
    law: str
    state: Callable[..., None]

    def expect(self, expect: Expect, case: Case, trace: Trace) -> Expect:
        """Lets the law be stated to `expect`, and returns it."""
        offered = {"expect": expect, "case": case, "trace": trace}
        names = inspect.signature(self.state).parameters
        self.state(**{name: offered[name] for name in names})
        return expect


def check(state: Callable[..., None]) -> Callable[..., None]:
    """Makes a check of a function that states a law; pytest collects it as a test."""

    def test(learner: Any) -> None:
        learner.must_pass(state.__name__)

    test.__name__, test.__doc__, test.__module__ = state.__name__, state.__doc__, state.__module__
    # pytest shows where the law is stated, and asks for the fixtures of `test`.
    test.__wrapped__ = state  # type: ignore[attr-defined]  # functions take attributes, mypy knows none
    test.__signature__ = inspect.signature(test, follow_wrapped=False)  # type: ignore[attr-defined]  # functions take attributes, mypy knows none
    law = " ".join((state.__doc__ or "").split())
    test.check = Check(state.__name__, law, state)  # type: ignore[attr-defined]  # functions take attributes, mypy knows none
    return test


@dataclass(frozen=True)
class Spec:
    """The specification of an exercise: its cases and its laws."""

    cases: Cases
    checks: tuple[Check, ...]

    def expect(self, case: Case, trace: Trace) -> Outcome:
        """What all laws together expect of a case, given the trace of its training."""
        expect = Expect()
        for check in self.checks:
            check.expect(expect, case, trace)
        outcome = expect.outcome()
        failure = case.find(LoaderFailure)
        if failure and failure.only_end:
            return replace(outcome, only_end=True)
        return outcome

    def facets(self, check: Check, case: Case, trace: Trace) -> set[str]:
        """The facets of an outcome that a check speaks of."""
        return check.expect(Expect(), case, trace).facets


def spec_of(module: ModuleType) -> Spec:
    """The specification that a module of checks states: its `CASES`, and its tests."""
    checks = tuple(
        value.check for value in vars(module).values() if isinstance(getattr(value, "check", None), Check)
    )
    return Spec(module.CASES, checks)


def load_spec(root: Path, exercise: str) -> Spec:
    """The specification of an exercise, given by its id, in the checks of a kit."""
    return spec_of(load_module(root / "checks" / f"test_{exercise}.py"))


def load_module(path: Path) -> ModuleType:
    """The module in a file, wherever that lies. Only the kit's own files are loaded so."""
    loader = importlib.util.spec_from_file_location(path.stem, path)
    assert loader is not None
    assert loader.loader is not None
    module = importlib.util.module_from_spec(loader)
    loader.loader.exec_module(module)
    return module
