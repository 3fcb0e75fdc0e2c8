"""A mapping: which column of somebody's file is what. Read from YAML, and checked before the file is opened.

Every value in the YAML is taken as the text that stands there: no `no` becomes false and no `1.10` becomes 1.1. What a
mapping does to records lives in `mapped`; docs/incident_files.md explains its keys to those who write one.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from orchestration.errors import RefusedError
from schemas.incident_file import FIELDS

MOST_BYTES = 256 * 1024
"""A mapping that is larger is no mapping."""
DEEPEST = 20
DIRECTIVES = frozenset("YymdebBjHMS")
"""What a date's form may be made of; zones are left out, because a day has none."""
WITHOUT_EFFECT = "may_redistribute"
DOCS = "see docs/incident_files.md"


def _is_date_form(form: str) -> str:
    used = re.findall(r"%(.)", form.replace("%%", ""))
    if unknown := sorted(set(used) - DIRECTIVES):
        raise ValueError(
            f"{form!r} has %{unknown[0]}; known are {', '.join('%' + sign for sign in sorted(DIRECTIVES))}"
        )
    if not {"Y", "y"} & set(used):
        raise ValueError(f"{form!r} has no year; write it as %d/%m/%Y, for example")
    has_month, has_day = bool({"m", "b", "B"} & set(used)), bool({"d", "e"} & set(used))
    if has_day and not has_month:
        raise ValueError(f"{form!r} has a day without a month")
    return form


def _as_list(value: Any) -> Any:  # noqa: ANN401 - what YAML gives
    return [value] if isinstance(value, str) else value


DateForm = Annotated[str, AfterValidator(_is_date_form)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class Strict(BaseModel):
    """Keys that are not known are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a field comes from: one column, or the same constant in every record."""

    column: Text | None = Field(default=None, description="The name of the file's column, or its HXL tag.")
    constant: Text | None = Field(default=None, description="The same value for every record.")
    formats: Annotated[tuple[DateForm, ...], BeforeValidator(_as_list)] = Field(
        default=(), description="For dates: their forms, the first that fits is taken. ISO if left out."
    )
    values: dict[str, str] = Field(
        default_factory=dict[str, str], description="What the file says: what it means here."
    )
    unknown: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(
        default=(), description="What the file writes for `not known`."
    )

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either `column` or `constant`")
        return self


class Identity(Strict):
    """Where an event's id comes from: one column, or a digest of the columns that say which event it is."""

    column: Text | None = None
    digest_of: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.column is None) == (not self.digest_of):
            raise ValueError("give either `column` or `digest_of`")
        return self

    @field_validator("digest_of")
    @classmethod
    def _are_fields(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in FIELDS:
                raise ValueError(f"{name!r} is not a field; known are {', '.join(FIELDS)}")
        return value


def _as_source(value: Any) -> Any:  # noqa: ANN401 - what YAML gives
    return {"column": value} if isinstance(value, str) else value


class Mapping(Strict):
    """What a file's columns mean, whose they are, and under which terms.

    Attributes:
        provider: part of every id, so that two providers never share one.
        columns: by field; left out where HXL tags say it.
    """

    provider: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    title: Text | None = None
    licence: Text = "not stated: no redistribution"
    citation: Text | None = None
    id: Annotated[Identity | None, BeforeValidator(_as_source)] = None
    columns: dict[str, Annotated[Source, BeforeValidator(_as_source)]] = Field(default_factory=dict[str, Source])

    @field_validator("columns")
    @classmethod
    def _are_fields(cls, value: dict[str, Source]) -> dict[str, Source]:
        for name, source in value.items():
            if name == "id":
                raise ValueError("`id` stands beside `columns`, not in it")
            if name not in FIELDS:
                raise ValueError(f"{name!r} is not a field; known are {', '.join(FIELDS)}")
            if source.formats and name not in {"date", "date_end"}:
                raise ValueError(f"{name!r} is no date: `formats` belongs to `date` and `date_end`")
        return value

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if self.columns and "date" not in self.columns:
            raise ValueError("`columns` lacks `date`: an event without a date cannot be counted")
        if self.columns and self.id is None:
            raise ValueError("`id` is missing: name the column of ids, or the fields whose digest makes one")
        if self.columns and not self.source_columns:
            raise ValueError("`columns` names no column of the file: every field is a constant")
        if self.id and self.columns:
            for name in self.id.digest_of:
                if name not in self.columns:
                    raise ValueError(f"`id` is made of {name!r}, which `columns` lacks")
        return self

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The file's columns that are read, each once."""
        named = [source.column for source in self.columns.values() if source.column]
        return tuple(dict.fromkeys([*([self.id.column] if self.id and self.id.column else []), *named]))


def read_mapping(path: Path, *, is_archived: bool = False) -> Mapping:
    """Read and check a mapping; an archived one may have the key that says nothing any more.

    Raises:
        RefusedError: it is no YAML, or a key of it is wrong; the message names the key.
    """
    if path.stat().st_size > MOST_BYTES:
        raise _refused(path.name, f"it has {path.stat().st_size:,} bytes", f"a mapping of at most {MOST_BYTES:,} bytes")
    try:
        content = _loaded(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        what = " ".join(str(error).split())[:200] or type(error).__name__
        raise _refused(path.name, f"it cannot be read as YAML ({what})", "YAML in UTF-8") from error
    if not isinstance(content, dict):
        raise _refused(path.name, "it is not a list of keys with values", "keys such as `provider:` and `columns:`")
    if WITHOUT_EFFECT in content and not is_archived:
        raise _refused(
            path.name,
            "this key has no effect: a release holds the rows of incident files for all of them or for none, and the "
            "operator sets which (INCIDENTS_MAY_PUBLISH=incident_file)",
            "the terms of the file in words, as `licence`",
            place=f"key {WITHOUT_EFFECT}",
        )
    content.pop(WITHOUT_EFFECT, None)
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part != "function-before") or "the mapping as a whole"
        message = first["msg"].removeprefix("Value error, ")
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise _refused(path.name, f"{message}{more}", _rule_of(first["type"]), place=f"key {key}") from error


def _rule_of(kind: str) -> str:
    return {
        "extra_forbidden": f"one of the keys {', '.join(Mapping.model_fields)}",
        "string_pattern_mismatch": "small letters, digits and _, such as `mali_ngo_forum`",
        "missing": "a key that is there",
    }.get(kind, "a mapping as documented")


def _refused(source: str, problem: str, rule: str, place: str | None = None) -> RefusedError:
    return RefusedError(source=source, problem=problem, rule=rule, way_out=f"correct it: {DOCS}", place=place)


def _loaded(text: str) -> Any:  # noqa: ANN401
    """Texts, lists and dictionaries; no aliases, which can make a small text large, and no key twice."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"line {event.start_mark.line + 1}: write the value instead of an alias")  # noqa: TRY004
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError(f"line {event.start_mark.line + 1}: it is nested too deeply")
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return _plain(node) if node else None


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401
    if isinstance(node, yaml.MappingNode):
        content: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in content:
                raise ValueError(f"line {key.start_mark.line + 1}: the key {name!r} stands there twice")
            content[name] = _plain(value)
        return content
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    return str(node.value)
