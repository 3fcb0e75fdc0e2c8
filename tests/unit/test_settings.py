"""What an operator may set, and what it does."""

import pytest

from orchestration.assets.audit import withheld_feeds
from orchestration.feeds import all_feeds
from orchestration.settings import Settings


def test_rows_that_may_not_be_passed_on_stay_in_the_house_unless_the_operator_says_so(monkeypatch: pytest.MonkeyPatch):
    closed = [feed.name for feed in all_feeds().values() if not feed.may_redistribute]
    monkeypatch.delenv("INCIDENTS_MAY_PUBLISH", raising=False)
    assert withheld_feeds(Settings()) == closed
    monkeypatch.setenv("INCIDENTS_MAY_PUBLISH", " , ".join(closed[1:]))
    assert withheld_feeds(Settings()) == closed[:1]


def test_list_of_feeds_is_read_with_commas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INCIDENTS_MAY_PUBLISH", "acled, gtd,")
    assert Settings().may_publish == ("acled", "gtd")
