"""Pages that must belong together, whoever sends them: asking anew when they do not, and going on where a night ended.

Lives here: what two APIs share. Does not: what a page is, or how its API counts (`ucdp.py`, `acled.py`).
"""

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from orchestration.io.atomic import write_text
from orchestration.resources.http import FetchError

logger = logging.getLogger(__name__)

ATTEMPTS = 3
KEPT_FOR = timedelta(days=3)
Result = TypeVar("Result")


class InconsistentPagesError(FetchError):
    """The pages do not belong together: the data changed meanwhile, or a page was short. All of them are void.

    Attributes:
        page_size: what to ask for instead, where the answer shows that the server gives no more.
    """

    def __init__(self, message: str, page_size: int | None = None) -> None:
        """Keep the page size that may help."""
        super().__init__(message)
        self.page_size = page_size


def begun_anew(fetch: Callable[[int | None], Result]) -> Result:
    """Fetch all pages; when they do not belong together, fetch all of them again, up to `ATTEMPTS` times.

    Args:
        fetch: is given the page size that the attempt before has shown to be the server's, if it has.
    """
    page_size: int | None = None
    story = ""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return fetch(page_size)
        except InconsistentPagesError as problem:
            story, page_size = str(problem), problem.page_size or page_size
        logger.warning("%s; attempt %d of %d at all pages", story, attempt, ATTEMPTS)
    raise FetchError(f"{story} (given up after {ATTEMPTS} attempts at all pages)")


@contextmanager
def own_directory(name: str, into: Path) -> Generator[Path]:
    """Give a fresh directory; a fetch that fails leaves nothing behind."""
    into.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=into))
    try:
        yield directory
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


@dataclass(frozen=True)
class KeptPages:
    """The pages of an answer that was cut off, kept until the rest of it has come.

    Attributes:
        folder: where they lie; it holds nothing else.
        request: what they answer; pages of another request are no use.
        now: the time; pages older than `KEPT_FOR` are not gone on with.
    """

    folder: Path
    request: dict[str, Any]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def path(self, number: int) -> Path:
        """Where a page lies, or shall lie; the first one is number 1."""
        return self.folder / f"page-{number:05}.json"

    def resume(self) -> int:
        """How many pages are there to go on with.

        The last one is given up: asked for again, it shows that the source still says what it said.
        """
        note = self.folder / "request.json"
        if self._is_usable(note):
            count = 0
            while self.path(count + 1).exists():
                count += 1
            self.path(count).unlink(missing_ok=True)
            return max(0, count - 1)
        self.clear()
        self.folder.mkdir(parents=True)
        write_text(note, json.dumps({"request": self.request, "begun_at": self.now().isoformat()}))
        return 0

    def clear(self) -> None:
        """Forget the pages."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def hand_over(self, directory: Path) -> tuple[Path, ...]:
        """Move all pages to where they are taken from, and forget them here."""
        pages = sorted(self.folder.glob("page-*.json"))
        moved = tuple(Path(shutil.move(page, directory / page.name)) for page in pages)
        self.clear()
        return moved

    def _is_usable(self, note: Path) -> bool:
        try:
            kept = json.loads(note.read_bytes())
            begun_at = datetime.fromisoformat(kept["begun_at"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return kept["request"] == self.request and self.now() - begun_at < KEPT_FOR
