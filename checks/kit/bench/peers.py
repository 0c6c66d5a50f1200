"""What people grade with today, on the contract of exercise 1 ported to it: pytest, check50, otter-grader.

Each is installed from the registry into an environment of its own, which sees the kit's torch, and is used
as its users would without a container: one command a submission.
"""

import json
import os
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crystalball.entry.programs import wrong_programs

ROOT = Path(__file__).parents[3]
NAME = "01_first_scalar"

CONTRACT = """
import tempfile
from pathlib import Path

import numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils import tensorboard

CASES = ((2.0794415, 1.3862944, 0.6931472), (0.123456789,), (0.5, 0.5, 4.25, 0.0, 4.25, 1.125))
MADE = []

class Watched(tensorboard.SummaryWriter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        MADE.append(self)

tensorboard.SummaryWriter = Watched

def problem(log_losses):
    for losses in CASES:
        MADE.clear()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # a writer may be open
            log_losses(losses, Path(folder) / "run")
            if any(writer.all_writers is not None for writer in MADE):
                return "a writer is not closed"
            log = EventAccumulator(str(Path(folder) / "run"))
            log.Reload()
            tags = log.Tags()["scalars"]
            seen = [(e.step, e.value) for e in log.Scalars("Loss/Train")] if "Loss/Train" in tags else []
        expected = [(step, float(numpy.float32(loss))) for step, loss in enumerate(losses, start=1)]
        if seen != expected:
            return f"expected {expected}, got {seen}"
    return None

def load(path):
    import importlib.util
    spec = importlib.util.spec_from_file_location("answer", path)
    answer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(answer)
    return answer.log_losses
"""

PYTEST = """
import os
import contract

def test_answer():
    assert contract.problem(contract.load(os.environ["ANSWER"])) is None
"""

CHECK50 = f"""
import sys
import check50
sys.path.insert(0, {{place!r}})

@check50.check()
def logs():
    \"\"\"logs each loss\"\"\"
    import contract
    problem = contract.problem(contract.load("{NAME}.py"))
    if problem:
        raise check50.Failure(problem)
"""

OTTER = """
OK_FORMAT = True
CODE = '''
>>> import sys
>>> sys.path.insert(0, {place!r})
>>> import contract
>>> contract.problem(log_losses)
'''
test = {{"name": "q1", "points": 1, "suites": [
    {{"cases": [{{"code": CODE.strip()}}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}}
]}}
"""


@dataclass(frozen=True)
class Told:
    """What a tool said of one submission: whether it is right, and in which words."""

    right: bool
    words: str


Judge = Callable[[Path], Told]


def class_of_exercise_1() -> dict[str, tuple[str, bool]]:
    """Programs by name, and whether each is right: all that the kit knows of exercise 1."""
    right = {path.stem: path for path in (ROOT / "checks/kit/variants" / NAME).glob("*.py")}
    right["solution"] = ROOT / "solutions" / f"{NAME}.py"
    programs = {name: (path.read_text(encoding="utf-8"), True) for name, path in sorted(right.items())}
    return programs | {name: (text, False) for name, text in wrong_programs(ROOT, NAME).items()}


def environment(package: str, place: Path, *more: str) -> Path:
    """An environment with a package from the registry, that sees the kit's own packages behind it.

    Args:
        package: its name.
        place: a folder for environments; what is there already is used again.
        more: what its users have besides.
    """
    folder = place / package
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", package, *more], check=True)
        (own,) = folder.glob("lib/python*/site-packages")
        here = [sysconfig.get_paths()["purelib"], str(ROOT / "checks")]
        (own / "the_kit.pth").write_text("\n".join(here), encoding="utf-8")
        done.touch()
    return python


def judges(place: Path) -> dict[str, Judge]:
    """The tools by their names, ready to judge a submission in its own folder.

    Args:
        place: a folder for environments and for what is ported.
    """
    place.mkdir(parents=True, exist_ok=True)
    (place / "contract.py").write_text(CONTRACT, encoding="utf-8")
    (place / "test_answer.py").write_text(PYTEST, encoding="utf-8")
    return {
        "pytest, a process each": lambda folder: _pytest(place, folder),
        "check50": _check50(place),
        "otter-grader": _otter(place),
    }


def _run(words: list[object], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=os.environ | {"ANSWER": str(folder / f"{NAME}.py")} | more,
        capture_output=True,
        text=True,
        check=False,
    )


def _last(text: str) -> str:
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E ")]
    return (lines or text.strip().splitlines() or [""])[0]


def _pytest(place: Path, folder: Path) -> Told:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", place]
    done = _run([*words, place / "test_answer.py"], folder)
    return Told(done.returncode == 0, _last(done.stdout))


def _check50(place: Path) -> Judge:
    python, checks = environment("check50", place), place / "checks50"
    checks.mkdir(exist_ok=True)
    (checks / ".cs50.yaml").write_text(f'check50:\n  files:\n    - !require "{NAME}.py"\n')
    (checks / "__init__.py").write_text(CHECK50.format(place=str(place)))

    def judge(folder: Path) -> Told:
        report = place / "check50.json"
        report.unlink(missing_ok=True)
        words = [python, "-m", "check50", "--dev", "-o", "json", "--output-file", report, checks]
        done = _run(words, folder)
        if not report.exists():
            raise RuntimeError(done.stderr or done.stdout)
        (result,) = json.loads(report.read_text())["results"]
        return Told(bool(result["passed"]), (result["cause"] or {}).get("rationale", ""))

    return judge


def _otter(place: Path) -> Judge:
    python, tests, archive = (
        environment("otter-grader", place, "ipykernel"),
        place / "tests",
        place / "autograder.zip",
    )
    tests.mkdir(exist_ok=True)
    (tests / "q1.py").write_text(OTTER.format(place=str(place)))
    made = _run([python, "-m", "otter", "generate", "-t", tests, "-o", archive, "--no-environment"], place)
    if made.returncode:
        raise RuntimeError(made.stderr or made.stdout)

    def judge(folder: Path) -> Told:
        results = folder / "results.json"
        words = [python, "-m", "otter", "run", "-a", archive, "-o", folder, folder / f"{NAME}.py"]
        done = _run(words, folder)
        if not results.exists():
            raise RuntimeError(done.stderr or done.stdout)
        tests = json.loads(results.read_text())["tests"]
        (result,) = (one for one in tests if one["name"].startswith("q1"))
        said = [line for line in result.get("output", "").splitlines() if line.strip()]
        return Told(result["score"] == result["max_score"], " ".join(said[-3:]))

    return judge


def measured(
    judge: Judge, folder: Path, programs: dict[str, tuple[str, bool]]
) -> tuple[list[float], dict[str, Told]]:
    """Seconds that a tool takes for each of a class, one after the other, and what it told each."""
    told, seconds = {}, []
    for name, (text, _) in programs.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"{NAME}.py").write_text(text, encoding="utf-8")
        began = time.perf_counter()
        told[name] = judge(folder / name)
        seconds.append(time.perf_counter() - began)
    return seconds, told
