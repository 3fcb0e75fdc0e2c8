"""Tables in a text: with pipes, Markdown, tabs, aligned columns, box drawing, or HTML. What cells mean is not asked.

An article comes from anywhere: it is bounded before it is looked at, and nothing in it is followed or run.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import groupby

MAX_TABLES = 100
MAX_ROWS = 1000
MAX_COLUMNS = 60
MAX_STACKED = 8
"""So many names of columns, at most, where a table stands one cell below the other."""
LONGEST_LINE = 2000
"""A longer line is a paragraph, and no row of a table."""

_RULE = re.compile(r"[\s|+:=\-–—_─━═┼╪╬├┤┬┴┌┐└┘╔╗╚╝╠╣╦╩╟╢]*")
_PIPE = re.compile(r"(?<!\\)\|")
_GAP = re.compile(r" {2,}|\t")
_SPACED = re.compile(r" *(?:19|20)[0-9]{2}[*†‡]?(?: (?:[>≥~<] ?)?[-−+]?[0-9][0-9.,]*(?:\+| ?%)?| [-–—])+ *")
"""A row whose columns were lost when it was copied: a year, and figures with single spaces between them."""
_STACKED_YEAR = re.compile(r"(?:19|20)[0-9]{2} ?[*†‡]?(?: ?\([^()]{1,30}\))?")
_STACKED_CELL = re.compile(r"[^a-zA-Z]{1,20}|(?:at least|more than|over|about) [^a-zA-Z]{1,20}|n/a", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LOOSE = re.compile(r"<(?![a-zA-Z/])|<(?=[^<>]*(?:<|\Z))")
"""What begins a tag and ends none. The parser of the standard library looks for its end again and again."""
_BLOCKS = frozenset({"p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "ul", "ol"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head"})


@dataclass(frozen=True)
class TextTable:
    """A table as it stands.

    Attributes:
        place: where in the article, for people.
        rows: cells, every row as wide as the widest; the first may be a header.
    """

    place: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Article:
    """An article taken apart.

    Attributes:
        tables: in their order.
        prose: the rest, a line a paragraph.
    """

    tables: tuple[TextTable, ...]
    prose: str


def taken_apart(text: str) -> Article:
    """The tables of a text and its prose; HTML is told by its tags."""
    if re.search(r"<(?:table|tr|html|body|p|div)[\s>]", text, re.IGNORECASE):
        return _of_html(text)
    return _of_plain_text(text)


def _of_plain_text(text: str) -> Article:
    tables: list[TextTable] = []
    prose: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tables += _stacked(lines)
    numbered = zip(range(1, len(lines) + 1), _kinds(lines), lines, strict=True)
    for kind, group in groupby(numbered, key=lambda line: line[1]):
        block = [(number, line) for number, _, line in group]
        rows = [cells for _, line in block if (cells := _cells(line, kind))]
        if kind == "prose" or len(rows) < 2 or len(tables) >= MAX_TABLES:
            prose += (line for _, line in block)
        else:
            tables.append(TextTable(f"line {block[0][0]}", _even(rows)))
    return Article(tuple(tables), "\n".join(prose))


def _stacked(lines: list[str]) -> list[TextTable]:
    """A table whose cells came out one below the other: the names from `Year` on, then a year and its cells, again."""
    filled = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    begins = [at for at, (_, line) in enumerate(filled) if line.lower() in {"year", "years", "année", "annee"}]
    tables: list[TextTable] = []
    for begin in begins[:MAX_TABLES]:
        cells = [line for _, line in filled[begin : begin + MAX_ROWS]]
        width = next((at for at, cell in enumerate(cells[:MAX_STACKED]) if _STACKED_YEAR.fullmatch(cell)), 0)
        rows: list[tuple[str, ...]] = [tuple(cells[:width])]
        for cell in cells[width:] if width > 1 else []:
            if _STACKED_YEAR.fullmatch(cell):
                rows.append((cell,))
            elif len(rows[-1]) < width and len(rows) > 1 and _STACKED_CELL.fullmatch(cell):
                rows[-1] += (cell,)
            else:
                break
        if len(rows) > 2:
            tables.append(TextTable(f"line {filled[begin][0]}", _even(rows)))
    return tables


def _kinds(lines: list[str]) -> list[str]:
    """The kind of every line; a blank line between two rows belongs to their table."""
    kinds = [_kind(line) for line in lines]
    following = "prose"
    after = [following]
    for kind in reversed(kinds):
        following = following if kind == "blank" else kind
        after.append(following)
    before = "prose"
    for number, (kind, later) in enumerate(zip(kinds, reversed(after[:-1]), strict=True)):
        if kind == "blank":
            kinds[number] = before if before == later else "prose"
        before = kinds[number]
    return kinds


def _kind(line: str) -> str:
    """How a line divides its cells. Rules between rows belong to whatever pipes they stand among."""
    if len(line) > LONGEST_LINE:
        return "prose"
    if "|" in line or "│" in line or "┃" in line or "║" in line:
        return "pipes"
    if not line.strip():
        return "blank"
    if _RULE.fullmatch(line):
        return "pipes" if "+" in line or "┼" in line or "├" in line or "╬" in line else "aligned"
    if "\t" in line.strip():
        return "tabs"
    if len(_GAP.split(line.strip())) > 1:
        return "aligned"
    return "spaced" if _SPACED.fullmatch(line) else "prose"


def _cells(line: str, kind: str) -> tuple[str, ...]:
    """The cells of a line; none for a rule."""
    if _RULE.fullmatch(line):
        return ()
    if kind == "pipes":
        return _of_pipes(re.sub("[│┃║]", "|", line))
    if kind == "spaced":
        return tuple(re.sub("(?<=[>≥~<]) | (?=%)", "", line).split())
    return tuple(cell.strip() for cell in (line.split("\t") if kind == "tabs" else _GAP.split(line.strip())))


def _of_pipes(line: str) -> tuple[str, ...]:
    inner = line.strip()
    inner = inner.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return tuple(
        re.sub(r"(\*\*|__|`)", "", cell).replace("\\|", "|").replace("\\*", "*").strip() for cell in _PIPE.split(inner)
    )


def _even(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    width = min(max(map(len, rows)), MAX_COLUMNS)
    return tuple((row + ("",) * width)[:width] for row in rows[:MAX_ROWS])


class _Reader(HTMLParser):
    """Gathers tables and prose; an inner table is a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[TextTable] = []
        self.prose: list[str] = []
        self._open: list[list[list[str]]] = []
        self._unseen = 0
        self._raised = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row, a cell, or a paragraph."""
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table" and len(self._open) < MAX_COLUMNS:
            self._open.append([])
        elif tag == "sup":
            self._raised = True
        elif self._open and tag == "tr":
            self._open[-1].append([])
        elif self._open and tag in {"td", "th"}:
            self._begin_cell(dict(attrs).get("colspan") or "1")
        elif tag in _BLOCKS:
            self._write("\n" if not self._open else " ")

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened; what was never opened is left alone."""
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "table" and self._open:
            self._end_table()
        elif tag == "sup":
            self._raised = False
        elif tag in _BLOCKS:
            self._write("\n" if not self._open else " ")

    def handle_data(self, data: str) -> None:
        """Text goes to the open cell, else to the prose. A raised number is the number of a footnote."""
        if not self._unseen and not (self._raised and data.strip().isalnum()):
            self._write(data)

    def finish(self) -> Article:
        """What was gathered, open tables included."""
        self.close()
        while self._open:
            self._end_table()
        return Article(tuple(self.tables), "".join(self.prose))

    def _begin_cell(self, span: str) -> None:
        rows = self._open[-1]
        if not rows:
            rows.append([])
        columns = int(span) if span.isascii() and span.isdigit() and len(span) < 3 else 1
        if len(rows) <= MAX_ROWS and len(rows[-1]) < MAX_COLUMNS:
            rows[-1].extend([""] * max(columns, 1))

    def _write(self, text: str) -> None:
        if not self._open:
            self.prose.append(text)
        elif self._open[-1] and self._open[-1][-1] and len(self._open[-1][-1][-1]) < LONGEST_LINE:
            self._open[-1][-1][-1] += text[:LONGEST_LINE]

    def _end_table(self) -> None:
        rows = [tuple(" ".join(cell.split()) for cell in row) for row in self._open.pop() if any(map(str.strip, row))]
        if len(rows) > 1 and len(self.tables) < MAX_TABLES:
            self.tables.append(TextTable(f"HTML table {len(self.tables) + 1}", _even(rows)))


def _of_html(text: str) -> Article:
    reader = _Reader()
    reader.feed(_LOOSE.sub("&lt;", _COMMENT.sub(" ", text)))
    return reader.finish()
