"""A code as a picture: for a PNG file where the terminal has no room, and for checking the readers."""

from pathlib import Path

from PIL import Image

from vauchi_tui.errors import InvalidValue
from vauchi_tui.optics.qr_draw import Matrix, QrPlan, plan, render

_ANY_ROOM = 1_000
_SCALE = 8


def picture(matrix: Matrix, scale: int = _SCALE) -> Image.Image:
    """The modules as a grey image, `scale` pixels a module."""
    side = len(matrix[0])
    data = bytes(0 if dark else 255 for line in matrix for dark in line)
    image = Image.frombytes("L", (side, len(matrix)), data)
    return image.resize((side * scale, len(matrix) * scale), Image.Resampling.NEAREST)


def write_png(text: str, path: Path) -> None:
    """Write the code of `text` with the full quiet zone; an existing file is replaced. Raises InvalidValue."""
    best = plan(text, _ANY_ROOM, _ANY_ROOM)
    if not isinstance(best, QrPlan):
        raise InvalidValue(best.words, best.hint)
    try:
        picture(render(text, best)).save(path, format="PNG")
    except OSError as error:
        raise InvalidValue(
            f"The picture cannot be written: {error.strerror or error}.", "Choose another file name."
        ) from error
