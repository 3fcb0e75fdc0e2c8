"""What a release says of itself, in `manifest.json`, and which releases there are."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestration.audit import AuditReport
from orchestration.release.content import Mart
from orchestration.release.errors import ReleaseError
from orchestration.release.files import file_sha256

DATABASE = "warehouse.duckdb"
MANIFEST = "manifest.json"


class ReleasedFile(BaseModel):
    """A file of a release.

    Attributes:
        path: below the release's folder, with `/`.
        sha256: of its bytes.
        byte_count: its size.
        first_release_id: the release that wrote it; later ones that hold the same rows share the file.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    sha256: str
    byte_count: int
    first_release_id: str


class AuditVerdict(BaseModel):
    """What the audit said before the release went out."""

    model_config = ConfigDict(frozen=True)

    headline: str
    compared_with: str | None
    expectation_count: int
    warnings: tuple[str, ...]
    accepted: tuple[str, ...]

    @classmethod
    def of(cls, report: AuditReport) -> "AuditVerdict":
        """The verdict of a report."""
        return cls(
            headline=report.headline,
            compared_with=report.compared_with,
            expectation_count=len(report.results),
            warnings=tuple(str(warning) for warning in report.warnings),
            accepted=tuple(warning.name for warning in report.warnings if warning.is_accepted),
        )


class Manifest(BaseModel):
    """All that a release says of itself.

    Attributes:
        release_id: its name; later releases sort after earlier ones.
        created_at: UTC.
        code_version: of the code that built it.
        content_digest: over all rows of all marts; equal digests, equal content.
        documentation_digest: over all comments.
        digest_method: how rows were digested.
        contains_synthetic_data: whether invented rows take part.
        previous_release_id: the release before it.
        withheld_feeds: feeds whose rows may not leave the house, and did not.
        batches: the input batches, as `fct_feed_batches` has them.
        licences: under which the feeds came.
        citations: that the feeds ask for.
        audit: the verdict.
        marts: row counts and digests of each mart, year by year where it is kept so.
        files: every file of the release but this one.
    """

    model_config = ConfigDict(frozen=True)

    release_id: str
    created_at: datetime
    code_version: str
    content_digest: str
    documentation_digest: str
    digest_method: str
    contains_synthetic_data: bool
    previous_release_id: str | None
    withheld_feeds: tuple[str, ...]
    batches: tuple[dict[str, Any], ...]
    licences: tuple[str, ...]
    citations: tuple[str, ...]
    audit: AuditVerdict
    marts: tuple[Mart, ...]
    files: tuple[ReleasedFile, ...]

    @property
    def row_counts(self) -> dict[str, int]:
        """Rows by mart."""
        return {mart.name: mart.row_count for mart in self.marts}

    def mart(self, name: str) -> Mart | None:
        """A mart by name."""
        return next((mart for mart in self.marts if mart.name == name), None)

    def file(self, path: str) -> ReleasedFile | None:
        """A file by its path."""
        return next((file for file in self.files if file.path == path), None)


class Release(BaseModel):
    """A complete release on the disk.

    Attributes:
        path: its folder.
        manifest: what it says of itself.
        is_unchanged: whether a publication found nothing new and left this one in place.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    manifest: Manifest
    is_unchanged: bool = False

    @property
    def release_id(self) -> str:
        """Its name."""
        return self.manifest.release_id

    @property
    def database_sha256(self) -> str | None:
        """The digest of its DuckDB file, as it was when it went out."""
        file = self.manifest.file(DATABASE)
        return file.sha256 if file else None

    @property
    def database(self) -> Path:
        """Its own DuckDB file. Readers open the one in `data/published`, which is always the current release's."""
        return self.path / DATABASE


def releases_dir(published_dir: Path) -> Path:
    """Where the releases lie."""
    return published_dir / "releases"


def read_release(folder: Path) -> Release:
    """Read a release from its folder.

    Raises:
        ReleaseError: if its manifest cannot be read.
    """
    manifest = folder / MANIFEST
    try:
        return Release(path=folder, manifest=Manifest.model_validate_json(manifest.read_bytes()))
    except ValidationError as error:
        first = error.errors()[0]
        raise ReleaseError(
            f"{manifest}: this is not a release's manifest; at {first['loc']}: {first['msg']}."
            " Way out: restore the file, or move the folder away."
        ) from error


def list_releases(published_dir: Path) -> tuple[Release, ...]:
    """The complete releases, oldest first. Folders without a manifest are none."""
    manifests = sorted(releases_dir(published_dir).glob(f"[!.]*/{MANIFEST}"))
    return tuple(sorted((read_release(file.parent) for file in manifests), key=lambda release: release.release_id))


def current_release(published_dir: Path) -> Release | None:
    """The release that readers of `data/published/warehouse.duckdb` get; None before the first."""
    published = published_dir / DATABASE
    if not published.is_file():
        return None
    releases = list_releases(published_dir)
    for release in reversed(releases):
        if release.database.is_file() and published.samefile(release.database):
            return release
    # Where links cannot be made, it is a copy.
    digest = file_sha256(published)
    return next((release for release in releases if release.database_sha256 == digest), None)
