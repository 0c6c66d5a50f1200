"""What a class hands in: layouts of learning platforms, archives, and all that is refused."""

import io
import os
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import pytest
from unpacking import unpacker

from crystalball.curriculum.course import chosen
from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.curriculum.stamps import stamped
from crystalball.curriculum.stubs import pristine
from crystalball.grading.intake import Submission, read_submission
from crystalball.grading.layouts import METADATA, find_entries
from crystalball.grading.naming import named
from crystalball.grading.roster import Roster
from crystalball.judging.verdict import Status
from crystalball.processes.inside import unpack_bounds

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
    return [read_submission(entry, chosen(only or "*"), unpacker()) for entry in find_entries(folder)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_recognised(tmp_path: Path, layout: str) -> None:
    jane, ric = read(laid_out(tmp_path, LAYOUTS[layout]))
    assert jane.answers[0].files["03_epoch_loss.py"] == b"second"
    assert ric.answers[0].files == {"03_epoch_loss.py": b"late"}
    beside = {"helpers.py": b"x = 1"} if layout != "single files" else {}
    assert jane.answers[0].files == {"03_epoch_loss.py": b"second", **beside}
    assert (jane.answers[0].late, ric.answers[0].late) == (False, layout == "canvas")
    assert not jane.notes


def test_what_canvas_calls_late_is_an_answer_and_not_a_student(tmp_path: Path) -> None:
    files = {
        "doejane_12345_1_01_first_scalar.py": "in time",
        "doejane_LATE_12345_2_02_run_directory.py": "late",
        "doejane_12345_3_03_epoch_loss.py": "in time",
        "doejane_LATE_12345_4_03_epoch_loss-1.py": "handed in again, late",
        "doejane_LATE_12345_5_04_close_on_error.py": "late",
        "doejane_12345_6_04_close_on_error-1.py": "handed in again, with an extension",
    }
    (jane,) = read(laid_out(tmp_path / "class", files), "1-4")
    assert [answer.late for answer in jane.answers] == [False, True, True, False]


def test_a_late_archive_makes_late_what_it_holds_and_no_more(tmp_path: Path) -> None:
    for file, names in (
        ("doejane_12345_1_work.zip", ("01_first_scalar", "02_run_directory")),
        ("doejane_LATE_12345_2_work-1.zip", ("02_run_directory",)),
    ):
        with zipfile.ZipFile(tmp_path / file, "w") as archive:
            for name in names:
                archive.writestr(f"{name}.py", "x = 1")
    (jane,) = read(tmp_path, "1-3")
    assert [answer.late for answer in jane.answers] == [False, True, False]


@pytest.mark.parametrize(
    ("layout", "rows"),
    [
        (
            "canvas",
            "Student,ID,Section,Work (9)\n,,,Manual Posting\n    Points Possible,,,10\n"
            "'Doe, Jane',12345,A,\nRic,22222,A,\n",
        ),
        ("moodle", "Full name,Email\nJane Doe,j@e\nric o'roe-müller,r@e\n"),
        ("moodle", "Identifier,Name\nParticipant 12345,A B\nParticipant 22222,C D\n"),
        ("gradescope", "Name,SID,Email\nJane,990,x\nRic,,RIC@example.edu\n"),
        ("git", "entry,person\njane,Jane Doe\nric,Ric Roe\n"),
        ("git", "entry;person\njane;Doe, Jane\nric;Roe, Ric\n"),
    ],
)
def test_a_roster_finds_its_people(tmp_path: Path, layout: str, rows: str) -> None:
    entries = find_entries(laid_out(tmp_path / "class", LAYOUTS[layout]))
    path = tmp_path / "roster.csv"
    path.write_text("\ufeff" + rows.replace("'Doe, Jane'", '"Doe, Jane"'), encoding="utf-8")
    owners, problems = Roster.read(path).match(entries)
    assert sorted(owners.values()) == [[0], [1]]
    assert problems == []


@pytest.mark.parametrize("layout", ["canvas", "moodle", "gradescope"])
def test_the_parent_of_an_export_is_understood(tmp_path: Path, layout: str) -> None:
    laid_out(tmp_path / "assignment_7_export", LAYOUTS[layout])
    (tmp_path / ".DS_Store").write_text("")
    assert len(find_entries(tmp_path)) == 2
    assert [one.name for one in find_entries(tmp_path)] == [
        one.name for one in find_entries(tmp_path / "assignment_7_export")
    ]


def test_a_class_of_one_is_no_parent(tmp_path: Path) -> None:
    (one,) = find_entries(laid_out(tmp_path, {"jane/03_epoch_loss.py": "", "jane/more/x.py": ""}))
    assert one.name == "jane"
    moodle = {name: text for name, text in LAYOUTS["moodle"].items() if name.startswith("Jane")}
    assert [one.name for one in find_entries(laid_out(tmp_path / "m", moodle))] == ["Jane Doe_12345"]


def test_a_file_with_another_students_prefix_is_its_own_students(tmp_path: Path) -> None:
    name = "Ric_1_assignsubmission_file_Jane_2_assignsubmission_file_03_epoch_loss.py"
    (one,) = find_entries(laid_out(tmp_path, {name: ""}))
    assert one.name == "Ric_1"


RUBY = "!ruby/object:ActiveSupport::TimeWithZone"


@pytest.mark.parametrize(
    "written",
    [
        "2026-10-06 21:59:30.123456789 Z",
        f"{RUBY} 2026-10-06 21:59:30 Z",
        f"{RUBY}\n    utc: 2026-10-06 21:59:30.0 Z\n    time: 2026-10-06 23:59:30.0 Z",
    ],
)
def test_gradescope_says_when_it_came(tmp_path: Path, written: str) -> None:
    metadata = f"submission_1:\n  :created_at: {written}\n"
    laid_out(tmp_path, {"submission_metadata.yml": metadata, "submission_1/a.py": ""})
    (entry,) = find_entries(tmp_path)
    assert entry.handed_in is not None
    assert entry.handed_in.replace(microsecond=0) == datetime(2026, 10, 6, 21, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        *("Tuesday, 6 October 2026, 11:59 PM", "Dienstag, 6. Oktober 2026, 23:59"),
        *("mardi 6 octobre 2026, 23:59", "2026-10-06 23:59:00", "2026-10-06 21:59:00 UTC"),
    ],
)
def test_a_roster_of_moodle_says_when_it_came(tmp_path: Path, written: str) -> None:
    path = tmp_path / "roster.csv"
    header = "Identifier,Full name,Last modified (submission)"
    path.write_text(f'{header}\nParticipant 1,Jane,"{written}"\nParticipant 2,Ric,-\n', encoding="utf-8")
    roster, zone = Roster.read(path), ZoneInfo("Europe/Berlin")
    assert roster.handed_in(0, zone) == datetime(2026, 10, 6, 21, 59, tzinfo=UTC)
    assert roster.handed_in(1, zone) is None
    assert roster.called(0) == "Jane"


def test_a_name_that_no_file_system_has_names_nothing() -> None:
    """Such as one of signs that become eighteen each when it is normalized: it would cost much."""
    short, long = (PurePosixPath(f"{'x' * letters}_01_first_scalar.py") for letters in (200, 300))
    found = named([short, long])["01_first_scalar"]
    assert list(found) == [short]


def test_clones_of_github_classroom_are_their_users(tmp_path: Path) -> None:
    for name in ("logging-101-adahub", "logging-101-ric-roe"):
        (tmp_path / "class" / name / "exercises").mkdir(parents=True)
        (tmp_path / "class" / name / "exercises/01_first_scalar.py").write_text("")
    path = tmp_path / "roster.csv"
    path.write_text(
        '"identifier","github_username","github_id","name"\n"a","AdaHub","1",""\n"b","ric-roe","2",""\n'
    )
    owners, problems = Roster.read(path).match(find_entries(tmp_path / "class"))
    assert (owners, problems) == ({"logging-101-adahub": [0], "logging-101-ric-roe": [1]}, [])


def test_nobody_takes_the_row_of_another_by_a_name(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    people = {"1": ("Vera Victim", "v1", "vera@uni.edu"), "2": ("Vera@Uni.edu", "m2", "mallory@uni.edu")}
    text = "".join(
        f"submission_{n}:\n  :submitters:\n  - :name: {name}\n    :sid: {sid}\n    :email: {email}\n"
        for n, (name, sid, email) in people.items()
    )
    (tmp_path / "class" / METADATA).write_text(text)
    for n in people:
        (tmp_path / "class" / f"submission_{n}").mkdir()
    path = tmp_path / "roster.csv"
    path.write_text("Name,SID,Email\nVera Victim,v1,vera@uni.edu\nMallory,m2,mallory@uni.edu\n")
    owners, problems = Roster.read(path).match(find_entries(tmp_path / "class"))
    assert owners == {"submission_1": [0], "submission_2": [1]}
    assert problems == ["submission_2: names Vera Victim, whose is another entry"]


def test_a_folder_of_a_student_is_no_export(tmp_path: Path) -> None:
    """Whatever it holds: what a platform says of its people is not for a student to say."""
    inner = tmp_path / "class" / "mallory"
    (inner / "submission_1").mkdir(parents=True)
    (inner / METADATA).write_text("submission_1:\n  :submitters:\n  - :email: vera@uni.edu\n")
    assert [entry.name for entry in find_entries(tmp_path / "class")] == ["mallory"]


def test_aliases_are_no_metadata(tmp_path: Path) -> None:
    """Ten levels of them are text without end."""
    (tmp_path / METADATA).write_text("a: &a [x, x]\nb: &b [*a, *a]\nsubmission_1: *b\n")
    with pytest.raises(NotFound, match="it has an alias"):
        find_entries(tmp_path)


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
    with tarfile.open(fileobj=content, mode=how) as archive:
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


BOMB = b"0" * (unpack_bounds.LARGEST_ARCHIVE + 1)

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
        lambda: zipped({f"{n}.py": b"#" * unpack_bounds.LARGEST_FILE for n in range(17)}),
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
        lambda: zipped({"03_epoch_loss.py": b"#" * (unpack_bounds.LARGEST_FILE + 1)}),
        *(Status.TOO_LARGE, "more than"),
    ),
    "notebook.zip": (
        lambda: zipped({"03_epoch_loss.ipynb": b"{}"}),
        Status.NOTEBOOK,
        "it is no notebook",
    ),
    "03_epoch_loss.ipynb": (lambda: b'{"cells": [', Status.NOTEBOOK, "it is no notebook"),
    "deep_03_epoch_loss.ipynb": (lambda: b"[" * 100_000, Status.NOTEBOOK, "it is no notebook"),
    "disguised_03_epoch_loss.py": (lambda: b'{"cells": []}', Status.NOTEBOOK, "disguised"),
    "latin_03_epoch_loss.py": (lambda: b"pass\n# caf\xe9", Status.NOT_UTF8, "line 2: byte 0xe9"),
    "empty_03_epoch_loss.py": (lambda: b" \n", Status.EMPTY, "empty_03_epoch_loss.py"),
    "other.py": (lambda: b"pass", Status.MISSING_FILE, "other.py"),
    "many_more.zip": (lambda: zipped({f"{n}.py": b"" for n in range(10)}), Status.MISSING_FILE, "9.py"),
    "empty.zip": (lambda: zipped({}), Status.MISSING_FILE, "nothing"),
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


def test_of_several_files_the_newest_is_judged(tmp_path: Path) -> None:
    laid_out(tmp_path, {"jane/03_epoch_loss.py": "old", "jane/new/my 03 epoch loss.py": "new"})
    os.utime(tmp_path / "jane" / "03_epoch_loss.py", (0, 1_000_000))
    (submission,) = read(tmp_path)
    assert submission.answers[0].files["03_epoch_loss.py"] == b"new"
    assert submission.notes == ("new/my 03 epoch loss.py was judged, and not 03_epoch_loss.py",)


def test_of_several_files_the_best_is_judged_and_told(tmp_path: Path) -> None:
    files = {"old/03_epoch_loss.py": "old", "03_epoch_loss.py": "new", "my_03_epoch_loss.py": "mine"}
    (submission,) = read(laid_out(tmp_path, {f"jane/{name}": text for name, text in files.items()}))
    assert submission.answers[0].files["03_epoch_loss.py"] == b"new"
    assert submission.notes == (
        "03_epoch_loss.py was judged, and not old/03_epoch_loss.py, my_03_epoch_loss.py",
    )


NAMES = (
    *("01_first_scalar.py", "01_first_scalar (1).py", "01_first_scalar-2.py", "01_first_scalar(3).py"),
    *("jane_doe_01_first_scalar.py", "01_first_scalar_jane_doe.py", "1_first_scalar.py"),
    *("01_First_Scalar.PY", "01 first scalar.py", "01-first-scalar.py", "01FirstScalar.py"),
    *(
        "01_first_scalar - Copy.py",
        "01_first_scalar_v2.py",
        "Müller 01_first_scalar.py",
        "u1_1_first_scalar.py",
    ),
    *("01_first_scalar_2026-10-05.py", "exercise01_first_scalar.py", "０１_first_scalar.py"),
)
OTHER_NAMES = (
    *("test_01_first_scalar.py", "11_first_scalar.py", "01_first_scalars.py", "101_first_scalar.py"),
    *("first_scalar.py", "01.py", "01_first.py", "01_first_scalar.txt"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_renamed_file_is_found(tmp_path: Path, name: str) -> None:
    laid_out(tmp_path, {f"jane/{name}": "mine", "jane/helper.py": "", "jane/02_run_directory.py": ""})
    (submission,) = read(tmp_path, "1")
    assert submission.answers[0].files == {"01_first_scalar.py": b"mine", "helper.py": b""}


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_what_is_named_after_something_else_is_not(tmp_path: Path, name: str) -> None:
    (submission,) = read(laid_out(tmp_path, {f"jane/{name}": "mine", "jane/x.py": ""}), "1")
    (answer,) = submission.answers
    assert answer.problem is not None
    assert answer.problem[0] == Status.MISSING_FILE
    assert "x.py" in answer.problem[1]


def test_of_copies_the_newest_is_judged_but_no_stub_as_it_was_given(tmp_path: Path) -> None:
    stub = pristine(curriculum().find("1"))
    files = {"01_first_scalar.py": "old", "01_first_scalar (2).py": "new", "01_first_scalar-1.py": "older"}
    for number, more in enumerate(({}, {"01_first_scalar (3).py": stub.replace("\n", "\r\n")})):
        folder = tmp_path / str(number)
        laid_out(folder, {f"jane/{name}": text for name, text in (files | more).items()})
        (submission,) = read(folder, "1")
        assert submission.answers[0].files == {"01_first_scalar.py": b"new"}
        (note,) = submission.notes
        assert "01_first_scalar (2).py was judged, and not 01_first_scalar-1.py" in note


@pytest.mark.parametrize(
    "text",
    [
        b"# -*- coding: latin-1 -*-\n# caf\xe9",
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x93'",
        b"\xef\xbb\xbf# caf\xc3\xa9",
        b"# coding: utf-8\n# caf\xc3\xa9",
        b"# coding: klingon\n",
    ],
)
def test_a_file_is_read_as_python_reads_it(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "jane_03_epoch_loss.py").write_bytes(text)
    (submission,) = read(tmp_path)
    assert submission.answers[0].problem is None
    assert submission.answers[0].files == {"03_epoch_loss.py": text}


def test_a_stamp_finds_an_answer_of_whatever_name(tmp_path: Path) -> None:
    first, second = map(curriculum().find, ("1", "2"))
    files = {
        "jane/homework.py": stamped(first),
        "jane/02_run_directory.py": stamped(second) + "#",
        "jane/x.py": "",
    }
    (submission,) = read(laid_out(tmp_path, files), "1-3")
    assert [answer.place for answer in submission.answers] == ["homework.py", "02_run_directory.py", ""]
    assert submission.answers[0].files.keys() == {"01_first_scalar.py", "x.py"}


def test_copies_that_programs_keep_are_no_answers(tmp_path: Path) -> None:
    kept = {"jane/.crystalball/backups/03_epoch_loss_20261001.py": "a"}
    kept |= {"jane/.ipynb_checkpoints/03_epoch_loss-checkpoint.ipynb": "b", "jane/x.py": ""}
    (submission,) = read(laid_out(tmp_path, kept))
    assert submission.answers[0].problem is not None
    assert submission.answers[0].problem[0] == Status.MISSING_FILE


def test_many_files_are_looked_at_in_no_time(tmp_path: Path) -> None:
    files = {f"a/checks/{'b/' * (n % 9)}{n}.py": b"" for n in range(3_000)}
    (tmp_path / "jane.zip").write_bytes(zipped(files))
    began = time.process_time()
    (submission,) = read(tmp_path, "1-19")
    assert time.process_time() - began < 10
    assert len(submission.answers) == 19


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
    assert [one.id for one in chosen("*")] == ids
    assert [one.id for one in chosen("3")] == ids[2:3]
    assert [one.id for one in chosen("1-3, 5")] == [*ids[:3], ids[4]]
    for wrong in ("77", "3-1", "", "1--2"):
        with pytest.raises(NotFound):
            chosen(wrong)
