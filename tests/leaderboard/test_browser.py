"""The page in a real headless browser: it loads clean, sorts, filters, explores, and shows hostile text as text."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aacbench.leaderboard.pages.build import write_pages

from .conftest import REAL, REFERENCES, MakeRun, captions, put

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = (
    '</script><script>window.owned = 1</script><img src=x onerror="window.owned = 2">" onclick="owned=3 \u2028 {{7*7}}'
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no chromium on this machine; .ci/run installs it")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture
def site(root: Path, make_run: MakeRun) -> Path:
    """A built board of four systems, a floor and a ceiling; one system's captions are hostile."""
    runs = [
        make_run(captions(wrong, mark=f" {seed}"), variant=f"wrong{wrong}", seed=seed)
        for wrong in (2, 9)
        for seed in (0, 1)
    ]
    runs.append(make_run(captions(18, HOSTILE), variant="hostile", method="z"))
    runs.append(make_run(captions(16), method="floor", variant="default"))
    runs.append(make_run(captions(0), method="human", variant="default"))
    for run in runs:
        put(root, run)
    write_pages(root)
    return root / "index.html"


def open_page(browser: Browser, path: Path, width: int = 1300, scheme: str = "light") -> tuple[Page, list[str]]:
    errors: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("section.board:not([hidden]) .drawing svg")
    return page, errors


def names(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "section:not([hidden]) table.scores:not(.reported) tbody tr:not([hidden])",
        "rows => rows.map(row => row.dataset.label)",
    )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_loads_without_errors_and_fits(browser: Browser, site: Path, scheme: str, width: int) -> None:
    page, errors = open_page(browser, site, width, scheme)
    assert errors == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width == 1280:  # no column is cut
        assert page.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth)")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.body).color")
    light = [sum(map(int, colour[4:-1].split(","))) for colour in (background, ink)]
    assert (light[0] > light[1]) == (scheme == "light")
    page.close()


@pytest.mark.slow
def test_sorting_and_filtering(browser: Browser, site: Path) -> None:
    page, _ = open_page(browser, site)
    assert names(page) == ["human", "m wrong2", "m wrong9", "floor", "z hostile"]
    head = page.locator("section:not([hidden]) thead th[data-metric=cider_d]").first
    assert head.get_attribute("aria-sort") == "descending"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert names(page)[0] == "z hostile"
    page.locator("thead th.name button").first.click()
    assert names(page) == sorted(names(page))
    page.fill("input.filter", "wrong")
    assert set(names(page)) == {"m wrong2", "m wrong9"}
    assert page.locator(".shown").first.inner_text() == "2 of 5 rows"
    assert page.locator(".drawing circle").count() == 2
    page.fill("input.filter", "")
    assert len(names(page)) == 5
    assert page.locator("th[data-metric=bleu_1]").first.is_hidden()
    page.check("input.all")
    assert page.locator("th[data-metric=bleu_1]").first.is_visible()
    page.close()


@pytest.mark.slow
def test_the_explorer_shows_what_was_said(browser: Browser, site: Path) -> None:
    page, _ = open_page(browser, site)
    page.select_option("select.clip", label="04.wav")
    assert page.locator(".references li").all_inner_texts() == list(REFERENCES["04.wav"])
    said = dict(
        zip(
            page.locator(".said-by .who").all_inner_texts(),
            page.locator(".said-by p").all_inner_texts(),
            strict=True,
        )
    )
    assert said["m wrong2"] == f"{REFERENCES['04.wav'][0]} today 0"
    assert said["m wrong9"] == "a plane flies by"
    page.click(".explorer .next")
    assert page.locator("select.clip").input_value() == "5"
    page.select_option("select.order", label="CIDEr-D")
    scores = [float(text) for text in page.locator(".said-by dd:last-of-type").all_inner_texts()]
    assert scores == sorted(scores, reverse=True) and scores[0] > scores[-1]
    page.close()


@pytest.mark.slow
def test_hostile_captions_are_text(browser: Browser, site: Path) -> None:
    page, errors = open_page(browser, site)
    page.select_option("select.clip", label="04.wav")
    assert any("</script>" in text and "{{7*7}}" in text for text in page.locator(".said-by p").all_inner_texts())
    assert page.evaluate("window.owned") is None
    assert page.locator(".said-by script, .said-by img").count() == 0
    assert [error for error in errors if "Content Security Policy" in error] == []
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.owned = 4\">')")
    page.wait_for_timeout(200)
    assert page.evaluate("window.owned") is None, "the policy lets inline handlers run"
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_a_systems_own_panel_and_two_side_by_side(browser: Browser, site: Path, width: int) -> None:
    page, errors = open_page(browser, site, width)
    button = page.locator("button.open", has_text="m wrong2").first
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    panel = page.locator(".panel").first
    assert panel.locator("h3").inner_text() == "m wrong2"
    links = panel.locator(".links a")
    assert [link for link in links.all_inner_texts() if link.startswith("record of seed")] == [
        "record of seed 0", "record of seed 1",
    ]  # fmt: skip
    for number in range(links.count()):
        target = links.nth(number).get_attribute("href")
        assert target is not None and (site.parent / target).is_file(), target
    assert panel.locator(".small-table").first.locator("tr").count() == 3  # a head and two seeds
    panel.locator("select.versus-with").select_option(label="m wrong9")
    said = panel.locator(".versus > p").first.inner_text()
    assert "m wrong2 is ahead on 7 clips, m wrong9 on 0" in said
    assert panel.locator(".clip-pair").count() == 7
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    panel.locator("button.shut").click()
    assert panel.is_hidden()
    assert errors == []
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_the_real_page_fits_and_opens_every_kind_of_panel(browser: Browser, width: int) -> None:
    page, errors = open_page(browser, REAL / "index.html", width)
    for tab in page.locator("nav a").all():
        tab.click()
        page.wait_for_timeout(50)
        board = page.locator("section.board:not([hidden])")
        buttons = board.locator("button.open")
        for number in range(min(3, buttons.count())):
            buttons.nth(number).click()
            assert board.locator(".panel").is_visible()
            lines = "rows => Math.max(...rows.map(row => row.getBoundingClientRect().height))"
            assert board.locator(".panel .scroll tr").evaluate_all(lines) < 40  # a seed's scores stand in one line
        if width == 1280:
            cut = "e => e.scrollWidth - e.clientWidth"
            assert board.locator(".scroll").first.evaluate(cut) <= 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert errors == []
    page.close()
