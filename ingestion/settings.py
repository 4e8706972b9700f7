"""The only reader of the environment: where data lives, which market, request rates, addresses of the sources."""

import os
import re
from collections.abc import MutableMapping
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import parse_stream
from platformdirs import user_data_path
from pydantic import ByteSize, Field, SecretStr, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

#: The folder of the code: a checkout, or the site-packages that the wheel is installed in.
PROJECT_ROOT = Path(__file__).resolve().parent.parent
IN_CHECKOUT = (PROJECT_ROOT / "pyproject.toml").is_file()
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds" / "universe"

#: The folder of data/ and .env: the checkout or, of an installed wheel, the platform's for this user's data, such as
#: ~/.local/share/market-internals.
USER_FOLDER = PROJECT_ROOT if IN_CHECKOUT else user_data_path("market-internals", appauthor=False)

#: The host of Yahoo that serves bars. While yahoo_url is this, yfinance talks to Yahoo as it always does.
YAHOO = "https://query2.finance.yahoo.com"

#: The contact in the user agent of every request but Yahoo's, where the user gives none of their own.
PROJECT_ADDRESS = "https://github.com/market-internals/market-internals"

MARKETS = ("sample", "folder", "live")
ENGINES = ("duckdb", "spark")

#: Memory of Python and dbt beside DuckDB in a build, and the least that DuckDB gets; bytes.
PYTHON_AND_DBT, LEAST = 480 * 10**6, 512 * 10**6


#: What the name of every environment variable and of every line of .env that is ours begins with.
PREFIX = "MARKET_INTERNALS_"

#: The least that a memory_limit may be, bytes: below it DuckDB cannot sort the windows of one name.
LEAST_LIMIT = 256 * 10**6


#: One address of `notify`: a command, which has blanks of its own, is all that comes after sh:, any other has none.
_ANY_ADDRESS = re.compile(r"(?<!\S)sh:.*|\S+", re.DOTALL)

#: What each of them must look like.
_ADDRESS = re.compile(r"sh:\s*\S|[A-Za-z][\w+.-]*://\S")


class BadEnvironment(Exception):
    """A variable of the environment or a line of .env that cannot be what its writer meant."""


class Settings(BaseSettings):
    """Every setting, each overridable by an environment variable MARKET_INTERNALS_<NAME> or a line in .env."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=USER_FOLDER / ".env",
        env_ignore_empty=True,
        extra="ignore",
        # a value may be an address with a password in it
        hide_input_in_errors=True,
    )

    data: Path = Field(USER_FOLDER / "data", description="folder that holds one folder a market")
    market: str = Field("sample", description="sample, folder, live")
    folder: Path | None = Field(None, description="directory read by the folder market")
    mine: Path | None = Field(None, description="folder of your own events, universes, …; by default mine/ in data")
    sample_seed: int = Field(20241227, description="seed of the made-up market")
    memory_limit: str = Field("2GB", description="memory a run may take, e.g. 1GB; more goes to disk")
    threads: int = Field(2, ge=1, description="threads DuckDB may use")
    engine: str = Field("duckdb", description="what builds the models: duckdb, or spark (extra `cluster`, and Java)")
    spark_master: str = Field("local[2]", description="address of Spark's master; local[n] is n cores of this machine")
    spark_select: str = Field("", description="name_grain: Spark builds what has a row a name, DuckDB all else")

    notify: SecretStr | None = Field(
        None, description="addresses of apprise, separated by blanks; a shell command after sh: comes last"
    )
    notify_states: str = Field("", description="states that are reported too, by state_id, separated by commas")

    requests_per_second: float = Field(2.0, gt=0, description="rate limit: requests per second and host")
    timeout_seconds: float = Field(20.0, gt=0, description="how long to wait for an answer to begin or to continue")
    answer_seconds: float = Field(120.0, gt=0, description="how long a whole answer may take, however it comes")
    attempts: int = Field(5, ge=1, description="how often a request is tried before it counts as unanswered")
    backoff_seconds: float = Field(2.0, ge=0, description="wait before the second attempt; doubles, with jitter")
    longest_wait_seconds: float = Field(120.0, ge=0, description="a host that asks for a longer wait is left alone")
    yahoo_seconds: float = Field(3600.0, gt=0, description="how long the requests to Yahoo may take in one run")
    contact: str = Field(PROJECT_ADDRESS, description="your e-mail or web address, in the user agent of every request")
    fred_key: SecretStr | None = Field(None, description="key of FRED's own API, used in place of its CSV; optional")

    yahoo_url: str = Field(YAHOO, description="where Yahoo's hosts answer; another address stands for all of them")
    cboe_url: str = Field("https://cdn.cboe.com/api/global/us_indices/daily_prices", description="Cboe's index files")
    fred_url: str = Field("https://fred.stlouisfed.org/graph/fredgraph.csv", description="FRED's series as CSV")
    fred_api_url: str = Field(
        "https://api.stlouisfed.org/fred/series/observations", description="FRED's own API, requested with fred_key"
    )
    cftc_url: str = Field("https://www.cftc.gov", description="the CFTC's reports")
    wikipedia_url: str = Field(
        "https://en.wikipedia.org/wiki/List_of_S%26P_500_companies", description="members of the S&P 500 and changes"
    )
    ishares_url: str = Field(
        "https://www.blackrock.com/varnish-api/blk-one01-product-data/product-data/api/v1/get-fund-document"
        "?appType=PRODUCT_PAGE&appSubType=ISHARES&targetSite=us-ishares&locale=en_US&portfolioId=239726"
        "&userType=individual&component=holdings",
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
        try:
            size = _bytes(value) if "%" not in value else None
        except ValidationError:
            size = None
        if size is None:
            raise ValueError(f"{value!r} is not a size such as 2GB or 512MB")
        if size < LEAST_LIMIT:
            raise ValueError(f"{value} is too little; a run needs 256MB at least")
        return value

    @field_validator("notify")
    @classmethod
    def _are_addresses(cls, value: SecretStr | None) -> SecretStr | None:
        for number, address in enumerate(_addresses(value), start=1):
            if not _ADDRESS.match(address):
                raise ValueError(f"address {number} is no SERVICE://… as apprise knows it, nor sh:COMMAND")
        return value

    @property
    def notify_addresses(self) -> tuple[str, ...]:
        """The addresses of `notify`; each may contain a password."""
        return _addresses(self.notify)

    @property
    def notify_chosen(self) -> tuple[str, ...]:
        """The states of `notify_states`."""
        return tuple(name.strip() for name in self.notify_states.split(",") if name.strip())

    @field_validator("contact")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        value = value.strip()
        if not re.fullmatch(r"(?:https?://[!-'*-~]+|[!-'*-~]+@[!-'*-~]+)", value):
            raise ValueError(f"{value!r} is no e-mail or web address")
        return value

    @field_validator("fred_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        key = value.get_secret_value().strip() if value else ""
        if value and not re.fullmatch(r"[0-9a-z]{32}", key):
            raise ValueError("a key of FRED is 32 lower-case letters and digits")
        return SecretStr(key) if value else None

    @property
    def engine_memory(self) -> str:
        """What DuckDB may take of memory_limit: what the process leaves, 512 MB at least or all of a smaller limit."""
        limit = _bytes(self.memory_limit)
        return f"{max(limit - PYTHON_AND_DBT, min(limit, LEAST)) // 10**6}MB"

    @field_validator("engine")
    @classmethod
    def _is_an_engine(cls, value: str) -> str:
        if value not in ENGINES:
            raise ValueError(f"there is no engine {value!r}; there are {', '.join(ENGINES)}")
        return value

    @field_validator("spark_select")
    @classmethod
    def _is_a_half(cls, value: str) -> str:
        if value not in ("", "name_grain"):
            raise ValueError(f"Spark can build all or name_grain, not {value!r}")
        return value

    @property
    def spark_memory(self) -> int:
        """Bytes of the Java process that drives Spark: all of memory_limit, 2 GB at least."""
        return max(_bytes(self.memory_limit), 2 * 10**9)

    @property
    def spark_folder(self) -> Path:
        """Where what Spark is given and what it makes lies; every machine of a cluster must see it at this place."""
        return self.market_folder / "spark"

    @property
    def market_folder(self) -> Path:
        """Folder of this market: made-up and real data never share a file."""
        return self.data.expanduser().resolve() / self.market

    @property
    def mine_folder(self) -> Path:
        """Folder of the user's own events, claims, universes and the like, the same for every market."""
        return (self.mine or self.data / "mine").expanduser().resolve()

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


def check_environment(
    environment: MutableMapping[str, str] = os.environ, env_file: Path = USER_FOLDER / ".env"
) -> None:
    """Remove dbt's own variables, which dbt would obey in place of this project's files, and check the names of ours.

    Raises BadEnvironment for a name that is no setting, since a misspelt one would leave the setting as it was and
    nobody would hear of it, and for a line of .env that sets nothing.
    """
    for name in [name for name in environment if name.startswith("DBT_")]:
        del environment[name]
    names = [name for name in environment if name.startswith(PREFIX)]
    try:
        with env_file.open(encoding="utf-8") as lines:
            for binding in parse_stream(lines):
                if binding.error:
                    line, text = binding.original.line, binding.original.string.strip()
                    found = re.split("=|://", text)[0][:60]  # a value may be a password
                    raise BadEnvironment(f"{env_file.name}, line {line}: expected NAME=value, found {found!r}")
                names += [binding.key] if binding.key and binding.key.startswith(PREFIX) else []
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        raise BadEnvironment(f"{env_file.name} cannot be read: {error}") from error
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    for name in names:
        if name.upper() not in known:
            nearest = get_close_matches(name.upper(), known, n=1, cutoff=0.0)[0]
            raise BadEnvironment(f"there is no setting {name}; the nearest name is {nearest}")


def _bytes(size: str) -> int:
    return TypeAdapter(ByteSize).validate_python(size)


def _addresses(notify: SecretStr | None) -> tuple[str, ...]:
    text = notify.get_secret_value() if notify else ""
    return tuple(found.group() for found in _ANY_ADDRESS.finditer(text))
