"""What pytest sees of the kit: two options, the `learner` fixture, and the report.

A check's test only looks up its result: the verdict of an exercise is reached once, for all of its
tests. It travels as JSON in the report's `user_properties`, so that the terminal, xdist,
JUnit and test explorers all tell the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, NotFound, curriculum, find_root
from crystalball.judging.disk import disk_words
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Verdict
from crystalball.learner.progress import Progress
from crystalball.outcomes.expect import Spec, spec_of
from crystalball.processes.process import StartError
from crystalball.reading.records import event_files

if TYPE_CHECKING:
    from rich.console import RenderableType  # imported when there is a report: it takes its time

PROPERTY = "crystalball"
"""Under which a report carries its verdict."""

VERDICT = pytest.StashKey[Verdict]()
"""Under which a test carries its verdict."""


TOGETHER = 2
"""Exercises that are judged at once: while one waits for its worker, the other one's runs are read."""


class CheckFailed(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # an attribute of a function
    """A law was not kept. No traceback: pytest would parse our own source for it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--answers` and `--seed`."""
    group = parser.getgroup("crystalball", "Crystal Ball")
    group.addoption("--answers", metavar="DIR", default="exercises", help="the folder of answers to judge")
    group.addoption("--seed", type=int, default=0, help="chooses the drawn training runs (default: 0)")


def pytest_configure(config: pytest.Config) -> None:
    """Takes part in runs below a kit's root, and in no others."""
    try:
        root = find_root(config.rootpath)
    except NotFound:
        return
    config.pluginmanager.register(Plugin(config, root), "crystalball-plugin")


class Plugin:
    """One run of pytest in a kit."""

    def __init__(self, config: pytest.Config, root: Path) -> None:
        self._config, self._root = config, root
        self._answers: Path = (root / config.getoption("answers")).resolve()
        self._judging_session: JudgingSession | None = None
        self._plain: set[str] = set()
        self._scratch = TemporaryDirectory(prefix="crystalball-", ignore_cleanup_errors=True)
        self._reported: dict[str, Verdict] = {}
        self._judging = ThreadPoolExecutor(TOGETHER)
        self._ahead: dict[str, Future[Verdict]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Starts torch's processes as soon as it is known that a check needs them."""
        modules = {_exercise(item.module): item.module for item in session.items if _is_check(item)}  # type: ignore[attr-defined]  # an item of ours has a module
        if not modules or self._config.option.collectonly:
            return
        if not self._answers.is_dir():
            raise pytest.UsageError(f"--answers: there is no folder {self._answers}")
        self._judging_session = JudgingSession(
            self._root,
            self._answers,
            seed=self._config.getoption("seed"),
            training=any(exercise.trains for exercise in modules),
            debugging=self._debugging,
        )
        plain = [item for item in session.items if "run_of" in getattr(item, "fixturenames", ())]
        self._plain = {_exercise(item.module).id for item in plain}  # type: ignore[attr-defined]  # see above
        # A debugger follows this thread alone; xdist tells its processes later which checks are theirs.
        if not self._debugging and not hasattr(self._config, "workerinput"):
            for exercise, module in modules.items():
                # Drawn here: two threads of Python 3.11 that parse source at once break each other,
                # hypothesis does, and pytest does for a traceback.
                spec = spec_of(module)
                cases = self._judging_session.cases(spec, self._config.getoption("seed"))
                self._ahead[exercise.id] = self._judging.submit(self._judge, exercise, spec, cases)
        # While torch is imported over there, we import here what we shall need.

        import crystalball.learner.overview  # noqa: F401  # imported early, used in the report

        if plain:
            import tbparse  # noqa: F401  # imported early, used in a test

    @property
    def _debugging(self) -> bool:
        return bool(self._config.option.usepdb) or bool({"pydevd", "debugpy"} & sys.modules.keys())

    @property
    def _for_learner(self) -> bool:
        return self._answers == (self._root / "exercises").resolve()

    @pytest.fixture
    def learner(self, request: pytest.FixtureRequest) -> Learner:
        """What a check asks for its result."""
        verdict = self._verdict(request.module)
        request.node.user_properties.append((PROPERTY, verdict.to_json()))
        request.node.stash[VERDICT] = verdict
        return Learner(verdict)

    @pytest.fixture
    def run_of(self, request: pytest.FixtureRequest, learner: Learner) -> Callable[[Case], Path]:
        """What a plain test asks for the run that the answer left of a pinned case."""
        runs = self._runs(_exercise(request.module))
        cases = spec_of(request.module).cases.pinned

        def run_of(case: Case) -> Path:
            found = next(event_files(runs / str(cases.index(case))), None)
            if found is None:
                learner.fail()
            return found[0]

        return run_of

    def _runs(self, exercise: Exercise) -> Path:
        return Path(self._scratch.name) / exercise.id

    def _verdict(self, module: ModuleType) -> Verdict:
        exercise = _exercise(module)
        try:
            if exercise.id not in self._ahead:
                self._ahead[exercise.id] = Future()
                self._ahead[exercise.id].set_result(self._judge(exercise, spec_of(module)))
            return self._ahead[exercise.id].result()
        except KeyboardInterrupt:
            self.pytest_unconfigure()
            raise
        except OSError as error:
            pytest.exit(
                f"{disk_words(error)}. Nothing could be judged, and nothing was lost.", returncode=2
            )
        except StartError as error:
            pytest.exit(str(error), returncode=2)

    def _judge(self, exercise: Exercise, spec: Spec, cases: Iterable[Case] = ()) -> Verdict:
        assert self._judging_session is not None
        return self._judging_session.judge(
            exercise,
            spec,
            learner=self._for_learner,
            cases=cases,
            runs=self._runs(exercise) if exercise.id in self._plain else None,
        )

    def pytest_unconfigure(self) -> None:
        """Ends torch's processes, and so all that is still judged."""
        self._judging.shutdown(wait=False, cancel_futures=True)
        if self._judging_session is not None:
            self._judging_session.close()
            self._judging_session = None
        self._judging.shutdown()
        self._scratch.cleanup()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """What fails in an exercise that is not done reports the verdict in words, and no traceback."""
        report = yield
        verdict = item.stash.get(VERDICT, None)
        if call.excinfo is not None and verdict is not None and not verdict.passed:
            from crystalball.words.verdicts import plain_text

            report.longrepr = plain_text(verdict)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the verdict down that a report carries, from this process or one of xdist's."""
        for name, text in report.user_properties:
            if name == PROPERTY and report.when == "call":
                verdict = Verdict.from_json(str(text))
                self._reported[verdict.exercise] = verdict

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Counts failed checks by a word of their own: pytest would print each of its "failed" in full."""
        told = any(name == PROPERTY for name, _ in getattr(report, "user_properties", ()))
        if told and report.failed and isinstance(report.longrepr, str):
            return "failing", "F", "FAILED"
        return None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Shows where the learner stands, and the verdict on the first exercise that is not done."""
        if not self._reported:
            return
        from crystalball.words.console import render

        writer = self._config.get_terminal_writer()
        parts = self._summary()
        terminalreporter.ensure_newline()
        terminalreporter.line(
            render(*parts, width=min(writer.fullwidth, 120), colour=writer.hasmarkup),
        )

    def _summary(self) -> Iterator[RenderableType]:
        from crystalball.learner.overview import progress_list
        from crystalball.words import commands
        from crystalball.words.console import Signs
        from crystalball.words.verdicts import in_full

        progress = Progress.load(self._root) if self._for_learner else Progress()
        for verdict in self._reported.values():
            progress.note(verdict)
        if self._for_learner:
            try:
                progress.save(self._root)
            except OSError as error:
                yield commands.could_not_remember(error)
        signs = Signs.of(sys.stdout.encoding)
        verbosity = self._config.get_verbosity()
        if verbosity >= 0:
            yield progress_list(progress, signs)
        told = [self._reported[one.id] for one in curriculum().exercises if one.id in self._reported]
        unsolved = [verdict for verdict in told if not verdict.passed]
        if self._config.option.tbstyle != "no":
            for verdict in unsolved if verbosity > 0 else unsolved[:1]:
                yield from ("", in_full(verdict, signs))
        if not unsolved and progress.next_exercise is None:
            yield from ("", commands.all_done())

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """With `-n`, the checks of one exercise go to one process: they share its verdict."""
        from xdist.scheduler import LoadFileScheduling

        return LoadFileScheduling(config, log) if config.getoption("dist") == "load" else None


class Learner:
    """A learner's answer to one exercise, after the verdict."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict

    def must_pass(self, name: str) -> None:
        """Raises `CheckFailed` unless the law of this name was kept."""
        if not next(check.passed for check in self._verdict.checks if check.name == name):
            self.fail()

    def fail(self) -> NoReturn:
        """Raises `CheckFailed`."""
        raise CheckFailed(f"{self._verdict.exercise}: {self._verdict.status}", pytrace=False)


def _is_check(item: pytest.Item) -> bool:
    return "learner" in getattr(item, "fixturenames", ())


def _exercise(module: ModuleType) -> Exercise:
    return curriculum().find(module.__name__.rpartition(".")[2].removeprefix("test_"))
