"""One palette for all reports: eight hues named by what a class is, told apart in grey as well."""

from __future__ import annotations

#: Token -> colour. The lightness differs by at least 7 of 100 between any two, so that a grey print keeps them apart.
COLOURS = {
    "top": "#0b2f5e",
    "lost": "#8e2f35",
    "good": "#2468ad",
    "growing": "#27877c",
    "middle": "#9287b8",
    "slipping": "#e6943c",
    "new": "#9fc96f",
    "outside": "#dcdcd6",
}
INK = "#1c2530"
MUTED = "#55606e"
RULE = "#c9ced6"
PAPER = "#ffffff"
ACCENT = "#0b4f8a"
#: From light to dark, for heat-maps: lightness falls evenly.
RAMP = ("#f3f6fa", "#c9dbec", "#8fb6d9", "#4f8bc0", "#1f5f9e", "#0b2f5e")


def colour(token: str) -> str:
    """The colour of a token; an unknown token is drawn as ``middle``."""
    return COLOURS.get(token, COLOURS["middle"])


def lightness(hex_colour: str) -> float:
    """CIE lightness L* of a colour, 0 (black) to 100 (white)."""
    luminance = relative_luminance(hex_colour)
    return 903.3 * luminance if luminance <= 0.008856 else 116 * luminance ** (1 / 3) - 16


def relative_luminance(hex_colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it, 0 to 1."""
    channels = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as WCAG 2.1 defines it, 1 to 21."""
    lighter, darker = sorted((relative_luminance(one), relative_luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(background: str) -> str:
    """Dark or white text, whichever reads better on ``background``."""
    return INK if contrast(INK, background) >= contrast(PAPER, background) else PAPER
