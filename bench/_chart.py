"""A line chart as SVG, with nothing but the standard library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 960, 520
LEFT, RIGHT, TOP, BOTTOM = 70, 250, 56, 60


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    colour: str
    points: Sequence[tuple[float, float]]
    dashes: str = ""  # SVG's stroke-dasharray; what is measured is drawn through and has marks


def chart(
    title: str, x_name: str, y_name: str, x: tuple[int, int], y_marks: dict[float, str], lines: Sequence[Line]
) -> str:
    """`y_marks` names the heights at which there is a grid line; the lowest and the highest are the chart's edges."""
    low, high = min(y_marks), max(y_marks)

    def across(value: float) -> float:
        return LEFT + (value - x[0]) / (x[1] - x[0]) * (WIDTH - LEFT - RIGHT)

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def text(words: str, place: str, colour: str = "#222222") -> str:
        return f'<text {place} fill="{colour}">{escape(words)}</text>'

    right, bottom, grey = WIDTH - RIGHT, HEIGHT - BOTTOM, "#555555"
    middle = 'text-anchor="middle"'
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="14">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(title, f'x="{LEFT}" y="30" font-size="18"'),
    ]
    for mark, name in y_marks.items():
        out.append(f'<path d="M{LEFT} {up(mark):.1f}H{right}" stroke="#dddddd"/>')
        out.append(text(name, f'x="{LEFT - 8}" y="{up(mark) + 5:.1f}" text-anchor="end"', grey))
    for mark in range(x[0], x[1] + 1, 2):
        out.append(f'<path d="M{across(mark):.1f} {TOP}V{bottom}" stroke="#eeeeee"/>')
        out.append(text(f"{mark}".replace("-", "−"), f'x="{across(mark):.1f}" y="{bottom + 20}" {middle}', grey))
    out.append(text(x_name, f'x="{(LEFT + right) / 2}" y="{HEIGHT - 14}" {middle}'))
    out.append(text(y_name, f'transform="translate(18 {(TOP + bottom) / 2}) rotate(-90)" {middle}'))
    for number, line in enumerate(lines):
        path = "L".join(f"{across(a):.1f} {up(b):.1f}" for a, b in line.points)
        style = f'fill="none" stroke="{line.colour}" stroke-width="2.2"'
        style += f' stroke-dasharray="{line.dashes}"' if line.dashes else ""
        key = TOP + 14 + 26 * number
        out.append(f'<path d="M{path}" {style}/>')
        out.append(f'<path d="M{right + 16} {key}h30" {style}/>')
        out.append(text(line.name, f'x="{right + 54}" y="{key + 5}"'))
        if not line.dashes:
            marks = [(across(a), up(b)) for a, b in line.points] + [(right + 31.0, float(key))]
            out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.4" fill="{line.colour}"/>' for a, b in marks]
    return "\n".join([*out, "</svg>", ""])
