"""One unpacker for all tests, in the best jail that this machine has."""

import atexit
from functools import cache

from crystalball.jail.levels import find_level
from crystalball.jail.unpacker import Unpacker


@cache
def unpacker() -> Unpacker:
    opened = Unpacker(find_level())
    atexit.register(opened.close)
    return opened
