"""The only reader of the environment: where data lives, which market, how politely to ask, and where sources answer."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds" / "universe"

MARKETS = ("sample", "folder")


class Settings(BaseSettings):
    """Every setting, each overridable by an environment variable MARKET_INTERNALS_<NAME> or a line in .env."""

    model_config = SettingsConfigDict(env_prefix="MARKET_INTERNALS_", env_file=PROJECT_ROOT / ".env", extra="ignore")

    data: Path = Field(PROJECT_ROOT / "data", description="folder that holds one folder a market")
    market: str = Field("sample", description="sample, folder")
    folder: Path | None = Field(None, description="directory read by the folder market")
    sample_seed: int = Field(20241227, description="seed of the made-up market")
    memory_limit: str = Field("2GB", description="memory DuckDB may take, e.g. 1GB")
    threads: int = Field(2, ge=1, description="threads DuckDB may use")

    @property
    def market_folder(self) -> Path:
        """Folder of this market: made-up and real data never share a file."""
        return self.data.expanduser().resolve() / self.market

    @property
    def warehouse_path(self) -> Path:
        """The working database: raw, staging, intermediate and the marts before they are audited."""
        return self.market_folder / "warehouse.duckdb"

    @property
    def published_path(self) -> Path:
        """The audited file that the app and SQL users read."""
        return self.market_folder / "market_internals.duckdb"

    def as_of_path(self, as_of: str) -> Path:
        """The published form of what was known on an earlier day; never the published file itself."""
        return self.market_folder / "as_of" / f"{as_of}.duckdb"
