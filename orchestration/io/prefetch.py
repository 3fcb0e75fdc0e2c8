"""Read ahead by one: the next item is made in a thread while the present one is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


def prefetched(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the same items in the same order, at most one of them made in advance."""
    source = iter(items)
    with ThreadPoolExecutor(max_workers=1) as pool:
        upcoming = pool.submit(next, source, _END)
        while (item := upcoming.result()) is not _END:
            upcoming = pool.submit(next, source, _END)
            yield item  # pyright: ignore[reportReturnType] - the sentinel never gets here
