"""A term of the glossary is explained before it is used, in the order in which lessons are read.

It is explained where it stands in **bold**, in a chapter that the glossary names; a term that never
does, from the first such chapter on. A use is left out if its own sentence names such a chapter, or
says that the explanation comes below. So are titles, code, formulas, and the first cell's line
"You will …", which says what a chapter explains. The glossary marks words of everyday English
(batch, effect, feature, head, loss …): of these only those in *italics* or **bold** count as uses.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from docs_tools import ROOT

ENTRY = re.compile(r"^\[([^\]]+)\]\{#[\w-]+( \.everyday)?\}\n((?:.+\n)+)", re.M)
NO_PROSE = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\((?:[^()]|\([^()]*\))*\)"
    r"|^#+ [^\n]*$|\*\*You will\*\*[^\n]*|</?[a-z][^>\n]*>",
    re.S | re.M,
)
SENTENCE = re.compile(r"(?<=[.!?:])[\"”*)]*\s+(?=\W*[A-Z0-9])|\n{2,}")
NEVER_BOLD = {"adjusted p", "cosine similarity", "logistic regression", "naive Bayes"} | {
    "sparse table",
    "stochastic gradient descent",
}
EXCEPTIONS = {
    "embedding": "chapter 8 gives it as another name of word vectors, which it explains there",
    "logistic regression": "exercise 3.5 borrows it from chapter 0, and needs only that it learns",
}


def written(term):
    """As it stands in the glossary, at the start of a sentence, in the plural."""
    word = re.escape(term[1:]).replace(r"\ ", "[ -]")
    return rf"(?<![\w-])[{term[0].lower()}{term[0].upper()}]{word}e?s?(?![\w-])"


@cache
def entries():
    """Term → (whether it is an everyday word, the chapters that explain it)."""
    text = (ROOT / "site" / "glossary.qmd").read_text(encoding="utf-8") + "\n"
    return {
        term: (bool(everyday), [int(n) for n in re.findall(r"nbs/(\d\d)_", entry)])
        for term, everyday, entry in ENTRY.findall(text)
    }


@cache
def lessons():
    """The texts of chapters 0 to 14: (chapter, cell, prose)."""
    texts = []
    for path in sorted((ROOT / "nbs").glob("[0-9]*.ipynb")):
        for n, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            if cell["cell_type"] == "markdown":
                prose = NO_PROSE.sub(
                    lambda x: "]" * (x[0][0] == "]") + " ", "".join(cell["source"])
                )
                texts.append((int(path.name[:2]), n, prose))
    return texts


def explained(term, chapters, texts):
    """Where a term stands in bold: (chapter, cell), in the chapters that explain it."""
    bold = re.compile(rf"\*\*[^*\n]*?{written(term)}[^*\n]*?\*\*")
    return [(n, cell) for n, cell, text in texts if n in chapters and bold.search(text)]


def too_early(term, everyday, chapters, texts):
    """The sentences that use a term before it is explained, and don't say where it will be."""
    place = min(explained(term, chapters, texts), default=(min(chapters), 0))
    longer = [other for other in entries() if term in other and other != term]
    use = re.compile(rf"(?<=\*){written(term)}(?=\*)" if everyday else written(term))
    told = re.compile(
        rf"chapters? (?:\d+(?:, | to | and ))*(?:{'|'.join(map(str, chapters))})\b|\bbelow\b"
    )
    found = []
    for n, cell, text in texts:
        for sentence in SENTENCE.split(text) if (n, cell) < place else ():
            for other in longer:  # precision, but not in "average precision"
                sentence = re.sub(written(other), "", sentence)
            if use.search(sentence) and not told.search(sentence):
                found.append((n, cell, " ".join(sentence.split())))
    return found


@pytest.mark.parametrize("term", entries())
def test_a_term_is_explained_before_it_is_used(term):
    early = too_early(term, *entries()[term], lessons())
    assert bool(early) == (term in EXCEPTIONS), early


def test_what_never_stands_in_bold_is_known():
    texts = lessons()
    found = {term: explained(term, chapters, texts) for term, (_, chapters) in entries().items()}
    assert {term for term, places in found.items() if not places} == NEVER_BOLD


@pytest.mark.parametrize(
    "term, right, wrong",
    [
        ("word vector", "word vectors (chapter 8)", "word vectors"),
        ("kernel", "bend: chapter 13", "bend"),
        ("learning curve", "the **learning curves**", "the curves"),
        ("large language model", "models (all below)", "models"),
        ("average precision", "**Average precision** needs", "Average precision needs"),
    ],
)
def test_a_use_that_comes_too_early_is_seen(term, right, wrong):
    texts = [(n, cell, text.replace(right, wrong)) for n, cell, text in lessons()]
    assert texts != lessons()
    assert len(too_early(term, *entries()[term], texts)) > (term in EXCEPTIONS)
