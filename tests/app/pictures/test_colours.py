"""Colours that stand for different things in one picture are told apart, with red-green blindness too."""

from itertools import combinations

import numpy as np
import pytest

from app.pictures import colours
from app.views import volatility

#: The eye without one kind of cone, on linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}

#: The least distance in CIELAB (1976) at which two patches side by side are plainly two colours.
PLAINLY = 9.0

SETS = {
    name: sorted(set(getattr(colours, name).values()))
    for name in ("STATES", "DRIVERS", "NEWS", "SHOCKS", "STAGES", "QUADRANTS", "RISKS", "CURVES", "FINDINGS")
} | {"the family of the VIX": sorted({colour for colour, _ in volatility.FAMILY.values()})}


def lab(colour: str, eye: np.ndarray) -> np.ndarray:
    """CIELAB (D65) of a hexadecimal colour as an eye sees it."""
    shares = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        eye @ linear, 0, 1
    )
    relative = xyz / np.array([0.9505, 1, 1.089])
    root = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", SETS)
def test_colours_of_one_picture_are_told_apart(name: str, eye: str) -> None:
    near = {
        (one, other): distance
        for one, other in combinations(SETS[name], 2)
        if (distance := np.linalg.norm(lab(one, EYES[eye]) - lab(other, EYES[eye]))) < PLAINLY
    }
    assert near == {}


def test_a_blue_and_a_purple_are_one_colour_to_some() -> None:
    eye = EYES["protanopia"]
    assert np.linalg.norm(lab("#2f7fc1", eye) - lab("#9a6bb8", eye)) < PLAINLY, "what was taken for two colours before"
