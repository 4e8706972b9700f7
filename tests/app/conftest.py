"""What the tests of the viewer share: the sample market as it was published, and tiny published files made by hand."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
import streamlit as st

from app.main import PAGES
from ingestion.settings import PROJECT_ROOT, Settings

MAIN = str(PROJECT_ROOT / "app" / "main.py")
VIEWS = sorted(show.__module__.rpartition(".")[2] for shown in PAGES.values() for show in shown.values())

Tiny = Callable[..., Path]


def look_at(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Let the viewer read what `settings` name."""
    monkeypatch.setenv("MARKET_INTERNALS_DATA", str(settings.data))
    monkeypatch.setenv("MARKET_INTERNALS_MARKET", settings.market)


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest leaves its page behind as the main module, which every process that is started later would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch, sample_settings: Settings, published: Path) -> Path:
    """The published file of the sample market, which the viewer reads in this test."""
    look_at(monkeypatch, sample_settings)
    return published


@pytest.fixture
def sources_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the reader had opened the source of every panel: AppTest has no click for it."""
    monkeypatch.setattr(st, "expander", partial(st.expander, expanded=True))


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder without a published file."""
    look_at(monkeypatch, Settings(data=tmp_path, market="folder", folder=None))
    return tmp_path


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tiny:
    """Write a published file of three sessions and a few columns of breadth_daily, and let the viewer read it."""

    def write(built_at: datetime | None = None, market: str = "folder", last: str = "2024-12-27") -> Path:
        settings = Settings(data=tmp_path, market=market, folder=None)
        path = settings.published_path
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        built_at = built_at or datetime.now()
        day = datetime.fromisoformat(last)
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                """
                create schema marts;
                create table marts.publication (
                    market varchar, is_made_up boolean, as_of timestamp, last_session date, is_final boolean,
                    rule_version varchar, git_revision varchar, built_at timestamp, tests_passed integer
                );
                create table marts.breadth_daily (
                    session_date date, universe_id varchar, segment_id varchar, members integer, valid integer,
                    coverage double, is_clean boolean, null_reason varchar, advances integer, declines integer
                );
                """
            )
            connection.execute(
                "insert into marts.publication values (?, ?, ?, ?, true, 'r1', 'abc', ?, 7)",
                [market, market == "sample", built_at, day.date(), built_at],
            )
            for back in range(3):
                connection.execute(
                    "insert into marts.breadth_daily values (?, 'SP500', 'ALL', 500, 450, 0.9, false, null, 200, 250)",
                    [(day - timedelta(days=back)).date()],
                )
        look_at(monkeypatch, settings)
        return path

    return write
