"""The given material: pixel-art sprites drawn from a seed, and the small models that learn them.

    loader = sprite_loader(496, batch_size=32, seed=0, shuffle=True)
    model = SpriteClassifier()
    for inputs, targets in loader:   # (32, 3, 16, 16) in [-1, 1], and (32,): indices into `NAMES`
        logits = model(inputs)       # (32, 8)

Exercises, solutions and the kit's oracle all use this one copy. The models' convolutions before a
batch norm have no bias: its gradient would be rounding noise, and noise is what makes two honest
programs drift apart.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, TensorDataset

SIZE = 16
"""Height and width of a sprite, in pixels."""

_ART = {
    "heart": """
        .##....##...
        ####..####..
        #++########.
        #+#########.
        ###########.
        .#########..
        ..#######...
        ...#####....
        ....###.....
        .....#......""",
    "sword": """
        .........###
        ........###+
        .......###+.
        ......###+..
        .....###+...
        #...###+....
        ##.###+.....
        .####+......
        ..###.......
        .##.##......
        ##...##.....""",
    "potion": """
        ....####....
        .....++.....
        .....++.....
        ....+..+....
        ...+....+...
        ..+######+..
        .+########+.
        .+########+.
        .+########+.
        ..+######+..
        ...++++++...""",
    "key": """
        ..####......
        .##..##.....
        .#....#.....
        .##..##.....
        ..####......
        ...##.......
        ...##.......
        ...####.....
        ...##.......
        ...#####....
        ...##.......""",
    "shield": """
        ###########.
        #++++#++++#.
        #++++#++++#.
        #++++#++++#.
        ###########.
        #++++#++++#.
        .#+++#+++#..
        .#+++#+++#..
        ..#++#++#...
        ...#+#+#....
        ....###.....""",
    "skull": """
        ..#######...
        .#########..
        ###########.
        #+++###+++#.
        #+++###+++#.
        ###########.
        .####+####..
        ..#######...
        ..#+#+#+#...
        ..#+#+#+#...""",
    "gem": """
        ..#######...
        .#+#+++#+#..
        #++#+++#++#.
        ###########.
        .#++#+#++#..
        ..#+#+#+#...
        ...#+#+#....
        ....###.....
        .....#......""",
    "mushroom": """
        ...######...
        .##++####...
        .#++######..
        #########++.
        ##+######++.
        ###########.
        ....+++.....
        ....+++.....
        ...+++++....""",
}

NAMES = tuple(_ART)
"""The eight kinds of sprite; a label is an index into this tuple."""

_COLOURS = torch.tensor(
    [
        [[0.9, 0.1, 0.2], [1.0, 0.7, 0.7]],
        [[0.7, 0.7, 0.8], [0.3, 0.3, 0.4]],
        [[0.6, 0.2, 0.9], [0.8, 0.9, 1.0]],
        [[0.9, 0.8, 0.1], [0.9, 0.8, 0.1]],
        [[0.4, 0.3, 0.2], [0.2, 0.4, 0.9]],
        [[0.9, 0.9, 0.8], [0.2, 0.0, 0.0]],
        [[0.1, 0.8, 0.8], [0.6, 1.0, 1.0]],
        [[0.9, 0.3, 0.1], [1.0, 0.9, 0.7]],
    ]
)


def _masks(art: str) -> Tensor:
    """Where an art has its main colour and its second one: bool, shape (2, 12, 12)."""
    rows = [row.strip().ljust(12, ".") for row in art.strip().splitlines()]
    rows += ["." * 12] * (12 - len(rows))
    return torch.tensor([[[pixel == mark for pixel in row] for row in rows] for mark in "#+"])


_MASKS = torch.stack([_masks(art) for art in _ART.values()]).float()


def sprites(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draws sprites whose kind, colour, place and noise vary with the seed.

    Args:
        count: how many sprites, at least 1.
        seed: the same seed always draws the same sprites.

    Returns:
        The images, float32 in [-1, 1] of shape (count, 3, 16, 16), and their labels, int64 in
        [0, 8) of shape (count,).
    """
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(len(NAMES), (count,), generator=generator)
    tint = 0.3 * (torch.rand(count, 1, 3, generator=generator) - 0.5)
    colours = (_COLOURS[labels] + tint).clamp(0, 1)
    drawn = torch.einsum("nchw,ncr->nrhw", _MASKS[labels], colours)
    shifts = torch.randint(5, (count, 2), generator=generator).tolist()
    images = torch.zeros(count, 3, SIZE, SIZE)
    for image, sprite, (top, left) in zip(images, drawn, shifts, strict=True):
        image[:, top : top + 12, left : left + 12] = sprite
    noise = 0.05 * torch.randn(images.shape, generator=generator)
    return ((images + noise).clamp(0, 1) * 2 - 1), labels


class SpriteClassifier(nn.Sequential):
    """A small convolutional network with batch norm: (N, 3, 16, 16) sprites to (N, 8) logits."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(16 * 4 * 4, len(NAMES)),
        )


class SpriteGenerator(nn.Module):
    """An auto-encoder: `generator(sprites)` redraws (N, 3, 16, 16) sprites through 16 latents.

    `generator.decoder(latents)` draws sprites from latents of shape (N, 16). Both outputs are in
    [-1, 1].
    """

    latents = 16

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(8 * 8 * 8, self.latents),
        )
        self.decoder = nn.Sequential(
            nn.Linear(self.latents, 16 * 4 * 4),
            nn.ReLU(),
            nn.Unflatten(1, (16, 4, 4)),
            nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 3, 4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, sprites: Tensor) -> Tensor:
        """Redraws sprites.

        Args:
            sprites: of shape (N, 3, 16, 16), in [-1, 1].

        Returns:
            Sprites of the same shape and range.
        """
        drawn: Tensor = self.decoder(self.encoder(sprites))
        return drawn


def sprite_set(count: int, seed: int) -> TensorDataset:
    """A data set of (sprite, label) pairs.

    Args:
        count: how many.
        seed: see `sprites`.
    """
    return TensorDataset(*sprites(count, seed))


def sprite_loader(
    count: int, batch_size: int, seed: int, *, shuffle: bool = False
) -> DataLoader[tuple[Tensor, ...]]:
    """Batches of (sprites, labels); the last one is smaller when `batch_size` leaves a remainder.

    Args:
        count: how many sprites.
        batch_size: sprites a batch.
        seed: of the sprites, and of the order when shuffled.
        shuffle: draw the sprites in a new order each epoch.
    """
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(sprite_set(count, seed), batch_size, shuffle=shuffle, generator=generator)


def schedule(name: str, optimizer: Optimizer, epochs: int) -> LRScheduler:
    """A learning-rate schedule over some epochs, stepped once after each.

    Args:
        name: `step`, `cosine`, `exponential` or `onecycle`.
        optimizer: whose learning rates it sets, those of all parameter groups.
        epochs: after which it has come to its end.

    Raises:
        KeyError: there is no schedule of this name.
    """
    rates = [group["lr"] for group in optimizer.param_groups]
    makers: dict[str, Callable[[], LRScheduler]] = {
        "step": lambda: lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5),
        "cosine": lambda: lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs),
        "exponential": lambda: lr_scheduler.ExponentialLR(optimizer, gamma=0.8),
        "onecycle": lambda: lr_scheduler.OneCycleLR(
            optimizer, max_lr=rates, total_steps=epochs + 1, cycle_momentum=False
        ),
    }
    return makers[name]()
