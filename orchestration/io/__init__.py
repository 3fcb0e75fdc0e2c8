"""Bytes and files: the lake, archives, parsers, atomic writes. No Dagster and no feed is named here."""
