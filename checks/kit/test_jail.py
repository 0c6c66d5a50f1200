"""What stands inside the jail."""

import os
import subprocess
import sys
from pathlib import Path

from crystalball.jail.bubblewrap import PACKAGE, copy_modules, inside, package_folders, shown

PROGRAM = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
strangers = [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "crystalball"
             and not m.__file__.startswith(sys.argv[1])]
assert not strangers, strangers
"""


def test_what_stands_inside_imports_only_what_stands_inside(tmp_path: Path) -> None:
    copy_modules(tmp_path)
    files = [path for path in inside() if path.suffix == ".py"]
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in files]
    path = os.pathsep.join(map(str, [tmp_path, *package_folders()]))
    words = [sys.executable, "-P", "-c", PROGRAM, tmp_path, *names]
    done = subprocess.run(
        words, env={"PYTHONPATH": path}, cwd="/", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_room_of_the_trusted_side_stands_inside() -> None:
    folders = {
        path.parent.relative_to(PACKAGE).as_posix() for path in inside() if path.name != "__init__.py"
    }
    assert folders == {".", "reading", "cases/inside", "processes/inside", "jail/inside"}


def test_a_hidden_folder_is_left_out_of_what_holds_it(tmp_path: Path) -> None:
    for name in ("site-packages/torch/x.py", "site-packages/crystalball/oracle.py", "site-packages/six.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    site = tmp_path / "site-packages"
    assert shown(site, {site / "crystalball"}) == [site / "six.py", site / "torch"]
    assert shown(site, {tmp_path / "elsewhere"}) == [site]
    assert shown(site, {tmp_path}) == []
