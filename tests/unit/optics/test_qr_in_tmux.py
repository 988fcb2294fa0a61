"""A code in a real terminal: tmux draws it, its screen becomes a picture, both readers read the picture."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal_picture import terminal_picture

from vauchi_tui.optics.qr_draw import QrPlan, plan, render, terminal_lines
from vauchi_tui.optics.qr_read import read_codes, read_with_zbar, read_with_zxing

CODE = "LJBEKWABQ7" * 17 + "ABCDE" + "/RELAY.EXAMPLE.ORG"

# The terminal answers the question for the cursor's place when it has taken in everything before it.
DRAW = r"""stty -echo -icanon; cat "$0"; printf '\033[6n'; read -rd R; tmux wait-for -S drawn; read -r"""


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    configuration = tmp_path / "tmux.conf"
    configuration.write_text("set-option -g status off\n")
    command = ["tmux", "-L", f"vauchi-test-{uuid.uuid4().hex}", "-f", str(configuration)]
    yield command
    subprocess.run([*command, "kill-server"], check=False, capture_output=True)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (45, 23)])
def test_the_terminals_picture_is_read(tmux: list[str], tmp_path: Path, columns: int, rows: int) -> None:
    text = CODE if columns > 45 else CODE[:175]
    found = plan(text, columns, rows)
    assert isinstance(found, QrPlan)
    drawing = tmp_path / "drawing"
    drawing.write_text("\n".join(terminal_lines(render(text, found))), encoding="utf-8")
    size = ["-x", str(columns), "-y", str(rows)]
    subprocess.run([*tmux, "new-session", "-d", *size, "bash", "-c", DRAW, str(drawing)], check=True)
    subprocess.run([*tmux, "wait-for", "drawn"], check=True, timeout=30)
    for cell in ((8, 16), (4, 8), (2, 4)):
        image = terminal_picture(tmux, "0", cell)
        assert image.size == (columns * cell[0], rows * cell[1])
        assert read_with_zxing(image) == [text]
        assert read_with_zbar(image) == [text]
    saved = tmp_path / "screen.png"
    image.save(saved)
    assert read_codes(saved) == [text]
