"""`crystalball grade --one`: what a platform's container calls; and the autograder for Gradescope."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from patience import PATIENCE

from crystalball.curriculum.manifest import NotFound
from crystalball.entry.cli import main
from crystalball.grading.layouts import one_entry

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the jail")
needs_jail = pytest.mark.needs("jail")  # without one, grading asks for --no-sandbox

ROOT = Path(__file__).parents[2]
SOLUTION = (ROOT / "solutions/01_first_scalar.py").read_text(encoding="utf-8")
SCHEMA = json.loads((Path(__file__).parent / "platforms/gradescope.json").read_text(encoding="utf-8"))


def valid(path: Path) -> dict[str, object]:
    result: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
    return result


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as Gradescope has it in its container, with the autograder unpacked and set up."""
    home = tmp_path_factory.mktemp("autograder")
    (home / "course.toml").write_text(
        '[points]\n"1" = 8\n[due]\n"1" = 2026-10-01\n[late]\npercent_a_day = 25\n'
    )
    arguments = ["autograder", home / "a.zip", "--only", "1", "--course", home / "course.toml"]
    seen = CliRunner().invoke(main, list(map(str, arguments)))
    assert seen.exit_code == 0, seen.output
    with zipfile.ZipFile(home / "a.zip") as archive:
        archive.extractall(home / "source")
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes["setup.sh"] & modes["run_autograder"] & 0o111
    mine = {name for name in modes if name.startswith(("solutions", "checks/kit"))}
    assert mine == {"checks/kit/wheel.py"}  # which pyproject.toml builds the kit with
    (home / "venv" / "bin").mkdir(parents=True)
    command = f'#!/bin/sh\nexec "{sys.executable}" -m crystalball.entry.cli "$@"\n'
    (home / "venv" / "bin" / "crystalball").write_text(command)
    (home / "venv" / "bin" / "crystalball").chmod(0o755)
    (home / "submission").mkdir()
    (home / "submission" / "01_first_scalar.py").write_text(SOLUTION, encoding="utf-8")
    came = {"id": 1, "created_at": "2026-10-02T14:22:32.365935-07:00", "users": [{"email": "j@e", "id": 7}]}
    (home / "submission_metadata.json").write_text(json.dumps(came))
    return home


def run_autograder(home: Path) -> subprocess.Popen[bytes]:
    script = home / "source" / "run_autograder"
    return subprocess.Popen(
        ["bash", script], env=os.environ | {"AUTOGRADER": str(home)}, start_new_session=True
    )


@needs_jail
def test_the_autograder_leaves_a_result(container: Path) -> None:
    assert run_autograder(container).wait(PATIENCE) == 0
    result = valid(container / "results" / "results.json")
    assert result["score"] == 6, "8 points, a day late"
    (test,) = result["tests"]
    assert "25 % taken" in test["output"]


@needs_jail
def test_killed_half_way_it_leaves_a_valid_file(container: Path) -> None:
    (container / "results" / "results.json").unlink(missing_ok=True)
    process = run_autograder(container)
    path, until = container / "results" / "results.json", time.monotonic() + PATIENCE
    while "come to its end" not in (path.read_text() if path.exists() else ""):
        assert time.monotonic() < until
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    assert valid(path)["score"] == 0


def test_the_scripts_are_shells(container: Path) -> None:
    for name in ("setup.sh", "run_autograder"):
        path = container / "source" / name
        assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
        assert "@" not in path.read_text().replace('"$@"', "")
    (container / "venv" / "bin" / "crystalball").rename(container / "gone")
    try:
        assert run_autograder(container).wait(PATIENCE) == 0
        assert "tell your instructor" in str(valid(container / "results" / "results.json")["output"])
    finally:
        (container / "gone").rename(container / "venv" / "bin" / "crystalball")


def test_an_autograder_is_for_exercises_of_its_course(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text('exercises = "1-3"\n')
    arguments = ["autograder", tmp_path / "a.zip", "--only", "2-5", "--course", tmp_path]
    seen = CliRunner().invoke(main, list(map(str, arguments)))
    assert seen.exit_code == 2
    assert seen.output == "Error: --only: not in this course: 04, 05.\n"
    assert not (tmp_path / "a.zip").exists()


def test_whatever_is_wrong_is_told_in_the_file(tmp_path: Path) -> None:
    arguments = [
        "grade",
        "--one",
        tmp_path / "gone",
        "--format",
        "gradescope",
        "--out",
        tmp_path / "r.json",
    ]
    seen = CliRunner().invoke(main, [*map(str, arguments), "--only", "77"])
    assert seen.exit_code == 0
    assert "no exercise '77'" in str(valid(tmp_path / "r.json")["output"])
    with pytest.raises(NotFound, match="is not there"):
        one_entry(tmp_path / "gone")


def test_one_or_a_class_but_not_both(tmp_path: Path) -> None:
    for arguments in (
        ["a", "--one", "b", "--format", "github"],
        ["--one", "b"],
        [],
        ["a", "--format", "github"],
    ):
        seen = CliRunner().invoke(main, ["grade", *arguments, "--out", str(tmp_path / "out")])
        assert seen.exit_code == 2
        assert "--one" in seen.output


def test_gradescope_says_whose_it_is_and_when(container: Path) -> None:
    entry = one_entry(container / "submission")
    assert entry.handles == ("submission", "j@e")
    assert entry.handed_in is not None
    assert entry.handed_in.isoformat() == "2026-10-02T14:22:32.365935-07:00"
    (container / "other").mkdir(exist_ok=True)
    (container / "other" / "submission_metadata.json").write_text("[")
    (container / "other" / "x.py").write_text("")
    assert one_entry(container / "other" / "x.py").handed_in is None
