"""A real browser on a real TensorBoard, for tests of what a user sees and for the README's pictures.

In a test, ask for the fixture `open_board` (the kit's conftest has it):

    def test_curves_are_there(open_board, tmp_path):
        ...                                       # write runs below tmp_path
        page = open_board(tmp_path, "timeseries")  # a Playwright page, at the dashboard named
        page.wait_for_selector("scalar-card")
        page.screenshot(path="/somewhere/to/look.png")

The dashboards are named as in TensorBoard's address: timeseries, scalars, images, graphs,
histograms, text, hparams, custom_scalars. One server a folder is kept until the test ends, on a
free port of 127.0.0.1. For a plain HTML file ask for `open_page` and give it the file's path.

Both pages let no request out of this machine, and take down those that tried: `outside(page)`.

Without pytest (scripts, shells): `with browsing() as browser, serving(folder) as board:` and
`new_page(browser, f"{board.url}#timeseries")`.

The browser is a Chromium or Chrome found on the PATH: Playwright's own download is not needed.
Where there is none, the tests that ask for one are skipped, and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from needs import BROWSER, BROWSERS, find_browser
from playwright.sync_api import Browser, Page, Route, sync_playwright

from crystalball.learner.board import Board, serving

HERE = ("http://127.0.0.1:", "http://localhost:", "file:", "data:", "blob:")
"""How addresses begin that stay on this machine."""

FLAGS = [
    "--headless",
    "--no-sandbox",  # root in a container has none
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SIZE = (1280, 800)
"""Pixels of the window."""

_outside: dict[Page, list[str]] = {}


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser that is closed whatever happens."""
    path = find_browser()
    if path is None:
        raise RuntimeError(f"no browser on the PATH: none of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, url: str, size: tuple[int, int] = SIZE, scale: float = 1) -> Page:
    """A page at an address, in a window of this size (pixels times `scale`)."""
    viewport = {"width": size[0], "height": size[1]}
    page = browser.new_page(viewport=viewport, device_scale_factor=scale)
    _outside[page] = []

    def only_here(route: Route) -> None:
        if route.request.url.startswith(
            ("http://127.0.0.1:", "http://localhost:", "file:", "data:", "blob:")
        ):
            route.continue_()
        else:
            _outside[page].append(route.request.url)
            route.abort()

    page.route("**/*", only_here)
    page.goto(url)
    return page


def outside(page: Page) -> list[str]:
    """Addresses outside of this machine that the page asked for."""
    return _outside[page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this session."""
    BROWSER.demand()
    with browsing() as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[Path], Page]]:
    """Opens an HTML file."""
    pages: list[Page] = []

    def opening(path: Path) -> Page:
        pages.append(new_page(browser, path.resolve().as_uri()))
        return pages[-1]

    yield opening
    for page in pages:
        page.close()


@pytest.fixture
def open_board(browser: Browser) -> Iterator[Callable[[Path, str], Page]]:
    """Opens a dashboard of a TensorBoard on a folder."""
    boards: dict[Path, Board] = {}
    with ExitStack() as stack:

        def opening(logdir: Path, dashboard: str = "timeseries") -> Page:
            if logdir not in boards:
                boards[logdir] = stack.enter_context(serving(logdir))
            page = new_page(browser, f"{boards[logdir].url}#{dashboard}")
            stack.callback(page.close)
            return page

        yield opening
