"""Pictures: what a generator draws, a grid of sprites, and how to tell whether one holds the others."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

SIZE = 16
"""Height and width of a sprite, as in `pixels`, which this side cannot import without torch."""

REMEMBERED = 4096
"""Drawings as arrays, and comparisons of sprites with pictures: rivals ask for the same ones again."""


class Picture(msgspec.Struct, frozen=True, tag=True):
    """An RGB picture.

    Attributes:
        height: in pixels.
        width: in pixels.
        pixels: row by row, three bytes each.
    """

    height: int
    width: int
    pixels: bytes

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether it is the same picture, within 1/255."""
        if not isinstance(seen, Picture) or (self.height, self.width) != (seen.height, seen.width):
            return False
        return _apart(self.array(), seen.array()) <= 1

    def array(self) -> Any:
        """As a NumPy array of int16 and shape (height, width, 3)."""
        import numpy

        pixels = numpy.frombuffer(self.pixels, numpy.uint8)
        return pixels.reshape(self.height, self.width, 3).astype(numpy.int16)

    def png(self) -> bytes:
        """As the bytes of a PNG file."""
        file = io.BytesIO()
        self.image().save(file, "PNG")
        return file.getvalue()

    def image(self) -> Any:
        """As one of Pillow's images."""
        from PIL import Image

        return Image.frombytes("RGB", (self.width, self.height), self.pixels)

    def __str__(self) -> str:
        return f"a picture of {self.width} x {self.height} pixels"


class Sprites(msgspec.Struct, frozen=True, tag=True):
    """Some sprites, in any grid in which each stands whole, in any order."""

    pictures: tuple[Picture, ...]

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether a picture is such a grid. Sprites that are alike may share a place."""
        if not isinstance(seen, Picture):
            return self == seen
        return self.found_in(seen) == len(self.pictures)

    def found_in(self, seen: Picture) -> int:
        """How many of the sprites stand in a picture.

        Args:
            seen: a picture that was logged.
        """
        return sum(_holds(seen, sprite) for sprite in self.pictures)

    def grid(self) -> Picture:
        """The sprites side by side."""
        import numpy

        row = numpy.concatenate([picture.array() for picture in self.pictures], axis=1)
        return Picture(row.shape[0], row.shape[1], row.astype(numpy.uint8).tobytes())

    def __str__(self) -> str:
        return f"{len(self.pictures)} sprites of {SIZE} x {SIZE} pixels"


def _apart(one: Any, other: Any) -> int:
    import numpy

    return int(numpy.abs(one - other).max())


@lru_cache(REMEMBERED)
def _holds(picture: Picture, sprite: Picture) -> bool:
    """Whether a sprite stands somewhere in a picture, within 1/255."""
    import numpy

    height, width = sprite.height, sprite.width
    if picture.height < height or picture.width < width:
        return False
    canvas, wanted = picture.array(), sprite.array()
    rows, columns = numpy.indices((picture.height - height + 1, picture.width - width + 1)).reshape(2, -1)
    # Pixel by pixel, from the middle: after a few, hardly a place is left where the sprite could stand.
    pixels = numpy.argsort(numpy.abs(numpy.arange(height * width) - height * width // 2 - width // 2))
    for y, x in (divmod(int(pixel), width) for pixel in pixels):
        fits = (numpy.abs(canvas[rows + y, columns + x] - wanted[y, x]) <= 1).all(axis=1)
        rows, columns = rows[fits], columns[fits]
        if not len(rows):
            return False
    return True


Shown = Callable[[Any], Any]
"""What is shown of a drawing: from values in [-1, 1] to values in [0, 1], as NumPy arrays."""


def rescaled(drawing: Any) -> Any:
    """A drawing as it should be shown: from [-1, 1] to [0, 1].

    Args:
        drawing: as a NumPy array.
    """
    return (drawing + 1) / 2


def sprites(drawings: Sequence[tuple[float, ...]], shown: Shown = rescaled) -> Sprites:
    """What `SummaryWriter.add_images` makes of drawings: it cuts to [0, 1], and keeps 8 bits.

    Args:
        drawings: of each sprite its values in [-1, 1], row by row, three a pixel.
        shown: what is done with an array of shape (16, 16, 3) before it is logged.
    """
    return Sprites(tuple(to_picture(shown(as_array(drawing))) for drawing in drawings))


@lru_cache(REMEMBERED)
def as_array(drawing: tuple[float, ...]) -> Any:
    """A drawing as a NumPy array of shape (16, 16, 3), which is not to be changed.

    Args:
        drawing: its values, row by row, three a pixel.
    """
    import numpy

    array = numpy.array(drawing).reshape(SIZE, SIZE, 3)
    array.flags.writeable = False
    return array


def to_picture(values: Any) -> Picture:
    """What `SummaryWriter` makes of a NumPy array of shape (height, width, 3) that should be in [0, 1].

    Args:
        values: the array that is logged.
    """
    import numpy

    with numpy.errstate(invalid="ignore"):  # what is no number becomes any colour, there as here
        eight_bits = (values * 255).clip(0, 255).astype(numpy.uint8)
    return Picture(values.shape[0], values.shape[1], eight_bits.tobytes())


SCALE, MARGIN = 6, 18
"""Of the picture that compares two others: how much larger, and the space around them, in pixels."""


def write_side_by_side(yours: Picture, expected: Picture, path: Path) -> None:
    """Writes a PNG with two pictures under their titles, enlarged.

    Args:
        yours: what was logged.
        expected: what should have been.
        path: of the PNG.
    """
    from PIL import Image, ImageDraw

    large = [
        picture.image().resize((SCALE * picture.width, SCALE * picture.height), Image.Resampling.NEAREST)
        for picture in (yours, expected)
    ]
    width = sum(image.width for image in large) + 3 * MARGIN
    canvas = Image.new("RGB", (width, max(image.height for image in large) + 2 * MARGIN), "white")
    left = MARGIN
    for title, image in zip(("yours", "expected"), large, strict=True):
        ImageDraw.Draw(canvas).text((left, 3), title, fill="black")
        canvas.paste(image, (left, MARGIN))
        left += image.width + MARGIN
    canvas.save(path)
