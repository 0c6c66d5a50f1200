"""`crystalball watch`: judges an exercise on each save, with everything warm, and obeys a few keys.

One thread waits for what happens (a save, a key, a verdict) and draws the screen; another one judges,
so that the keys work while a learner's loop never ends. A new save ends the judging of an older one.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Group, RenderableType

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Verdict
from crystalball.learner import watch_view
from crystalball.learner.board import BoardError, Boards, failure_of, has_runs, no_runs_yet
from crystalball.learner.judging_thread import Judged, JudgingThread
from crystalball.learner.keyboard import ended_by_signals, keys
from crystalball.learner.overview import progress_table
from crystalball.learner.progress import Progress
from crystalball.learner.saves import SavedFiles
from crystalball.learner.screen import OpenAt, Screen
from crystalball.words import commands
from crystalball.words.console import Signs, prose
from crystalball.words.verdicts import in_full, passed

LOOK = 0.01
"""Seconds between two looks at the folder."""

SLOW = 0.4
"""Seconds without a verdict, after which the screen says that it is on its way."""


@dataclass(frozen=True)
class Saved:
    """A file was saved."""

    path: Path


@dataclass(frozen=True)
class KeyPressed:
    """A key was pressed; an empty one asks for the screen to be drawn again."""

    key: str


@dataclass(frozen=True)
class BoardOpened:
    """A board answers, or could not be opened.

    Attributes:
        words: what is said of it.
        url: where it answers; empty where it does not.
    """

    words: str
    url: str = ""


WatchEvent = Saved | KeyPressed | Judged | BoardOpened


class Watch:
    """What the learner sees, and what their keys do.

    Args:
        root: of the kit.
        exercise: the one to begin with.
        screen: shows pages.
        signs: that the terminal can show.
        browser: whether boards open in the browser.
    """

    def __init__(
        self,
        root: Path,
        exercise: Exercise,
        screen: Screen,
        signs: Signs,
        *,
        browser: bool = True,
    ) -> None:
        self._root, self._exercise = root, exercise
        self._screen, self._signs, self._browser = screen, signs, browser
        self._events: queue.SimpleQueue[WatchEvent] = queue.SimpleQueue()
        self._turn, self._asked_at, self._said_slow = 0, 0.0, False
        self._verdict: Verdict | None = None
        self._judged_at: datetime | None = None
        self._open_at = OpenAt.TOP
        self._below: RenderableType | None = None
        self._trouble: RenderableType | None = None
        self._boards = Boards()
        self._with_keys = False
        self._keys: dict[str, Callable[[], None]] = {
            "h": self._hint,
            "l": self._list,
            "n": lambda: self._go(+1),
            "p": lambda: self._go(-1),
            "b": lambda: self._board(self._root / "runs"),
            "c": self._compare,
            "r": self._judge,
            " ": lambda: self._screen.scroll(+1),
            "down": lambda: self._screen.scroll(+1),
            "up": lambda: self._screen.scroll(-1),
            "": lambda: None,
        }

    def run(self) -> None:
        """Watches until the learner leaves."""
        folder = self._root / "exercises"
        with ended_by_signals(), contextlib.ExitStack() as stack:
            judging_session = JudgingSession(self._root, folder)
            stack.callback(judging_session.close)
            stack.callback(self._boards.close)
            pressed = keys(
                lambda key: self._events.put(KeyPressed(key)), lambda: self._events.put(KeyPressed(""))
            )
            self._with_keys = stack.enter_context(pressed)
            files = SavedFiles(folder)
            self._judging = JudgingThread(judging_session, self._events.put)
            self._judging.start()
            self._judge()
            self._draw()
            for event in self._all_events(files):
                if event == KeyPressed("q"):
                    break
                self._handle(event)

    def _all_events(self, files: SavedFiles) -> Iterator[WatchEvent]:
        while True:
            with contextlib.suppress(queue.Empty):
                yield self._events.get(timeout=LOOK)
            yield from map(Saved, files.look())
            self._say_slow()

    def _say_slow(self) -> None:
        if self._verdict is None and not self._said_slow and time.monotonic() - self._asked_at > SLOW:
            self._said_slow = True
            self._draw()

    def _handle(self, event: WatchEvent) -> None:
        if isinstance(event, Saved):
            if self._concerns(event.path):
                self._below = None
                self._judge()
            return
        if isinstance(event, KeyPressed):
            if event.key not in self._keys:
                return
            self._keys[event.key]()
        elif isinstance(event, BoardOpened):
            self._tell_below(watch_view.board(event.words, event.url))
        elif event.turn != self._turn:
            return
        elif isinstance(event.result, Exception):
            self._trouble = commands.could_not_judge(event.result)
        elif event.result != self._verdict:
            self._note(event.result)
        else:
            return
        self._draw()

    def _concerns(self, path: Path) -> bool:
        """Whether a saved file is the answer, or a helper module beside it."""
        others = {one.id for one in curriculum().exercises} - {self._exercise.id}
        return path.stem not in others

    def _judge(self) -> None:
        self._turn += 1
        self._asked_at, self._said_slow = time.monotonic(), False
        self._verdict, self._trouble, self._open_at = None, None, OpenAt.TOP
        self._judging.ask(self._turn, self._exercise)

    def _note(self, verdict: Verdict) -> None:
        first = self._verdict is None
        self._verdict, self._judged_at = verdict, datetime.now()
        if first:
            self._change_progress(lambda progress: progress.note(verdict))

    def _change_progress(self, change: Callable[[Progress], object]) -> Progress:
        """Changes what is remembered; where that cannot be written, the learner goes on all the same."""
        progress = Progress()
        try:
            progress = Progress.load(self._root)
            change(progress)
            progress.save(self._root)
        except OSError as error:
            self._trouble = commands.could_not_remember(error)
        return progress

    def _hint(self) -> None:
        progress = self._change_progress(lambda progress: progress.next_hint(self._exercise))
        shown = progress.of(self._exercise).hints
        self._tell_below(commands.hints(self._exercise, max(1, shown)))

    def _list(self) -> None:
        progress = Progress.load(self._root)
        self._tell_below(progress_table(progress, self._signs, self._screen.columns))

    def _tell_below(self, part: RenderableType) -> None:
        """Shows something below the verdict, in place of what stood there."""
        self._below, self._open_at = part, OpenAt.BELOW

    def _go(self, by: int) -> None:
        exercises = curriculum().exercises
        at = exercises.index(self._exercise) + by
        if not 0 <= at < len(exercises):
            self._tell_below(prose("That was the last one." if by > 0 else "This is the first one."))
            return
        self._exercise, self._below = exercises[at], None
        self._judge()

    def _compare(self) -> None:
        try:
            self._board(failure_of(self._root, self._exercise))
        except NotFound as error:
            self._tell_below(prose(str(error)))

    def _board(self, folder: Path) -> None:
        """Opens a board beside us: it takes a second, in which the keys go on working."""
        self._tell_below(prose("TensorBoard is on its way …"))

        def opening() -> None:
            try:
                url = self._boards.open(folder, browser=self._browser)
                self._events.put(BoardOpened("" if has_runs(folder) else no_runs_yet(), url))
            except (BoardError, OSError) as error:
                self._events.put(BoardOpened(str(error)))

        threading.Thread(target=opening, daemon=True).start()

    def _draw(self) -> None:
        verdict = self._verdict
        above = [watch_view.judging(self._exercise)] if verdict is None else [*self._verdict_parts(verdict)]
        below = [part for part in (self._trouble, self._below) if part is not None]
        self._screen.show(above, below, self._foot if self._with_keys else None, open_at=self._open_at)
        self._open_at = OpenAt.SAME

    def _foot(self, more: str) -> RenderableType:
        judged = None if self._verdict is None else self._judged_at
        return Group(watch_view.state(judged, more), watch_view.keys_line(self._screen.columns))

    def _verdict_parts(self, verdict: Verdict) -> Iterator[RenderableType]:
        if not verdict.passed:
            yield in_full(verdict, self._signs, again="save the file")
            return
        yield passed(verdict, self._signs)
        progress = Progress.load(self._root)
        following = progress.next_exercise
        if following is None:
            yield commands.all_done()
        elif self._with_keys:
            yield watch_view.go_on(curriculum().after(self._exercise))
