"""What happens to an answer that cannot be judged: each its own clear verdict."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from patience import PATIENCE

from crystalball.curriculum.manifest import curriculum
from crystalball.judging import answer_run
from crystalball.judging.answer_run import AnswerRun
from crystalball.judging.case_result import CaseResult
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict
from crystalball.outcomes.facet import Trait
from crystalball.words.verdicts import plain_text

ROOT = Path(__file__).parents[2]


HEAD = "def log_losses(losses, log_dir):\n"

SWALLOW = (
    HEAD
    + """
    while True:
        try:
            input()
        except BaseException:
            pass
"""
)

OWN_TEXT = f"""
class Text(str):
    def __getitem__(self, part):
        return self

class Own(Exception):
    def __str__(self):
        return Text("boom")

{HEAD}    raise Own
"""

BROKEN = {
    "syntax": ("def log_losses(losses, log_dir:\n    pass\n", Status.SYNTAX, "Python cannot read"),
    "empty": ("", Status.MISSING_FUNCTION, "no `log_losses(losses, log_dir)`"),
    "other name": ("def log_loses(losses, log_dir): pass", Status.MISSING_FUNCTION, "log_loses"),
    "signature": ("def log_losses(losses): pass", Status.SIGNATURE, "cannot be called as"),
    "stub": ((ROOT / "exercises/01_first_scalar.py").read_text(), Status.NOT_STARTED, "first TODO"),
    "import": ("import no_such_package\n", Status.CRASHED, "No module named 'no_such_package'"),
    "crash": (HEAD + "    1 / 0\n", Status.CRASHED, "ZeroDivisionError"),
    "text of its own class": (OWN_TEXT, Status.CRASHED, "Own: boom"),
    "sys.exit": (HEAD + "    raise SystemExit(0)\n", Status.EXITED, "ended the whole process"),
    "exit at import": ("import sys\nsys.exit(0)\n", Status.EXITED, "ended the whole process"),
    "os._exit": (HEAD + "    import os\n    os._exit(0)\n", Status.EXITED, "exit code 0"),
    "killed": (HEAD + "    import os\n    os.kill(os.getpid(), 9)\n", Status.EXITED, "signal 9"),
    "loop": (HEAD + "    while True:\n        pass\n", Status.HUNG, "answer.py:"),
    "loop at import": ("while True:\n    pass\n", Status.HUNG, "answer.py:"),
    "swallowing loop": (SWALLOW, Status.HUNG, "did not come to its end"),
    "breakpoint": (HEAD + "    breakpoint()\n", Status.BREAKPOINT, "pytest --pdb -k 01"),
    "not utf-8": ("# caf\xe9\n" + HEAD, Status.SYNTAX, "Python cannot read"),
}


def judged(judging_session: JudgingSession, text: str, path: Path, encoding: str = "utf-8") -> Verdict:
    path.write_text(text, encoding=encoding)
    return judging_session.judge(curriculum().find("01"), path=path)


@pytest.mark.parametrize("name", BROKEN)
def test_each_has_its_own_verdict_and_words(
    judging_session: JudgingSession, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, status, words = BROKEN[name]
    seconds = 6 if status == Status.HUNG else PATIENCE  # in half of them it must say where it stands
    limits = replace(curriculum(), seconds_a_case=seconds, seconds_to_load=seconds)
    monkeypatch.setattr("crystalball.judging.session.curriculum", lambda: limits)
    encoding = "latin-1" if name == "not utf-8" else "utf-8"
    verdict = judged(judging_session, text, tmp_path / "answer.py", encoding)
    assert verdict.status == status
    assert not any(check.passed for check in verdict.checks)
    screen = plain_text(verdict, width=300)
    assert words in screen
    assert "crystalball/" not in screen.replace(str(tmp_path), ""), "a traceback of ours"
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_a_rank_that_hangs_is_shown_at_its_own_line(
    judging_session: JudgingSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(curriculum(), seconds_a_case=6)
    monkeypatch.setattr("crystalball.judging.session.curriculum", lambda: limits)
    results: list[CaseResult] = []  # a mistake explains it, so the verdict has no line
    run = AnswerRun.run
    monkeypatch.setattr(AnswerRun, "run", lambda *asked: results.append(run(*asked)) or results[-1])
    text = (ROOT / "solutions/17_ranks.py").read_text()
    hang = "    if rank == 1:\n        while True:\n            pass  # HERE\n"
    path = tmp_path / "17_ranks.py"
    path.write_text(text.replace("    return log_dir\n", f"{hang}    return log_dir\n"))
    judging_session.judge(curriculum().find("17"), path=path)
    stopped = results[0].stopped
    assert stopped
    assert stopped.status == Status.HUNG
    lines = path.read_text().splitlines()
    assert "HERE" in "".join(lines[stopped.line - 1 : stopped.line + 1])


def test_what_calls_itself_none_is_none_of_it(judging_session: JudgingSession, tmp_path: Path) -> None:
    text = (ROOT / "solutions/17_ranks.py").read_text()
    text = text.replace("return log_dir\n", "return log_dir or Own()\n")
    path = tmp_path / "17_ranks.py"
    path.write_text(f"{text}\nclass Own:\n    def __repr__(self):\n        return 'None'\n")
    verdict = judging_session.judge(curriculum().find("17"), path=path)
    assert verdict.status == Status.FAILED
    assert {facet for one in verdict.checks for facet in one.broken} == {Trait.END}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("TODO", "TODO", "where the first TODO stands"),
        ("TODO", "DONE", "still raises `NotImplementedError`: delete it"),
    ],
)
def test_a_stub_is_led_to_its_todo_or_to_the_line_that_still_raises(
    judging_session: JudgingSession, tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = BROKEN["stub"][0].replace(old, new)
    verdict = judged(judging_session, text, tmp_path / "answer.py")
    line = text.splitlines()[verdict.line - 1]
    assert verdict.line_raises == ("scripts.todo()" in line)
    assert words in plain_text(verdict, width=300)


def test_a_missing_file_is_told(judging_session: JudgingSession, tmp_path: Path) -> None:
    verdict = judging_session.judge(curriculum().find("01"), path=tmp_path / "gone.py")
    assert verdict.status == Status.MISSING_FILE


def test_the_traceback_ends_at_the_learners_line(judging_session: JudgingSession, tmp_path: Path) -> None:
    text = "from torch.utils.tensorboard import SummaryWriter\n" + HEAD
    text += '    SummaryWriter(log_dir).add_scalar("a", "no number", 1)\n'
    verdict = judged(judging_session, text, tmp_path / "answer.py")
    assert verdict.status == Status.CRASHED
    assert verdict.line == 3
    assert "site-packages" not in verdict.traceback
    assert verdict.traceback.count("File ") == 1


def test_output_is_kept_and_bounded(judging_session: JudgingSession, tmp_path: Path) -> None:
    text = HEAD + "    import os\n    print('x' * 10**6)\n    os.system('echo from a child')\n    1 / 0\n"
    verdict = judged(judging_session, text, tmp_path / "answer.py")
    assert len(verdict.output) <= answer_run.OUTPUT
    assert "from a child" in verdict.output


@pytest.mark.parametrize(
    "lie",
    [
        "os.write(fd, b'no json\\n')",
        "os.write(fd, b'[' * 10**5 + b'\\n')",
        "os.write(fd, b'[1]\\n')",
        'os.write(fd, b\'{"is": "Calls", "calls": 3}\\n\')',
        'os.write(fd, b\'{"is": "Calls", "calls": [{"is": "Call", "end": 7}]}\\n\')',
        'os.write(fd, b\'{"is": "Calls", "calls": []}\\n\')',
        "os.write(fd, b'{\"held\": true}\\n' * 20000)",
        "os.close(fd)",
    ],
)
def test_whoever_writes_to_the_pipe_is_not_believed(
    judging_session: JudgingSession, tmp_path: Path, lie: str
) -> None:
    text = f"{HEAD}    import os\n    for fd in range(3, 30):\n"
    text += f"        try: {lie}\n        except OSError: pass\n"
    verdict = judged(judging_session, text, tmp_path / "answer.py")
    assert verdict.status in (Status.PROTOCOL, Status.EXITED, Status.FAILED)
    assert not verdict.passed


def test_others_are_judged_after_each(judging_session: JudgingSession, tmp_path: Path) -> None:
    judged(judging_session, BROKEN["killed"][0], tmp_path / "answer.py")
    assert judging_session.judge(curriculum().find("01")).passed
