"""Reading codes out of pictures: what people photograph, what is no picture, and a machine without ZBar."""

import random
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageFilter, ImageOps

from vauchi_tui.errors import InvalidValue, VauchiError
from vauchi_tui.optics.qr_draw import QrPlan, plan, render
from vauchi_tui.optics.qr_picture import picture, write_png
from vauchi_tui.optics.qr_read import PictureUnreadable, read_codes, read_with_zbar, read_with_zxing, zbar_missing

CODE = "".join(random.Random(3).choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=175)) + "/192.168.1.5:8787"


def drawn(text: str = CODE, scale: int = 6) -> Image.Image:
    found = plan(text, 100, 60)
    assert isinstance(found, QrPlan)
    return picture(render(text, found), scale)


def transparent(image: Image.Image) -> Image.Image:
    """Black modules on nothing."""
    out = Image.new("LA", image.size, (0, 0))
    out.putalpha(ImageOps.invert(image))
    return out


PHOTOGRAPHS = {
    "as it is": lambda image: image,
    "colour": lambda image: image.convert("RGB"),
    "one bit": lambda image: image.convert("1"),
    "palette": lambda image: image.convert("P"),
    "transparent": transparent,
    "a corner of a large picture": lambda image: ImageOps.expand(image, (900, 40, 30, 700), fill=90),
    "dim": lambda image: image.point(lambda value: 60 + value // 5),
    "turned by 10°": lambda image: image.rotate(10, expand=True, fillcolor=200, resample=Image.Resampling.BICUBIC),
    "upside down": lambda image: image.rotate(180),
    "a little out of focus": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "seen from the side": lambda image: image.resize((image.width * 3 // 4, image.height), Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_both_readers_read_what_people_photograph(name: str) -> None:
    image = PHOTOGRAPHS[name](drawn())
    assert read_with_zxing(image) == [CODE]
    assert read_with_zbar(image) == [CODE]
    assert read_codes(image) == [CODE]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".webp", ".bmp"])
def test_files_of_every_usual_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo{suffix}"
    drawn().convert("RGB").save(path)
    assert read_codes(path) == [CODE]
    assert read_codes(str(path)) == [CODE]


def test_several_codes_are_all_told_and_none_is_an_empty_list() -> None:
    left, right = drawn("LEFT"), drawn("RIGHT")
    both = Image.new("L", (left.width + right.width, max(left.height, right.height)), 255)
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    assert sorted(read_codes(both)) == ["LEFT", "RIGHT"]
    assert read_codes(Image.new("L", (300, 300), 128)) == []


def test_the_same_code_twice_is_one_code() -> None:
    one = drawn()
    both = Image.new("L", (one.width * 2, one.height), 255)
    both.paste(one, (0, 0))
    both.paste(one, (one.width, 0))
    assert read_codes(both) == [CODE]


def test_texts_of_other_programs_come_through_too() -> None:
    assert read_codes(drawn("https://example.org/Grüße?x=1")) == ["https://example.org/Grüße?x=1"]


def test_a_picture_that_one_reader_cannot_make_out_is_left_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vauchi_tui.optics.qr_read._zxing", lambda image: [])
    assert read_codes(drawn()) == [CODE]


def test_without_zbar_the_other_reader_goes_on_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert zbar_missing() is None
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)  # an import then fails, as it does without the library
    assert "not installed" in (zbar_missing() or "")
    assert read_codes(drawn()) == [CODE]
    with pytest.raises(VauchiError) as raised:
        read_with_zbar(drawn())
    assert "apt-get install libzbar0" in raised.value.hint


def huge_png(side: int) -> bytes:
    """A few bytes that claim a picture of `side` × `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_what_is_no_picture_is_refused_in_words(tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    drawn().save(whole)
    cases = {
        "text.png": (b"hello", "is not a picture"),
        "empty.png": (b"", "is not a picture"),
        "half.png": (whole.read_bytes()[: whole.stat().st_size // 2], "damaged"),
        "large.png": (huge_png(12_000), "too large"),
        "bomb.png": (huge_png(60_000), "too large"),
    }
    for name, (data, words) in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(PictureUnreadable, match=words) as raised:
            read_codes(path)
        assert raised.value.hint
    with pytest.raises(PictureUnreadable, match="no file"):
        read_codes(tmp_path / "missing.png")
    with pytest.raises(PictureUnreadable, match="cannot be read"):
        read_codes(tmp_path)


def test_a_png_holds_the_code_with_the_best_correction(tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    write_png(CODE, path)
    assert read_codes(path) == [CODE]
    with Image.open(path) as image:
        assert image.getpixel((0, 0)) == 255
        assert image.width % 8 == 0
    write_png("ANOTHER", path)
    assert read_codes(path) == ["ANOTHER"]


def test_a_png_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="cannot be written"):
        write_png(CODE, tmp_path / "no" / "folder.png")
