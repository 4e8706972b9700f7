"""The only reader of the environment: where data lives, which market, request rates, addresses of the sources."""

from pathlib import Path

from pydantic import ByteSize, Field, TypeAdapter, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds" / "universe"

#: The host of Yahoo that serves bars. While yahoo_url is this, yfinance talks to Yahoo as it always does.
YAHOO = "https://query2.finance.yahoo.com"

MARKETS = ("sample", "folder", "live")

#: Memory of Python and dbt beside DuckDB in a build, and the least that DuckDB gets; bytes.
PYTHON_AND_DBT, LEAST = 480 * 10**6, 512 * 10**6


class Settings(BaseSettings):
    """Every setting, each overridable by an environment variable MARKET_INTERNALS_<NAME> or a line in .env."""

    model_config = SettingsConfigDict(env_prefix="MARKET_INTERNALS_", env_file=PROJECT_ROOT / ".env", extra="ignore")

    data: Path = Field(PROJECT_ROOT / "data", description="folder that holds one folder a market")
    market: str = Field("sample", description="sample, folder, live")
    folder: Path | None = Field(None, description="directory read by the folder market")
    sample_seed: int = Field(20241227, description="seed of the made-up market")
    memory_limit: str = Field("2GB", description="memory a run may take, e.g. 1GB; more goes to disk")
    threads: int = Field(2, ge=1, description="threads DuckDB may use")

    requests_per_second: float = Field(2.0, gt=0, description="rate limit: requests per second and host")
    timeout_seconds: float = Field(20.0, gt=0, description="how long to wait for an answer to begin or to continue")
    attempts: int = Field(5, ge=1, description="how often a request is tried before it counts as unanswered")
    backoff_seconds: float = Field(2.0, ge=0, description="wait before the second attempt; doubles, with jitter")
    longest_wait_seconds: float = Field(120.0, ge=0, description="a host that asks for a longer wait is left alone")

    yahoo_url: str = Field(YAHOO, description="where Yahoo's hosts answer; another address stands for all of them")
    cboe_url: str = Field("https://cdn.cboe.com/api/global/us_indices/daily_prices", description="Cboe's index files")
    fred_url: str = Field("https://fred.stlouisfed.org/graph/fredgraph.csv", description="FRED's series as CSV")
    cftc_url: str = Field("https://www.cftc.gov", description="the CFTC's reports")
    wikipedia_url: str = Field(
        "https://en.wikipedia.org/wiki/List_of_S%26P_500_companies", description="members of the S&P 500 and changes"
    )
    ishares_url: str = Field(
        "https://www.ishares.com/us/products/239726/ishares-core-sp-500-etf/1467271812596.ajax"
        "?fileType=csv&fileName=IVV_holdings&dataType=fund",
        description="holdings of the ETF IVV as CSV",
    )
    spdr_url: str = Field(
        "https://www.ssga.com/us/en/intermediary/library-content/products/fund-data/etfs/us/"
        "holdings-daily-us-en-spy.xlsx",
        description="holdings of the ETF SPY as XLSX, requested when IVV's do not come",
    )

    @field_validator("memory_limit")
    @classmethod
    def _is_a_size(cls, value: str) -> str:
        _bytes(value)
        return value

    @property
    def engine_memory(self) -> str:
        """What DuckDB may take of memory_limit: what the process leaves, 512 MB at least or all of a smaller limit."""
        limit = _bytes(self.memory_limit)
        return f"{max(limit - PYTHON_AND_DBT, min(limit, LEAST)) // 10**6}MB"

    @property
    def market_folder(self) -> Path:
        """Folder of this market: made-up and real data never share a file."""
        return self.data.expanduser().resolve() / self.market

    @property
    def warehouse_path(self) -> Path:
        """The working database: raw, staging, intermediate and the marts before they are audited."""
        return self.market_folder / "warehouse.duckdb"

    @property
    def backup_path(self) -> Path:
        """The copy of the working database that the last published run saved."""
        return self.market_folder / "warehouse.kept.duckdb"

    @property
    def published_path(self) -> Path:
        """The audited file that the app and SQL users read."""
        return self.market_folder / "market_internals.duckdb"

    @property
    def docs_path(self) -> Path:
        """The documentation of every table and column of the build, as one HTML file."""
        return self.market_folder / "docs.html"

    def as_of_path(self, as_of: str) -> Path:
        """The published form of what was known on an earlier day; never the published file itself."""
        return self.market_folder / "as_of" / f"{as_of}.duckdb"


def _bytes(size: str) -> int:
    return TypeAdapter(ByteSize).validate_python(size)
