"""Render the site's pages with pandoc, as far as that goes without Quarto.

`python tests/docs_tools.py FOLDER` writes them there, light and dark, to look at in a browser.
"""

import json
import re
import sys
from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path

import pypandoc

from genre_tutorial.apps.bibliography import bibliography_page
from genre_tutorial.apps.outputs import fenced
from genre_tutorial.apps.publish import Publication, chapters_of, launch_text, too_large
from genre_tutorial.apps.reference import notebooks_in_order, reference_pages
from genre_tutorial.apps.site import page_of_notebook
from genre_tutorial.apps.unfold import read_quizzes
from genre_tutorial.apps.widths import fitting

ROOT = Path(__file__).parent.parent
NOTEBOOKS = notebooks_in_order(ROOT / "nbs")
SITE = ROOT / "site"
MADE = {
    SITE / name: text
    for name, text in reference_pages(ROOT / "genre_tutorial", ROOT / "nbs").items()
} | {SITE / "bibliography.qmd": bibliography_page(chapters_of(ROOT / "nbs"))}
MODULE_PAGES = [path for path in MADE if path.parent != SITE]
PAGES = sorted(path for path in SITE.glob("[!_]*.qmd") if path not in MADE)
LARGE = too_large(ROOT / "genre_tutorial" / "data" / "bench.csv")
LAUNCH = launch_text(Publication("anna/course"), LARGE)
ON_GITHUB = re.compile(r'<div class="content-hidden" when-format="html">.*?</div>', re.S)
QUIZZES = read_quizzes(ROOT / "genre_tutorial")
STANDIN = Path(__file__).parent / "docs" / "standin.css"
BOXES = {"light": ("#f3f4f6", "#dee2e6"), "dark": ("#22272d", "#444b53")}  # of code, of tables


@cache
def filtered(path: Path) -> dict:
    """A notebook behind the site's filter."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return page_of_notebook(notebook, ROOT, path.parent, QUIZZES)


def output_markdown(output: dict, column: str) -> str:
    """An output as Quarto writes it."""
    if output["output_type"] == "stream":
        kind, shown = "stdout", fenced(output["text"], "{}")
    else:
        (mime, text), *others = output["data"].items()
        assert not others
        kind = "display"
        shown = text if mime == "text/markdown" else fenced(text, "{}")
    return f"::: {{.cell-output .cell-output-{kind} {column}}}\n{shown}\n:::\n"


def cell_markdown(cell: dict) -> str:
    """A cell as Quarto writes it: fenced blocks, and `details` around what is folded."""
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return text
    if cell["cell_type"] == "raw":
        return fenced(text, "{=html}")
    options = dict(re.findall(r"^#\| ([\w-]+): (.*)$", text, re.M))
    code = fenced(re.sub(r"^#\|.*\n?", "", text, flags=re.M), "{.python .cell-code}")
    if options.get("code-fold") == "true":
        label = escape(options.get("code-summary", "Code").strip('"'))
        start = f'<details class="code-fold"><summary>{label}</summary>'
        code = f"{fenced(start, '{=html}')}\n{code}\n{fenced('</details>', '{=html}')}"
    column = ".column-page" if options.get("column") == "page" else ""
    outputs = "\n".join(output_markdown(output, column) for output in cell["outputs"])
    return f":::: {{.cell}}\n{code}\n{outputs}\n::::\n"


def markdown(path: Path) -> str:
    """A Quarto page with its includes read in; what ``pages`` writes is made anew."""
    if path.suffix == ".ipynb":
        return "\n\n".join(map(cell_markdown, filtered(path)["cells"]))
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


def titled(text: str) -> str:
    """A page whose title stands above it, as Quarto sets it, instead of in its first lines."""
    front = re.match(r"---\n(.*?)\n---\n", text, re.S)
    title = re.search(r'^title: "?(.+?)"?$', front[1], re.M) if front else None
    body = text[front.end() :] if front else text
    return f"# {title[1]}\n\n{body}" if title else body


def pandoc(text: str, colours: bool = False) -> str:
    """Markdown as HTML; code in colours has an anchor in each line, which is no link."""
    options = ["--mathml", "--quiet"] if colours else ["--mathml", "--quiet", "--no-highlight"]
    return pypandoc.convert_text(text, "html", format="markdown", extra_args=options)


BREAK = "0" * 20  # a paragraph between pages that are converted together


@cache
def module_pages() -> dict[Path, str]:
    """The reference's pages as HTML: one call of pandoc for all is quicker than one each."""
    texts = [titled(MADE[path]) for path in MODULE_PAGES]
    pages = pandoc(f"\n\n{BREAK}\n\n".join(texts)).split(f"<p>{BREAK}</p>")
    return dict(zip(MODULE_PAGES, pages, strict=True))


@cache
def html(path: Path, colours: bool = False) -> str:
    """The page's body as HTML, as the last step leaves it."""
    if path in MODULE_PAGES and not colours:
        return fitting(module_pages()[path])
    text = markdown(path)
    return fitting(pandoc(titled(text) if path.suffix == ".qmd" else text, colours))


def rules(file: str) -> str:
    """The plain CSS of one of the site's style sheets."""
    text = (ROOT / "site" / file).read_text(encoding="utf-8")
    return text.split("/*-- scss:rules --*/")[1]


def style(theme: str) -> str:
    """The stand-in for Quarto's theme, and the site's rules after it."""
    text = (ROOT / "site" / f"{theme}.scss").read_text(encoding="utf-8")
    colours = dict(re.findall(r"\$([\w-]+): (#[0-9a-f]{6})", text))
    box, rule = BOXES[theme]
    root = (
        f":root {{ --text: {colours['body-color']}; --page: {colours['body-bg']}; "
        f"--link: {colours['link-color']}; --box: {box}; --rule: {rule} }}"
    )
    standin = STANDIN.read_text(encoding="utf-8")
    return "\n".join([root, standin, rules("page.scss"), rules(f"{theme}.scss")])


def whole_page(path: Path, theme: str = "light") -> str:
    """A page that a browser can open."""
    title = re.search(r"<h1[^>]*>(.*?)</h1>", html(path), re.S)[1]
    plain = re.sub("<[^>]+>", "", title)
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{view}<title>{plain}</title><style>{style(theme)}</style>'
    main = f'<main class="content">{html(path, colours=True)}</main>'
    body = f'<div id="quarto-content">{main}</div>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def with_pictures(text: str, folder: Path) -> str:
    """A page with the project's pictures in it, so that it can stand anywhere."""

    def inside(found: re.Match) -> str:
        content = b64encode((folder / found[1]).read_bytes()).decode()
        return f'src="data:image/png;base64,{content}"'

    return re.sub(r'src="([^":]+\.png)"', inside, text)


def write_pages(folder: Path, paths: list[Path]) -> None:
    """Write pages to look at, one file for each theme."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        for theme in BOXES:
            file = folder / f"{path.stem}-{theme}.html"
            page = with_pictures(whole_page(path, theme), path.parent)
            file.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    chosen = [
        path for path in [ROOT / "index.qmd", *NOTEBOOKS, *PAGES] if "engine" not in path.parts
    ]
    write_pages(Path(sys.argv[1]), chosen)
