"""The feeds. A module here that defines `FEED` is a feed: nothing else needs to know of it."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from orchestration.feeds.spec import Feed


@cache
def all_feeds() -> dict[str, Feed]:
    """Every feed by its name, in the order of their names."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    feeds = (module.FEED for module in modules if hasattr(module, "FEED"))
    return {feed.name: feed for feed in sorted(feeds, key=lambda feed: feed.name)}
