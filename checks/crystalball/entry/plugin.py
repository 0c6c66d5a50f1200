"""What pytest sees of the kit: two options, the fixtures `learner` and `run_of`, and the report.

A check's test only looks up its result: the verdict of an exercise is reached once, for all of its
tests. It travels as JSON in the report's `user_properties`, so that the terminal, xdist,
JUnit and test explorers all tell the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from crystalball.cases.inside.case import RUNS_DIR, Case
from crystalball.curriculum.manifest import Exercise, NotFound, curriculum, find_root
from crystalball.entry.meant import NOTHING, chose_nothing, understand
from crystalball.judging.verdict import Verdict
from crystalball.learner.progress import Progress
from crystalball.outcomes.expect import spec_of
from crystalball.processes.process import StartError
from crystalball.processes.starter import open_starter
from crystalball.reading.records import event_files

if TYPE_CHECKING:
    from rich.console import RenderableType  # imported when there is a report: it takes its time

    from crystalball.judging.session import JudgingSession  # imported while torch is: likewise

PROPERTY = "crystalball"
"""Under which a report carries its verdict."""

VERDICT = pytest.StashKey[Verdict]()
"""Under which a test carries its verdict."""


class CheckFailed(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # an attribute of a function
    """A law was not kept. No traceback: pytest would parse our own source for it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"{verdict.exercise}: {verdict.status}", pytrace=False)


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
    understand(config, root)
    config.pluginmanager.register(Plugin(config, root), "crystalball-plugin")


class Plugin:
    """One run of pytest in a kit."""

    def __init__(self, config: pytest.Config, root: Path) -> None:
        self._config, self._root = config, root
        self._answers: Path = (root / config.getoption("answers")).resolve()
        self._judging_session: JudgingSession | None = None
        self._reported: dict[str, Verdict] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._looked_into: set[Exercise] = set()
        self._runs = TemporaryDirectory(prefix="crystalball-", ignore_cleanup_errors=True)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Starts torch's processes as soon as it is known that a check needs them."""
        modules = {_exercise(item.module): item.module for item in session.items if _is_check(item)}  # type: ignore[attr-defined]  # an item of ours has a module
        if not modules or self._config.option.collectonly:
            return
        if not self._answers.is_dir():
            raise pytest.UsageError(f"--answers: there is no folder {self._answers}")
        starter = open_starter(training=any(exercise.trains for exercise in modules))
        # While torch is imported over there, we import here what we shall need.
        from crystalball.judging.session import JudgingSession

        self._judging_session = JudgingSession(
            self._root,
            self._answers,
            seed=self._config.getoption("seed"),
            starter=starter,
            debugging=self._debugging,
        )
        plain = [item for item in session.items if "run_of" in getattr(item, "fixturenames", ())]
        self._looked_into = {_exercise(item.module) for item in plain}  # type: ignore[attr-defined]  # an item of ours has a module

        import crystalball.learner.overview  # noqa: F401  # imported early, used in the report

        if plain:
            import tbparse  # noqa: F401  # imported early, used in these tests

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
        """What a plain test asks for the directory of the run that a pinned case left."""
        pinned = spec_of(request.module).cases.pinned
        runs = Path(self._runs.name, _exercise(request.module).id)

        def run_of(case: Case) -> Path:
            left = runs / f"case-{pinned.index(case) + 1}" / RUNS_DIR
            for log_dir, _ in event_files(left):
                return log_dir
            raise CheckFailed(learner.verdict)

        return run_of

    def _verdict(self, module: ModuleType) -> Verdict:
        exercise = _exercise(module)
        try:
            if exercise.id not in self._verdicts:
                assert self._judging_session is not None
                runs = Path(self._runs.name, exercise.id) if exercise in self._looked_into else None
                self._verdicts[exercise.id] = self._judging_session.judge(
                    exercise, spec_of(module), learner=self._for_learner, runs=runs, helped=True
                )
            return self._verdicts[exercise.id]
        except (OSError, StartError) as error:
            from crystalball.words.commands import could_not_judge

            pytest.exit(could_not_judge(error).plain, returncode=2)

    def pytest_unconfigure(self) -> None:
        """Ends torch's processes."""
        if self._judging_session is not None:
            self._judging_session.close()
            self._judging_session = None
        self._runs.cleanup()

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

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """Shows where the learner stands, and the verdict on the first exercise that is not done."""
        nothing = chose_nothing(exitstatus, self._config.args, self._root)
        if not self._reported and not nothing:
            return
        from crystalball.words.console import prose, render

        writer = self._config.get_terminal_writer()
        parts = [prose(NOTHING)] if nothing else self._summary()
        terminalreporter.ensure_newline()
        terminalreporter.line(
            render(*parts, width=min(writer.fullwidth, 120), colour=writer.hasmarkup),
        )

    def _summary(self) -> Iterator[RenderableType]:
        from crystalball.learner.overview import progress_list, where_next
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
        if not unsolved and (self._for_learner or progress.next_exercise is None):
            yield from ("", where_next(progress, self._root))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """With `-n`, the checks of one exercise go to one process: they share its verdict."""
        from xdist.scheduler import LoadFileScheduling

        return LoadFileScheduling(config, log) if config.getoption("dist") == "load" else None


class Learner:
    """A learner's answer to one exercise, after the verdict."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def must_pass(self, name: str) -> None:
        """Raises `CheckFailed` unless the law of this name was kept."""
        if not next(check.passed for check in self.verdict.checks if check.name == name):
            raise CheckFailed(self.verdict)


def _is_check(item: pytest.Item) -> bool:
    return "learner" in getattr(item, "fixturenames", ())


def _exercise(module: ModuleType) -> Exercise:
    return curriculum().find(module.__name__.rpartition(".")[2].removeprefix("test_"))
