"""Layer raw: what came in, kept byte for byte. One asset a feed, fed by its connector, its inbox and by hand."""

import json
import tempfile
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
from pydantic import Field

from orchestration.assets.common import OWNERS, PROBLEMS, table
from orchestration.errors import RefusedError
from orchestration.feeds.spec import Connector, Days, Feed, Skipped
from orchestration.io.archive import Archived, archive, refuse_too_large
from orchestration.io.fetched import Fetched
from orchestration.io.inbox import refused_link, settle, still_arriving, waiting
from orchestration.io.lake import Lake, RawBatch
from orchestration.io.payload import printable
from orchestration.resources.http import FetchError
from orchestration.settings import PROJECT_ROOT, Settings, get_settings

FETCHED = "everything_fetched"


class RawConfig(dg.Config):
    """What one run shall take in. The defaults are those of the nightly job."""

    files: list[str] = Field(default_factory=list[str])
    """Files given by hand, beside what lies in the inbox."""
    mapping: str | None = None
    """How to read those files, where a feed needs to be told."""
    edition: str | None = None
    """The edition of those files, where their names do not tell it."""
    again: bool = False
    """Land a payload again although a newer issue of it came since."""
    fetch: bool = True
    """Ask the feed's server."""
    sample: bool = False
    """Take in the synthetic sample."""


@dataclass
class Intake:
    """What one run took in of a feed."""

    new: list[Archived] = field(default_factory=list[Archived])
    known: list[Archived] = field(default_factory=list[Archived])
    shipped: list[Archived] = field(default_factory=list[Archived])
    """What comes with the project: kept like everything else, and no news."""
    skipped: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])

    def note(self, archived: Archived, *, is_shipped: bool = False) -> None:
        """Count a payload as new or known."""
        (self.shipped if is_shipped else self.new if archived.is_new else self.known).append(archived)


def raw_asset(feed: Feed) -> dg.AssetsDefinition:
    """The asset `raw/<feed>`."""

    @dg.asset(
        key=["raw", feed.name],
        group_name="raw",
        description=f"{feed.title} as received. {feed.publisher}, {feed.licence}; issued {feed.cadence}.",
        kinds={"file"},
        owners=OWNERS,
        metadata={"homepage": dg.MetadataValue.url(feed.homepage), "citation": feed.citation, "licence": feed.licence},
        check_specs=[
            dg.AssetCheckSpec(
                FETCHED, asset=["raw", feed.name], description="Nothing failed to be fetched or archived."
            )
        ],
        retry_policy=dg.RetryPolicy(max_retries=1, delay=20),
    )
    def raw(context: dg.AssetExecutionContext, config: RawConfig) -> dg.MaterializeResult:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        intake = take_in(feed, config, get_settings())
        for line in (*intake.skipped, *intake.problems):
            context.log.warning(f"{feed.name}: {line}")
        if feed.days:
            note_days(context, feed, [archived.batch for archived in (*intake.new, *intake.known)])
        return dg.MaterializeResult(
            metadata=_metadata(intake),
            check_results=[
                dg.AssetCheckResult(
                    check_name=FETCHED,
                    passed=not intake.problems,
                    metadata={"problems": dg.MetadataValue.md("\n".join(f"- {line}" for line in intake.problems))},
                )
            ],
        )

    return raw


def raw_days_asset(feed: Feed, days: Days) -> dg.AssetsDefinition:
    """The asset `raw/<feed>_days`: what the lake has of a feed that is delivered by the day, a partition a day.

    It stands beside `raw/<feed>` because a partitioned asset would ask for a day wherever it is launched: the nightly
    job could no longer be started by hand. Both call the same code and mark the same days; this one is left out of
    the nightly job.
    """
    key = days_key(feed)

    @dg.asset(
        key=key,
        partitions_def=dg.DailyPartitionsDefinition(start_date=days.first.isoformat(), timezone="UTC"),
        backfill_policy=dg.BackfillPolicy.single_run(),
        output_required=False,  # only the days that came are marked, not all that were asked for
        group_name="raw",
        description=(
            f"The days of {feed.title} in the lake. Choose a range to fetch what is missing of it; the next nightly "
            f"run lands and publishes it. `incidents backfill {feed.name} --from … --until …` fetches and lands."
        ),
        kinds={"file"},
        owners=OWNERS,
    )
    def raw_days(context: dg.AssetExecutionContext) -> Iterator[dg.Output[None]]:
        wanted = [date.fromisoformat(day) for day in context.partition_keys]
        settings = get_settings()
        intake = take_in_days(feed, days, wanted, settings)
        batches = Lake(settings.lake_dir).raw_batches(feed.name)
        note_days(context, feed, [batch for batch in batches if batch.manifest.edition in context.partition_keys])
        for line in intake.skipped:
            context.log.warning(f"{feed.name}: {line}")
        if intake.problems:
            raise dg.Failure(description=" | ".join(intake.problems), metadata=_metadata(intake), allow_retries=False)
        yield from ()

    return raw_days


def days_key(feed: Feed) -> dg.AssetKey:
    """The key of a feed's days."""
    return dg.AssetKey(["raw", f"{feed.name}_days"])


def note_days(context: dg.AssetExecutionContext, feed: Feed, batches: Iterable[RawBatch]) -> None:
    """Mark the days that these batches hold, whoever asked for them."""
    days = {batch.manifest.edition: batch.manifest for batch in batches if batch.manifest.origin == "download"}
    for day, manifest in days.items():
        metadata = {"files": len(manifest.files), "bytes": manifest.byte_count}
        context.log_event(dg.AssetMaterialization(days_key(feed), partition=day, metadata=metadata))


def take_in(feed: Feed, config: RawConfig, settings: Settings) -> Intake:
    """Archive everything that is there for a feed. A payload that fails costs nothing but itself."""
    intake = Intake()
    keep = _keeper(feed, settings, intake)
    for path in feed.shipped:
        keep(Fetched((PROJECT_ROOT / path,), "file", Path(path).name), is_shipped=True)
    for path in map(Path, config.files):
        files = (path, Path(config.mapping)) if config.mapping else with_companion(path, feed)
        keep(Fetched(files, "file", path.name, edition=config.edition), again=config.again)
    if config.sample:
        for fetched in sample_payloads(feed, settings):
            keep(fetched)
    for path in inbox_files(feed, settings):
        files = with_companion(path, feed)
        if arriving := still_arriving(files, settings.inbox_settle_seconds):
            intake.skipped.append(arriving)
            continue
        links = [file for file in files if file.is_symlink()]
        intake.problems.extend(str(refused_link(file)) for file in links)
        is_kept = not links and keep(Fetched(files, "file", path.name), may_link=True)
        for file in files:
            settle(file, is_kept=is_kept, reason=(intake.problems or [""])[-1])
    if config.fetch and feed.connector:
        for fetched in _fetched(feed.connector, settings, intake):
            keep(fetched)
    return intake


def take_in_days(feed: Feed, days: Days, wanted: Sequence[date], settings: Settings) -> Intake:
    """Archive what the lake lacks of some days of a feed, newest first."""
    intake = Intake()
    keep = _keeper(feed, settings, intake)

    def connector(settings: Settings, into: Path, now: datetime) -> Iterator[Fetched | Skipped]:
        return days.connector(settings, into, now, sorted(wanted, reverse=True))

    for fetched in _fetched(connector, settings, intake):
        keep(fetched)
    return intake


def _keeper(feed: Feed, settings: Settings, intake: Intake) -> Callable[..., bool]:
    """A function that archives a payload and notes what became of it; False where it was refused."""
    lake = Lake(settings.lake_dir)
    lake.prepare(feed.name, feed.contract)
    synthetic = sample_digests(settings)

    def keep(fetched: Fetched, *, again: bool = False, may_link: bool = False, is_shipped: bool = False) -> bool:
        try:
            refuse_too_large(fetched.files, fetched.source_name, settings.max_payload_bytes)
            fetched = feed.prepare(fetched) if feed.prepare else fetched
            archived = archive(
                fetched,
                feed,
                lake,
                sample_digests=synthetic,
                again=again,
                may_link=may_link,
                max_bytes=settings.max_payload_bytes,
            )
            intake.note(archived, is_shipped=is_shipped)
        except RefusedError as error:
            intake.problems.append(str(error))
            return False
        except OSError as error:
            intake.problems.append(f"{printable(fetched.source_name)} could not be archived: {error.strerror or error}")
            return False
        return True

    return keep


def _fetched(connector: Connector, settings: Settings, intake: Intake) -> Iterator[Fetched]:
    """What a feed's server gives; a failure ends this feed's night and is noted."""
    with _workspace(settings) as folder:
        try:
            for answer in connector(settings, folder, datetime.now(UTC)):
                if isinstance(answer, Skipped):
                    intake.skipped.append(answer.reason)
                else:
                    yield answer
        except (FetchError, RefusedError) as error:
            intake.problems.append(str(error))
        except Exception as error:
            # One feed's defect must not cost the others their night. The text may hold a secret: only its kind is told.
            where = traceback.extract_tb(error.__traceback__)[-1]
            intake.problems.append(
                f"fetching failed with {type(error).__name__} in {Path(where.filename).name}, line {where.lineno}: a "
                "defect of the warehouse; the other feeds go on. Way out: report it"
            )


@contextmanager
def _workspace(settings: Settings) -> Generator[Path]:
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.build_dir, prefix="fetch-") as folder:
        yield Path(folder)


def inbox_files(feed: Feed, settings: Settings) -> list[Path]:
    """The files that wait in a feed's inbox, by name; hidden ones are still being written."""
    files = waiting(settings.inbox_dir / feed.name)
    return [path for path in files if not (feed.companion and path.name.endswith(feed.companion))]


def with_companion(path: Path, feed: Feed) -> tuple[Path, ...]:
    """A payload, and the file beside it that tells how to read it, if there is one."""
    beside = path.with_name(f"{path.name}{feed.companion}")
    return (path, beside) if feed.companion and beside.is_file() else (path,)


def sample_digests(settings: Settings) -> frozenset[str]:
    """Digests of the shipped sample's payloads: wherever they come from, they are synthetic."""
    index = settings.sample_dir / "sample.json"
    if not index.exists():
        return frozenset()
    return frozenset(entry["sha256"] for entry in json.loads(index.read_text(encoding="utf-8"))["files"])


def sample_payloads(feed: Feed, settings: Settings) -> Iterator[Fetched]:
    """The shipped sample of a feed in the order in which it would have come."""
    index = json.loads((settings.sample_dir / "sample.json").read_text(encoding="utf-8"))
    for entry in index["files"]:
        if entry["feed"] == feed.name:
            path = settings.sample_dir / entry["file"]
            # A folder is one batch of all its files; a file may have another beside it that tells how to read it.
            files = tuple(sorted(path.iterdir())) if path.is_dir() else with_companion(path, feed)
            yield Fetched(files, "file", path.name, edition=entry["edition"])


def _metadata(intake: Intake) -> dict[str, dg.MetadataValue]:
    rows = [
        {
            "batch": archived.batch.batch_id,
            "source": archived.batch.manifest.source_name,
            "edition": archived.batch.manifest.edition or "",
            "bytes": archived.batch.manifest.byte_count,
            "state": "new" if archived.is_new else f"known{', replaced since' if archived.replaced_by else ''}",
        }
        for archived in (*intake.shipped, *intake.new, *intake.known)
    ]
    return {
        "new_batches": dg.MetadataValue.int(len(intake.new)),
        "known_payloads": dg.MetadataValue.int(len(intake.known)),
        "payloads": table(rows),
        "skipped": dg.MetadataValue.md("\n".join(f"- {line}" for line in intake.skipped) or "nothing"),
        PROBLEMS: dg.MetadataValue.json(intake.problems),
    }
