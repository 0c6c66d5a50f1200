"""Single keys from a terminal, which is given back as it was whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

SPECIAL = {
    **{b"\x1b[C": "n", b"\x1bOC": "n", b"\x1b[D": "p", b"\x1bOD": "p"},
    **{b"\x1b[B": "down", b"\x1bOB": "down", b"\x1b[6~": "down"},
    **{b"\x1b[A": "up", b"\x1bOA": "up", b"\x1b[5~": "up"},
}
"""Right is next, left is previous; arrows and page keys scroll."""


@contextlib.contextmanager
def keys(pressed: Callable[[str], None], redraw: Callable[[], None]) -> Iterator[bool]:
    """Tells each key that is pressed during the block, from another thread.

    Args:
        pressed: is told the key as a lower-case letter.
        redraw: called when the terminal has another size, or shows us again after a stop (Ctrl-Z).

    Yields:
        Whether there is a terminal whose keys can be read.
    """
    if not sys.stdin.isatty():
        yield False
    elif sys.platform == "win32":
        threading.Thread(target=_listen_windows, args=(pressed,), daemon=True).start()
        yield True
    else:
        with _keys_at_once(redraw):
            threading.Thread(target=_listen, args=(pressed,), daemon=True).start()
            yield True


if sys.platform == "win32":

    def _listen_windows(pressed: Callable[[str], None]) -> None:
        import msvcrt

        while True:
            key = msvcrt.getwch()
            if key in "\x00\xe0":  # a special key; its second half says which
                key = {"M": "n", "K": "p", "P": "down", "Q": "down", "H": "up", "I": "up"}.get(
                    msvcrt.getwch(), ""
                )
            pressed(key.lower())

else:

    @contextlib.contextmanager
    def _keys_at_once(redraw: Callable[[], None]) -> Iterator[None]:
        """Keys come without Enter and without echo; Ctrl-C and Ctrl-Z do what they always do."""
        import termios
        import tty

        before = termios.tcgetattr(sys.stdin)

        def again(*_: object) -> None:
            tty.setcbreak(sys.stdin)
            redraw()

        handlers = {
            number: signal.signal(number, handler)
            for number, handler in ((signal.SIGCONT, again), (signal.SIGWINCH, lambda *_: redraw()))
        }
        try:
            tty.setcbreak(sys.stdin)
            yield
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _listen(pressed: Callable[[str], None]) -> None:
        with contextlib.suppress(OSError):  # the terminal was closed
            while sequence := os.read(sys.stdin.fileno(), 32):
                if sequence.startswith(b"\x1b"):
                    pressed(SPECIAL.get(sequence, ""))
                else:
                    for key in sequence.decode(errors="replace"):
                        pressed(key.lower())


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal end the block as an exception does, so that everything is tidied up.

    Ctrl-C is how one leaves: it ends the block without an error.
    """

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
