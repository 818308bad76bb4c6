from __future__ import annotations

import itertools

import pytest

from seglib import methods
from seglib.report import palette


def test_eight_hues_at_most() -> None:
    assert len(palette.COLOURS) <= 8


def test_any_two_colours_differ_in_grey() -> None:
    light = sorted(palette.lightness(colour) for colour in palette.COLOURS.values())
    assert min(b - a for a, b in itertools.pairwise(light)) >= 7


def test_the_ramp_darkens_evenly_enough_to_be_read() -> None:
    light = [palette.lightness(colour) for colour in palette.RAMP]
    assert all(before - after >= 8 for before, after in itertools.pairwise(light))


@pytest.mark.parametrize("colour", [*palette.COLOURS.values(), *palette.RAMP])
def test_text_on_a_colour_reads(colour: str) -> None:
    assert palette.contrast(palette.ink_on(colour), colour) >= 4


def test_contrast_and_lightness_are_the_published_ones() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert palette.lightness("#777777") == pytest.approx(50.03, abs=0.05)


@pytest.mark.parametrize("method", methods.names())
def test_every_class_has_a_colour_of_the_palette(method: str) -> None:
    words = methods.words(method)
    assert {words.colour(key) for key in words.class_keys()} <= set(palette.COLOURS)


def test_a_token_nobody_knows_is_drawn_as_middle() -> None:
    assert palette.colour("strange") == palette.COLOURS["middle"]
