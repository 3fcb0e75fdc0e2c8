"""The synthetic sample feeds: an invented world, the vintages in which feeds tell of it, their dirt, and the truth.

`world` invents events (with `geography`, `actors` and `kinds`); `vintages` decides which file tells which of them, and
when; `dirt` spoils records as real files are spoilt; `files` writes the formats; `truth` says what a warehouse must
find. Places are real, everything that happens in them is made up, and every record says so.
"""
