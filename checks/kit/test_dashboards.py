"""Every dashboard that the guide names shows the runs of the solutions, as a user sees them.

The solutions run as scripts, as a learner's would. What a dashboard must show is what the exercises ask
for (tags, modules, hyperparameters), with the values that the kit's own reader finds in the event files.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import new_page, outside
from patience import PATIENCE, wait_until
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from crystalball import pixels
from crystalball.learner.board import serving
from crystalball.reading.event_log import EventLog, read_runs
from crystalball.reading.pictures import Picture
from crystalball.run_directory import read_name

ROOT = Path(__file__).parents[2]

SCRIPTS = ("12", "13", "14", "15", "15")
"""Exercises whose solutions are run; the second run of 15 is another row of the table."""

SCALARS = {
    "12": {"Loss/Train", "Gradient/Norm"},
    "13": {"Loss/Train"},
    "14": {"Loss/Train", "Loss/Validation"},
    "15": {"Loss/Train", "Accuracy/Train", "Final/Loss", "Final/Accuracy"},
}
"""The curves that the contracts ask for."""

TAGS = sorted(set().union(*SCALARS.values()))

EXACTLY = f"^({'|'.join(TAGS)})$"
"""Typed into a filter, it lays all these curves side by side."""

PARAMETERS = [name for name, _ in pixels.SpriteClassifier().named_parameters()]

MODULES = [
    f"{type(module).__name__}[{name}]" for name, module in pixels.SpriteClassifier().named_children()
]

expect.set_options(timeout=1000 * PATIENCE)

Open = Callable[[str], Page]


class Shown:
    """The runs on the board, by the exercises that made them."""

    def __init__(self, runs_dir: Path, made: list[tuple[str, str]]) -> None:
        logs = {log.path.name: log for log in read_runs(runs_dir)}
        self.runs: list[tuple[str, EventLog]] = [(number, logs[name]) for number, name in made]

    @property
    def names(self) -> list[str]:
        """Of all runs, in the order of the alphabet."""
        return sorted(log.path.name for _, log in self.runs)

    def of(self, number: str) -> list[EventLog]:
        """The runs of an exercise."""
        return [log for one, log in self.runs if one == number]

    def with_curve(self, tag: str) -> list[EventLog]:
        """The runs that must have a curve."""
        return [log for number, log in self.runs if tag in SCALARS[number]]


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the scripts leave their runs."""
    return tmp_path_factory.mktemp("learner") / "runs"


@pytest.fixture(scope="module")
def shown(runs_dir: Path) -> Shown:
    """Runs the scripts, two at a time."""
    kit = runs_dir.parent
    shutil.copytree(ROOT / "solutions", kit / "solutions")
    environment = os.environ | {"COLUMNS": "300", "PYTHONPATH": str(ROOT / "checks"), "PYTHONUTF8": "1"}

    def start(number: str) -> subprocess.Popen[str]:
        (script,) = (kit / "solutions").glob(f"{number}_*.py")
        command = [sys.executable, str(script)]
        return subprocess.Popen(command, cwd=kit, env=environment, text=True, stdout=subprocess.PIPE)

    made = []
    for at in range(0, len(SCRIPTS), 2):
        pair = SCRIPTS[at : at + 2]
        for number, process in [(number, start(number)) for number in pair]:
            output, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, output
            (name,) = re.findall(r"The run is in runs/(\S+)", output.replace("\\", "/"))
            made.append((number, name))
    return Shown(runs_dir, made)


@pytest.fixture(scope="module")
def opened(browser: Browser, shown: Shown, runs_dir: Path) -> Iterator[Open]:
    """Opens a dashboard in a window so high that every card is on the screen."""
    with serving(runs_dir) as board:

        def opening(dashboard: str) -> Page:
            return new_page(browser, f"{board.url}#{dashboard}", (1400, 4000))

        yield opening


@pytest.fixture
def show(opened: Open) -> Iterator[Open]:
    """Opens a dashboard, and closes it after the test; nothing may come from outside."""
    pages: list[Page] = []

    def showing(dashboard: str) -> Page:
        pages.append(opened(dashboard))
        return pages[-1]

    yield showing
    for page in pages:
        assert outside(page) == []
        page.close()


def runs_are_listed(page: Page, shown: Shown) -> None:
    """The list at the left of the older dashboards names each run."""
    rows = page.locator("tf-multi-checkbox .name-row .item-label-container")
    expect(rows).to_have_count(len(shown.names))
    assert sorted(text.strip() for text in rows.all_text_contents()) == shown.names


def card(cards: Locator, tag: str, log: EventLog | None = None) -> Locator:
    """The one card of a tag, and of a run where each has its own."""
    heading = cards.page.locator("tf-card-heading").filter(
        has_text=re.compile(rf"(?<![\w/.]){re.escape(tag)}(?![\w/.])")
    )
    if log:
        heading = heading.filter(has_text=log.path.name)
    found = cards.filter(has=heading)
    expect(found).to_have_count(1)
    return found


def last(log: EventLog, tag: str) -> float:
    """The last value of a curve, as the kit's reader finds it."""
    value = [point for point in log.points if point.tag == tag][-1].value
    assert isinstance(value, float)
    return value


def colours(picture: bytes) -> int:
    """How many pixels of a screenshot are neither white, grey nor black."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    saturation = image.convert("HSV").getchannel("S").histogram()
    return sum(saturation[64:])  # the dullest of TensorBoard's colours, a slate, has 90 of 255


def is_drawn(chart: Locator) -> None:
    """Something in colour appears on a chart."""
    wait_until(lambda: colours(chart.screenshot()) > 20, f"nothing is drawn on {chart}")


def test_runs_are_named_by_the_convention(shown: Shown) -> None:
    assert all(read_name(name) for name in shown.names)
    assert len(set(shown.names)) == len(SCRIPTS)


def test_time_series(show: Open, shown: Shown) -> None:
    page = show("timeseries")
    rows = page.locator("runs-data-table tb-data-table-content-row")
    expect(rows).to_have_count(len(shown.names))
    assert sorted(text.strip() for text in rows.all_inner_texts()) == shown.names
    groups = page.locator("metrics-card-group-toolbar")
    wanted = {tag.partition("/")[0] for tag in TAGS} | {"Gradients", "Weights", "Sprites"}
    expect(groups).to_have_count(len(wanted))
    assert {re.sub(r"\d+ cards$", "", text.strip()).strip() for text in groups.all_inner_texts()} == wanted
    for name in ("Gradients", "Weights"):
        expect(groups.filter(has_text=name)).to_contain_text(f"{len(PARAMETERS)} cards")
    page.locator("metrics-tag-filter input").fill(EXACTLY)
    page.locator("metrics-tag-filter input").press("Escape")
    cards = page.locator("metrics-filtered-view scalar-card")
    expect(cards).to_have_count(len(TAGS))
    for tag in TAGS:
        its = cards.filter(has=page.locator(f'[title="{tag}"]'))
        expect(its).to_have_count(1)
        logs = shown.with_curve(tag)
        lines = its.locator("scalar-card-data-table tb-data-table-content-row")
        expect(lines).to_have_count(len(logs))
        for log in logs:
            cells = lines.filter(has_text=log.path.name).locator("tb-data-table-content-cell")
            texts = [text.strip() for text in cells.all_inner_texts()]
            value = texts[texts.index(log.path.name) + 2]
            assert float(value.replace("−", "-")) == pytest.approx(last(log, tag), rel=1e-3, abs=1e-4), tag
        is_drawn(its.locator("line-chart"))


def test_scalars(show: Open, shown: Shown) -> None:
    page = show("scalars")
    runs_are_listed(page, shown)
    page.locator("tf-tag-filterer input").fill(EXACTLY)
    found = page.locator("tf-category-paginated-view").first
    expect(found.locator("tf-scalar-card")).to_have_count(len(TAGS))
    for tag in TAGS:
        its, logs = card(found.locator("tf-scalar-card"), tag), shown.with_curve(tag)
        if not tag.startswith("Final/"):  # these have one point
            # Each curve is drawn twice: as it is, and smoothed.
            expect(its.locator("path.line[d*=L]")).to_have_count(2 * len(logs))
        is_drawn(its.locator("vz-line-chart2"))


def shown_pixels(image: Locator) -> Picture:
    """The picture that an image shows; none of any size while it is on its way."""
    width, height, data = image.evaluate(
        """image => {
            if (!image.complete || !image.naturalWidth) return [0, 0, []];
            const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0);
            const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
            return [canvas.width, canvas.height, Array.from(data).filter((_, at) => at % 4 < 3)];
        }"""
    )
    return Picture(height, width, bytes(data))


def test_images(show: Open, shown: Shown) -> None:
    page = show("images")
    runs_are_listed(page, shown)
    (log,) = shown.of("13")
    expect(page.locator("tf-image-loader")).to_have_count(1)
    its = card(page.locator("tf-image-loader"), "Sprites/Generated", log)
    drawn = [point for point in log.points if point.tag == "Sprites/Generated"]
    assert len(drawn) == 6
    slider = its.locator("paper-slider")
    for key, point in (("End", drawn[-1]), ("Home", drawn[0]), ("ArrowRight", drawn[1])):
        slider.press(key)
        expect(its.locator("tf-card-heading")).to_contain_text(re.compile(rf"step\s+{point.step}\s"))
        image = its.locator("img")
        expect(image).to_be_visible()
        assert isinstance(point.value, Picture)
        picture = point.value
        wait_until(  # the one before stands there for a moment
            lambda picture=picture, image=image: picture.agrees(shown_pixels(image), 0),
            f"another picture at step {point.step}",
        )
        assert (point.value.width, point.value.height) == (8 * pixels.SIZE, pixels.SIZE)
    shades = [point.value.array().std() for point in drawn if isinstance(point.value, Picture)]
    assert shades[-1] > 1.5 * shades[0], "the sprites stand out in the end"


@pytest.mark.parametrize("kind", ["histogram", "distribution"])
def test_histograms_and_distributions(show: Open, shown: Shown, kind: str) -> None:
    page = show(f"{kind}s")
    runs_are_listed(page, shown)
    (log,) = shown.of("12")
    expect(page.locator(f"tf-{kind}-loader")).to_have_count(2 * len(PARAMETERS))
    for tag in (f"{group}/{name}" for group in ("Gradients", "Weights") for name in PARAMETERS):
        its = card(page.locator(f"tf-{kind}-loader"), tag, log)
        steps = sum(point.tag == tag for point in log.points)
        if kind == "histogram":
            expect(its.locator(".histogram path.outline[d*=L]")).to_have_count(steps)
        else:
            expect(its.locator("path.area[d*=L]").first).to_be_visible()


def test_graphs(show: Open, shown: Shown) -> None:
    page = show("graphs")
    (log,) = shown.of("14")
    runs = page.locator("tf-graph-controls paper-dropdown-menu").first.locator("paper-item")
    expect(runs).to_have_count(1)
    assert [text.strip() for text in runs.all_text_contents()] == [log.path.name]
    nodes = page.locator("tf-graph-scene g.node")
    for name in ("input", "SpriteClassifier", "output"):
        expect(nodes.filter(has_text=name).first).to_be_visible()
    nodes.filter(has_text="SpriteClassifier").first.dblclick()
    for module in MODULES:
        expect(nodes.filter(has=page.locator("title", has_text=module)).first).to_be_visible()


def test_text(show: Open, shown: Shown) -> None:
    page = show("text")
    runs_are_listed(page, shown)
    (log,) = shown.of("14")
    expect(page.locator("tf-text-loader")).to_have_count(1)
    its = card(page.locator("tf-text-loader"), "Config/text_summary", log)
    expect(its.locator(".step-value")).to_have_text("0")
    block = its.locator("tf-markdown-view pre code")
    expect(block).to_be_visible()
    config = json.loads(block.inner_text())
    assert config == {"model": "SpriteClassifier", "lr": 0.05, "epochs": 20, "shuffle": True}


CELLS = """grid => [...grid.shadowRoot.querySelectorAll("#header tr, #items tr")]
    .filter(row => !row.hidden)
    .map(row => [...row.querySelectorAll("th, td")].map(cell =>
        cell.querySelector("slot").assignedNodes().map(node => node.textContent.trim()).join("")))"""
"""The texts of a table, row by row; the cells lie in slots, in another order."""


def test_hparams(show: Open, shown: Shown) -> None:
    page = show("hparams")
    grid = page.locator("tf-hparams-table-view vaadin-grid")
    for log in shown.of("15"):
        expect(grid.locator("vaadin-grid-cell-content").filter(has_text=log.path.name)).to_have_count(1)
    metrics = ["Final/Accuracy", "Final/Loss"]
    page.wait_for_function(
        f"grid => ({CELLS})(grid).flat().filter(Boolean).length >= 3 * 7",  # the numbers come last
        arg=grid.element_handle(),
    )
    columns, *rows = grid.evaluate(CELLS)
    assert columns[:6] == ["Trial ID", "Show Metrics", "batch_size", "lr", "optimizer", "shuffle"]
    assert sorted(columns[6:]) == metrics
    assert sorted(row[0] for row in rows) == sorted(log.path.name for log in shown.of("15"))
    for log in shown.of("15"):
        (row,) = (dict(zip(columns, row, strict=False)) for row in rows if row[0] == log.path.name)
        numbers = {"batch_size": 32, "lr": 0.05, "shuffle": 1}
        for name in metrics:
            numbers[name] = last(log, name)
        assert row["optimizer"] == "sgd"
        for name, number in numbers.items():
            assert float(row[name]) == pytest.approx(number, rel=1e-3), name


def test_custom_scalars(show: Open, shown: Shown) -> None:
    page = show("custom_scalars")
    runs_are_listed(page, shown)
    expect(page.locator("tf-category-paginated-view, tf-custom-scalar-dashboard").first).to_contain_text(
        "Loss"
    )
    its = page.locator("tf-custom-scalar-multi-line-chart-card")
    expect(its).to_have_count(1)
    expect(its.locator("tf-card-heading")).to_contain_text("Both")
    wanted = {
        f"{tag} ({log.path.name})"
        for tag in ("Loss/Train", "Loss/Validation")
        for log in shown.with_curve(tag)
    }
    entries = its.locator(".match-list-entry")
    expect(entries).to_have_count(len(wanted))
    assert {re.sub(r"^\W+", "", text.strip()) for text in entries.all_text_contents()} == wanted
    expect(its.locator("path.line[d*=L]")).to_have_count(2 * len(wanted))
    is_drawn(its.locator("vz-line-chart2"))
