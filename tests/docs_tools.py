"""Render the site's pages with pandoc, as far as that goes without Quarto."""

import json
import re
from functools import cache
from pathlib import Path

import pypandoc

from genre_tutorial.apps.publish import launch_text
from genre_tutorial.apps.reference import notebooks_in_order, reference_page
from genre_tutorial.apps.site import filter_notebook, site_links

ROOT = Path(__file__).parent.parent
NOTEBOOKS = notebooks_in_order(ROOT / "nbs")
PAGES = [
    *sorted(
        path
        for path in ROOT.glob("site/*.qmd")
        if path.name not in ("reference.qmd", "_launch.qmd")
    )
]
LAUNCH = launch_text(ROOT / "nbs", "anna/course")
PLAIN = ["--mathml", "--no-highlight"]
STYLE = re.search(
    r"rules --\*/(.*)", (ROOT / "site" / "light.scss").read_text(encoding="utf-8"), re.S
)[1]


@cache
def filtered(path: Path) -> dict:
    """A notebook behind the site's filter."""
    return filter_notebook(
        json.loads(path.read_text(encoding="utf-8")), *site_links(ROOT, path.parent)
    )


def markdown(path: Path) -> str:
    """A Quarto page with its includes read in; the reference and the launch links are made."""
    if path.name == "reference.qmd":
        return reference_page(ROOT / "genre_tutorial", ROOT / "nbs")
    text = path.read_text(encoding="utf-8")
    return re.sub(
        r"\{\{< include (\S+) >\}\}",
        lambda found: (
            LAUNCH
            if found[1] == "site/_launch.qmd"
            else (path.parent / found[1]).read_text(encoding="utf-8")
        ),
        text,
    )


@cache
def html(path: Path) -> str:
    """The page's body as HTML."""
    if path.suffix == ".ipynb":
        return pypandoc.convert_text(
            json.dumps(filtered(path)), "html", format="ipynb+raw_html", extra_args=PLAIN
        )
    text = re.sub(r"^---\ntitle: (.+?)\n---\n", r"# \1\n", markdown(path))
    return pypandoc.convert_text(text, "html", format="markdown", extra_args=PLAIN)


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
