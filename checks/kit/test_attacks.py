"""Hostile submissions in the real jail: each gets its verdict, and harms nobody.

The first line of an attack names the exercise that it answers and the verdicts that it may get.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from patience import PATIENCE, wait_until
from process_table import processes

from crystalball.curriculum.manifest import Curriculum, curriculum
from crystalball.jail.levels import JailLevel
from crystalball.jail.slot import Slot
from crystalball.judging.answer_run import THREADS_LEFT
from crystalball.judging.judge import Judge
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import LARGEST, Status, Verdict

pytestmark = pytest.mark.needs("jail")  # hostile code runs nowhere else

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ATTACKS = sorted((HERE / "attacks").glob("*.py.txt"))
VARIANTS = sorted((HERE / "variants").glob("*/*.py"))
FOOLED = Path("/tmp/crystalball-was-fooled")
SECRET_SEED = 20260217

PATIENT = replace(
    curriculum(), seconds_a_case=PATIENCE, seconds_to_load=PATIENCE, seconds_a_submission=PATIENCE
)
"""The limits of a program that comes to an end, however busy this machine is."""

IMPATIENT = replace(curriculum(), seconds_a_case=2, seconds_to_load=3, seconds_a_submission=5)
"""The limits of an attack that may hang: it gets no other verdict by them."""


@dataclass(frozen=True)
class Attack:
    """What the head of an attack says."""

    exercise: str
    verdicts: frozenset[Status]
    name: str

    @classmethod
    def of(cls, text: str) -> "Attack":
        first, _, third = text.splitlines()[:3]
        exercise, _, verdicts = first.removeprefix("# ").partition(": ")
        statuses = frozenset(map(Status, verdicts.split(", ")))
        name = third.removeprefix("# named: ") if third.startswith("# named: ") else f"{exercise}.py"
        return cls(exercise, statuses, name)

    @property
    def limits(self) -> Curriculum:
        return IMPATIENT if Status.HUNG in self.verdicts else PATIENT


class JailedJudge:
    """One slot, and what judges what runs in it."""

    def __init__(self, slot: Slot, judging_session: JudgingSession) -> None:
        self._slot, self._judging_session = slot, judging_session

    def judge(
        self,
        exercise: str,
        path: Path,
        limits: Curriculum = PATIENT,
        *,
        beside: Path | None = None,
        seed: int = SECRET_SEED,
    ) -> Verdict:
        one = curriculum().find(exercise[:2])
        oracle = self._judging_session.oracle
        judge = Judge(limits, lambda order: self._slot.worker(order, beside), oracle, seed)
        return judge.judge(one, self._judging_session.spec(one), path)

    def good(self, exercise: str) -> bool:
        return self.judge(exercise, ROOT / "solutions" / f"{exercise}.py").passed


@pytest.fixture(scope="module")
def jailed_judge(judging_session: JudgingSession) -> Iterator[JailedJudge]:
    slot = Slot(JailLevel.FULL, [ROOT])
    yield JailedJudge(slot, judging_session)
    slot.close()


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 155


@pytest.mark.parametrize("file", ATTACKS, ids=[path.name.removesuffix(".py.txt") for path in ATTACKS])
def test_an_attack_gets_its_verdict_and_harms_nobody(
    jailed_judge: JailedJudge, tmp_path: Path, file: Path
) -> None:
    text = file.read_text()
    attack = Attack.of(text)
    assert Status.PASSED not in attack.verdicts
    path = tmp_path / attack.name
    path.write_text(text)
    verdict = jailed_judge.judge(attack.exercise, path, attack.limits)
    assert verdict.status in attack.verdicts, (verdict.status, verdict.detail, verdict.output)
    assert len(verdict.to_json().encode()) <= LARGEST
    str(verdict).encode()  # nothing in it that a database could not store
    assert not FOOLED.exists()
    assert jailed_judge.good(attack.exercise), "the next submission suffers from it"


@pytest.mark.parametrize("file", VARIANTS, ids=[f"{p.parent.name}/{p.stem}" for p in VARIANTS])
def test_honest_programs_pass_in_the_jail(jailed_judge: JailedJudge, file: Path) -> None:
    # The default seed: whether every seed is fair to them is `crystalball verify`'s question.
    verdict = jailed_judge.judge(file.parent.name, file, seed=0)
    assert verdict.passed, (verdict.status, verdict.detail, verdict.findings)
    assert not verdict.flags


def test_what_an_honest_program_may_do_besides(jailed_judge: JailedJudge, tmp_path: Path) -> None:
    path = tmp_path / "01_first_scalar.py"
    path.write_text(HONEST)
    verdict = jailed_judge.judge("01", path)
    assert verdict.passed, (verdict.status, verdict.detail, verdict.output)


def test_modules_beside_the_answer_can_be_imported_and_no_others(
    jailed_judge: JailedJudge, tmp_path: Path
) -> None:
    folder = tmp_path / "entry" / "homework"
    (folder / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / "01_first_scalar.py", folder / "tools" / "mine.py")
    (folder / "01_first_scalar.py").write_text("from tools.mine import log_losses\n")
    answer = folder / "01_first_scalar.py"
    assert jailed_judge.judge("01", answer, beside=tmp_path / "entry").passed
    assert jailed_judge.judge("01", answer).status == Status.CRASHED


def test_a_liar_about_open_writers_is_flagged(jailed_judge: JailedJudge, tmp_path: Path) -> None:
    path = tmp_path / "01_first_scalar.py"
    path.write_text(LIAR)
    assert jailed_judge.judge("01", path).flags == (THREADS_LEFT,)


HONEST = """
import asyncio
import getpass
import os
import platform
import pwd
import random
import shutil
import socket
import tempfile
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import torch
from torch.utils.tensorboard import SummaryWriter


def log_losses(losses, log_dir):
    import pandas
    from tbparse import SummaryReader

    print(socket.gethostname(), platform.platform(), platform.node(), getpass.getuser(), os.cpu_count())
    print(pwd.getpwuid(os.getuid()) if os.path.exists("/etc/passwd") else "nobody", os.getloadavg)
    print(uuid.uuid1(), uuid.uuid4(), random.random(), numpy.random.rand(), torch.rand(1), os.urandom(4))
    with open("/dev/urandom", "rb") as entropy, open(os.devnull, "w") as nothing:
        nothing.write(entropy.read(4).hex())
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=".") as file:
        file.write(b"x")
        Path(folder, "touched").touch()
        shutil.copytree(folder, "copied", dirs_exist_ok=True)
        shutil.copy2("copied/touched", "again")
        os.chmod("again", 0o600)
        os.truncate("again", 10)
    Path("latest").unlink(missing_ok=True)
    os.symlink(log_dir, "latest")
    torch.save({"weights": torch.ones(3)}, "checkpoint.pt")
    assert torch.load("checkpoint.pt")["weights"].sum() == 3
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(abs, [-1, -2])) == 3
    thread = threading.Thread(target=print, args=("from a thread",))
    thread.start()
    thread.join()
    asyncio.run(asyncio.sleep(0))
    with SummaryWriter(log_dir) as writer:
        for step, loss in enumerate(losses, start=1):
            writer.add_scalar("Loss/Train", loss, step)
    assert isinstance(SummaryReader(str(log_dir)).scalars, pandas.DataFrame)
"""

LIAR = """
from torch.utils.tensorboard import SummaryWriter

from crystalball.processes.inside.child import Child

Child._drain = lambda self, before: 0


def log_losses(losses, log_dir):
    writer = SummaryWriter(log_dir)
    for step, loss in enumerate(losses, start=1):
        writer.add_scalar("Loss/Train", loss, step)
    writer.flush()
"""

THIEF = """
import os

SECRETS = {secrets!r}
NAMES = {names!r}


def log_losses(losses, log_dir):
    for secret in SECRETS:
        for look in (os.listdir, lambda path: open(path).read()):
            try:
                look(secret)
                print("saw", secret)
            except OSError:
                pass
    for place, folders, files in os.walk("/"):
        for name in NAMES.intersection(folders + files):
            print("saw", os.path.join(place, name))
    print("looked everywhere")
    1 / 0
"""


@pytest.mark.parametrize("level", [JailLevel.FULL, JailLevel.NO_LANDLOCK, JailLevel.CHILD])
def test_nothing_of_ours_can_be_read_inside(
    judging_session: JudgingSession, tmp_path: Path, level: JailLevel
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "journal.sqlite").write_text("grades")
    other = tmp_path / "submissions" / "somebody" / "01_first_scalar.py"
    other.parent.mkdir(parents=True)
    other.write_text("pass")
    library = ROOT / "checks" / "crystalball"
    ours = [library / "oracle.py", library / "mistakes", library / "curriculum.toml", library / "judge.py"]
    ours += [ROOT / "solutions", ROOT / "checks", ROOT / ".git", ROOT / "runs", out, other]
    ours += [Path(f"/proc/{os.getpid()}"), Path("/etc/passwd")]
    secrets = [str(path) for path in (*ours, *(ROOT / "solutions").iterdir(), out / "journal.sqlite")]
    names = {
        "solutions",
        "mistakes",
        "journal.sqlite",
        "curriculum.toml",
        "broken_runs.py",
        "event_files.py",
        "test_01_first_scalar.py",
        "somebody",
    }
    thief = tmp_path / "submissions" / "thief" / "01_first_scalar.py"
    thief.parent.mkdir()
    thief.write_text(THIEF.format(secrets=secrets, names=names))
    slot = Slot(level, [ROOT, tmp_path])
    try:
        verdict = JailedJudge(slot, judging_session).judge("01", thief)
    finally:
        slot.close()
    assert verdict.output == "looked everywhere\n"


@pytest.mark.parametrize("level", [JailLevel.NO_LANDLOCK, JailLevel.CHILD])
def test_less_of_a_jail_holds_too(
    judging_session: JudgingSession, tmp_path: Path, level: JailLevel
) -> None:
    slot = Slot(level, [ROOT])
    jailed_judge = JailedJudge(slot, judging_session)
    try:
        for name in LESS:
            text = (HERE / "attacks" / f"{name}.py.txt").read_text()
            attack = Attack.of(text)
            path = tmp_path / attack.name
            path.write_text(text)
            assert not jailed_judge.judge(attack.exercise, path, attack.limits).passed, name
            assert jailed_judge.good(attack.exercise), name
    finally:
        slot.close()


LESS = (
    "tcp",
    "fork_bomb",
    "kill_parent",
    "reads_the_solutions",
    "everything_removed",
    "fill_the_disk_at_once",
)


def test_a_killed_grader_leaves_no_process(tmp_path: Path) -> None:
    program = f"""
import os, signal, sys
from pathlib import Path
from crystalball.jail.levels import JailLevel
from crystalball.jail.slot import Slot
from crystalball.processes.inside.reports import LoadRequest
slot = Slot(JailLevel.FULL)
worker = slot.worker()
path = worker.files.bring(Path({str(tmp_path / "loop.py")!r}))
worker.request(LoadRequest(path, "f", (), "/case/log", limit=60))
print(slot._setup._scratch, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    (tmp_path / "loop.py").write_text("while True: pass")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    scratch = done.stdout.strip()
    assert scratch.startswith("/")
    shutil.rmtree(scratch)
    wait_until(
        lambda: not any(scratch in one.command for one in processes()), "the jail outlives its grader"
    )


def test_an_ordinary_user_has_a_full_jail(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("this whole file runs as an ordinary user")
    python = _python_of_everybody()
    if python is None:
        pytest.skip("an ordinary user can start no Python of this version here")
    path = os.pathsep.join([str(ROOT / "checks"), *(p for p in sys.path if p.endswith("-packages"))])
    program = f"""
from crystalball.judging.session import JudgingSession
from crystalball.curriculum.manifest import curriculum
from crystalball.judging.judge import Judge
from crystalball.jail.levels import find_level
from crystalball.jail.slot import Slot
from pathlib import Path
root = Path({str(ROOT)!r})
judging_session, slot = JudgingSession(root, root / "solutions"), Slot(find_level(), [root])
one = curriculum().find("03")
judge = Judge(curriculum(), slot.worker, judging_session.oracle)
path = root / "solutions/03_epoch_loss.py"
print(find_level().name, judge.judge(one, judging_session.spec(one), path).status)
slot.close()
judging_session.close()
"""
    done = subprocess.run(
        [python, "-c", program],
        **NOBODY,
        env={"PYTHONPATH": path, "TMPDIR": "/tmp", "PATH": os.defpath},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "FULL passed\n", done.stderr


NOBODY: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}


def _python_of_everybody() -> str | None:
    """An interpreter of this version that an ordinary user can start, too."""
    for python in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            words = [python, "-c", "import sys; print(sys.version_info[:2])"]
            done = subprocess.run(words, **NOBODY, capture_output=True, text=True, check=False)
            if done.stdout.strip() == str(sys.version_info[:2]):
                return python
    return None
