"""Attacks on a table of text, whatever feed it belongs to."""

import csv
import io
import re
from dataclasses import replace

from orchestration.io.delimited import BLOCK_BYTES
from tests.corpus.attack import Attack
from tests.corpus.bases import SOUND_COUNT, Base

MEBIBYTE = 1024**2
SQL = "Robert'); DROP TABLE fct_reports;-- \" or 1=1"
FORMULA = "=cmd|' /C calc'!A0"


def lines(base: Base) -> list[bytes]:
    return base.table().splitlines(keepends=True)


def with_line(base: Base, line: bytes) -> bytes:
    """A sound table with one more line before its last record."""
    return b"".join([*lines(base)[:-1], line + b"\n", lines(base)[-1]])


def in_all_texts(text: str):
    return lambda base: base.with_last(**dict.fromkeys(base.texts, text))


def wrapped(base: Base, *, is_repeated: bool) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    for line in base.table().decode().splitlines():
        writer.writerow([line, *([line] if is_repeated else []), "", "", ""])
    return out.getvalue().encode()


def swallowing(base: Base) -> bytes:
    """A quote too many in the same field of two records: they become one with the right number of fields."""
    plain = [{name: re.sub('[",]', " ", text) for name, text in record.items()} for record in base.records()]
    table = base.table([{**record, base.text: f"MARK{n}"} for n, record in enumerate(plain)])
    return table.replace(b"MARK3", b'"MARK3').replace(b"MARK4", b'MARK4"')


def with_raw_text(base: Base, raw: bytes) -> bytes:
    """A sound table with raw bytes in the text of the last record, not quoted."""
    return base.with_last(**{base.text: "MARK"}).replace(b"MARK", raw)


def shifted_within(base: Base) -> bytes:
    records = base.rows(base.records())
    return base.written([*records[:-1], [*records[-1][1:], records[-1][0]]])


def extra_column(base: Base, name: str) -> bytes:
    rows = base.rows(base.records())
    tags = len(base.above)
    above = ([*row, ""] for row in rows[1 : 1 + tags])
    return base.written([[*rows[0], name], *above, *([*row, "x"] for row in rows[1 + tags :])])


def has_header(base: Base) -> bool:
    return base.has_header


def is_comma(base: Base) -> bool:
    return base.delimiter == ","


NO_DATA = (
    Attack("empty", lambda _: b"", "refused", "the file is empty"),
    Attack("blank_lines", lambda _: b"\n\r\n \t\n", "refused", "the file is empty"),
    Attack("html", lambda _: b"<!DOCTYPE html><title>Log in</title>", "refused", "web page"),
    Attack("html_after_a_mark", lambda _: b"\xef\xbb\xbf\n <html><body>502", "refused", "web page"),
    Attack(
        "lfs_pointer",
        lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "refused",
        "Git LFS pointer",
    ),
    Attack("utf16", lambda base: base.table().decode().encode("utf-16"), "refused", "UTF-16"),
    Attack("utf16_without_mark", lambda base: base.table().decode().encode("utf-16-be"), "refused", "binary"),
    Attack("png", lambda _: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64), "refused", "binary"),
    Attack("parquet", lambda _: b"PAR1\x15\x04\x15\x00" + bytes(64) + b"PAR1", "refused", "binary"),
    Attack("pdf", lambda _: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\n", "refused", "Way out"),
    Attack("json", lambda _: b'{"error": "rate limit", "data": []}', "refused", "no column name is known|missing"),
    Attack("one_quote", lambda _: b'"', "refused", "Way out"),
    Attack("prose", lambda _: b"Dear user,\nyour export is ready.\n", "refused", "no column name is known|missing"),
    Attack("billion_laughs", lambda _: b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "a">]><l>&a;</l>', "refused", ""),
)

FORM = (
    Attack("sound", lambda base: base.table(), "landed"),
    Attack("byte_order_mark", lambda base: b"\xef\xbb\xbf" + base.table(), "landed"),
    Attack("two_marks", lambda base: b"\xef\xbb\xbf" * 2 + base.table(), "refused", "missing", applies=has_header),
    Attack("crlf", lambda base: base.table().replace(b"\n", b"\r\n"), "landed"),
    Attack("cr_only", lambda base: base.table().replace(b"\n", b"\r"), "landed"),
    Attack("no_last_line_end", lambda base: base.table().rstrip(b"\n"), "landed"),
    Attack("blank_lines_between", lambda base: base.table().replace(b"\n", b"\n\n\n"), "landed"),
    Attack("semicolons", lambda base: replace(base, delimiter=";").table(), "landed", applies=is_comma),
    Attack("header_only", lambda base: lines(base)[0], "refused", "a header and no record", applies=has_header),
    Attack(
        "column_missing",
        lambda base: base.table().replace(base.count.encode(), b"unheard_of", 1),
        "refused",
        "columns are missing",
        applies=has_header,
    ),
    Attack("column_twice", lambda base: extra_column(base, base.id), "refused", "stand twice", applies=has_header),
    Attack("column_unknown", lambda base: extra_column(base, "new\x1b[31m\u202e"), "landed", applies=has_header),
    Attack(
        "columns_without_end",
        lambda base: extra_column(base, base.delimiter.join(f"c{n}" for n in range(100_000))).replace(b'"', b""),
        "refused",
        "columns",
        applies=has_header,
    ),
    Attack(
        "one_column_without_end",
        lambda base: extra_column(base, base.delimiter.join([base.id] * 100_000)).replace(b'"', b""),
        "refused",
        "stand twice",
        applies=has_header,
    ),
    Attack(
        "whole_line_quoting",
        lambda base: wrapped(base, is_repeated=False),
        "refused",
        "inside one pair of quotes",
        applies=is_comma,
    ),
    Attack(
        "whole_line_quoting_twice",
        lambda base: wrapped(base, is_repeated=True),
        "refused",
        "incidents repair",
        applies=is_comma,
    ),
    Attack(
        "header_inside",
        lambda base: with_line(base, lines(base)[0].rstrip(b"\n")),
        "quarantined",
        "is_",
        applies=has_header,
    ),
    Attack(
        "field_too_many",
        lambda base: with_line(base, lines(base)[-1][:-1] + f"{base.delimiter}x".encode()),
        "quarantined",
        "fields",
    ),
    Attack("fields_too_few", lambda base: with_line(base, lines(base)[-1][:60]), "quarantined", "has_every_column"),
    Attack("prose_inside", lambda base: with_line(base, b"-- page 2 of 3 --"), "quarantined", "has_every_column"),
    Attack("columns_shifted", shifted_within, "quarantined", "is_"),
    Attack(
        "cut_in_a_record", lambda base: base.table()[:-40], "quarantined", "has_every_column|record_is_whole", cuts=True
    ),
    Attack(
        "cut_in_a_quote",
        lambda base: base.with_last(**{base.text: "MARK,"}).split(b"RK,")[0],
        "quarantined",
        "record_is_whole",
        cuts=True,
    ),
)

QUOTES = (
    Attack(
        "unclosed_quote_first",
        lambda base: base.table().replace(b"\n", b'\n"', 1),
        "refused",
        "never closed|one pair of quotes",
    ),
    Attack(
        "unclosed_quote_last", lambda base: with_raw_text(base, b'"camp'), "quarantined", "record_is_whole", cuts=True
    ),
    Attack("record_in_a_field", swallowing, "quarantined", "holds_no_other_record"),
    Attack("quotes_inside_a_field", lambda base: with_raw_text(base, b'the "old" camp'), "landed"),
    Attack("line_ends_in_a_field", in_all_texts("one\r\ntwo\n\nthree\rfour"), "landed"),
)

ENCODINGS = (
    Attack("latin1_in_one_record", lambda base: with_raw_text(base, "Ségou".encode("latin-1")), "refused", "not UTF-8"),
    Attack("macroman_in_one_record", lambda base: with_raw_text(base, b"S\x8egou"), "refused", "not UTF-8"),
    Attack(
        "cut_in_a_character",
        lambda base: base.table().rstrip(b"\n") + b"\xc3",
        "quarantined",
        "record_is_whole",
        cuts=True,
    ),
    Attack("overlong", lambda base: with_raw_text(base, b"..\xc0\xaf"), "refused", "not UTF-8"),
    Attack("lone_surrogate", lambda base: with_raw_text(base, b"\xed\xa0\x80"), "refused", "not UTF-8"),
    Attack("nul_in_a_text", lambda base: with_raw_text(base, b"at the\x00camp"), "quarantined", "text_without_nul"),
    Attack(
        "nul_in_a_number",
        lambda base: base.with_last(**{base.count: "MARK"}).replace(b"MARK", b"3\x00"),
        "quarantined",
        "is_",
    ),
    Attack("emoji_and_arabic", in_all_texts("🇲🇱 مالي e\u0301 \U0001f9d1\u200d\U0001f680"), "landed"),
    Attack(
        "direction_override", in_all_texts("\u202egnp.tropeR\u202c"), "landed", warned="text_without_direction_signs"
    ),
    Attack("terminal_escapes", in_all_texts("\x1b[2J\x1b]0;x\x07"), "landed", warned="text_without_control_signs"),
    Attack("c1_controls", in_all_texts("S\u0082gou \u009b31m"), "landed", warned="text_without_control_signs"),
    Attack(
        "unseen_sign_in_the_id",
        lambda base: base.with_last(**{base.id: f"{base.records()[0][base.id]}\u200b"}),
        "quarantined",
        "is_big_integer|key_without_unseen_signs",
    ),
)

SIZES = (
    Attack(
        "field_of_10_mb_first", lambda base: base.table([base.record(1, **{base.text: "x" * 10_000_000})]), "landed"
    ),
    Attack("field_of_10_mb_last", lambda base: base.with_last(**{base.text: "y, " * 3_333_333}), "landed"),
    Attack(
        "field_longer_than_a_block",
        lambda base: base.with_last(**{base.text: "x" * (BLOCK_BYTES + MEBIBYTE)}),
        "refused",
        "no record longer than",
    ),
    Attack("million_blank_lines", lambda base: base.table() + b"\n" * 1_000_000, "landed"),
)


def value(name: str, column: str, given: str, says: str) -> Attack:
    """One value that no record may have, in a column that each feed calls by a name of its own."""
    return Attack(name, lambda base: base.with_last(**{getattr(base, column): given}), "quarantined", says)


VALUES = (
    Attack(
        "one_id_two_contents",
        lambda base: base.table([*base.records(), base.record(3, **{base.text: "somewhere else"})]),
        "quarantined",
        "id_unique",
        bad=2,
    ),
    Attack("the_same_record_twice", lambda base: base.table([*base.records(), base.record(3)]), "landed"),
    value("id_empty", "id", "", "is_required"),
    value("number_out_of_range", "count", "99999999999999999999", "is_"),
    value("number_negative", "count", "-5", "not_negative|_in_|_plausible"),
    value("number_implausible", "count", "1999999999", "plausible"),
    value("number_in_words", "count", "many", "is_"),
    value("nan", "latitude", "NaN", "is_number"),
    value("inf", "longitude", "-Infinity", "is_number"),
    value("latitude_beyond_the_pole", "latitude", "95.5", "latitude"),
    value("longitude_beyond_the_world", "longitude", "1e300", "longitude"),
    Attack(
        "coordinates_zero",
        lambda base: base.with_last(**{base.latitude: "0", base.longitude: "0.0"}),
        "quarantined",
        "coordinates_not_zero",
    ),
    Attack(
        "coordinates_swapped_out_of_range",
        lambda base: base.with_last(**{base.latitude: "144.2", base.longitude: "-4.2"}),
        "quarantined",
        "latitude",
    ),
    value("date_before_1900", "date", "1899-12-31", "starts_in|in_.*period|before|year_plausible"),
    value("date_of_the_year_25", "date", "0025-03-01", "starts_in|in_.*period|before|is_date|year_plausible"),
    value("date_after_tomorrow", "date", "2199-01-01", "told|after_tomorrow|year_plausible"),
    value("date_that_is_none", "date", "2022-02-30", "is_date"),
    Attack("sql", in_all_texts(SQL), "landed"),
    Attack("formulas", in_all_texts(FORMULA), "landed"),
    Attack("paths", in_all_texts("../../../../etc/passwd\\..\\x"), "landed"),
    Attack("markup", in_all_texts("<script>alert(1)</script>{{ env_var('X') }}{% raw %}"), "landed"),
    Attack(
        "formula_in_every_column",
        lambda base: base.with_last(**dict.fromkeys(base.columns, FORMULA)),
        "quarantined",
        "is_",
    ),
    Attack(
        "everything_broken",
        lambda base: base.table([{**record, base.count: "x"} for record in base.records()]),
        "quarantined",
        "is_",
        bad=SOUND_COUNT,
    ),
)

SWAPPED = Attack(
    "coordinates_swapped_in_range",
    lambda base: base.with_last(
        **{base.latitude: base.record(1)[base.longitude], base.longitude: base.record(1)[base.latitude]}
    ),
    "landed",
)
"""That nobody can know from one record, unless a cell or a country code goes with it: see `Base.swapped`."""

TEXT_ATTACKS = (*NO_DATA, *FORM, *QUOTES, *ENCODINGS, *SIZES, *VALUES, SWAPPED)
