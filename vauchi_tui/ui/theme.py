"""The looks: dark, light, and the terminal's own sixteen colours. Status never rests on colour alone."""

from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="vauchi-dark",
    primary="#8fb4d9",
    secondary="#7f93ab",
    accent="#8fb4d9",
    success="#8fc29a",
    warning="#e0b36a",
    error="#e08080",
    foreground="#d5d8de",
    background="#15181d",
    surface="#1b1f26",
    panel="#232831",
    variables={
        "muted": "#8a919e",
        "cursor-line": "#2a3340",
        "input-background": "#232831",
        "scrollbar": "#39414e",
        "scrollbar-hover": "#4a5463",
        "scrollbar-active": "#8fb4d9",
        "scrollbar-background": "#15181d",
        "scrollbar-background-hover": "#15181d",
        "scrollbar-background-active": "#15181d",
        "scrollbar-corner-color": "#15181d",
        "input-cursor-background": "#d5d8de",
        "input-cursor-foreground": "#15181d",
        "input-selection-background": "#3c5470",
    },
)
LIGHT = Theme(
    name="vauchi-light",
    primary="#2f5f8f",
    secondary="#5a6b80",
    accent="#2f5f8f",
    success="#2f6f3f",
    warning="#8a5a00",
    error="#a82c2c",
    foreground="#23272e",
    background="#f7f6f3",
    surface="#efede8",
    panel="#e6e3dc",
    dark=False,
    variables={
        "muted": "#666b73",
        "cursor-line": "#dbe4ee",
        "input-background": "#e6e3dc",
        "scrollbar": "#c4c0b6",
        "scrollbar-hover": "#a9a498",
        "scrollbar-active": "#2f5f8f",
        "scrollbar-background": "#f7f6f3",
        "scrollbar-background-hover": "#f7f6f3",
        "scrollbar-background-active": "#f7f6f3",
        "scrollbar-corner-color": "#f7f6f3",
        "input-cursor-background": "#23272e",
        "input-cursor-foreground": "#f7f6f3",
        "input-selection-background": "#b9cde2",
    },
)
TERMINAL = Theme(
    name="vauchi-terminal",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "muted": "ansi_default",
        "cursor-line": "ansi_default",
        "input-background": "ansi_default",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
        "scrollbar": "ansi_bright_black",
        "scrollbar-hover": "ansi_bright_black",
        "scrollbar-active": "ansi_white",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "scrollbar-corner-color": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "reverse",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_bright_white",
        "screen-selection-background": "ansi_blue",
        "screen-selection-foreground": "ansi_bright_white",
    },
)
THEMES = (DARK, LIGHT, TERMINAL)
NAMES: Mapping[str, str] = {
    "vauchi-dark": "dark",
    "vauchi-light": "light",
    "vauchi-terminal": "the terminal's own sixteen colours",
}


def default_theme(color_system: str | None, no_color: bool) -> str:
    """The terminal's own colours where it has only sixteen, or where none are wanted."""
    few = color_system in (None, "standard", "windows")
    return TERMINAL.name if few or no_color else DARK.name
