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
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from crystalball.cases.drawing import Cases
from crystalball.cases.inside.case import Case
from crystalball.cases.inside.parts import LoaderFailure
from crystalball.cases.inside.training import Training
from crystalball.oracle.trace import Trace
from crystalball.outcomes.end import (
    LOADER_ERROR,
    End,
    LoaderError,
    Raised,
    Returned,
    returned_names,
    returned_paths,
    returned_run,
)
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.outcomes.outcome import RTOL, Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName
from crystalball.reading.values import Value


@dataclass
class Expect:
    """Takes down what laws expect of one case: each method is a sentence of a contract.

    What no law speaks of is free: other tags, the name of a run, what is returned.

    Attributes:
        facets: what was spoken of; whoever states a law empties it before.
    """

    _runs: list[Run] = field(default_factory=list)
    _ends: list[End] = field(default_factory=list)
    _views: tuple[int, ...] = ()
    _directories: int = 0
    facets: set[Facet] = field(default_factory=set)

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
        goes_on: bool = False,
        run: int = 0,
    ) -> None:
        """Expects these points, and no others, under a tag.

        Args:
            tag: the tag.
            values: in the order of their steps: numbers, or values of another kind.
            steps: their steps; 1, 2, 3, … when they are not given.
            rtol: relative tolerance of numbers.
            any_step: the steps do not matter.
            goes_on: whatever is logged after these points does not matter.
            run: the index of the run, in the order in which the runs are begun.
        """
        self.facets.add(CurveFacet(tag))
        steps = range(1, len(values) + 1) if steps is None else steps
        curve = Curve(tuple(zip(steps, values, strict=True)), rtol, any_step, goes_on)
        self._change(run, lambda old: old.with_curve(tag, curve))

    def name(self, name: RunName, *, run: int = 0) -> None:
        """Expects the run directory of this name, and no others.

        Args:
            name: its path below `runs_dir`, or a name by the convention.
            run: the index of the run, in the order in which the runs are begun.
        """
        self.facets |= {Trait.NAME, Trait.RUNS}
        self._change(run, lambda old: replace(old, name=name))

    def named_by_convention(self, lr: float, time: datetime | None = None, *, run: int = 0) -> None:
        """Expects the run directory `pixel_gen_lr<lr>_<time>`, with any suffix, and no others.

        Args:
            lr: the learning rate.
            time: the time that the name tells; the local time of the call without it.
            run: the index of the run, in the order in which the runs are begun.
        """
        self.name(ConventionalName(lr, time), run=run)

    def returns_log_dir(self, run: int | None = None) -> None:
        """Expects that the next call returns the path of its run.

        Args:
            run: the index of the run that this call returns; that of the call without it.
        """
        self._ends_by(returned_run(len(self._ends) if run is None else run))

    def returns_none(self) -> None:
        """Expects that the next call returns `None`."""
        self._ends_by(Returned(None))

    def returns_log_dirs(self, names: Mapping[float, RunName]) -> None:
        """Expects that the next call returns a dict of the paths of runs.

        Args:
            names: the name of the run, for each key of the dict.
        """
        self._ends_by(returned_paths(names))

    def returns_names(self, names: Iterable[str]) -> None:
        """Expects that the next call returns the set of these names.

        Args:
            names: in any order.
        """
        self._ends_by(returned_names(names))

    def raises(self, error: str | LoaderError) -> None:
        """Expects that the next call ends by an exception.

        Args:
            error: the name of its type; or `LOADER_ERROR`, the very error that the case raises.
        """
        self._ends_by(Raised(error))

    def _ends_by(self, end: End) -> None:
        self.facets.add(Trait.END)
        self._ends.append(end)

    def one_directory(self) -> None:
        """Expects one folder in the `runs_dir`, no empty ones beside it, and no run elsewhere."""
        self.facets.add(Trait.DIRECTORIES)
        self._directories = 1

    def one_closed_writer(self) -> None:
        """Expects one event file a run, and no writer left open."""
        self.facets |= {Trait.FILES, Trait.CLOSED}

    def closed_writers(self) -> None:
        """Expects that no writer is left open; there may be any number of event files in the run."""
        self.facets.add(Trait.CLOSED)
        self._change(0, lambda old: replace(old, files=0))

    def seen_while_training(self, epochs: int) -> None:
        """Expects that whoever looks during an epoch sees all points of the epochs before it.

        Args:
            epochs: of the training; in each, somebody looks once.
        """
        self.facets.add(Trait.LIVE)
        self._views = tuple(range(epochs))

    def run_in_order(self, case: Training, lr: float | None = None) -> None:
        """Expects what every training function owes: name, path or error, one closed writer.

        Args:
            case: the case.
            lr: the learning rate of the first parameter group at entry; that of the case without it.
        """
        self.named_by_convention(case.lr if lr is None else lr)
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
        function: states the law, called with those of `expect`, `case` and `trace` that it names.
    """

    name: str
    law: str
    function: Callable[..., None]

    def apply(self, expect: Expect, case: Case, trace: Trace) -> frozenset[Facet]:
        """States the law to `expect`.

        Args:
            expect: takes it down.
            case: the case.
            trace: of the training of it that the law is to speak of.

        Returns:
            What it speaks of.
        """
        offered = {"expect": expect, "case": case, "trace": trace}
        expect.facets = set()
        self.function(**{name: offered[name] for name in inspect.signature(self.function).parameters})
        return frozenset(expect.facets)


def check(function: Callable[..., None]) -> Callable[..., None]:
    """Makes a check of a function that states one law of an exercise; pytest collects it as a test.

    This is what authors write checks with. A file of checks states its cases as `CASES`, and each law so:

        @check
        def test_each_epoch_logs_its_mean_loss(expect: Expect, trace: Trace) -> None:
            '''`Loss/Train` holds the mean loss of each epoch, at steps 1 to `epochs`.'''
            expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])

    A law is a pure function: it is stated of right trainings and of wrong ones, and looks at nothing but
    its arguments.

    Args:
        function: states the law. It names those of `expect` (see `Expect`), `case` and `trace` that it
            needs; its docstring is what a learner reads when the law is broken.
    """

    def test(learner: Any) -> None:
        learner.must_pass(function.__name__)

    test.__name__, test.__doc__, test.__module__ = function.__name__, function.__doc__, function.__module__
    # pytest shows where the law is stated, and asks for the fixtures of `test`.
    test.__wrapped__ = function  # type: ignore[attr-defined]  # functions take attributes, mypy knows none
    test.__signature__ = inspect.signature(test, follow_wrapped=False)  # type: ignore[attr-defined]  # functions take attributes, mypy knows none
    law = " ".join((function.__doc__ or "").split())
    test.check = Check(function.__name__, law, function)  # type: ignore[attr-defined]  # functions take attributes, mypy knows none
    return test


@dataclass(frozen=True)
class Statement:
    """What the laws of an exercise say of one case.

    Attributes:
        outcome: what all of them together expect.
        facets: what each speaks of, by the name of the check.
    """

    outcome: Outcome
    facets: Mapping[str, frozenset[Facet]]


@dataclass(frozen=True)
class Spec:
    """The specification of an exercise: its cases and its laws."""

    cases: Cases
    checks: tuple[Check, ...]

    def apply(self, case: Case, trace: Trace) -> Statement:
        """States all laws.

        Args:
            case: the case.
            trace: of the training of it that the laws are to speak of.
        """
        expect = Expect()
        facets = {check.name: check.apply(expect, case, trace) for check in self.checks}
        failure = case.find(LoaderFailure)
        only_end = failure is not None and failure.only_end
        outcome = replace(expect.outcome(), only_end=only_end)
        return Statement(outcome.map_runs(_suffixed) if case.taken else outcome, facets)


def _suffixed(run: Run) -> Run:
    """A run whose name is shown with a suffix, as it must be where names are taken."""
    name = run.name
    return replace(run, name=name.with_suffix()) if isinstance(name, ConventionalName) else run


def spec_of(module: ModuleType) -> Spec:
    """The specification that a module of checks states: its `CASES`, and its tests.

    Args:
        module: of checks.
    """
    checks = tuple(
        value.check for value in vars(module).values() if isinstance(getattr(value, "check", None), Check)
    )
    return Spec(module.CASES, checks)


def load_spec(root: Path, exercise: str) -> Spec:
    """The specification of an exercise, in the checks of a kit.

    Args:
        root: of the kit.
        exercise: its id.
    """
    return spec_of(load_module(root / "checks" / f"test_{exercise}.py"))


def load_module(path: Path) -> ModuleType:
    """The module in a file, wherever that lies. Only the kit's own files are loaded so.

    Args:
        path: of the file.
    """
    loader = importlib.util.spec_from_file_location(path.stem, path)
    assert loader is not None
    assert loader.loader is not None
    module = importlib.util.module_from_spec(loader)
    loader.loader.exec_module(module)
    return module
