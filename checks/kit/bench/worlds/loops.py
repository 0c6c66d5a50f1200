"""What the programs train: a small network on noisy points, by hand or inside a library's trainer."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 12


def loaders(classes: int = 0) -> tuple[DataLoader[tuple[Tensor, ...]], DataLoader[tuple[Tensor, ...]]]:
    """Batches to train with and to validate with.

    Args:
        classes: how many there are to tell apart; 0 where a number is wanted.
    """
    torch.manual_seed(0)
    inputs = torch.randn(320, 4)
    numbers = inputs @ torch.tensor([[1.0], [-2.0], [0.5], [3.0]]) + 0.1 * torch.randn(320, 1)
    targets = torch.bucketize(numbers[:, 0], torch.linspace(-3, 3, classes - 1)) if classes else numbers
    train, validation = (
        TensorDataset(inputs[:256], targets[:256]),
        TensorDataset(inputs[256:], targets[256:]),
    )
    return DataLoader(train, batch_size=32, shuffle=True), DataLoader(validation, batch_size=32)


def network(outputs: int = 1) -> nn.Sequential:
    """The model.

    Args:
        outputs: how many numbers it gives.
    """
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, outputs))


def epochs(count: int = EPOCHS) -> Iterator[tuple[int, list[float], float, float]]:
    """Trains by hand: each epoch's number from 1, the losses of its batches, validation loss and accuracy.

    Args:
        count: of the epochs.
    """
    train, validation = loaders(classes=3)
    model, loss_of = network(3), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(1, count + 1):
        losses = []
        for inputs, targets in train:
            optimizer.zero_grad()
            loss = loss_of(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        with torch.no_grad():
            inputs, targets = validation.dataset[:]
            outputs = model(inputs)
            right = (outputs.argmax(1) == targets).float().mean().item()
        yield epoch, losses, loss_of(outputs, targets).item(), right
