"""A sample of what `bench/fuzz.py` tries, and all that once failed."""

import random
import shutil
from pathlib import Path

import pytest
from fuzzing import EVENT_FILE, FUZZED, FuzzedJudge, OpensHere, read_everywhere, take_in
from fuzzing_archives import archive
from fuzzing_files import event_file
from unpacking import unpacker

from crystalball.judging.session import JudgingSession

SAMPLE = 20


@pytest.fixture(scope="module")
def fuzzed_judge(judging_session: JudgingSession, tmp_path_factory: pytest.TempPathFactory) -> FuzzedJudge:
    return FuzzedJudge(judging_session, ("01", "02", "03"), tmp_path_factory.mktemp("runs"))


def test_every_file_is_read_or_refused(
    tmp_path: Path, fuzzed_judge: FuzzedJudge, rng: random.Random
) -> None:
    file = tmp_path / "run" / EVENT_FILE
    file.parent.mkdir()
    for _ in range(10 * SAMPLE):
        file.write_bytes(event_file(rng, fuzzed_judge.runs))
        read_everywhere(tmp_path)


def test_every_archive_is_taken_in_or_refused(tmp_path: Path, rng: random.Random) -> None:
    for number in range(10 * SAMPLE):
        name, content = archive(rng)
        file = tmp_path / name
        file.write_bytes(content)
        take_in(file, OpensHere() if number % 10 else unpacker())
        file.unlink()


def test_whoever_leaves_such_a_file_gets_a_verdict(fuzzed_judge: FuzzedJudge, rng: random.Random) -> None:
    for _ in range(SAMPLE):
        fuzzed_judge.files(rng)


def test_whoever_says_such_things_gets_a_verdict(fuzzed_judge: FuzzedJudge, rng: random.Random) -> None:
    for _ in range(3 * SAMPLE):
        fuzzed_judge.answers(rng)


@pytest.mark.parametrize("file", sorted(FUZZED.glob("*-*")), ids=lambda file: file.name)
def test_what_once_failed(tmp_path: Path, file: Path) -> None:
    copy = tmp_path / file.name.partition("-")[2]
    shutil.copy(file, copy)
    if copy.name == EVENT_FILE:
        read_everywhere(tmp_path)
    else:
        take_in(copy, OpensHere())
