"""Tables: golden text in each format, the plain one as tabulate's to the letter, and no text taken for markup."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tabulate import tabulate

from aacbench.runtime.tables import FORMATS, Cell, Column, Format, Table, render, render_all

TABLE = Table(
    columns=[Column("system"), Column("spider", "SPIDEr", ".4f"), Column("cider_d", "CIDEr-D", right=True)],
    rows=[
        ["base_1 & co", 0.123456, Cell({"mean": 0.3, "best": False}, "0.300 ± 0.010")],
        ["l1 | 100 %", 0.2, Cell({"mean": 0.4, "best": True}, "0.400", bold=True, mark="**")],
        ["<none>", None, ""],
    ],
    title="What a_table says",
    notes=["95 % of clips", ""],
)
GOLDEN: dict[Format, str] = {
    "plain": r"""
What a_table says
system         SPIDEr        CIDEr-D
base_1 & co    0.1235  0.300 ± 0.010
l1 | 100 %     0.2000      _0.400_**
<none>
95 % of clips
""",
    "github": r"""
What a_table says

| system          |   SPIDEr |       CIDEr-D |
|-----------------|----------|---------------|
| base_1 &amp; co |   0.1235 | 0.300 ± 0.010 |
| l1 \| 100 %     |   0.2000 | **0.400**\*\* |
| &lt;none&gt;    |          |               |

95 % of clips
""",
    "latex_booktabs": r"""
% What a_table says
\begin{tabular}{lrr}
\toprule
 system                           &   SPIDEr &               CIDEr-D \\
\midrule
 base\_1 \& co                    &   0.1235 &     0.300 $\pm$ 0.010 \\
 l1 | 100 \%                      &   0.2000 & \textbf{0.400}$^{**}$ \\
 \ensuremath{<}none\ensuremath{>} &          &                       \\
\bottomrule
\end{tabular}
% 95 % of clips
""",
    "tsv": """
system\tSPIDEr\tCIDEr-D
base_1 & co\t0.1235\t0.300 ± 0.010
l1 | 100 %\t0.2000\t0.400**
<none>\t\t
""",
    "html": """
<table>
<caption>What a_table says</caption>
<thead>
<tr><th>system         </th><th style="text-align: right;">  SPIDEr</th><th style="text-align: right;">                  CIDEr-D</th></tr>
</thead>
<tbody>
<tr><td>base_1 &amp; co</td><td style="text-align: right;">  0.1235</td><td style="text-align: right;">            0.300 ± 0.010</td></tr>
<tr><td>l1 | 100 %     </td><td style="text-align: right;">  0.2000</td><td style="text-align: right;"><b>0.400</b><sup>**</sup></td></tr>
<tr><td>&lt;none&gt;   </td><td style="text-align: right;">        </td><td style="text-align: right;">                         </td></tr>
</tbody>
</table>
<p>95 % of clips</p>
""",  # noqa: E501
    "json": json.dumps(
        [
            {"system": "base_1 & co", "spider": 0.123456, "cider_d": {"mean": 0.3, "best": False}},
            {"system": "l1 | 100 %", "spider": 0.2, "cider_d": {"mean": 0.4, "best": True}},
            {"system": "<none>", "spider": None, "cider_d": ""},
        ],
        indent=2,
    ),
}
HOSTILE = r"a\b`c`*d*_e_[f](g){h}#i|j~k^l&m<n>$o%" + "\r\n\t\x00\u2028p"
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).map(str.strip)


def test_every_format_has_its_golden_text() -> None:
    assert set(GOLDEN) == set(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_golden(form: Format) -> None:
    assert render(TABLE, form) == GOLDEN[form].strip("\n")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS, st.floats(allow_nan=False)), max_size=4), WORDS, WORDS)
def test_plain_is_that_of_tabulate(rows: list[tuple[str, str, float]], one: str, other: str) -> None:
    columns = [Column("a", one), Column("b", other, right=True), Column("c", form=".3f")]
    heads = [column.title or column.name for column in columns]
    cells = [[a, b, f"{c:.3f}"] for a, b, c in rows]
    alignment = ["left", "right", "right"] if rows else None
    wanted = tabulate(cells, heads, tablefmt="plain", disable_numparse=True, colalign=alignment)
    assert render(Table(columns, rows)) == wanted


@pytest.mark.parametrize("form", FORMATS)
def test_a_cell_of_anything_is_one_cell_on_one_line(form: Format) -> None:
    text = render(Table([Column("x"), Column("y")], [[HOSTILE, "z"]]), form)
    if form == "json":
        assert json.loads(text) == [{"x": HOSTILE, "y": "z"}]
        return
    line = next(line for line in text.splitlines() if "z" in line)
    assert "p" in line
    assert not set("\x00\u2028") & set(text)
    assert form != "github" or line.replace("\\|", "").count("|") == 3
    assert form != "tsv" or line.count("\t") == 1
    assert form != "html" or "<n>" not in line


@pytest.mark.parametrize("form", FORMATS)
def test_without_rows(form: Format) -> None:
    text = render(Table([Column("x"), Column("y", right=True)], []), form)
    assert text == "[]" if form == "json" else "x" in text
    assert form != "latex_booktabs" or text.startswith(r"\begin{tabular}{lr}")


def test_several_tables_are_one_text() -> None:
    one, other = Table([Column("x")], [[1]]), Table([Column("y")], [[float("nan")]])
    assert json.loads(render_all({"one": one, "other": other}, "json")) == {"one": [{"x": 1}], "other": [{"y": None}]}
    assert render_all({"one": one, "other": other}) == "x\n1\n\ny\nnan"


def test_markup_of_one_format_stays_there() -> None:
    table = Table([Column("x")], [[Cell("a", "a*", markup={"github": "[a](b)"})]])
    assert "[a](b)" in render(table, "github")
    assert "a*" in render(table, "html")


def test_latex_compiles(tmp_path: Path) -> None:
    engine = next(
        (path for name in ("pdflatex", "lualatex", "xelatex", "tectonic") if (path := shutil.which(name))), None
    )
    if engine is None:
        pytest.skip("no TeX engine; the golden text is compared")
    hostile = Table([Column("x"), Column("y", "100 %")], [[HOSTILE.replace("\r\n\t\x00\u2028", ""), None]])
    body = "\n\n".join(render(table, "latex_booktabs") for table in (TABLE, hostile, Table([Column("x")], [])))
    document = f"\\documentclass{{article}}\n\\usepackage{{booktabs}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (tmp_path / "table.tex").write_text(document, encoding="utf-8")
    more = [] if Path(engine).name == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run([engine, *more, "table.tex"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "table.pdf").is_file()
