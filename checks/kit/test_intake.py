"""What a class hands in: layouts of learning platforms, archives, and all that is refused."""

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.grading import archives
from crystalball.grading.grade import chosen
from crystalball.grading.intake import Submission, read_submission
from crystalball.grading.layouts import find_entries
from crystalball.grading.roster import Roster
from crystalball.judging.verdict import Status

LAYOUTS = {
    "canvas": {
        "doejane_12345_67890_03_epoch_loss-1.py": "second",
        "doejane_12345_67889_03_epoch_loss.py": "first",
        "doejane_12345_67891_helpers.py": "x = 1",
        "roeric_LATE_22222_67892_03_epoch_loss.py": "late",
    },
    "moodle": {
        "Jane Doe_12345_assignsubmission_file_/03_epoch_loss.py": "second",
        "Jane Doe_12345_assignsubmission_file_/helpers.py": "x = 1",
        "Ric O'Roe-Müller_22222_assignsubmission_file_03_epoch_loss.py": "late",
    },
    "gradescope": {
        "submission_12345/03_epoch_loss.py": "second",
        "submission_12345/helpers.py": "x = 1",
        "submission_22222/src/03_epoch_loss.py": "late",
        "submission_metadata.yml": """---
submission_12345:
  :submitters:
  - :name: Jane Doe
    :sid: '990'
    :email: jane@example.edu
  :created_at: !ruby/object:ActiveSupport::TimeWithZone 2026-01-02 03:04:05 Z
submission_22222:
  :submitters:
  - :name: Ric Roe
    :sid: '991'
    :email: ric@example.edu
""",
    },
    "git": {
        "jane/.git/HEAD": "ref: refs/heads/main",
        "jane/.git/03_epoch_loss.py": "not this",
        "jane/exercises/03_epoch_loss.py": "second",
        "jane/exercises/helpers.py": "x = 1",
        "jane/exercises/04_close_on_error.py": "another",
        "jane/solutions/03_epoch_loss.py": "the kit's own",
        "jane/checks/kit/mistakes/03_epoch_loss/never_reset.py": "the kit's own",
        "jane/checks/test_03_epoch_loss.py": "the kit's own",
        "ric/exercises/03_epoch_loss.py": "late",
    },
    "single files": {"jane_03_epoch_loss.py": "second", "ric-03_epoch_loss (1).py": "late"},
}


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def read(folder: Path, only: str = "3") -> list[Submission]:
    return [read_submission(entry, chosen(only)) for entry in find_entries(folder)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_recognised(tmp_path: Path, layout: str) -> None:
    jane, ric = read(laid_out(tmp_path, LAYOUTS[layout]))
    assert jane.answers[0].files["03_epoch_loss.py"] == b"second"
    assert ric.answers[0].files == {"03_epoch_loss.py": b"late"}
    beside = {"helpers.py": b"x = 1"} if layout != "single files" else {}
    assert jane.answers[0].files == {"03_epoch_loss.py": b"second", **beside}
    assert ric.entry.late == (layout == "canvas")
    assert not jane.notes


@pytest.mark.parametrize(
    ("layout", "rows"),
    [
        ("canvas", "Student,ID,Section\n    Points Possible,,\n'Doe, Jane',12345,A\nRic,22222,A\n"),
        ("moodle", "Full name,Email\nJane Doe,j@e\nric o'roe-müller,r@e\n"),
        ("gradescope", "Name,SID,Email\nJane,990,x\nRic,,RIC@example.edu\n"),
        ("git", "entry,person\njane,Jane Doe\nric,Ric Roe\n"),
    ],
)
def test_a_roster_finds_its_people(tmp_path: Path, layout: str, rows: str) -> None:
    entries = find_entries(laid_out(tmp_path / "class", LAYOUTS[layout]))
    path = tmp_path / "roster.csv"
    path.write_text("\ufeff" + rows.replace("'Doe, Jane'", '"Doe, Jane"'), encoding="utf-8")
    owners, problems = Roster.read(path).match(entries)
    assert sorted(owners.values()) == [[0], [1]]
    assert problems == []


def test_who_does_not_match_is_told(tmp_path: Path) -> None:
    entries = find_entries(laid_out(tmp_path / "class", LAYOUTS["git"]))
    path = tmp_path / "roster.csv"
    path.write_text("entry,person\njane,Jane\nnobody,Nobody\n")
    owners, problems = Roster.read(path).match(entries)
    assert owners == {"jane": [0], "ric": []}
    assert problems == ["ric: nobody in the roster", "nobody, Nobody: no entry"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"entry,person\njane\n", "line 2: 1 cells, and the header has 2"),
        (b"entry,person\n", "no row below its header"),
        (b"", "no row below its header"),
        (b"entry\n\xff\n", "not UTF-8"),
        (b'entry\n"jane\n', "is no CSV"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_roster_is_one_clear_line(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "roster.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotFound, match=words) as told:
        Roster.read(path)
    assert "\n" not in str(told.value)


def test_a_folder_without_submissions_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    for path, words in (
        (tmp_path, "holds no folder"),
        (tmp_path / "gone", "is not there"),
        (tmp_path / "notes.txt", "is a file"),
    ):
        with pytest.raises(NotFound, match=words):
            find_entries(path)
    laid_out(tmp_path, {"submission_metadata.yml": "[1, 2", "submission_1/a.py": ""})
    with pytest.raises(NotFound, match="no metadata of a Gradescope export"):
        find_entries(tmp_path)


def zipped(files: dict[str, bytes], modes: dict[str, int] | None = None) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (modes or {}).get(name, stat.S_IFREG | 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return content.getvalue()


def tarred(
    files: dict[str, bytes], how: str = "w:gz", kind: bytes = tarfile.REGTYPE, to: str = ""
) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=how) as archive:  # type: ignore[call-overload]  # `how` is one of the modes
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, to
            archive.addfile(info, io.BytesIO(data))
    return content.getvalue()


GOOD = {"homework/exercises/03_epoch_loss.py": b"good", "homework/exercises/helpers.py": b"x = 1"}

ARCHIVES = {
    "jane.zip": zipped(GOOD),
    "jane.tar": tarred(GOOD, "w"),
    "jane.tar.gz": tarred(GOOD),
    "jane.tgz": tarred(GOOD),
    "jane.tar.bz2": tarred(GOOD, "w:bz2"),
    "jane.tar.xz": tarred(GOOD, "w:xz"),
    "windows.zip": zipped({name.replace("/", "\\"): data for name, data in GOOD.items()}),
    "nested.zip": zipped({"more.zip": zipped({"still.tgz": tarred(GOOD)})}),
    "environment.tgz": tarred({**GOOD, "homework/.venv/03_epoch_loss.py": b"not this"}),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_are_looked_into(tmp_path: Path, name: str) -> None:
    for where in (tmp_path, tmp_path / "folder"):
        where.mkdir(exist_ok=True)
        (where / name).write_bytes(ARCHIVES[name])
    for submission in read(tmp_path):
        assert submission.answers[0].files == {"03_epoch_loss.py": b"good", "helpers.py": b"x = 1"}
        assert not submission.notes


BOMB = b"0" * (archives.LARGEST_ARCHIVE + 1)

NO, OUTSIDE, LINK = Status.REFUSED, "outside of itself", "is a link"

REFUSED: dict[str, tuple[Callable[[], bytes], Status, str]] = {
    "up.zip": (lambda: zipped({"../../03_epoch_loss.py": b"evil"}), NO, OUTSIDE),
    "up.tar": (
        lambda: tarred({"a/../../03_epoch_loss.py": b"evil"}, "w"),
        Status.REFUSED,
        OUTSIDE,
    ),
    "windows.zip": (lambda: zipped({"C:\\03_epoch_loss.py": b"evil"}), NO, OUTSIDE),
    "back.zip": (lambda: zipped({"..\\03_epoch_loss.py": b"evil"}), NO, OUTSIDE),
    "root.zip": (lambda: zipped({"/etc/03_epoch_loss.py": b"evil"}), NO, OUTSIDE),
    "root.tgz": (lambda: tarred({"/etc/03_epoch_loss.py": b"evil"}), NO, OUTSIDE),
    "link.zip": (
        lambda: zipped({"03_epoch_loss.py": b"../solutions/x"}, {"03_epoch_loss.py": stat.S_IFLNK | 0o777}),
        *(NO, LINK),
    ),
    "link.tgz": (
        lambda: tarred({"03_epoch_loss.py": b""}, kind=tarfile.SYMTYPE, to="/etc/passwd"),
        *(NO, LINK),
    ),
    "hard.tgz": (
        lambda: tarred({"03_epoch_loss.py": b""}, kind=tarfile.LNKTYPE, to="../x"),
        *(NO, LINK),
    ),
    "fifo.tgz": (
        lambda: tarred({"03_epoch_loss.py": b""}, kind=tarfile.FIFOTYPE),
        Status.REFUSED,
        LINK,
    ),
    "device.tgz": (
        lambda: tarred({"03_epoch_loss.py": b""}, kind=tarfile.CHRTYPE),
        Status.REFUSED,
        LINK,
    ),
    "bomb.zip": (lambda: zipped({"inner.tar": BOMB}), NO, "is larger than"),
    "bomb.tgz": (lambda: tarred({"big.bin": BOMB}), NO, "is larger than"),
    "many.zip": (
        lambda: zipped(dict.fromkeys(map(str, range(20_001)), b"")),
        Status.REFUSED,
        "more than 20000",
    ),
    "sources.zip": (
        lambda: zipped({f"{n}.py": b"#" * archives.LARGEST_FILE for n in range(17)}),
        *(NO, "are larger than"),
    ),
    "deep.zip": (lambda: zipped({"a/" * 40 + "03_epoch_loss.py": b""}), NO, "too deeply"),
    "russian.zip": (
        lambda: zipped({"1.zip": zipped({"2.zip": zipped({"3.zip": zipped(GOOD)})})}),
        *(NO, "archives in archives"),
    ),
    "damaged.zip": (lambda: zipped(GOOD)[:-40], NO, "cannot be read"),
    "none.zip": (lambda: b"no archive", NO, "cannot be read"),
    "none.tar.gz": (lambda: b"no archive", NO, "cannot be read"),
    "cut.tgz": (lambda: tarred(GOOD)[:60], NO, "cannot be read"),
    "huge.zip": (
        lambda: zipped({"03_epoch_loss.py": b"#" * (archives.LARGEST_FILE + 1)}),
        *(Status.TOO_LARGE, "more than"),
    ),
    "notebook.zip": (
        lambda: zipped({"03_epoch_loss.ipynb": b"{}"}),
        Status.NOTEBOOK,
        "03_epoch_loss.ipynb",
    ),
    "03_epoch_loss.ipynb": (lambda: b'{"cells": []}', Status.NOTEBOOK, "03_epoch_loss.ipynb"),
    "disguised_03_epoch_loss.py": (lambda: b'{"cells": []}', Status.NOTEBOOK, "disguised"),
    "latin_03_epoch_loss.py": (lambda: b"pass\n# caf\xe9", Status.NOT_UTF8, "line 2: byte 0xe9"),
    "empty_03_epoch_loss.py": (lambda: b" \n", Status.EMPTY, "empty_03_epoch_loss.py"),
    "other.py": (lambda: b"pass", Status.MISSING_FILE, "03_epoch_loss.py"),
    "empty.zip": (lambda: zipped({}), Status.MISSING_FILE, "03_epoch_loss.py"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_answer_has_a_verdict_of_its_own(tmp_path: Path, name: str) -> None:
    make, status, words = REFUSED[name]
    (tmp_path / name).write_bytes(make())
    (submission,) = read(tmp_path)
    (answer,) = submission.answers
    assert answer.problem is not None
    assert answer.problem[0] == status
    assert words in answer.problem[1]
    assert answer.files == {}
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing is unpacked"


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("secret")
    entry = tmp_path / "class" / "jane"
    entry.mkdir(parents=True)
    (entry / "03_epoch_loss.py").symlink_to(tmp_path / "secret.py")
    (entry / "elsewhere").symlink_to(tmp_path)
    (tmp_path / "class" / "ric.py").symlink_to(tmp_path / "secret.py")
    os.mkfifo(entry / "04_close_on_error.py")
    jane, ric = read(tmp_path / "class", "3-4")
    assert {answer.problem[0] for answer in (*jane.answers, *ric.answers) if answer.problem} == {
        Status.REFUSED
    }
    assert any("was not followed" in note for note in jane.notes)


def test_of_several_files_the_best_is_judged_and_told(tmp_path: Path) -> None:
    files = {"old/03_epoch_loss.py": "old", "03_epoch_loss.py": "new", "my_03_epoch_loss.py": "mine"}
    (submission,) = read(laid_out(tmp_path, {f"jane/{name}": text for name, text in files.items()}))
    assert submission.answers[0].files["03_epoch_loss.py"] == b"new"
    assert submission.notes == (
        "03_epoch_loss.py was judged, and not old/03_epoch_loss.py, my_03_epoch_loss.py",
    )


def test_the_digest_knows_all_that_has_an_influence(tmp_path: Path) -> None:
    digests = set()
    for helpers in ("x = 1", "x = 2"):
        laid_out(tmp_path, {"jane/03_epoch_loss.py": "a", "jane/helpers.py": helpers})
        (submission,) = read(tmp_path)
        digests.add(submission.answers[0].digest)
    laid_out(tmp_path, {"jane/04_close_on_error.py": "another exercise"})
    digests.add(read(tmp_path)[0].answers[0].digest)
    assert len(digests) == 2


def test_only_names_exercises() -> None:
    ids = [exercise.id for exercise in curriculum().exercises]
    assert [one.id for one in chosen(None)] == ids
    assert [one.id for one in chosen("3")] == ids[2:3]
    assert [one.id for one in chosen("1-3, 5")] == [*ids[:3], ids[4]]
    for wrong in ("77", "3-1", "", "1--2"):
        with pytest.raises(NotFound):
            chosen(wrong)
