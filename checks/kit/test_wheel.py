"""The wheel: it carries the whole kit, `init` unfolds it, and another `crystalball` is told from it."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from patience import PATIENCE

import crystalball
from crystalball.curriculum.tree import LIBRARY, PACKED, kit_files, unfold
from crystalball.entry.cli import main

ROOT = Path(__file__).parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


def command(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs this Python, and gives what a user sees."""
    environment = os.environ | {"COLUMNS": "80"} | more
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip makes of the wheel."""
    folder = tmp_path_factory.mktemp("site")
    code = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    source = tmp_path_factory.mktemp("source")
    unfold(ROOT / LIBRARY, source)
    built = command("-c", code, cwd=source)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("crystal_ball_kit-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def tree(root: Path) -> dict[str, bytes]:
    """The files below a folder, but for what is compiled."""
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_init_makes_the_folder_that_a_clone_is(site: Path, tmp_path: Path) -> None:
    made = command("-m", "crystalball.entry.cli", "init", "course", cwd=tmp_path, PYTHONPATH=str(site))
    assert made.returncode == 0, made.stderr
    assert "run pytest" in made.stdout.replace("`", "")
    ours = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in kit_files(ROOT)}
    assert tree(tmp_path / "course") == ours
    again = command("-m", "crystalball.entry.cli", "init", "course", cwd=tmp_path, PYTHONPATH=str(site))
    assert again.returncode == 2
    assert "there is something already" in again.stderr
    judged = command(
        "-m", "pytest", "-q", "solutions/01_first_scalar.py", cwd=tmp_path / "course", PYTHONPATH=str(site)
    )
    assert judged.returncode == 0, judged.stdout


def test_the_kit_is_what_git_knows() -> None:
    """A file that is tracked and left out would be missing in the wheel only."""
    seen = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if seen.returncode:
        pytest.skip("this is no clone: git knows none of its files")
    tracked = {name for name in seen.stdout.split("\0") if name and (ROOT / name).is_file()}
    ours = {path.relative_to(ROOT).as_posix() for path in kit_files(ROOT)}
    assert tracked <= ours
    assert not (ROOT / LIBRARY / PACKED).exists(), "a copy in the repository"


def test_another_crystalball_is_one_clear_line(kit: Path, tmp_path: Path, run: Run) -> None:
    other = tmp_path / "site/crystalball"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("'''Radio astronomy.'''\n")
    (other.parent / "crystal_ball_kit.py").write_text((ROOT / "checks/crystal_ball_kit.py").read_text())
    for arguments in (["-c", "import crystal_ball_kit; crystal_ball_kit.main()"], ["-m", "pytest"]):
        seen = command(*arguments, cwd=kit, PYTHONPATH=str(other.parent))
        assert seen.returncode in (2, 4), seen.stdout
        assert "is not this course" in seen.stderr
        assert len(seen.stderr.strip().splitlines()) == 1


def test_without_the_environment_it_says_what_to_activate(kit: Path, tmp_path: Path) -> None:
    """Another Python's pytest: nothing of the course is installed there."""
    venv.create(tmp_path / "bare")
    (lib,) = (tmp_path / "bare").rglob("site-packages")
    for name in ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments"):
        file = Path(__import__(name).__file__)
        source = file.parent if file.name == "__init__.py" else file
        (lib / source.name).symlink_to(source)
    python = next(path for path in (tmp_path / "bare").glob("*/python*") if path.is_file())
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def seen(*arguments: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, *arguments],
            cwd=kit / folder,
            env=clean,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    for folder, *named in (
        (".",),
        (".", "3"),
        (".", "-k", "3"),
        ("exercises",),
        ("solutions",),
        ("checks",),
    ):
        judged = seen("-m", "pytest", *named, folder=folder)
        assert re.search("activate(-the-| its )environment", judged.stderr), folder
        assert len(judged.stderr.strip().splitlines()) == 1
    script = seen("exercises/01_first_scalar.py")
    assert ".venv/bin/activate" in script.stderr


def test_it_says_what_it_runs_on() -> None:
    short = CliRunner().invoke(main, ["--version"])
    assert short.output.strip() == f"Crystal Ball {crystalball.__version__}"
    for arguments in (["--version", "--verbose"], ["doctor", "--self"]):
        said = CliRunner().invoke(main, arguments)
        assert said.exit_code == 0
        for word in ("Python", "torch", "tensorboard", "Sandbox", "All that the exercises need"):
            assert word in said.output


def test_a_library_that_is_missing_is_one_clear_line(kit: Path, tmp_path: Path) -> None:
    """As after an update that needs one more."""
    (tmp_path / "msgspec.py").write_text("raise ModuleNotFoundError(name='msgspec')\n")
    for arguments in (["-c", "import crystal_ball_kit; crystal_ball_kit.main()"], ["-m", "pytest"]):
        seen = command(*arguments, cwd=kit, PYTHONPATH=str(tmp_path))
        assert seen.returncode in (2, 4), seen.stdout
        assert "needs msgspec" in seen.stderr
        assert len(seen.stderr.strip().splitlines()) == 1
