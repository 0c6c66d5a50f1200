"""What crosses the border of a grading: hostile archives and names, and what goes wrong on our own side."""

import io
import json
import os
import random
import shutil
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import cast

import pytest
from unpacking import unpacker

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.grading import grade, journal_errors
from crystalball.grading.grades import Handed
from crystalball.grading.intake import Submission, read_submission
from crystalball.grading.journal import MOST_TRIES, Journal
from crystalball.grading.journal_errors import JournalError
from crystalball.grading.journal_file import FILE
from crystalball.grading.keys import VerdictKey
from crystalball.grading.kit_errors import KitErrors
from crystalball.grading.layouts import find_entries
from crystalball.grading.naming import named
from crystalball.grading.scratch import PREFIX, scratch_folder
from crystalball.jail.files import JailedFiles
from crystalball.jail.reader import Reader
from crystalball.judging.verdict import Status, Verdict
from crystalball.outcomes.run_name import Window
from crystalball.reading.event_log import RunsLeft
from crystalball.reading.outside import Outside, outside_name

EXERCISE = curriculum().find("3")
NAME = f"{EXERCISE.id}.py"


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def tarred(*members: tuple[str, bytes, bytes], pax: dict[str, str] | None = None) -> bytes:
    """A tar of names, contents and kinds, under global headers."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT, pax_headers=pax) as archive:
        for name, data, kind in members:
            info = tarfile.TarInfo(name)
            info.size, info.type = len(data), kind
            archive.addfile(info, io.BytesIO(data))
    return content.getvalue()


def zip_of_zips(wide: int, deep: int) -> bytes:
    """Archives in archives, the same all over: small as a file, and endless in sum."""
    content = zipped({"a.txt": b"0" * 1_000_000})
    for _ in range(deep):
        content = zipped({f"{n}.zip": content for n in range(wide)})
    return content


def many_directory_entries(end: Callable[[int], bytes]) -> bytes:
    facts = (*(20, 3, 20, 0), *(0, 0, 0, 0x21), *(0, 0, 0), *(1, 0, 0, 0, 0), *(0, 0))
    one = struct.pack("<4s4B4H3L5H2L", b"PK\1\2", *facts)
    entries = (one + b"a") * 1_000_000
    return entries + end(len(entries))


def plain_end(length: int, offset: int = 0) -> bytes:
    """What a zip ends with."""
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, length, offset, 0)


def end_with_a_second_signature(length: int) -> bytes:
    """The same with what it begins with in the midst of it, where a search from behind finds that first."""
    return plain_end(length, *struct.unpack("<L", b"PK\5\6"))


def end_of_a_zip64(length: int, offset: int = 0) -> bytes:
    """The same that says nothing itself, and leads to a larger one."""
    larger = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, length, offset)
    return larger + struct.pack("<4sLQL", b"PK\6\7", 0, offset + length, 1) + plain_end(0xFFFFFFFF)


REG = tarfile.REGTYPE

ATTACKS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a zip of zips of zips": ("a.zip", lambda: zip_of_zips(60, 2)),
    "a zip of a million directory entries": ("a.zip", lambda: many_directory_entries(plain_end)),
    "an extended header of 40 MB": (
        "a.tar.gz",
        lambda: gzipped(tarred((NAME, b"x = 1", REG), pax={"comment": "x" * 40_000_000})),
    ),
    "ten thousand global headers, a copy for each of ten thousand files": (
        "a.tar.gz",
        lambda: gzipped(
            tarred(
                *((f"{n}.txt", b"", REG) for n in range(10_000)),
                pax={f"key{n}": "value" for n in range(10_000)},
            )
        ),
    ),
    "folders in folders": ("a.zip", lambda: zipped({"a/" * 900 + NAME: b"x = 1"})),
    "twenty thousand folders": ("a.tar", lambda: tarfile.TarInfo("d/").tobuf() * 20_001 + bytes(1024)),
    "a path with a NUL": ("a.tar", lambda: tarred((NAME, b"x", REG), pax={"path": f"a\0{NAME}"})),
    "noise that calls itself a zip": ("a.zip", lambda: b"PK\3\4" + random.Random(1).randbytes(10_000)),
    "noise that calls itself a tar": ("a.tar", lambda: random.Random(2).randbytes(10_240)),
}
"""What comes to an end, and is refused; none is looked for in vain for more than a moment."""


def gzipped(content: bytes) -> bytes:
    import gzip

    return gzip.compress(content, 1)


def read(folder: Path) -> list[Submission]:
    return [read_submission(entry, [EXERCISE], unpacker()) for entry in find_entries(folder)]


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_archive_is_refused_soon_and_the_next_is_read(tmp_path: Path, name: str) -> None:
    file, make = ATTACKS[name]
    (tmp_path / file).write_bytes(make())
    (tmp_path / "b.zip").write_bytes(zipped({NAME: b"x = 1"}))
    began = time.process_time()
    hostile, honest = read(tmp_path)
    ours = time.process_time() - began
    (answer,) = hostile.answers
    assert answer.problem is not None
    assert answer.problem[0] in (Status.REFUSED, Status.MISSING_FILE)
    assert "\n" not in answer.problem[1]
    assert honest.answers[0].files == {NAME: b"x = 1"}
    assert ours < 2, "the grader's own process does none of the work"


@pytest.mark.parametrize("end", [plain_end, end_with_a_second_signature, end_of_a_zip64])
def test_a_long_directory_is_not_read_wherever_it_stands(
    tmp_path: Path, end: Callable[[int], bytes]
) -> None:
    (tmp_path / "a.zip").write_bytes(many_directory_entries(end))
    (answer,) = read(tmp_path)[0].answers
    assert answer.problem == (Status.REFUSED, "an archive says more of its files than is read")


def test_a_short_zip64_is_read(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive, archive.open(NAME, "w", force_zip64=True) as file:
        file.write(b"x = 1")
    plain = content.getvalue()
    directory = plain.index(b"PK\1\2")
    end = end_of_a_zip64(len(plain) - 22 - directory, directory)
    (tmp_path / "a.zip").write_bytes(plain[:-22] + end)
    assert read(tmp_path)[0].answers[0].files == {NAME: b"x = 1"}


def test_members_that_exclude_each_other_do_not_stop_an_answer(tmp_path: Path) -> None:
    long = "x" * 250 + ".py"
    files = {
        NAME: b"x = 1",
        "Helper.py": b"a",
        "helper.py": b"b",
        "both.py": b"c",
        "both.py/inner.py": b"d",
        long * 2: b"e",
        long: b"f",
    }
    (tmp_path / "class").mkdir()
    (tmp_path / "class/a.zip").write_bytes(zipped(files))
    (answer,) = read(tmp_path / "class")[0].answers
    assert answer.problem is None
    (tmp_path / "there").mkdir()
    assert answer.write(tmp_path / "there").read_bytes() == b"x = 1"
    assert (tmp_path / "there/helper.py").read_bytes() == b"b"


def test_names_in_archives_that_are_no_unicode_are_told_and_keep_apart(tmp_path: Path) -> None:
    names = [os.fsdecode(bytes([byte])) + "_" + NAME for byte in (0xE9, 0xFF)]
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
    (tmp_path / "a.tar").write_bytes(content.getvalue())
    (submission,) = read(tmp_path)
    (answer,) = submission.answers
    answer.place.encode()
    assert answer.files
    assert answer.place == outside_name(str(Path("a.tar") / names[0]))


def test_a_folder_without_end_is_refused_soon(tmp_path: Path) -> None:
    kit = tmp_path / "class/a/checks"
    kit.mkdir(parents=True)
    (tmp_path / "class/a/exercises").mkdir()
    for number in range(3000):
        (kit / f"{number}_{NAME}").touch()
    (tmp_path / "class/a/exercises" / NAME).write_text("x = 1")
    began = time.process_time()
    (submission,) = read(tmp_path / "class")
    assert submission.answers[0].place == f"exercises/{NAME}"
    assert time.process_time() - began < 5


def test_names_that_end_in_many_dashes_take_no_time() -> None:
    paths = [PurePosixPath(f"{number}/{EXERCISE.id}{'-' * 230}x.py") for number in range(10_000)]
    began = time.process_time()
    assert len(named(paths)[EXERCISE.id]) == len(paths)
    assert time.process_time() - began < 5


def test_what_a_notebook_has_shown_is_not_looked_at(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "source": "x = 1"}
    shown = [{"output_type": "stream"}] * 25_000  # each lacks what it must have
    notebook = {"cells": [cell | {"outputs": shown}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / f"{EXERCISE.id}.ipynb").write_text(json.dumps(notebook))
    (answer,) = read(tmp_path)[0].answers
    assert b"x = 1" in answer.text


def test_a_machine_without_descriptors_blames_nobody(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="Windows bounds no process so")
    (tmp_path / "case-1").mkdir()
    reader = cast(
        Reader, SimpleNamespace(read=lambda source, limit: RunsLeft() if source is None else None)
    )
    root = os.open(tmp_path, os.O_RDONLY)
    files = JailedFiles(Path("/case"), root, None, shared=False, reader=reader)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (root + 1, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            files.read(Path("case-1"), 1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert files.read(Path("case-2"), 1) == RunsLeft()
    os.close(root)


def test_a_second_students_prefix_in_a_file_name_gives_that_student_nothing(tmp_path: Path) -> None:
    (tmp_path / "Jane_1_assignsubmission_file_Bob_2_assignsubmission_file_x.py").write_text("x = 1")
    (tmp_path / "Bob_2_assignsubmission_file_03_epoch_loss.py").write_text("x = 1")
    assert sorted(entry.name for entry in find_entries(tmp_path)) == ["Bob_2", "Jane_1"]
    assert all(len(entry.sources) == 1 for entry in find_entries(tmp_path))


def test_an_error_of_the_kit_costs_one_entry_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    (entry,) = find_entries(tmp_path)

    def fails(*_: object) -> None:
        raise KeyError("a mistake\x1b of ours")

    monkeypatch.setattr(grade, "read_submission", fails)
    errors = KitErrors(tmp_path)
    (answer,) = grade._read(entry, [EXERCISE], unpacker(), errors).answers
    assert answer.problem == (Status.NOT_JUDGED, "KeyError: 'a mistake\\x1b of ours'")
    assert errors.count == 1
    kept = errors.path.read_text(encoding="utf-8")
    assert "a.py" in kept.splitlines()[0]
    assert "in fails" in kept


VERDICT = Verdict(EXERCISE.id, Outside("x.py"), Status.NOT_JUDGED)
KEY = VerdictKey(EXERCISE.id, "answer", "", "", "", "")
ADA = Handed(Outside("ada"), Outside("x.py"), 5.0)


def begun(journal: Journal, *, again: bool = False) -> int:
    return journal.begin_grading("grade", "full", Course(), again=again)


def test_nothing_is_tried_for_ever(tmp_path: Path) -> None:
    journal = Journal(tmp_path, fresh=True)
    for _ in range(MOST_TRIES):
        grading = begun(journal)
        assert journal.find(grading, KEY) is None
        journal.append(grading, KEY, VERDICT, [ADA])
        journal.end_grading(grading)
    fourth = begun(journal)
    assert journal.find(fourth, KEY) is not None
    journal.end_grading(fourth)
    assert journal.find(begun(journal, again=True), KEY) is None
    journal.close()


def test_a_damaged_journal_is_told_truly(tmp_path: Path) -> None:
    journal = Journal(tmp_path, fresh=True)
    grading = begun(journal)
    for number in range(200):
        journal.append(grading, replace(KEY, answer=str(number)), VERDICT, [ADA])
    journal.close()
    content = bytearray((tmp_path / FILE).read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = bytes(64)
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(JournalError, match=r"damaged.*new --out") as told:
        Journal(tmp_path, fresh=True)
    assert not {"safe", "goes on", "lost"} & set(str(told.value).replace(".", " ").split())
    assert (tmp_path / FILE).read_bytes() == content, "it was written into"


def test_each_error_of_a_disk_says_what_to_do(tmp_path: Path) -> None:
    for number, words in ((28, "make room"), (30, "rights"), (5, "see to it"), (13, "rights")):
        with (
            pytest.raises(JournalError, match=words) as told,
            journal_errors.journal_errors(tmp_path / FILE),
        ):
            raise OSError(number, os.strerror(number))
        assert str(tmp_path / FILE) in str(told.value)


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(JournalError, match="rights"):
        Journal(tmp_path, fresh=True)


def test_a_clock_that_jumps_changes_no_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, fresh=True)
    first = begun(journal)
    journal.append(first, KEY, replace(VERDICT, status=Status.FAILED), [ADA])
    monkeypatch.setattr("crystalball.grading.journal._now", lambda: "1970-01-01T00:00:00.000+00:00")
    second = begun(journal)
    journal.append(second, KEY, replace(VERDICT, status=Status.PASSED), [ADA])
    assert second == journal.last_grading() > first
    (grade_found,) = journal.grades(second)
    assert grade_found.number == journal.find(second, KEY)
    journal.close()


@pytest.mark.skipif(os.name != "posix", reason="there are no locks on folders elsewhere")
def test_what_a_killed_grader_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with scratch_folder(1) as living:
        left = Path(shutil.copytree(living, living.with_name(f"{PREFIX}left")))
        with scratch_folder(1) as other:
            assert not left.exists()
            assert living.exists()
            assert other.exists()
    assert not living.exists()


def test_a_page_whose_name_is_long_is_written(tmp_path: Path) -> None:
    from crystalball.grading.report import file_name

    (tmp_path / file_name(Outside("名" * 80))).touch()
    (tmp_path / ("." + file_name(Outside("😀" * 80)) + ".new")).touch()


def test_no_traceback_of_ours_reaches_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from crystalball.entry import cli

    def fails(*_: object) -> None:
        raise RuntimeError("ours\n\x1b[2J")

    monkeypatch.setattr(cli.Progress, "load", fails)
    seen = CliRunner().invoke(cli.main, [])
    assert seen.exit_code == 3
    (line,) = seen.output.splitlines()
    assert "RuntimeError: ours\\n\\x1b[2J, test_borders.py:" in line
    path = Path(line.removesuffix(".").rpartition(" ")[2])
    assert "in fails" in path.read_text(encoding="utf-8")
    path.unlink()


def test_an_archive_of_another_kind_is_told_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/work.7z").write_bytes(b"7z")
    (tmp_path / "c.zip").write_bytes(zipped({"inner.RAR": b"Rar!"}))
    for submission in read(tmp_path):
        (answer,) = submission.answers
        assert answer.problem is not None
        assert answer.problem[0] == Status.REFUSED
        assert "hand in a zip" in answer.problem[1]


def test_a_clock_that_is_set_while_a_case_runs_blames_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for jump in (-3600.0, 0.0, 3600.0):
        monkeypatch.setattr("time.time", lambda jump=jump: 1_000_002.0 + jump)
        window = Window.since(1_000_000.0, 2.0)
        for moment in (1_000_000, 1_000_001, 1_000_001 + jump, 1_000_002 + jump):
            assert window.holds(datetime.fromtimestamp(moment, UTC).replace(tzinfo=None), 0)
        assert window.end - window.start == 2 + abs(jump)


def test_what_takes_too_long_is_refused_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({NAME: b"x = 1"}))
    with monkeypatch.context() as patched:
        patched.setattr("crystalball.jail.unpacker.SECONDS", 0.0)
        patched.setattr("crystalball.processes.process.Process.request", lambda *_: None)  # no answer comes
        (answer,) = read(tmp_path)[0].answers
        assert answer.problem is not None
        assert answer.problem[0] == Status.REFUSED
        assert "more time or memory" in answer.problem[1]
    assert read(tmp_path)[0].answers[0].files == {NAME: b"x = 1"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_clone_whose_head_never_ends_is_read(tmp_path: Path) -> None:
    (tmp_path / "a/.git/objects").mkdir(parents=True)
    os.mkfifo(tmp_path / "a/.git/HEAD")
    (tmp_path / "a" / NAME).write_text("x = 1")
    assert read(tmp_path)[0].answers[0].files == {NAME: b"x = 1"}
