"""Numbers in the prose of chapters 11 to 14 are those of the outputs stored above them.

Each decimal is looked for in what the few cells above it printed, at the digits that the prose
gives. Whatever else stands there is marked here: worked out, or with a reason. (A wrong number may
stand in those cells by accident; so sentences on the committed answers are filled from them.)
"""

import copy
import json
import re
from pathlib import Path

import pytest

from genre_tutorial.course.figures.ch12 import public_answers

NOTEBOOKS = Path(__file__).parent.parent / "nbs"
DECIMAL = re.compile(r"(?<![\w.,])\d+\.\d+(?!\.?\w)")
LINK = re.compile(r"\]\([^)]*\)+")
NO_RESULT = re.compile(r"\*\*You need|.*By hand", re.IGNORECASE)
ABOVE = 3  # cells with numbers that a sentence may speak of

# By arithmetic that stands in the text.
WORKED = {
    "11": {
        "0.065": 0.636 - 0.571,
        "0.060": 0.554 - 0.494,
        "0.045": 0.599 - 0.554,
        "0.037": 0.636 - 0.599,
        "0.019": 0.598 - 0.579,
        "0.425": 0.579 - 0.154,
    },
    "12": {
        "1.67": 5 / 3,
        "0.2": 4 / 20,
        "2.08": 25 / 12,
        "3.5": sum(1 / n for n in range(1, 20)),
        "0.031": 62 / 2000,
        "0.004": 2 * (0.035 * 0.965 / 10000) ** 0.5,
        "0.01": 1 / 100,
        "0.0125": 0.05 / 4,
        "0.025": 0.05 * 2 / 4,
        "0.0375": 0.05 * 3 / 4,
        "0.13": 19 * 3.5 / 501,
    },
    "13": {"2.5": 10 / (2 * 2), "0.625": 10 / (2 * 8), "0.002": 1 / (0.5 * 1000), "1.4": 2**0.5},
    "14": {"2.3": (0.047 / 0.031) ** 2},
}
REAL = "0.025 0.039 0.012 0.636 0.594 0.579 0.553 0.572 0.537 0.598 0.584 0.148 0.329 0.154 0.360"
GIVEN = {
    "11": dict.fromkeys(REAL.split(), "real films: tests/test_errors.py")
    | {"0.5": "the best F1 of one genre in three; cleanlab's threshold"},
    "12": {"0.05": "the level"},
    "13": {
        "1.5": "a slope in a figure",
        "1.7": "another",
        "1.2": "gigabytes, of bench.csv",
        "0.5": "C of the model",
    },
    "14": {"0.70": "a question's", "0.60": "a question's"}
    | dict.fromkeys(["0.008", "0.055"], "the interval on training films, printed further above"),
}


def cells_of(chapter):
    [path] = NOTEBOOKS.glob(f"{chapter}_*.ipynb")
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def printed(cell):
    """All numbers that a code cell printed, or drew from the committed answers."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        for part in (output.get("text"), data.get("text/plain"), data.get("text/markdown")):
            found += map(float, re.findall(r"\d+(?:\.\d+)?", "".join(part or "")))
    for question in re.findall(r'public_answers\("(.*?)"\)', "".join(cell["source"])):
        answers = public_answers(question)[["effect", "low", "high", "p_adjusted"]]
        found += answers.abs().to_numpy().ravel().tolist()
    return found


def same(written, value):
    """Whether a number, written with some digits, is this value, rounded."""
    return abs(float(written) - value) <= 0.5001 * 10 ** -len(written.split(".")[1])


def decimals(cell):
    """The decimals of a text that are results: not of exercises, nor worked out "by hand"."""
    if cell["cell_type"] != "markdown" or "".join(cell["source"]).startswith("**Exercise"):
        return []
    lines = LINK.sub("]", "".join(cell["source"])).splitlines()
    return [x for line in lines if not NO_RESULT.match(line) for x in DECIMAL.findall(line)]


def not_shown(cells):
    """The decimals of the prose that no output above them shows."""
    above, missing = [], set()
    for cell in cells:
        near = [value for found in above[-ABOVE:] for value in found]
        missing |= {x for x in decimals(cell) if not any(same(x, value) for value in near)}
        if cell["cell_type"] == "code" and (found := printed(cell)):
            above.append(found)
    return missing


@pytest.mark.parametrize("chapter", WORKED)
def test_each_decimal_is_printed_above_it_or_marked(chapter):
    assert not_shown(cells_of(chapter)) == {*WORKED[chapter], *GIVEN[chapter]}
    for written, value in WORKED[chapter].items():
        assert same(written, value), written


@pytest.mark.parametrize(
    "chapter, right, wrong",
    [
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
    assert not_shown(cells) - not_shown(cells_of(chapter)) == set(DECIMAL.findall(wrong))


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
