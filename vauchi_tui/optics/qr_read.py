"""Codes out of pictures, by two independent readers: ZXing first, ZBar as the second opinion.

ZBar is a system library that may be missing; then ZXing reads alone, and `zbar_missing` says so.
"""

import os
import warnings
from collections.abc import Callable, Iterator

import zxingcpp
from PIL import Image, UnidentifiedImageError

from vauchi_tui.errors import VauchiError

ZBAR_REMEDY = "Install it: apt-get install libzbar0, or brew install zbar."

Source = str | os.PathLike[str] | Image.Image

_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_PIXELS_MAX = 100_000_000
_ENLARGE_BELOW = 2_000_000  # pixels: above, a module that is too small for a reader would be too small for anybody
_ENLARGEMENTS = (2, 3)


class PictureUnreadable(VauchiError):
    """The file is missing, no picture, damaged or too large."""


def read_codes(source: Source) -> list[str]:
    """The texts of all QR codes in a picture (a path or an image), each once; empty where neither reader finds one.

    Raises PictureUnreadable.
    """
    image = _grey(source)
    readers: list[Callable[[Image.Image], list[str]]] = [_zxing]
    if zbar_missing() is None:
        readers.append(_zbar)
    for version in _versions(image):
        for read in readers:
            if texts := read(version):
                return texts
    return []


def read_with_zxing(source: Source) -> list[str]:
    """As `read_codes`, by ZXing alone."""
    return _first(_zxing, source)


def read_with_zbar(source: Source) -> list[str]:
    """As `read_codes`, by ZBar alone. Raises VauchiError where the library is missing."""
    if words := zbar_missing():
        raise VauchiError(words, ZBAR_REMEDY)
    return _first(_zbar, source)


def zbar_missing() -> str | None:
    """What to say where the second reader cannot be loaded; None where it is there."""
    try:
        import pyzbar.pyzbar  # noqa: F401
    except ImportError:  # what it raises for a missing shared library too
        return "ZBar, the second reader of QR codes, is not installed."
    return None


def _first(read: Callable[[Image.Image], list[str]], source: Source) -> list[str]:
    return next((texts for version in _versions(_grey(source)) if (texts := read(version))), [])


def _versions(image: Image.Image) -> Iterator[Image.Image]:
    """The picture as it is, then enlarged: both readers want two pixels a module or more."""
    yield image
    if image.width * image.height <= _ENLARGE_BELOW:
        for factor in _ENLARGEMENTS:
            yield image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _zxing(image: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(image, formats=_QR)
    return list(dict.fromkeys(code.text for code in found if code.valid))


def _zbar(image: Image.Image) -> list[str]:
    from pyzbar.pyzbar import ZBarSymbol, decode

    texts = (code.data.decode("utf-8", "replace") for code in decode(image, symbols=[ZBarSymbol.QRCODE]))
    return list(dict.fromkeys(texts))


def _grey(source: Source) -> Image.Image:
    """The picture in grey, on white where it is transparent."""
    if isinstance(source, Image.Image):
        return _flat(source)
    name = os.fspath(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower than its error
            with Image.open(name) as image:
                if image.width * image.height > _PIXELS_MAX:
                    raise PictureUnreadable(f"{name} is too large a picture.", "Cut the code out of it.")
                return _flat(image)
    except FileNotFoundError as error:
        raise PictureUnreadable(f"There is no file {name}.", "Check the path.") from error
    except UnidentifiedImageError as error:
        raise PictureUnreadable(f"{name} is not a picture.", "Use a PNG or JPEG file.") from error
    except Image.DecompressionBombError as error:
        raise PictureUnreadable(f"{name} is too large a picture.", "Cut the code out of it.") from error
    except PermissionError as error:
        raise PictureUnreadable(f"{name} cannot be opened: permission denied.", "Check the file's mode.") from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's decoders raise each of them for damaged data
        raise PictureUnreadable(f"{name} cannot be read: the picture is damaged.", "Take it again.") from error


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        ground = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(ground, coloured).convert("L")
    return image.convert("L")
