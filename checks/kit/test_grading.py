"""`crystalball grade`: a class of good, wrong and hostile submissions, killed and resumed."""

import contextlib
import csv
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from interrupts import interrupt
from needs import JAIL
from patience import PATIENCE

from crystalball.cases.drawing import losses
from crystalball.cases.inside.case import Case
from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.exports.scored import scored
from crystalball.grading.exports import cell, results_file, write_each
from crystalball.grading.grade import judgeable
from crystalball.grading.grades import EntryInfo, Handed, points
from crystalball.grading.intake import Answer, Submission
from crystalball.grading.journal import Journal
from crystalball.grading.journal_errors import JournalError
from crystalball.grading.journal_file import FILE
from crystalball.grading.judge_answers import LARGE, Grading
from crystalball.grading.keys import PUBLIC, VerdictKey, read_seed
from crystalball.grading.kit_errors import KitErrors
from crystalball.grading.layouts import Entry
from crystalball.grading.report import file_name, report_pages
from crystalball.grading.slot_pool import SlotPool, _tellable
from crystalball.jail.levels import JailLevel
from crystalball.judging.findings import Finding, Row
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.outcomes.expect import Spec, load_spec
from crystalball.outcomes.facet import CurveFacet
from crystalball.processes.process import StartError
from crystalball.reading.outside import Outside, outside
from crystalball.words.verdicts import in_short

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has the jail; elsewhere grading is refused"
)
needs_jail = pytest.mark.needs("jail")  # without one, grading asks for --no-sandbox

ROOT = Path(__file__).parents[2]
KIT = ROOT / "checks" / "kit"
SECRET = "zyzzyva-3141592653589793"

HEAD = "def log_losses(losses, log_dir):\n"
SOLUTION = (ROOT / "solutions/01_first_scalar.py").read_text(encoding="utf-8")
WRONG = wrong_programs(ROOT, "01_first_scalar")

CLASS: dict[str, tuple[str, str, float]] = {
    "ada": (SOLUTION, "passed", 5),
    "bob": ((ROOT / "exercises/01_first_scalar.py").read_text(encoding="utf-8"), "not started", 0),
    "cyd, =1+1": (WRONG["steps_from_zero"], "failed", 2.5),
    "dan": (WRONG["not_closed"], "failed", 2.5),
    "eve <script>": (HEAD + "    print('<script>alert(1)</script>')\n    1 / 0\n", "crashed", 0),
    "fay": (HEAD + "    import os\n    os._exit(0)\n", "exited", 0),
    "gil": ("def log_losses(losses, log_dir:\n", "syntax error", 0),
    "hal": ("# caf\xe9\n" + SOLUTION, "not UTF-8", 0),
    "ivy": (SOLUTION.replace("def log_losses", "import helper\ndef log_losses"), "passed", 5),
    "jon": (
        HEAD + "    import os\n    print(dict(os.environ))\n    raise SystemExit\n",
        *("exited", 0),
    ),
}
"""What each hands in for exercise 1, the verdict, and the points."""

FIELDS = (
    *("verdict", "points", "max_points", "why", "mistakes", "explained", "line", "message", "seconds"),
)
"""Of each answer in `results.jsonl`."""


def crystalball(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crystalball.entry.cli", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"} | more,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def hand_in(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).mkdir(parents=True)
        encoding = "latin-1" if "caf\xe9" in text else "utf-8"
        (folder / name / "01_first_scalar.py").write_text(text, encoding=encoding)
    return folder


def results(out: Path) -> dict[str, Any]:
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return {line["submission"]: line for line in map(json.loads, lines)}


Graded = tuple[Path, Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """A class that was graded once, with a secret seed from the environment and a roster."""
    JAIL.demand()
    place = tmp_path_factory.mktemp("grading")
    folder = hand_in(place / "class", {name: text for name, (text, _, _) in CLASS.items()})
    (folder / "ivy" / "helper.py").write_text("x = 1\n")
    (place / "roster.csv").write_text("entry,name\nada,=Ada\ndan,Dan\nzoe,Zoe\n")
    arguments = ("--out", place / "out", "--only", "1", "--roster", place / "roster.csv")
    seen = crystalball("grade", folder, *arguments, CRYSTALBALL_SEED=SECRET)
    return folder, place / "out", seen


def test_each_gets_verdict_and_points(graded: Graded) -> None:
    _, out, seen = graded
    assert seen.returncode == 0, seen.stderr
    assert seen.stdout.startswith("Submissions run in a jail")
    found = results(out)
    assert found.keys() == CLASS.keys()
    for name, (_, verdict, score) in CLASS.items():
        line = found[name]
        assert line.keys() == {"submission", "score", "max_score", "exercises", "sandbox", "comment"}
        assert (line["score"], line["max_score"]) == (score, 5), name
        one = line["exercises"]["01_first_scalar"]
        assert one.keys() == {*FIELDS}
        assert bool(one["explained"]) == (verdict == "failed")
        assert (one["verdict"], one["points"], one["max_points"]) == (verdict, score, 5), name
        assert bool(one["message"]) == (verdict != "passed")
        assert "bubblewrap" in line["sandbox"]
    dan = found["dan"]["exercises"]["01_first_scalar"]
    assert (dan["mistakes"], dan["explained"]) == (["not_closed"], "all")
    assert "SummaryWriter" in CLASS["dan"][0].splitlines()[dan["line"] - 1]


def test_the_spreadsheet_is_safe_and_complete(graded: Graded) -> None:
    _, out, seen = graded
    text = (out / "grades.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    by_name = {row["submission"]: row for row in rows}
    assert by_name.keys() == {*CLASS, ""}
    assert by_name["cyd, =1+1"]["01_first_scalar"] == "2.5"
    assert by_name["ada"]["name"] == "'=Ada"
    assert by_name[""]["name"] == "Zoe"
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert "zoe, Zoe: no entry" in seen.stdout
    assert "bob: nobody in the roster" in seen.stdout


def test_formulas_are_neutral() -> None:
    for text in ("=1", "+1", "-1", "@x", "\t=1", "\r=1"):
        assert cell(text) == f"'{text}"
    assert cell("Müller, 'x'") == "Müller, 'x'"


def test_each_student_has_a_page_in_which_all_is_escaped(graded: Graded) -> None:
    _, out, _ = graded
    assert len(list((out / "reports").iterdir())) == len(CLASS)
    page = (out / "reports" / file_name("eve <script>")).read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "ZeroDivisionError" in page
    page = (out / "reports" / "cyd_ =1+1").with_name(file_name("cyd, =1+1")).read_text(encoding="utf-8")
    assert "Steps are one too small" in page
    for evidence in (">proven<", ">proven and reported<"):
        assert evidence in page


def test_page_names_are_safe_and_differ() -> None:
    names = ["../../x", "..\\..\\x", "a/b", "a_b", "con\n", "", "x" * 300, "\udcff"]
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(files)
    assert all("/" not in name and "\\" not in name and len(name) < 130 for name in files)


def everything(out: Path, seen: subprocess.CompletedProcess[str]) -> bytes:
    files = [path for path in out.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files) + (seen.stdout + seen.stderr).encode()


def test_the_seed_is_nowhere(graded: Graded, tmp_path: Path) -> None:
    _, out, seen = graded
    assert SECRET.encode() not in everything(out, seen)
    path = tmp_path / "seed"
    path.write_text(SECRET + "\n")
    seed = read_seed(path)
    assert str(seed.number).encode() not in everything(out, seen)
    assert str(seed.number) not in repr(seed)
    assert not seed.public


def test_a_seed_is_read_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYSTALBALL_SEED", "from outside")
    one = read_seed(None)
    assert "CRYSTALBALL_SEED" not in os.environ
    assert read_seed(None).public
    path = tmp_path / "seed"
    for content in (None, "", " \n"):
        if content is not None:
            path.write_text(content)
        with pytest.raises(NotFound, match="--seed"):
            read_seed(path)
    path.write_text("from outside\n")
    assert read_seed(path) == one
    path.write_text("another")
    assert read_seed(path).number != one.number


def test_nothing_is_judged_twice_until_told_so(graded: Graded) -> None:
    folder, out, _ = graded
    arguments = ("grade", folder, "--out", out, "--only", "1")
    seen = crystalball(*arguments)
    assert seen.returncode == 2
    assert f"--roster and --seed: grading 1 in {out} had them. Name them again" in seen.stderr
    arguments = (*arguments, "--roster", folder.parent / "roster.csv")
    before = results(out)
    seen = crystalball(*arguments, CRYSTALBALL_SEED=SECRET)
    assert f"0 answers judged, {len(CLASS)} known" in seen.stdout, seen.stderr
    assert results(out) == before
    (folder / "gil" / "01_first_scalar.py").write_text(SOLUTION + "\nmended = 1\n")
    seen = crystalball(*arguments, CRYSTALBALL_SEED=SECRET)
    assert "\n1 answer judged" in seen.stdout
    seen = crystalball(*arguments, "--again", CRYSTALBALL_SEED=SECRET)
    assert f"{len(CLASS)} answers judged" in seen.stdout
    seen = crystalball("diff", f"{out}@1", out)
    assert seen.stdout.splitlines() == [
        "gil 01_first_scalar: 0 of 5, syntax error → 5 of 5, passed, since another answer was handed in",
        "1 answer changed.",
    ]
    assert crystalball("diff", f"{out}@2", f"{out}@2").stdout == "Nothing has changed.\n"


@needs_jail
def test_wrong_arguments_are_one_clear_line(tmp_path: Path) -> None:
    hand_in(tmp_path / "class", {"ada": SOLUTION})
    (tmp_path / "file").write_text("")
    out = ("--out", tmp_path / "out")
    for arguments, words in (
        (["grade", tmp_path / "gone", *out], "is not there"),
        (["grade", tmp_path / "class", *out, "--only", "77"], "There is no exercise"),
        (["grade", tmp_path / "class", *out, "--roster", tmp_path / "gone"], "--roster"),
        (["grade", tmp_path / "class", *out, "--seed", tmp_path / "gone"], "--seed"),
        (["grade", tmp_path / "class", "--out", tmp_path / "file" / "out"], "--out"),
        (["diff", tmp_path / "class", tmp_path / "class"], "no journal"),
    ):
        seen = crystalball(*arguments)
        assert seen.returncode == 2, arguments
        assert words in seen.stderr
        assert "Traceback" not in seen.stderr
        assert len(seen.stderr.splitlines()) == 1


def test_without_a_sandbox_grading_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from crystalball.grading import slot_pool

    monkeypatch.setattr(slot_pool, "find_level", lambda: JailLevel.NONE)
    with pytest.raises(NotFound, match="--no-sandbox"):
        slot_pool.this_machine(no_sandbox=False, hidden=[])
    assert slot_pool.this_machine(no_sandbox=True, hidden=[]).sandbox == JailLevel.NONE


def test_an_exercise_with_a_network_is_left_out_where_the_sandbox_has_none() -> None:
    judged, left_out = judgeable(curriculum().exercises, JailLevel.CHILD)
    assert [one.number for one in left_out] == ["17"]
    assert len(judged) == len(curriculum().exercises) - 1
    assert judgeable(curriculum().exercises, JailLevel.FULL) == (curriculum().exercises, ())
    with pytest.raises(NotFound, match="not judged"):
        judgeable(left_out, JailLevel.CHILD)


ADA = Handed("ada", "", 5.0)
KEY = VerdictKey("01_first_scalar", "a", "c", "s", "{}", "full")
VERDICT = Verdict("01_first_scalar", "x.py", Status.PASSED, (CheckResult("c", "law", True),))


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, fresh=True)
    grading = journal.begin_grading("c", "full", Course(), again=False)
    journal._base.execute("PRAGMA max_page_count = 20")
    written = 0
    with pytest.raises(JournalError, match=r"is full.*is kept"):
        for written in range(1000):
            detail = replace(VERDICT, detail="x" * 2000)
            journal.append(
                grading, replace(KEY, answer=str(written)), detail, [Handed(str(written), "", 5.0)]
            )
    journal.close()
    again = Journal(tmp_path)
    assert len(list(again.grades(grading))) == written > 0
    assert again.find(grading, replace(KEY, answer="0")) is not None
    again.close()


def test_one_grading_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path, fresh=True)
    with pytest.raises(JournalError, match="another grading"):
        Journal(tmp_path, fresh=True)
    journal.close()
    (tmp_path / FILE).write_bytes(b"no database, but long enough to be taken for one" * 100)
    with pytest.raises(JournalError, match="damaged"):
        Journal(tmp_path, fresh=True)


def test_again_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    journal = Journal(tmp_path, fresh=True)
    first = journal.begin_grading("grade", "full", Course(), again=False)
    journal.append(first, KEY, VERDICT, [ADA])
    journal.end_grading(first)
    second = journal.begin_grading("again", "full", Course(), again=True)
    assert journal.find(second, KEY) is None
    journal.append(second, KEY, VERDICT, [ADA])
    third = journal.begin_grading("again", "full", Course(), again=True)
    assert journal.find(third, KEY) is not None, "the second was not ended"
    journal.end_grading(third)
    assert journal.find(journal.begin_grading("again", "full", Course(), again=True), KEY) is None
    journal.close()


def test_what_the_kit_could_not_judge_is_tried_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path, fresh=True)
    grading = journal.begin_grading("grade", "full", Course(), again=False)
    journal.append(grading, KEY, replace(VERDICT, status=Status.NOT_JUDGED), [ADA])
    assert journal.find(grading, KEY) is None
    journal.close()


@pytest.mark.parametrize("status", Status)
def test_only_who_ran_to_the_end_gets_points(status: Status) -> None:
    checks = (CheckResult("a", "", True), CheckResult("b", "", False))
    given = points(Verdict("01_first_scalar", "", status, checks), 5)
    assert given == (2.5 if status in (Status.PASSED, Status.FAILED) else 0)


def test_who_does_nothing_gets_nothing(judging_session: JudgingSession, tmp_path: Path) -> None:
    for exercise in map(curriculum().find, ("1", "5", "12")):
        path = tmp_path / f"{exercise.id}.py"
        path.write_text(f"def {exercise.function}({', '.join(exercise.parameters)}):\n    pass\n")
        verdict = judging_session.judge(exercise, path=path)
        assert verdict.status == Status.FAILED
        assert points(verdict, exercise.points) == 0, exercise.id


def test_a_hidden_case_is_not_given_away(tmp_path: Path) -> None:
    pinned = load_spec(ROOT, "01_first_scalar").cases.pinned[0].to_json()
    curve = CurveFacet("Loss/Train")
    finding = Finding(
        *(curve, "run 4711", "4711", "4711"),
        rows=(Row(1, 4711.0, 4711.5, False), Row(2, outside("4711"), None, False)),
        instead=(outside("tag 4711"),),
        line=12,
        source=outside("writer.add_scalar(tag, loss)"),
        curves=(((1, 4711.0), (2, 1.0)), ((1, 4711.5), (2, 1.0))),
    )
    failed = replace(
        VERDICT,
        file=outside("a.py"),
        status=Status.FAILED,
        checks=(CheckResult("test_a", "law", False, broken=(curve,)),),
        mistakes=(("steps_from_zero",),),
        unexplained=(curve,),
        findings=(finding,),
        case_words="4711 losses",
        line=12,
        traceback=outside("ValueError: 4711"),
        output=outside("printed 4711"),
    )
    crashed = replace(failed, status=Status.CRASHED, detail=outside("4711"))
    journal = Journal(tmp_path, fresh=True)
    grading = journal.begin_grading("c", "full", Course(), again=False)
    journal.add_entry(grading, EntryInfo("ada"))
    for verdict, place in ((failed, "add_scalar(tag, loss)"), (crashed, "Crashed, at a.py:12.")):
        for case, seed, shown in (
            (pinned, "s", True),
            ('{"losses":[4711]}', PUBLIC.digest, True),
            ('{"losses":[4711]}', "s", False),
        ):
            key = replace(KEY, seed=seed)
            journal.append(grading, key, replace(verdict, case=case), [Handed("ada", outside("a.py"), 5.0)])
            write_each(journal.graded(grading), report_pages(journal, grading, tmp_path / "reports", ROOT))
            page = (tmp_path / "reports" / "ada.html").read_text(encoding="utf-8")
            (one,) = next(scored(journal, grading, ROOT)).answers
            for told in (page, one.told):
                assert ("crystalball run 01 --case" in told) == shown
                assert ("4711" in told) == shown
                assert ("in a training that is not shown" in told) != shown
                assert "one too small" in told or (verdict is crashed and shown), "a mistake is no secret"
                assert place in told or shown
            assert ("4711" in in_short(one.seen)) == shown
    journal.close()


class Failing:
    """Shared cases whose judge cannot judge, for a reason of the kit's own."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getitem__(self, exercise: object) -> tuple[Spec, list[Case]]:
        return Spec(losses([]), ()), []

    def spec(self, exercise: object) -> Spec:
        return Spec(losses([]), ())

    def judge(self, *_: object, **__: object) -> Any:
        raise self.error


def failing(error: Exception, tmp_path: Path) -> Verdict:
    shared_cases: Any = Failing(error)
    slot: Any = contextlib.ExitStack()  # something that can be closed, and no more
    slot_pool = SlotPool(shared_cases, lambda: slot, 1, tmp_path)
    return slot_pool.judge(Answer("01_first_scalar", "a.py", {"a.py": b""}))


def test_a_failure_of_the_kit_is_nobodys_fault(tmp_path: Path) -> None:
    verdict = failing(OSError("no space left"), tmp_path)
    assert verdict.status == Status.NOT_JUDGED
    assert "no space left" in verdict.detail
    with pytest.raises(StartError):
        failing(StartError("no torch"), tmp_path)


def test_an_error_of_the_kit_is_a_verdict_with_our_traceback(tmp_path: Path) -> None:
    verdict = failing(KeyError("ours\x1b"), tmp_path)
    assert (verdict.status, verdict.detail) == (Status.NOT_JUDGED, "KeyError: 'ours\\x1b'")
    assert "in judge" in verdict.traceback
    untold = replace(VERDICT, status=Status.FAILED, mistakes=(("no such mistake",),))
    with pytest.raises(KeyError):
        _tellable(untold)


def test_our_traceback_is_kept_and_stays_out_of_the_journal(tmp_path: Path) -> None:
    verdict = failing(KeyError("ours"), tmp_path)
    judges: Any = OneVerdict(verdict)
    journal, errors = Journal(tmp_path, fresh=True), KitErrors(tmp_path)
    number = journal.begin_grading("grade", "full", Course(), again=False)
    exercise = curriculum().find("1")
    grading = Grading(number, journal, judges, [exercise], Course(), ROOT, "", "full", errors)
    entry = Entry(Outside("ada"), (), ())
    answer = Answer(exercise.id, Outside("a.py"), {"a.py": b""})
    assert [step.judged for step in grading.run([Submission(entry, (answer,), ())], 1)][-1] == 1
    (grade,) = journal.grades(number)
    journal.close()
    assert (grade.verdict.status, grade.verdict.traceback) == (Status.NOT_JUDGED, "")
    assert errors.count == 1
    assert "ada, 01_first_scalar" in (kept := errors.path.read_text(encoding="utf-8"))
    assert "KeyError: 'ours'" in kept


def test_a_part_is_bounded_by_number_and_by_size(tmp_path: Path) -> None:
    exercise = curriculum().find("1")
    judges: Any = OneVerdict(Verdict(exercise.id, Outside("a.py"), Status.NOT_STARTED))
    judges.most_together = 3
    submissions = []
    for index, size in enumerate([1, 1, 1, 1, LARGE, 1, 1]):
        files = {"a.py": f"{index}".encode() + bytes(size)}
        answer = Answer(exercise.id, Outside("a.py"), files)
        submissions.append(Submission(Entry(Outside(f"{index}"), (), ()), (answer,), ()))
    with contextlib.closing(Journal(tmp_path, fresh=True)) as journal:
        number = journal.begin_grading("grade", "full", Course(), again=False)
        grading = Grading(
            *(number, journal, judges, [exercise], Course(), ROOT, "", "full"), KitErrors(tmp_path)
        )
        assert [step.judged for step in grading.run(submissions, 12)][-1] == 7
    assert judges.parts == [3, 2, 2]


class OneVerdict:
    """Judges that give every answer the same verdict."""

    at_once = most_together = 1

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.parts: list[int] = []

    def submit(self, answers: list[Answer]) -> Future[list[Verdict]]:
        self.parts.append(len(answers))
        reached: Future[list[Verdict]] = Future()
        reached.set_result([self.verdict for _ in answers])
        return reached

    def stop(self) -> None:
        """Nothing runs."""


def hostile(number: int) -> str:
    attacks = (
        "    import os; os._exit(0)\n",
        "    import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n",
        "    raise SystemExit(0)\n",
        "    import os\n    for fd in range(30):\n        try: os.write(fd, b'{}\\n')\n        except: 0\n",
        "    import os; os.fork()\n",
        "    raise KeyboardInterrupt\n",
        "    import sys; sys.setrecursionlimit(10**9); f = lambda _: sorted([0], key=f); f(0)\n",
        "    x = bytearray(10**11)\n",
    )
    return f"number = {number}\n{HEAD}{attacks[number % len(attacks)]}"


def a_class_of(size: int) -> dict[str, str]:
    """Good, wrong and hostile answers to exercise 1, no two the same."""
    # The name of such a run holds the time, and is told: no two verdicts on it are the same.
    texts = [text for name, text in WRONG.items() if name != "log_dir_not_given"]
    variants = sorted((KIT / "variants/01_first_scalar").glob("*.py"))
    texts += [path.read_text(encoding="utf-8") for path in variants]
    honest = {f"s{n:03}": f"{texts[n % len(texts)]}\nnumber = {n}\n" for n in range(size)}
    return honest | {f"s{n:03}": hostile(n // 10) for n in range(0, size, 10)}


def told(out: Path) -> dict[str, tuple[Any, ...]]:
    """Everything that a verdict says, but for its time."""
    return {
        name: tuple((id, {**one, "seconds": 0}) for id, one in line["exercises"].items())
        for name, line in results(out).items()
    }


def kill_at_random(rng: random.Random, turn: int, *arguments: object) -> None:
    """Kills a grader soon after its start, or, two times of three, after its first verdict.

    On a quick machine the last turns may find everything judged.
    """
    command = [sys.executable, "-m", "crystalball.entry.cli", *map(str, arguments)]
    grader = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert grader.stdout is not None
    if turn % 3:
        any(" answers, " in line for line in grader.stdout)
    time.sleep(rng.uniform(0, 1))
    grader.kill()
    grader.communicate()


@needs_jail
@pytest.mark.parametrize("moment", [" at once", " answers, "])
def test_an_interrupt_ends_it_in_one_clear_line(tmp_path: Path, moment: str) -> None:
    folder, out = hand_in(tmp_path / "class", a_class_of(20)), tmp_path / "out"
    order = "grade", folder, "--out", out, "--only", "1"
    seen = interrupt([sys.executable, "-u", "-m", "crystalball.entry.cli", *order], ROOT, moment)
    *progress, told_last = seen.stdout.splitlines()
    assert told_last == "Interrupted. What was judged is kept; the same command goes on from there."
    assert all(" answers, " in line for line in progress)
    assert seen.returncode == 130
    assert not (out / "results.jsonl").exists()
    assert crystalball(*order).returncode == 0
    assert len(told(out)) == 20


@needs_jail
def test_killed_ten_times_it_ends_as_undisturbed(tmp_path: Path, rng: random.Random) -> None:
    folder = hand_in(tmp_path / "class", a_class_of(200))
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    options = ("--only", "1")
    assert crystalball("grade", folder, "--out", undisturbed, *options).returncode == 0
    for turn in range(10):
        kill_at_random(rng, turn, "grade", folder, "--out", killed, *options)
    seen = crystalball("grade", folder, "--out", killed, *options)
    assert seen.returncode == 0, seen.stderr
    assert ", 0 known" not in seen.stdout
    assert len(told(killed)) == 200
    assert told(killed) == told(undisturbed)
    with sqlite3.connect(killed / FILE) as base:
        (verdicts,), (answers,) = (
            base.execute(f"SELECT count({what}) FROM verdicts").fetchone()
            for what in ("*", "DISTINCT answer")
        )
    assert verdicts == answers == 200, "one was judged twice, or lost"


def test_every_score_comes_from_the_journal_alone(graded: Graded, tmp_path: Path) -> None:
    _, out, _ = graded
    journal = Journal(out)
    number = journal.last_grading()
    write_each(journal.graded(number), results_file(journal, number, tmp_path / "results.jsonl"))
    journal.close()
    assert (tmp_path / "results.jsonl").read_bytes() == (out / "results.jsonl").read_bytes()
