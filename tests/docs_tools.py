"""Render the site's pages with pandoc, as far as that goes without Quarto."""

import json
import re
from functools import cache
from pathlib import Path

import pypandoc

from genre_tutorial.apps.bibliography import bibliography_page
from genre_tutorial.apps.publish import Publication, chapters_of, launch_text, too_large
from genre_tutorial.apps.reference import notebooks_in_order, reference_pages
from genre_tutorial.apps.site import page_of_notebook

ROOT = Path(__file__).parent.parent
SITE = ROOT / "site"
NOTEBOOKS = notebooks_in_order(ROOT / "nbs")
MADE = {
    SITE / name: text
    for name, text in reference_pages(ROOT / "genre_tutorial", ROOT / "nbs").items()
} | {SITE / "bibliography.qmd": bibliography_page(chapters_of(ROOT / "nbs"))}
MODULE_PAGES = [path for path in MADE if path.parent != SITE]
PAGES = sorted(path for path in SITE.glob("[!_]*.qmd") if path not in MADE)
LARGE = too_large(ROOT / "genre_tutorial" / "data" / "bench.csv")
LAUNCH = launch_text(Publication("anna/course"), LARGE)
ON_GITHUB = re.compile(r'<div class="content-hidden" when-format="html">.*?</div>', re.S)
PLAIN = ["--mathml", "--no-highlight", "--quiet"]
STYLE = re.search(
    r"rules --\*/(.*)", (ROOT / "site" / "light.scss").read_text(encoding="utf-8"), re.S
)[1]


@cache
def filtered(path: Path) -> dict:
    """A notebook behind the site's filter."""
    return page_of_notebook(json.loads(path.read_text(encoding="utf-8")), ROOT, path.parent)


def markdown(path: Path) -> str:
    """A Quarto page with its includes read in; what ``pages`` writes is made anew."""
    if path in MADE:
        return MADE[path]
    text = path.read_text(encoding="utf-8")
    whole = re.sub(
        r"\{\{< include (\S+) >\}\}",
        lambda found: (
            LAUNCH
            if found[1] == "site/_launch.qmd"
            else (path.parent / found[1]).read_text(encoding="utf-8")
        ),
        text,
    )
    return ON_GITHUB.sub("", whole)


def pandoc(text: str) -> str:
    """A Quarto page as HTML."""
    front = re.match(r"---\n(.*?)\n---\n", text, re.S)
    title = re.search(r'^(?:page)?title: "?(.+?)"?$', front[1], re.M)[1] if front else ""
    body = text[front.end() :] if front else text
    heading = f"# {title}\n\n" if front and "\ntitle: " in "\n" + front[1] else ""
    return pypandoc.convert_text(heading + body, "html", format="markdown", extra_args=PLAIN)


BREAK = "0" * 20  # a paragraph between pages that are converted together


@cache
def module_pages() -> dict[Path, str]:
    """The reference's pages as HTML: one call of pandoc for all is quicker than one each."""
    texts = [
        re.sub(r"^---\ntitle: \"(.+?)\"\n.*?\n---\n", r"# \1\n", MADE[p], flags=re.S)
        for p in MODULE_PAGES
    ]
    whole = pandoc(f"\n\n{BREAK}\n\n".join(texts))
    return dict(zip(MODULE_PAGES, whole.split(f"<p>{BREAK}</p>"), strict=True))


@cache
def html(path: Path) -> str:
    """The page's body as HTML."""
    if path.suffix == ".ipynb":
        return pypandoc.convert_text(
            json.dumps(filtered(path)), "html", format="ipynb+raw_html", extra_args=PLAIN
        )
    if path in MODULE_PAGES:
        return module_pages()[path]
    return pandoc(markdown(path))


def whole_page(path: Path) -> str:
    """A page that a browser can open."""
    title = re.search(r"<h1[^>]*>(.*?)</h1>", html(path), re.S)[1]
    style = (
        f"body {{ font-family: system-ui, sans-serif; color: #1f2328; background: #fff; "
        f"margin: 2rem auto; max-width: 60rem }} a {{ color: #005a8c }} pre {{ white-space: "
        f"pre-wrap; background: #f4f5f6 }} {STYLE}"
    )
    plain = re.sub("<[^>]+>", "", title)
    head = f'<meta charset="utf-8"><title>{plain}</title><style>{style}</style>'
    body = f"<main>{html(path)}</main>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
