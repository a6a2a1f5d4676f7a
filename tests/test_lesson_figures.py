"""Figures of the lessons: their words are the field's, and no scale shows what can't be."""

import json
import textwrap
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest

from genre_tutorial.neural_nets import plot_history

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

NOTEBOOKS = Path(__file__).parent.parent / "nbs"


def cell_with(chapter, words):
    """The one code cell of a chapter that holds some words."""
    cells = json.loads((NOTEBOOKS / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    [found] = [source for source in sources if words in source]
    return found


def labels_of(ax):
    """What the legend says."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_learning_curves_say_held_out_in_every_chapter():
    history = pd.DataFrame({"loss": [0.5, 0.4, 0.3], "val_loss": [0.5, 0.45, 0.5]})
    ax = plot_history(history, constant=0.48)
    assert labels_of(ax)[:2] == ["trained on", "held out"]
    exec(cell_with("07_vgg", 'val_loss"], color'), {"plt": plt, "history": history, "constant": 1})
    assert labels_of(plt.gcf().axes[0])[:2] == ["trained on", "held out"]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.rglob("*.ipynb")), ids=lambda path: path.stem)
def test_films_are_held_out_and_not_left_aside(path):
    text = path.read_text(encoding="utf-8")
    for words in ("films left aside", "films held aside", "movies left aside"):
        assert words not in text


def test_a_colour_bar_has_no_half_that_its_map_never_uses():
    def looks(genre, i):
        yield "occlusion, trained", np.array([[-1.0, 0.5], [0.2, 0.0]])
        yield "Grad-CAM, trained", np.array([[0.0, 0.5], [0.2, 0.1]])
        yield "occlusion, UNTRAINED", np.array([[-0.2, -0.1], [0.0, 0.1]])
        yield "Grad-CAM, UNTRAINED", np.zeros((2, 2))

    given = {
        "plt": plt,
        "np": np,
        "textwrap": textwrap,
        "two": ["Western"],
        "chosen": {"Western": 1},
        "movies": pd.DataFrame({"poster": "x", "title": "y"}, index=[1]),
        "open_picture": lambda path, size: np.zeros((300, 200, 3)),
        "looks": looks,
    }
    exec(cell_with("07_vgg", "fig.colorbar"), given)
    bars = [ax.get_xlim() for ax in plt.gcf().axes[5:]]
    assert np.allclose(bars, [(-1, 1), (0, 0.5), (-0.2, 0.2), (0, 0)], atol=1e-6)
