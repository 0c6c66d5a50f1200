"""The bare training loops of a case: what its time is compared with."""

import torch
from torch import nn

from crystalball.cases.inside.parts import Drawing, Interruptions, Sweep, Validation
from crystalball.cases.inside.training import Training
from crystalball.processes.inside.training_objects import TrainingObjects


def train_bare(case: Training) -> None:
    """Trains a case with the loops that its contract asks for, and logs nothing."""
    case = case.undisturbed().without(Interruptions)
    for rank in range(case.ranks):
        objects = TrainingObjects(case, rank=rank)
        trainings = [(objects.model, objects.optimizer)]
        if case.find(Sweep):
            models = [(objects.make_model(), lr) for lr in objects.lrs]
            trainings = [(m, objects.make_optimizer(m.parameters(), lr)) for m, lr in models]
        for model, optimizer in trainings:
            for _ in range(case.epochs):
                train_epoch(objects, model, optimizer)


def train_epoch(objects: TrainingObjects, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """One walk over the training set, and one over the validation set, where there is one."""
    draws = objects.case.find(Drawing)
    for inputs, targets in objects.loader:
        optimizer.zero_grad()
        loss = objects.loss_fn(model(inputs), inputs if draws else targets)
        loss.backward()
        optimizer.step()
        loss.item()
    if objects.case.find(Validation):
        model.eval()
        with torch.no_grad():
            for inputs, targets in objects.val_loader:
                objects.loss_fn(model(inputs), inputs if draws else targets).item()
        model.train()
