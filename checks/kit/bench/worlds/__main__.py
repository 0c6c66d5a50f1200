"""Runs programs in the environment of their libraries: `python -m worlds MODULE FOLDER NAME…`.

Each gets a folder of its name in FOLDER. What one raises is told in a line; the others run all the same.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

from worlds import FAILED, LAYOUTS

os.environ["OMP_NUM_THREADS"] = "1"  # such small models gain nothing from more
_, module, folder, *names = sys.argv
import_module(f"worlds.{module}")
for name in names:
    place = Path(folder) / name
    place.mkdir(parents=True)
    try:
        LAYOUTS[name](place)
    except Exception as error:
        print(f"{name}{FAILED}{type(error).__name__}: {str(error)[:200]!r}", flush=True)
