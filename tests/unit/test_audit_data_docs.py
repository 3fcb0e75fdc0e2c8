"""Pages of Great Expectations open without a network."""

from pathlib import Path

from orchestration.audit import data_docs

PAGE = """<html><head>
<link rel="stylesheet" href="https://example.org/bootstrap.css"/>
<style>.logo { background: url('https://example.org/logo.png') 0 0 }</style>
<script src="https://example.org/jquery.js"></script>
<script>
  $(".gone").fadeIn();
</script>
</head><body>
<img class="logo"
  src="https://example.org/logo.png"/>
<a href="../../../../index.html">Home</a> <a href="../../expectations/yearly.html" >yearly</a>
<p>/srv/somebody/docs/profiles/yearly.parquet</p>
<footer><a href="https://example.org/newsletter">Subscribe</a></footer>
</body></html>
"""


def cleaned(tmp_path: Path) -> str:
    docs = tmp_path / "docs"
    page = docs / "validations" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE.replace("/srv/somebody/docs", str(docs)), encoding="utf-8")
    data_docs.make_readable_offline(docs)
    return page.read_text(encoding="utf-8")


def test_nothing_remote_and_no_script_is_left(tmp_path: Path):
    text = cleaned(tmp_path)
    for gone in ("http", "<script", "<img", "<link", "<footer", "fadeIn"):
        assert gone not in text


def test_links_within_the_docs_stay_and_dead_ones_become_text(tmp_path: Path):
    text = cleaned(tmp_path)
    assert '<a href="../../../../index.html">Home</a> yearly' in text


def test_the_path_of_the_machine_is_not_published(tmp_path: Path):
    text = cleaned(tmp_path)
    assert str(tmp_path) not in text
    assert "<p>profiles/yearly.parquet</p>" in text


def test_clearing_leaves_what_is_not_ours(tmp_path: Path):
    for name in ("validations", "static", "profiles", "notes"):
        (tmp_path / name).mkdir()
    (tmp_path / "index.html").write_text("", encoding="utf-8")
    data_docs.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]
