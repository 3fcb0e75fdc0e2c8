"""HXL, the Humanitarian Exchange Language: a row of tags such as `#date+occurred` that says what each column is.

Source: hxlstandard.org, core schema 1.1; the attributes of an affected person's fate are those in common use.
"""

import re
from collections.abc import Sequence

from orchestration.errors import RefusedError
from orchestration.io.mapping import Identity, Mapping, Source

ROWS_LOOKED_AT = 25
"""The standard lets the row of tags stand below 24 rows of headers at most."""
TAG = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)

TAGS: tuple[tuple[str, frozenset[str], str], ...] = tuple(
    (tag, frozenset(attributes.split()), field)
    for tag, attributes, field in (
        ("#event", "id", "id"),
        ("#incident", "id", "id"),
        ("#meta", "id", "id"),
        ("#date", "", "date"),
        ("#date", "occurred", "date"),
        ("#date", "start", "date"),
        ("#date", "end", "date_end"),
        ("#event", "", "source_event_type"),
        ("#event", "type", "source_event_type"),
        ("#cause", "", "source_event_type"),
        ("#actor", "", "side_a"),
        ("#actor", "perpetrator", "side_a"),
        ("#org", "perpetrator", "side_a"),
        ("#actor", "target", "side_b"),
        ("#actor", "victim", "side_b"),
        ("#event", "target", "target_types"),
        ("#event", "weapon", "weapon_types"),
        ("#description", "", "headline"),
        ("#event", "description", "headline"),
        ("#meta", "source", "source"),
        ("#source", "", "source"),
        ("#country", "code", "country"),
        ("#country", "", "country_name"),
        ("#country", "name", "country_name"),
        ("#adm1", "", "admin1"),
        ("#adm1", "name", "admin1"),
        ("#adm1", "code", "admin1_code"),
        ("#adm2", "", "admin2"),
        ("#adm2", "name", "admin2"),
        ("#adm2", "code", "admin2_code"),
        ("#loc", "", "place"),
        ("#loc", "name", "place"),
        ("#loc", "description", "place_description"),
        ("#geo", "lat", "latitude"),
        ("#geo", "lon", "longitude"),
        ("#affected", "killed", "fatalities"),
        ("#affected", "killed min", "fatalities_low"),
        ("#affected", "killed max", "fatalities_high"),
        ("#affected", "killed civilians", "fatalities_civilians"),
        ("#affected", "injured", "wounded"),
        ("#affected", "wounded", "wounded"),
    )
)
"""The tags that are read, with the field that they fill. An attribute that is not listed with its tag makes it another
one (`#date+reported`, `#affected+killed+f`), but for attributes of language and form."""

PASSED_OVER = frozenset({"text", "num", "en", "fr", "es", "ar", "pt", "v_pcode", "pcode", "iso3", "total", "all"})
PCODE = frozenset({"pcode", "v_pcode"})


def is_tag_row(values: Sequence[str | None]) -> bool:
    """Is it a row of tags: nothing but tags, and more than one?"""
    filled = [value.strip() for value in values if value and value.strip()]
    return len(filled) > 1 and all(TAG.fullmatch(value) for value in filled)


def field_of(tag: str) -> str | None:
    """The field that a tag fills, or None."""
    name, *attributes = (part.strip().lower() for part in tag.split("+"))
    found = frozenset(attributes)
    plain = (found - PASSED_OVER) | ({"code"} if found & PCODE else frozenset())
    return next((field for each, needed, field in TAGS if each == name and needed == plain), None)


def mapping_of(tags: Sequence[str | None], provider: Mapping, source: str) -> Mapping:
    """The mapping that a row of tags amounts to.

    Raises:
        RefusedError: no tag for the date, or two columns for one field.
    """
    fields: dict[str, str] = {}
    for tag in (value.strip() for value in tags if value and value.strip()):
        field = field_of(tag)
        if field and field in fields:
            raise _refused(source, f"two columns fill `{field}`: {fields[field]} and {tag}")
        if field:
            fields[field] = tag
    if "date" not in fields:
        raise _refused(source, "no column is tagged as the date of the event (#date+occurred)")
    given = fields.pop("id", None)
    columns = {field: Source(column=tag) for field, tag in fields.items()}
    identity = Identity(column=given) if given else Identity(digest_of=identifying(columns))
    return provider.model_copy(update={"columns": columns, "id": provider.id or identity})


def identifying(columns: dict[str, Source]) -> tuple[str, ...]:
    """The fields of a file that say which event a record is about."""
    from schemas.incident_file import IDENTITY

    return tuple(field for field in IDENTITY if field in columns)


def _refused(source: str, problem: str) -> RefusedError:
    return RefusedError(
        source=source,
        problem=problem,
        rule="HXL tags of which each says another thing, the date among them",
        way_out="correct the tags, or give a mapping: see docs/incident_files.md",
        place="the row of HXL tags",
    )
