"""The bare training loops of a case: what its time is compared with."""

from dataclasses import replace

import torch
from torch import nn

from crystalball.cases.inside.case import Training
from crystalball.processes.inside.training_objects import TrainingObjects


def train_bare(case: Training) -> None:
    """Trains a case with the loops that its contract asks for, and logs nothing."""
    case = replace(case.undisturbed(), breaks=())
    for rank in range(max(1, len(case.ranks))):
        stage = TrainingObjects(case, rank=rank)
        trainings = [(stage.model, stage.optimizer)]
        if case.lrs:
            models = [(stage.make_model(), lr) for lr in case.lrs]
            trainings = [(m, stage.make_optimizer(m.parameters(), lr)) for m, lr in models]
        for model, optimizer in trainings:
            for _ in range(case.epochs):
                train_epoch(stage, model, optimizer)


def train_epoch(stage: TrainingObjects, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """One walk over the training set, and one over the validation set, where there is one."""
    for inputs, targets in stage.loader:
        optimizer.zero_grad()
        loss = stage.loss_fn(model(inputs), inputs if stage.every else targets)
        loss.backward()
        optimizer.step()
        loss.item()
    if hasattr(stage, "val_loader"):
        model.eval()
        with torch.no_grad():
            for inputs, targets in stage.val_loader:
                stage.loss_fn(model(inputs), inputs if stage.every else targets).item()
        model.train()
