"""What the kit's own tests share."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from crystalball.judging.session import JudgingSession

ROOT = Path(__file__).parents[2]

# pytest's importlib mode finds tests without it, but not the modules that some of them share.
sys.path.append(str(Path(__file__).parent))
from browser import browser, open_board, open_page  # noqa: E402, F401  # fixtures, found by the path above
from needs import NEEDS, left_out  # noqa: E402  # found by the path above
from patience import PATIENCE  # noqa: E402  # found by the path above

SEED = "CRYSTALBALL_TEST_SEED"
"""Draws what it drew before, where it is set to the number that a run has shown at its head."""

# The processes of xdist are told by the environment, too.
os.environ.setdefault(SEED, str(random.randrange(10**6)))

settings.register_profile("kit", print_blob=True)  # how to draw a failing example again
settings.load_profile("kit")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line("markers", "needs(name): what the test needs beside Python; see needs.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with what takes longest, so that nothing is left to run alone on one core."""
    items.sort(key=lambda item: item.path.name != "test_verify.py")


def pytest_report_header() -> str:
    """Says what the random tests draw from."""
    return f"random tests: {SEED}={os.environ[SEED]} draws the same again"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leaves out what this machine cannot do."""
    for mark in item.iter_markers("needs"):
        NEEDS[mark.args[0]].demand()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out."""
    skipped = terminalreporter.getreports("skipped")
    if line := left_out(report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)):
        terminalreporter.write_line(line)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Draws at random, by a seed that is shown."""
    return random.Random(f"{os.environ[SEED]} {request.node.nodeid}")


@pytest.fixture(scope="session")
def judging_session() -> Iterator[JudgingSession]:
    """Judges the solutions; its processes are shared by all tests."""
    opened = JudgingSession(ROOT, ROOT / "solutions")
    yield opened
    opened.close()


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A learner's copy of the kit, in a folder whose name has a space and umlauts."""
    root = tmp_path / "mein schönes Übungsheft"
    root.mkdir()
    for name in ("exercises", "solutions", "runs"):
        ignored = shutil.ignore_patterns("__pycache__", "pixel_gen*")  # an author's own runs
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    checks = root / "checks"
    ignored = shutil.ignore_patterns("__pycache__", "mistakes", "variants", "bench")
    shutil.copytree(ROOT / "checks", checks, ignore=ignored)
    shutil.copytree(ROOT / "checks/crystalball/mistakes", checks / "crystalball/mistakes")
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(kit: Path) -> Run:
    """Runs `pytest` or `crystalball` in the learner's copy, and gives what a learner sees."""

    def run(*command: str, cwd: Path = kit, **more: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"} | more
        program = [sys.executable, "-m", *command]
        return subprocess.run(
            program, cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    return run
