"""A pytest plugin that lets tests read markets which are already built (-p tests.prebuilt --prebuilt DATA).

DATA is a data folder as a run leaves it, and may hold that of the adversarial market in a folder of that name. Tests
of a market that is not in it are left out, and those that build a copy of one again unless --prebuilt-rebuild is given;
--prebuilt-small names the data folder of the small market, on which a test of macros compiles.
"""

from pathlib import Path
from types import SimpleNamespace

import pytest

from ingestion.settings import Settings

#: Fixture -> its market and what it returns: the settings, the published file, or nothing that a test of marts reads.
PREBUILT = {
    "sample_settings": ("sample", "settings"),
    "sample_market": ("sample", "nothing"),
    "sample_run": ("sample", "nothing"),
    "published": ("sample", "file"),
    "real_market": ("folder", "nothing"),
    "folder_settings": ("folder", "settings"),
    "folder_built": ("folder", "file"),
    "adversarial_built": ("adversarial", "build"),
}

MARKETS = ("sample", "folder", "adversarial")

#: The fixture of the small market, of which only the settings are there.
SMALL = "small_built"

#: Fixtures of tests that copy a market and build it again.
REBUILDING = {"corrected", "sample_copy", "tmp_path"}

_NONE = SimpleNamespace(params={})


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of this plugin."""
    parser.addoption("--prebuilt", type=Path, required=True, help="data folder with built markets")
    parser.addoption("--prebuilt-small", type=Path, help="data folder with the built small market")
    parser.addoption("--prebuilt-rebuild", action="store_true", help="run tests that build a copy of a market again")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of a market that is not there, and those that build."""
    markets = {market for market in MARKETS if _settings(config, market).published_path.exists()}
    left_out = set() if config.getoption("--prebuilt-rebuild") else REBUILDING
    items[:] = [item for item in items if not left_out & set(item.fixturenames) and _markets(item) <= markets]


def _markets(item: pytest.Item) -> set[str]:
    """The markets that a test reads, from its fixtures and its parameters."""
    named = {*item.fixturenames, *(str(value) for value in getattr(item, "callspec", _NONE).params.values())}
    return {market for market in MARKETS if any(name.startswith(market) for name in named)}


def _settings(config: pytest.Config, market: str) -> Settings:
    data = config.getoption("--prebuilt")
    if market == "adversarial":
        return Settings(data=data / market, market="folder", folder=None)
    return Settings(data=data, market=market, folder=None)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef, request: pytest.FixtureRequest) -> object | None:
    """The built market in place of a fixture that would build it; None leaves a fixture as it is."""
    small = request.config.getoption("--prebuilt-small")
    if fixturedef.argname == SMALL and small:
        built = SimpleNamespace(settings=Settings(data=small, market="folder", folder=None))
        fixturedef.cached_result = (built, fixturedef.cache_key(request), None)
        return built
    if fixturedef.argname not in PREBUILT:
        return None
    market, kind = PREBUILT[fixturedef.argname]
    settings = _settings(request.config, market)
    build = SimpleNamespace(settings=settings)
    value = {"settings": settings, "file": settings.published_path, "build": build, "nothing": kind}[kind]
    fixturedef.cached_result = (value, fixturedef.cache_key(request), None)
    return value
