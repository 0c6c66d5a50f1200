"""Makes the pictures of the README anew, from what really runs.

    python checks/kit/pictures.py [name …]

In a learner's copy of the kit the solutions train on the sprites and wrong answers are judged; the
terminal's output becomes SVG, and a Chromium takes the screenshots of TensorBoard. The pictures lie in
`.github/pictures/`. Takes about two minutes.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from browser import browsing, new_page
from PIL import Image
from playwright.sync_api import Browser
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from crystalball.curriculum.manifest import curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.judging.verdict import Status, Verdict
from crystalball.learner import certificate
from crystalball.learner.board import serving
from crystalball.learner.drawings import drawings_of_runs
from crystalball.learner.progress import Progress

ROOT = Path(__file__).parents[2]

PICTURES = Path(__file__).parents[2] / ".github/pictures"

COLUMNS = 92

DARK = [(26, 22, 46), (240, 113, 120), (130, 210, 140), (240, 200, 100)]
DARK += [(120, 160, 250), (200, 140, 240), (110, 205, 215), (226, 222, 240)]
BRIGHT = [(120, 112, 150), (255, 140, 145), (160, 230, 165), (255, 220, 130)]
BRIGHT += [(150, 185, 255), (220, 170, 255), (140, 225, 235), (255, 255, 255)]
THEME = TerminalTheme(DARK[0], DARK[-1], DARK, BRIGHT)
"""Night, as behind the certificate."""

# Rich's own format would load a font from outside.
SVG = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def copy_of_the_kit(folder: Path) -> Path:
    """A learner's copy."""
    for name in ("exercises", "solutions", "runs", "checks"):
        ignored = shutil.ignore_patterns("__pycache__", "kit", "pixel_gen*")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(kit: Path, *command: str) -> str:
    """What a command writes into a terminal of `COLUMNS` columns, with its colours."""
    environment = os.environ | {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "PYTHONUTF8": "1"}
    environment |= {"PYTHONPATH": str(kit / "checks"), "TERM": "xterm-256color"}
    seen = subprocess.run(
        [sys.executable, "-m", *command], cwd=kit, env=environment, capture_output=True, check=False
    )
    return seen.stdout.decode()


def terminal(name: str, title: str, *sessions: tuple[str, str]) -> None:
    """Saves an SVG of commands and what they wrote."""
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True, highlight=False)
    for command, output in sessions:
        console.print(Text.assemble(("$ ", "green"), (command, "bold")))
        console.print(Text.from_ansi(output.strip("\n")), crop=False)
    svg = console.export_svg(title=title, theme=THEME, code_format=SVG)
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


def save(name: str, screenshot: bytes) -> None:
    """Saves a screenshot as a small PNG."""
    image = Image.open(io.BytesIO(screenshot)).convert("RGB")
    image.quantize(128, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


def session(kit: Path) -> None:
    """`pytest` explains a mistake."""
    for number in ("01", "02"):
        shutil.copy(next((ROOT / "solutions").glob(f"{number}_*.py")), kit / "exercises")
    wrong = wrong_programs(ROOT, "03_epoch_loss")["mean_of_batch_means"]
    (kit / "exercises/03_epoch_loss.py").write_text(wrong, encoding="utf-8")
    output = run(kit, "pytest", "--color=yes", "-q", "--no-header", "checks/test_03_epoch_loss.py")
    verdict = output[output.index("03 One point") - 20 :]
    terminal("session", "Crystal Ball", ("pytest -k 03", verdict[verdict.index("\n") + 1 :]))


def progress_table(kit: Path) -> None:
    """`crystalball` shows the progress half-way."""
    progress, now = Progress(), 1_700_000_000.0
    for index, exercise in enumerate(curriculum().exercises[:8]):
        for at, mistake in enumerate(exercise.mistakes[: (index * 5) % 3]):
            told = Verdict(exercise.id, "", Status.FAILED, mistakes=((mistake,),))
            progress.note(told, now + 100 * at)
        now += 240 + 160 * (index % 4)
        if index < 7:
            progress.note(Verdict(exercise.id, "", Status.PASSED), now)
    progress.save(kit)
    terminal("progress", "Crystal Ball", ("crystalball", run(kit, "crystalball.entry.cli")))
    (kit / ".crystalball/progress.json").unlink()


def train(kit: Path, *numbers: str) -> None:
    """Runs solutions as scripts, each run directory in a second of its own."""
    for number in numbers:
        script = next((kit / "solutions").glob(f"{number}_*.py"))
        subprocess.run([sys.executable, script], cwd=kit, capture_output=True, check=True)
        time.sleep(1)


def board(browser: Browser, logdir: Path, name: str, tags: str, height: int) -> None:
    """Saves a screenshot of the cards of some tags, as they were logged (no smoothing)."""
    with serving(logdir) as opened:
        page = new_page(browser, f"{opened.url}#timeseries", (1280, height))
        page.wait_for_selector("scalar-card")
        page.locator("input.slider-input").first.fill("0")
        page.locator("metrics-dashboard button:has-text('Settings')").first.click()
        page.locator("metrics-tag-filter input").fill(tags)
        page.locator("metrics-tag-filter input").press("Escape")
        page.wait_for_timeout(4000)  # the cards load, and draw themselves
        save(name, page.screenshot())


def curves(kit: Path, browser: Browser) -> None:
    """Training and validation of one run, and three learning rates beside it."""
    train(kit, "07", "10")
    board(browser, kit / "runs", "curves", "Loss/", 600)


def sprites(kit: Path, browser: Browser) -> None:
    """What a generator drew."""
    train(kit, "13")
    board(browser, kit / "runs", "sprites", "Sprites", 510)


def overlay(kit: Path, browser: Browser) -> None:
    """*Yours* over *expected*."""
    wrong = wrong_programs(ROOT, "05_batch_steps")["step_resets_each_epoch"]
    (kit / "exercises/05_batch_steps.py").write_text(wrong, encoding="utf-8")
    run(kit, "crystalball.entry.cli", "run", "5")
    board(browser, kit / ".crystalball/failures/05_batch_steps", "overlay", "Loss/", 600)


def diploma(kit: Path, browser: Browser) -> None:
    """The certificate."""
    if not drawings_of_runs(kit / "runs"):
        train(kit, "13")
    progress = Progress()
    for index, exercise in enumerate(curriculum().exercises):
        told = Verdict(exercise.id, "", Status.FAILED, mistakes=((exercise.mistakes[index % 3],),))
        progress.note(told, 1_700_000_000.0 + 900 * index)
        progress.note(Verdict(exercise.id, "", Status.PASSED), 1_700_000_400.0 + 900 * index)
    path = certificate.write(kit, progress, "Ada Lovelace", kit / "certificate.html")
    page = new_page(browser, path.as_uri(), (1100, 900))
    page.emulate_media(reduced_motion="reduce")
    save("certificate", page.screenshot())


IN_TERMINAL: dict[str, Callable[[Path], None]] = {"session": session, "progress": progress_table}
IN_BROWSER: dict[str, Callable[[Path, Browser], None]] = {
    "curves": curves,
    "sprites": sprites,
    "overlay": overlay,
    "certificate": diploma,
}


def main() -> None:
    """Makes all pictures, or those that are named."""
    names = sys.argv[1:] or [*IN_TERMINAL, *IN_BROWSER]
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        kit = copy_of_the_kit(Path(folder))
        for name in names:
            if name in IN_TERMINAL:
                IN_TERMINAL[name](kit)
            else:
                IN_BROWSER[name](kit, browser)
            print(name, flush=True)


if __name__ == "__main__":
    main()
