"""What a process does before it is needed: imports, and a first training."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from typing import Any


class NoTensorFlow:
    """The finder of what is installed, but of TensorFlow: who imports that is told it is not there.

    It changes how event files are written, and takes seconds to import.
    """

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> Any:
        """Finds a module as `PathFinder` does.

        Args:
            fullname: of the module.
            path: where to look; `sys.path` without it.
            target: a module that is loaded anew.
        """
        hidden = fullname.partition(".")[0] == "tensorflow"
        return None if hidden else PathFinder.find_spec(fullname, path, target)

    def __getattr__(self, name: str) -> Any:
        return getattr(PathFinder, name)


def hide_tensorflow() -> None:
    """Lets this process find no TensorFlow from now on."""
    if PathFinder in sys.meta_path and PathFinder.find_spec("tensorflow"):
        sys.meta_path[sys.meta_path.index(PathFinder)] = NoTensorFlow()


def checksum_in_c() -> None:
    """Lets TensorBoard's writers take their checksums in C; without TensorFlow they do it byte by byte."""
    import google_crc32c
    from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

    pywrap_tensorflow.crc32c = lambda data: google_crc32c.value(bytes(data))


def import_torch() -> None:
    """Imports what every training needs; before a fork, so that the children have it already."""
    hide_tensorflow()
    import torch
    import torch.utils.tensorboard

    checksum_in_c()

    # What every stub imports, with rich: 50 ms, once and not for each file; and the child itself.
    for module in (
        "crystalball.run_directory",
        "crystalball.scripts",
        "crystalball.processes.inside.arguments",
        "crystalball.processes.inside.child",
        "crystalball.processes.inside.ranks",
    ):
        importlib.import_module(module)

    # One thread before any operation: a fork of a process with more hangs.
    torch.set_num_threads(1)


def train_a_step() -> None:
    """Trains a step with each small batch size, so that what torch does lazily is done.

    Its optimizers import much, and its kernels are made anew for each shape: 10 ms of the first case.
    """
    import torch

    from crystalball.cases.inside.parts import Schedule, Validation
    from crystalball.cases.inside.training import Training
    from crystalball.processes.inside.training_objects import TrainingObjects

    for size in range(1, 6):
        parts = (Validation(size), Schedule("onecycle"))
        objects = TrainingObjects(Training(1, size, size, parts=parts))
        for inputs, targets in objects.train_loader:
            objects.loss_fn(objects.model(inputs), targets).backward()
            objects.optimizer.step()
            objects.scheduler.step()
        objects.model.eval()
        for inputs, _ in objects.val_loader:
            with torch.no_grad():
                objects.model(inputs)


def reseed() -> None:
    """Gives the process random numbers of its own: forks share their parent's."""
    import numpy
    import torch

    random.seed()
    numpy.random.seed()
    torch.default_generator.seed()  # not `torch.seed`, which asks for devices that are not there
