"""What the kit's own tests share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crystalball.judging.session import JudgingSession

ROOT = Path(__file__).parents[2]

# pytest's importlib mode finds tests without it, but not the modules that some of them share.
sys.path.append(str(Path(__file__).parent))
from browser import browser, open_board, open_page  # noqa: E402, F401  # fixtures; after the line above


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
            program, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return run
