"""Paths and environment, validated once. Secrets are read here and nowhere else, and never printed."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orchestration.io.payload import Bounds

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What an operator may set, as `INCIDENTS_<NAME>` in the environment or in `.env` beside the project.

    `UCDP_ACCESS_TOKEN`, `ACLED_USERNAME` and `ACLED_PASSWORD` keep the names under which their own users know them.
    """

    model_config = SettingsConfigDict(
        env_prefix="INCIDENTS_", env_file=PROJECT_ROOT / ".env", extra="ignore", populate_by_name=True
    )

    data_dir: Path = Field(default=PROJECT_ROOT / "data", description="Where everything that the job writes lives.")
    dbt_project_dir: Path = Field(
        default=PROJECT_ROOT / "dbt_project", description="The dbt project, with the seed of overrides in it."
    )
    synthetic: Literal["auto", "include", "exclude"] = Field(
        default="auto",
        description="Do synthetic batches take part? auto: only while the lake holds no real batch.",
    )
    counted_id_space: str = Field(
        default="ucdp",
        pattern=r"[a-z_]+",
        description="Whose batches say which days are covered, and whose reports tell the history of the figures.",
    )
    gdelt_makes_incidents: bool = Field(
        default=False,
        description="May a record of GDELT be an incident by itself? It is weak evidence: one attack makes many.",
    )
    threads: int = Field(default=2, ge=1, le=64, description="Threads of DuckDB and dbt.")
    memory_limit: str = Field(default="1500MB", description="DuckDB's memory limit, in the build and in the release.")
    max_payload_bytes: int = Field(
        default=20 * 1024**3, gt=0, description="Uncompressed bytes above which a payload is refused."
    )
    max_compression_ratio: int = Field(
        default=200, gt=1, description="Uncompressed to compressed bytes above which an archive is refused."
    )
    max_archive_members: int = Field(
        default=1000, gt=0, description="Members above which an archive is refused before it is looked into."
    )
    max_boundary_bytes: int = Field(
        default=64 * 1024**2,
        gt=0,
        description="Uncompressed bytes above which a file of administrative areas is refused; it is parsed whole.",
    )
    max_columns: int = Field(default=5000, gt=0, description="Columns above which a table is refused.")
    max_cells: int = Field(
        default=40_000_000, gt=0, description="Cells of a workbook's sheet, filled or not, above which it is refused."
    )
    max_document_bytes: int = Field(
        default=128 * 1024**2, gt=0, description="Bytes above which a document that is parsed whole is refused."
    )
    keep_releases: int = Field(default=30, ge=1, description="How many releases stay in data/published/releases.")
    may_publish: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description=(
            "Feeds whose licence forbids to pass on their rows, and which you may publish all the same because "
            "only people with rights to them read your releases: names, with commas, such as acled,gtd."
        ),
    )
    ucdp_access_token: SecretStr | None = Field(default=None, validation_alias="UCDP_ACCESS_TOKEN")
    ucdp_source: Literal["api", "download", "off"] = Field(
        default="api",
        description="Where UCDP data come from each night: `api` needs UCDP_ACCESS_TOKEN, `download` does not.",
    )
    ucdp_api_url: str = "https://ucdpapi.pcr.uu.se/api"
    ucdp_download_url: str = "https://ucdp.uu.se/downloads"
    ucdp_page_size: int = Field(default=1000, ge=1, le=10_000)
    ucdp_daily_requests: int = Field(default=5000, ge=1)
    ucdp_ged_version: str = Field(default="25.1", description="The yearly release that the nightly job asks for.")
    gdelt_source: Literal["on", "off"] = Field(
        default="off", description="GDELT is open, but big and weak evidence: each night asks for it only when `on`."
    )
    gdelt_url: str = "http://data.gdeltproject.org/gdeltv2"
    gdelt_countries: str = Field(
        default="ML,UV,NG",
        description="FIPS codes of the countries whose events land, or `all`; the rest stays in raw.",
    )
    gdelt_roots: str = Field(
        default="18,19,20", description="CAMEO root codes of the events that land, or `all`; the rest stays in raw."
    )
    gdelt_from_date: date | None = Field(
        default=None, description="The first day that nights ask for; the last seven days where it is not set."
    )
    gdelt_days_per_night: int = Field(default=31, ge=1, description="The most days that one night fetches.")

    @field_validator("gdelt_countries", "gdelt_roots")
    @classmethod
    def _is_list_of_codes(cls, value: str, info: ValidationInfo) -> str:
        codes = sorted({code.strip().upper() for code in value.split(",") if code.strip()})
        if codes == ["ALL"]:
            return "all"
        form, example = (r"\d\d", "18,19,20") if info.field_name == "gdelt_roots" else ("[A-Z]{2}", "ML,UV,NG")
        if not codes or not all(re.fullmatch(form, code) for code in codes):
            raise ValueError(f"write codes with commas between them, such as {example}, or all")
        return ",".join(codes)

    acled_username: SecretStr | None = Field(default=None, validation_alias="ACLED_USERNAME")
    acled_password: SecretStr | None = Field(default=None, validation_alias="ACLED_PASSWORD")
    acled_api_url: str = "https://acleddata.com/api"
    acled_token_url: str = "https://acleddata.com/oauth/token"  # noqa: S105 - an address
    acled_client_id: str = "acled"
    acled_countries: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("Mali", "Burkina Faso", "Niger"),
        min_length=1,
        description="The countries to fetch, by ACLED's names, separated by commas.",
    )
    acled_from_date: date = Field(default=date(1997, 1, 1), description="The first day of the history to fetch.")
    acled_embargo_days: int = Field(
        default=0, ge=0, description="How many of the latest days the account may not see; they are not asked for."
    )
    acled_page_size: int = Field(default=5000, ge=1, le=5000)
    acled_daily_requests: int = Field(default=1000, ge=1)
    acled_overlap_days: int = Field(
        default=7, ge=0, description="Changes are asked for from this long before the newest one that is known."
    )
    acled_refetch_days: int = Field(
        default=7, ge=1, description="After how many days the running year is fetched whole again."
    )
    acled_sweep_windows: int = Field(
        default=3, ge=0, description="How many years of a country are compared, id by id, each night."
    )

    @field_validator("memory_limit")
    @classmethod
    def _is_size(cls, value: str) -> str:
        if not re.fullmatch(r"\d+(\.\d+)?\s*[KMGT]i?B", value):
            raise ValueError("write a number and a unit, such as 1500MB or 2GB")
        return value

    @field_validator("may_publish", "acled_countries", mode="before")
    @classmethod
    def _is_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("data_dir", "dbt_project_dir")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def bounds(self) -> Bounds:
        """What a payload may cost."""
        return Bounds(
            max_bytes=self.max_payload_bytes,
            max_ratio=self.max_compression_ratio,
            max_members=self.max_archive_members,
            max_columns=self.max_columns,
            max_cells=self.max_cells,
            max_document_bytes=self.max_document_bytes,
        )

    @property
    def lake_dir(self) -> Path:
        """Raw, landing, quarantine and the batch records."""
        return self.data_dir / "lake"

    @property
    def inbox_dir(self) -> Path:
        """Files dropped into `inbox/<feed>/` are picked up by the inbox sensor."""
        return self.data_dir / "inbox"

    @property
    def build_dir(self) -> Path:
        """Everything that can be made again: the build file, dbt's target, the audit's pages."""
        return self.data_dir / "build"

    @property
    def build_file(self) -> Path:
        """The DuckDB file that dbt writes. Nobody reads it but the job."""
        return self.build_dir / "warehouse.duckdb"

    @property
    def weak_id_spaces(self) -> tuple[str, ...]:
        """Whose reports take no part in linking and are no incidents by themselves."""
        return () if self.gdelt_makes_incidents else ("gdelt",)

    @property
    def published_dir(self) -> Path:
        """What readers read."""
        return self.data_dir / "published"

    @property
    def state_dir(self) -> Path:
        """Small state that is kept across runs: request budgets, digests."""
        return self.data_dir / "state"

    @property
    def sample_dir(self) -> Path:
        """The synthetic feeds shipped with the project."""
        return PROJECT_ROOT / "data" / "sample"


@cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
