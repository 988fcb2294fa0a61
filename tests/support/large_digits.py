"""Six digits in large type, read off a screen."""

LARGE = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": ("╺┓ ", " ┃ ", "╺┻╸"),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
}


def digits_on(screen: str) -> str:
    """The six digits as a person reads them: each three cells wide and three rows high."""
    lines = screen.splitlines()
    shapes = {shape(rows): digit for digit, rows in LARGE.items()}
    for y in range(len(lines) - 2):
        rows = [line.ljust(80) for line in lines[y : y + 3]]
        for start in range(80 - 21):
            cells = [shape(tuple(row[start + 3 * place :][:3] for row in rows)) for place in (0, 1, 2, 4, 5, 6)]
            if all(cell in shapes for cell in cells):
                return "".join(shapes[cell] for cell in cells)
    raise AssertionError(f"no digits on the screen:\n{screen}")


def shape(rows: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(row.ljust(3) for row in rows)
