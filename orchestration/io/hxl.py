"""The Humanitarian Exchange Language: a row of tags below the header says what the columns mean.

Here a row of tags is told from a record. What a tag means is the business of a feed that reads tables by their tags.
"""

import re
from collections.abc import Iterable

TAG = re.compile(r"#[a-z]\w*(?:\s*\+\s*\w+)*", re.IGNORECASE)
"""Such as `#date+occurred`."""


def is_tag_row(values: Iterable[str | None]) -> bool:
    """Has every filled cell a tag, and is there one?"""
    filled = [value.strip() for value in values if value and value.strip()]
    return bool(filled) and all(TAG.fullmatch(value) for value in filled)
