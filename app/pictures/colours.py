"""Every colour of the product: one meaning per colour, safe for colour-blind readers on light and dark backgrounds.

Mid-tones with a contrast of at least 3:1 against both backgrounds; red and green are never opposites.
"""

BLUE, ORANGE, TEAL, PLUM, RED, GREY = "#2f7fc1", "#d9731a", "#2d966e", "#a8487e", "#c8454e", "#858b94"
LIGHT_BLUE, LIGHT_ORANGE, NAVY, BROWN = "#7db4de", "#eaa864", "#3a5fb0", "#a3521a"
# grounds that white text can be read on
DARK_BLUE, DARK_ORANGE = "#1f5f99", "#a3521a"
LIGHT_NAVY, LIGHT_BROWN = "#8f90d0", "#c98a5b"
UP, DOWN, NEUTRAL, REFERENCE = BLUE, ORANGE, GREY, "#9aa0a8"
#: Text of a picture, with a contrast of more than 4.5:1 against its ground, which no colour has against both.
INK = {"light": "#4a5058", "dark": "#b7bdc6"}
PALE = "#c3c7cd"  # the state in which nothing is unusual

STATES = {
    "extreme_low": ORANGE,
    "low_bouncing": LIGHT_ORANGE,
    "low_failed": BROWN,
    "low_unresolved": LIGHT_BROWN,
    "neutral": PALE,
    "extreme_high": BLUE,
    "high_fading": LIGHT_BLUE,
    "high_failed": NAVY,
    "high_unresolved": LIGHT_NAVY,
    "floor": BLUE,
    "calm": LIGHT_BLUE,
    "normal": PALE,
    "elevated": LIGHT_ORANGE,
    "stressed": ORANGE,
    "blowout": RED,
    "leading": BLUE,
    "leading_slowing": LIGHT_BLUE,
    "lagging_improving": LIGHT_ORANGE,
    "lagging": ORANGE,
}

DRIVERS = {
    "rates": BLUE, "credit": ORANGE, "dollar": TEAL, "macro_residual": GREY,
    "mega_cap": BLUE, "small_cap": ORANGE, "cyclical": TEAL, "volatility": PLUM, "inside_residual": GREY,
}  # fmt: skip
NEWS = {"news_discount": PLUM, "news_growth": TEAL}
SHOCKS = {
    "discount_rate": ORANGE, "growth_scare": PLUM, "easing": TEAL, "growth": BLUE, "mixed": "#b4b9c0",
}  # fmt: skip
STAGES = {"none": PALE, "stress": LIGHT_ORANGE, "washout": ORANGE, "capitulated": RED, "confirmed": BLUE}
QUADRANTS = {"goldilocks": BLUE, "reflation": TEAL, "stagflation": ORANGE, "deflation": PLUM}
RISKS = {"calm": PALE, "fragile": LIGHT_ORANGE, "stress": RED}
CURVES = {
    "bull_steepening": BLUE, "bull_flattening": LIGHT_BLUE, "bear_steepening": ORANGE,
    "bear_flattening": LIGHT_ORANGE, "unchanged": PALE,
}  # fmt: skip
FINDINGS = {"supported": BLUE, "partly": LIGHT_BLUE, "not_supported": ORANGE, "insufficient_data": GREY}
