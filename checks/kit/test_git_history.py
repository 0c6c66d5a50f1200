"""Times of a clone's commits; and that nothing of a hostile clone is obeyed."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from unpacking import unpacker

from crystalball.curriculum.course import chosen
from crystalball.grading.git_history import commit_times
from crystalball.grading.intake import read_submission
from crystalball.grading.layouts import one_entry

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

FIRST = PurePosixPath("exercises/01_first_scalar.py")
SECOND = PurePosixPath("exercises/02_run_directory.py")
BOTH = [FIRST, SECOND]


def git(folder: Path, *arguments: str, day: int = 1) -> None:
    when = f"2026-10-{day:02}T12:00:00+00:00"
    who = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    subprocess.run(["git", *arguments], cwd=folder, env=os.environ | who | dates, check=True)


def git_says(folder: Path, *arguments: str, said: str = "") -> str:
    who = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=os.environ | who,
        input=said,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone in which exercise 1 was handed in on the second, and 2 on the third of October."""
    folder = tmp_path / "jane"
    (folder / "exercises").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for day, path in ((1, FIRST), (1, SECOND), (2, FIRST), (3, SECOND)):
        (folder / path).write_text(f"# {day}\n")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "@9999999999", day=day)
    return folder


def day(number: int) -> datetime:
    return datetime(2026, 10, number, 12, tzinfo=UTC)


def test_each_file_has_the_time_of_its_last_commit(clone: Path) -> None:
    assert commit_times(clone, BOTH) == {FIRST: day(2), SECOND: day(3)}
    git(clone, "gc", "-q")
    git(clone, "pack-refs", "--all")
    assert commit_times(clone, BOTH) == {FIRST: day(2), SECOND: day(3)}
    git(clone, "checkout", "-q", "--detach", "HEAD~1")
    assert commit_times(clone, BOTH)[SECOND] == day(1)


@pytest.mark.parametrize(
    "name", ["Übung 1/01_first_scalar.py", "*/[0]?.py", ":(top)x.py", "@1.py", "\udce9.py"]
)
def test_a_path_is_a_name_and_no_pattern(clone: Path, name: str) -> None:
    path = PurePosixPath(name)
    (clone / path).parent.mkdir(exist_ok=True)
    (clone / path).touch()
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "x", day=4)
    assert commit_times(clone, [path, FIRST]) == {path: day(4), FIRST: day(2)}
    assert commit_times(clone, []) == {}


def test_a_folder_that_holds_itself_ten_times_ten_deep_is_not_looked_into(clone: Path) -> None:
    tree = git_says(clone, "rev-parse", "HEAD:exercises")
    for _ in range(10):
        tree = git_says(clone, "mktree", said="".join(f"040000 tree {tree}\t{n}\n" for n in range(10)))
    exercises = git_says(clone, "rev-parse", "HEAD:exercises")
    both = f"040000 tree {tree}\tbomb\n040000 tree {exercises}\texercises\n"
    commit = git_says(clone, "commit-tree", "-m", "x", git_says(clone, "mktree", said=both))
    git(clone, "update-ref", "refs/heads/main", commit)
    assert set(commit_times(clone, BOTH)) == set(BOTH)


def test_answers_have_it(clone: Path) -> None:
    submission = read_submission(one_entry(clone), chosen("1-3"), unpacker())
    assert [answer.handed_in for answer in submission.answers] == [day(2), day(3), None]


def test_what_a_clone_would_have_run_is_not_run(clone: Path) -> None:
    mark = clone.parent / "ran"
    script = clone / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "core.sshCommand"):
        git(clone, "config", name, str(script))
    git(clone, "config", "log.showSignature", "true")
    git(clone, "config", "diff.evil.textconv", str(script))
    (clone / ".git" / "info" / "attributes").write_text("* diff=evil\n")
    assert commit_times(clone, BOTH)[FIRST] == day(2)
    assert not mark.exists()


@pytest.mark.parametrize(
    "head",
    ["ref: refs/heads/../../../secret", "ref: --output=x", "--output=x", "0" * 40, "", "\0", "x" * 5000],
)
def test_a_strange_head_tells_nothing(clone: Path, head: str) -> None:
    (clone / ".git" / "HEAD").write_text(head)
    assert commit_times(clone, BOTH) == {}


def test_what_is_no_clone_tells_nothing(clone: Path, tmp_path: Path) -> None:
    assert commit_times(tmp_path, BOTH) == {}
    assert commit_times(clone / "exercises" / FIRST.name, BOTH) == {}
    (tmp_path / "ric").mkdir()
    (tmp_path / "ric" / ".git").symlink_to(clone / ".git")
    assert commit_times(tmp_path / "ric", BOTH) == {}
    for path in (clone / ".git" / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"garbage")
    assert commit_times(clone, BOTH) == {}
