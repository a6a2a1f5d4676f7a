"""Numbers in the lessons' prose are those of the outputs stored above them.

Each decimal and each percentage is looked for in what the few cells above it printed, at the digits
that the prose gives; each count of three or more digits in all that the chapter printed above, and
in its code. Whatever else stands there is marked in `marked_numbers.py`: worked out, printed in
another chapter, or with a reason. (A wrong number may stand in those cells by accident; so
sentences on the committed answers, and on the films, are filled from them.)
"""

import copy
import json
import re
from functools import cache
from math import comb, log2
from pathlib import Path

import numpy as np
import pytest
from marked_numbers import ELSEWHERE, GIVEN, WORKED

from genre_tutorial.cooccurrence import cooccurrence, lift, shares
from genre_tutorial.course.figures.ch12 import public_answers
from genre_tutorial.data.films import clean_movies, label_matrix, load_movies
from genre_tutorial.data.posters import SIZE

NOTEBOOKS = Path(__file__).parent.parent / "nbs"
CHAPTERS = [f"{n:02}" for n in range(15)]
DECIMAL = r"\d+\.\d+"
COUNT = r"\d{1,3}(?:,\d{3})+|\d{3,}"
NUMBER = re.compile(rf"(?<![\w.,:])(?:{DECIMAL}|{COUNT}|\d+(?= ?\\?%))(?![.,]?\w)(?: ?\\?%)?")
PRINTED = re.compile(rf"{DECIMAL}|{COUNT}|\d+")
YEAR = re.compile(r"(?:18|19|20)\d\d")
ASIDE = re.compile(
    r"\]\((?:[^()]|\([^()]*\))*\)|```.*?```|`[^`\n]*`|[Ee]xercises? [\d. and]+", re.DOTALL
)
NO_RESULT = re.compile(r"\*\*You need|.*By hand", re.IGNORECASE)
EVERYWHERE = {"95 %", "1,609", "1,287", "322"}  # the intervals' level; the course's films
ABOVE = 3  # cells with numbers that a sentence may speak of


def cells_of(chapter):
    [path] = NOTEBOOKS.glob(f"{chapter}_*.ipynb")
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def values(text):
    """All numbers of a text; 1,609 is one."""
    return [float(x.replace(",", "")) for x in PRINTED.findall(text)]


def printed(cell):
    """All numbers that a code cell printed, or drew from the committed answers."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        for part in (output.get("text"), data.get("text/plain"), data.get("text/markdown")):
            found += values("".join(part or ""))
    for question in re.findall(r'public_answers\("(.*?)"\)', "".join(cell["source"])):
        answers = public_answers(question)[["effect", "low", "high", "p_adjusted", "n"]]
        found += answers.abs().to_numpy().ravel().tolist()
    return found


def same(written, value):
    """Whether a number, written with some digits, is this value, rounded; 35 % may be 0.35."""
    number = written.removesuffix(" %").replace(",", "")
    off = 0.5001 * 10 ** -len(number.partition(".")[2])
    scales = (1, 100) if number != written.replace(",", "") else (1,)
    return any(abs(float(number) - value * scale) <= off for scale in scales)


def numbers(cell):
    """The numbers of a text that are results: not of exercises, nor worked out "by hand"."""
    if cell["cell_type"] != "markdown" or "".join(cell["source"]).startswith("**Exercise"):
        return set()
    lines = ASIDE.sub("]", "".join(cell["source"])).splitlines()
    found = [x for line in lines if not NO_RESULT.match(line) for x in NUMBER.findall(line)]
    found = {re.sub(r" ?\\?%", " %", x) for x in found if not YEAR.fullmatch(x)}
    return found - EVERYWHERE


def is_count(written):
    return re.fullmatch(COUNT, written) is not None


def not_shown(cells):
    """The numbers of the prose that no output above them shows."""
    above, missing = [], set()
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    in_code = set(values(re.sub(r"(?<=\d)_(?=\d)", "", code)))
    for cell in cells:
        near = [value for found in above[-ABOVE:] for value in found]
        far = in_code.union(*above)
        for x in numbers(cell):
            if not any(same(x, value) for value in (far if is_count(x) else near)):
                missing.add(x)
        if cell["cell_type"] == "code" and (found := printed(cell)):
            above.append(found)
    return missing


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_number_is_printed_above_it_or_marked(chapter):
    worked, elsewhere = WORKED.get(chapter, {}), ELSEWHERE.get(chapter, {})
    marked = [*worked, *elsewhere, *GIVEN.get(chapter, {}), *counted().get(chapter, {})]
    assert len(marked) == len(set(marked)) and not_shown(cells_of(chapter)) == set(marked)
    for written, value in worked.items():
        assert same(written, value), written
    for written, other in elsewhere.items():
        shown = [value for cell in cells_of(other) for value in printed(cell)]
        assert any(same(written, value) for value in shown), written


@pytest.mark.parametrize(
    "chapter, right, wrong",
    [
        ("00", "and 133 heads", "and 134 heads"),
        ("03", "is zero: 0.45 %", "is zero: 0.54 %"),
        ("05", "from 0.105 to 0.096", "from 0.105 to 0.069"),
        ("06", "gains 0.013 to 0.015", "gains 0.013 to 0.018"),
        ("08", "rose to 0.73", "rose to 0.78"),
        ("10", "a micro-F1 of 0.671", "a micro-F1 of 0.617"),
        ("11", "are among 1,730", "are among 1,370"),
        ("11", "it reaches 0.599", "it reaches 0.597"),
        ("12", "Documentary 0.21 (", "Documentary 0.24 ("),
        ("13", "is nearly there (0.583)", "is nearly there (0.589)"),
        ("14", "runs from −0.012", "runs from −0.014"),
    ],
)
def test_a_number_that_is_off_is_seen(chapter, right, wrong):
    cells = copy.deepcopy(cells_of(chapter))
    [cell] = [cell for cell in cells if right in "".join(cell["source"])]
    cell["source"] = "".join(cell["source"]).replace(right, wrong)
    new = not_shown(cells) - not_shown(cells_of(chapter))
    assert new == set(NUMBER.findall(wrong)) - set(NUMBER.findall(right)) != set()


@cache
def counted():
    """Of the course's films: what a figure shows, or a shortened table doesn't."""
    labels = label_matrix(clean_movies(load_movies("openplots")))
    both = cooccurrence(labels)
    lifts = lift(both, len(labels))
    return {
        "00": {"0.25": labels["Comedy"].mean()},
        "02": {
            "147": both.loc["Documentary", "Documentary"],
            "171": both.loc["Drama", "Romance"],
            "121": both.loc["Drama", "History"],
            "1.95": lifts.loc["Drama", "History"],
            "0.47": lifts.loc["Action", "Romance"],
            "1.1": -log2(lifts.loc["Action", "Romance"]),
        },
        "07": {"342": SIZE[0], "513": SIZE[1]},
        "12": {"275": len(str(comb(len(labels), labels["Horror"].sum())))},
    }


def test_sentences_on_the_films_say_what_is_counted():
    labels = label_matrix(clean_movies(load_movies("openplots")))
    both, several = cooccurrence(labels), labels.sum(axis=1) > 1
    alone, all_of_them = (labels["Documentary"] & ~several).sum(), labels["Documentary"].sum()
    horror, drama, history = both.loc["Horror"], both.loc["Drama"], both.loc["History"]
    brightest = shares(both).mask(np.eye(len(both), dtype=bool)).idxmax(axis=1)
    assert (brightest == "Drama").sum() == 8 == brightest.value_counts().max()
    assert both.loc["Animation", "Family"] > 0.7 * both.loc["Animation", "Animation"]
    assert 0.45 < both.loc["Animation", "Family"] / both.loc["Family", "Family"] < 0.55
    assert horror["Romance"] == 1, "a single romance"
    for said in (
        f"more than half of them ({alone} of {all_of_them}) carry no other genre",
        f"thrillers ({horror['Thriller']} films), science fiction ({horror['Science Fiction']}) "
        f"and mysteries ({horror['Mystery']})",
        f"Thriller ({drama['Thriller']} films on the first map) and with Romance "
        f"({drama['Romance']})",
        f"Drama and History share fewer, {history['Drama']}",
        "brightest in eight of the other eighteen rows",
    ):
        assert any(said in "".join(cell["source"]) for cell in cells_of("02")), said


# Any number of two digits stands in some table. So whole sentences are filled from the rows.
SENTENCES = [
    (
        "seasons",
        "Drama, Oct–Dec",
        "{e:.0f} points more drama (95 %: {l:.0f} to {h:.0f}; adjusted p {p:.3f})",
    ),
    (
        "seasons",
        "Horror, Oct–Dec",
        "Horror has {e:.0f} point less then ({l:.0f} less to {h:.0f} more; p {p:.1f})",
    ),
    (
        "horror by month",
        "October",
        "October has {e:.0f} points more horror ({l:.0f} to {h:.0f}; p {p:.3f})",
    ),
    ("horror by month", "December", "December {e:.0f} less ({h:.0f} to {l:.0f}; p {p:.3f})"),
    (
        "ratings",
        "Documentary",
        "documentaries are rated {e:.2f} points above the rest ({l:.2f} to {h:.2f})",
    ),
    (
        "ratings",
        "Horror",
        "horror {e:.2f} below ({h:.2f} to {l:.2f}); both adjusted p are {p:.4f}",
    ),
    (
        "popularity",
        "Documentary",
        "documentaries stand {e:.0f} points of rank lower ({h:.0f} to {l:.0f}; {p:.4f})",
    ),
    (
        "decades",
        "2010s",
        "Films of the 2010s stand {e:.0f} above all others ({l:.0f} to {h:.0f}; {p:.3f})",
    ),
    (
        "real posters",
        "brightness, Horror against Comedy",
        "darker, by {e:.2f} than comedy ({h:.2f} to {l:.2f})",
    ),
    (
        "real posters",
        "brightness, Horror against Romance",
        "by {e:.2f} than romance ({h:.2f} to {l:.2f}); both adjusted p are {p:.4f}",
    ),
    (
        "real posters",
        "warmth, Horror against Romance",
        "after paying for six questions p is {p:.2f}",
    ),
]


@pytest.mark.parametrize("question, row, sentence", SENTENCES)
def test_sentences_on_the_committed_answers_say_what_they_say(question, row, sentence):
    answer = public_answers(question).loc[row]
    shares = {"seasons", "horror by month"}  # told in points of 100
    e, low, high = answer[["effect", "low", "high"]].astype(float).abs()
    e, low, high = (x * 100 if question in shares else x for x in (e, low, high))
    said = sentence.format(e=e, l=low, h=high, p=answer["p_adjusted"] + 1e-9)  # half up
    assert any(said in "".join(cell["source"]) for cell in cells_of("12")), said
