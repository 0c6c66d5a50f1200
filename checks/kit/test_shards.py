"""`crystalball grade --shard` and `merge`: a class in parts, and whole again."""

import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from test_grading import crystalball, results

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import NotFound
from crystalball.grading.grades import EntryInfo, Handed
from crystalball.grading.journal import Journal
from crystalball.grading.keys import VerdictKey
from crystalball.grading.layouts import Entry
from crystalball.grading.shards import Shard, merge_shards, read_shards
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.reading.outside import Outside

KEY = VerdictKey("01_first_scalar", "answer", "checks", "public", "{}", "no sandbox")
CLASS = [Outside(f"student{number}") for number in range(40)]


def wrote(
    folder: Path, shard: str, names: list[Outside], *, ended: bool = True, seed: str = "public"
) -> Path:
    """A journal as `grade --shard` writes it, in which each was told their own name."""
    command = {"submissions": "class", "exercises": [KEY.exercise], "seed": seed, "again": False}
    with closing(Journal(folder, fresh=True)) as journal:
        number = journal.begin_grading(
            json.dumps(command | {"shard": shard}), KEY.sandbox, Course(), again=False
        )
        for name in names:
            journal.add_entry(number, EntryInfo(name))
            checks = (CheckResult("test_it", "It is.", True),)
            verdict = Verdict(KEY.exercise, Outside("a.py"), Status.FAILED, checks, detail=name)
            journal.append(number, replace(KEY, answer=name), verdict, [Handed(name, name, 5.0)])
        if ended:
            journal.end_grading(number)
    return folder


@pytest.mark.parametrize("count", [1, 3, 8])
def test_each_entry_is_in_one_shard(count: int) -> None:
    entries = [Entry(name, (), ()) for name in CLASS]
    parts = [Shard(index, count).of(entries) for index in range(1, count + 1)]
    assert sorted(entry.name for part in parts for entry in part) == sorted(CLASS)
    assert all(parts)


@pytest.mark.parametrize("text", ["", "3", "0/2", "3/2", "a/b", "1/2/3", "-1/2"])
def test_what_is_no_shard_is_told(text: str) -> None:
    with pytest.raises(NotFound, match="2/8"):
        Shard.parse(text)


def test_merged_each_has_what_they_were_told(tmp_path: Path) -> None:
    folders = [wrote(tmp_path / str(n), f"{n}/3", CLASS[n - 1 :: 3]) for n in (3, 1, 2)]
    for _ in range(2):  # a second time it is a second grading
        number = merge_shards(read_shards(folders), tmp_path / "whole")
    with closing(Journal(tmp_path / "whole")) as journal:
        assert number == journal.last_grading() == 2
        assert [info.name for info in journal.entries(number)] == sorted(CLASS)
        grades = list(journal.grades(number))
        assert [grade.entry for grade in grades] == sorted(CLASS)
        assert all(
            grade.entry == grade.place == grade.verdict.detail == grade.key.answer for grade in grades
        )
        assert journal.grading(number)["ended"]


def test_what_does_not_make_a_class_is_told(tmp_path: Path) -> None:
    first, second = (wrote(tmp_path / str(n), f"{n}/2", CLASS[:2]) for n in (1, 2))
    other = wrote(tmp_path / "other", "2/2", [], seed="secret")
    third = wrote(tmp_path / "third", "1/3", [])
    halted = wrote(tmp_path / "halted", "2/2", [], ended=False)
    for folders, told in {
        (first,): "Shard 2/2 is missing",
        (first, second, second): "Shard 2/2 is there twice",
        (first, other): "another seed",
        (second, third): "1/3",
        (first, halted): "not finished",
        (first, tmp_path): "no journal",
    }.items():
        with pytest.raises(NotFound, match=told):
            read_shards(folders)
    with pytest.raises(NotFound, match="one of the shards"):
        merge_shards(read_shards([first, second]), second)


@pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
def test_a_class_in_two_shards_is_the_class(tmp_path: Path) -> None:
    for name in ("ada", "bob", "cyd"):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "01_first_scalar.py").write_text("")
    arguments = ("--only", "1", "--no-sandbox", "--out")
    (tmp_path / "roster.csv").write_text("entry,name\nada,Ada\nzoe,Zoe\n")
    roster = ("--roster", tmp_path / "roster.csv")
    for shard in ("1/2", "2/2"):
        seen = crystalball(
            *("grade", tmp_path / "class", "--shard", shard, *arguments, tmp_path / shard[0], *roster)
        )
        assert seen.returncode == 0, seen.stderr
    merged = ("merge", tmp_path / "2", tmp_path / "1", "--out", tmp_path / "whole")
    seen = crystalball(*merged)
    assert seen.returncode == 0, seen.stderr
    assert "2 shards merged." in seen.stdout
    found = results(tmp_path / "whole")
    assert sorted(found) == ["ada", "bob", "cyd"]
    assert found["bob"]["exercises"]["01_first_scalar"]["verdict"] == "empty file"
    assert len(list((tmp_path / "whole" / "reports").iterdir())) == 3
    rows = (tmp_path / "whole" / "grades.csv").read_text().splitlines()
    assert [row.split(",")[:3] for row in rows if "Ada" in row or "Zoe" in row] == [
        ["ada", "Ada", "ada"],
        ["zoe", "Zoe", ""],
    ]
