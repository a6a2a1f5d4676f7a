"""The command line: what it prints, what it leaves, how it ends."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from genre_tutorial.apps import chapters, cli, copies, doctor, predict
from genre_tutorial.core.settings import SCALES, CourseError, settings, variables
from genre_tutorial.models import store
from genre_tutorial.models.classifier import GenreClassifier
from genre_tutorial.models.lite0 import lite0_weights
from genre_tutorial.sources import fetch as fetching


def run(*arguments, **options):
    code = "import sys; from genre_tutorial.apps.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, **options
    )


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["run", "--data", "nothing.csv"], "There is no file"),
        (["run", "--data", "netflix"], "no source called"),
        (["run", "--only", "77"], "no chapter"),
        (["run", "--backbone", "VGG61", "--only", "00"], "no backbone"),
        (["run", "--weights", "./no.h5", "--only", "00"], "no file"),
        (["predict", "  "], "plot is empty"),
        (["predict", "a plot", "--data", "nothing.csv"], "no file"),
        (["predict", "a plot", "--poster", "page.jpg"], "page.jpg is not a whole picture"),
        (["predict", "a plot", "--poster", "nothing.jpg"], "no file"),
        (["run", "--home", "page.jpg", "--only", "00"], "Can't make the folder"),
        (["demo", "--data", "nothing.csv"], "There is no file"),
        (["demo", "extra"], "takes options only, such as -- --port=8900; 'extra' is none"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(arguments, words, tmp_path):
    (tmp_path / "page.jpg").write_text("<html>404</html>")
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2 and words in result.stderr
    assert (
        "Traceback" not in result.stderr
        and len([line for line in result.stderr.splitlines() if line.startswith("genre-tutorial:")])
        == 1
    )


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "Missing command, such as `genre-tutorial lab` (--help says what is possible)"),
        (["rum"], "No such command 'rum'"),
        (["predict"], "Missing argument 'PLOT'"),
        (["run", "--sacle", "tiny"], "No such option: --sacle"),
        (["run", "--scale", "huge"], "'huge' is not one of 'tiny', 'standard', 'full'"),
        (["run", "--only"], "'--only' requires an argument"),
        (["fetch", "tmdb", "--pages", "many"], "Invalid value for '--pages'"),
    ],
)
def test_a_mistyped_command_is_one_sentence_and_status_2(arguments, words, capsys):
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err and captured.out == ""
    assert captured.err.startswith("genre-tutorial: ") and captured.err.count("\n") == 1


def test_the_help_of_fetch_names_tables_and_folders_of_exports(capsys):
    assert cli.main(["fetch", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "a table of yours" in said and "a folder with an export of TMDB" in said


def test_help_names_what_a_wrong_name_is_told(capsys):
    """Sources, what can be purged, parts of a bench: help and error list the same."""
    for command, wrong in {
        "fetch": ["fetch"],
        "purge": ["purge"],
        "bench": ["bench", "--only"],
    }.items():
        assert cli.main([command, "--help"]) == 0
        help_ = " ".join(capsys.readouterr().out.split())
        assert cli.main([*wrong, "nosuch"]) == 2
        named = capsys.readouterr().err.partition("choose ")[2].removeprefix("from ")
        names = re.findall(r"\b[a-z]+\b", named.partition(", or the path")[0])
        assert len(names) > 4 and not [n for n in names if not re.search(rf"\b{n}\b", help_)]


def test_the_embedded_films_are_neither_fetched_nor_purged(capsys):
    assert cli.main(["fetch", "openplots"]) == 2
    assert "'openplots' needs no fetching: these films came" in capsys.readouterr().err
    assert cli.main(["purge", "openplots"]) == 2
    assert "'openplots' is part of the course; nothing of it was" in capsys.readouterr().err


def test_the_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("genre-tutorial 0.")


@pytest.fixture
def called(monkeypatch):
    """What the engine's functions were called with, instead of their work."""
    calls = {}

    def stand_in(name):
        def function(*positional, **named):
            calls[name] = (positional, named)
            return 0

        return function

    for module, name in [
        (chapters, "run"),
        (chapters, "lab"),
        (chapters, "apply_options"),
        (fetching, "fetch_movies"),
    ]:
        monkeypatch.setattr(module, name, stand_in(name))
    monkeypatch.setattr(cli, "_print_reasons", lambda file: None)
    return calls


@pytest.mark.parametrize("name", ["5", "05", "05_evaluation", "05_evaluation.ipynb"])
def test_a_chapter_is_known_by_number_and_by_name(name):
    (path,) = chapters._chosen_chapters([name, "05"])
    assert path.name == "05_evaluation.ipynb"


def test_only_takes_many_chapters(called):
    assert cli.main(["run", "--only", "00", "04", "--out", "x", "--only", "5"]) == 0
    assert called["run"] == (("x", ["00", "04", "5"]), {})
    assert cli.main(["run"]) == 0 and called["run"] == (("genre-run", ()), {})


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_can_be_asked_for(called, scale):
    assert cli.main(["run", "--scale", scale, "--offline", "--home", "h"]) == 0
    (offline,), chosen = called["apply_options"]
    assert offline and chosen["scale"] == scale and chosen["home"] == "h"
    named = {"home", "data", "scale", "backbone", "weights", "vectors", "encoder", "scheduler"}
    assert set(chosen) == named and chosen["data"] is None


def test_what_stands_behind_two_dashes_goes_to_jupyterlab(called):
    assert cli.main(["lab", "--source", "--", "--port=8899", "--no-browser"]) == 0
    folder, source, launch, jupyter = called["lab"][0]
    assert (folder, source, launch) == ("genre-course", True, True)
    assert list(jupyter) == ["--port=8899", "--no-browser"]


def test_the_options_of_fetch_reach_the_source(called):
    arguments = "tmdb --genre Horror --genre Comedy --years 1990:1999 --rate 2.5 --consent"
    assert cli.main(["fetch", *arguments.split(), "--contact", "me@example.org"]) == 0
    positional, chosen = called["fetch_movies"]
    assert positional == ("tmdb", None) and called["apply_options"][1]["contact"]
    assert chosen == {
        "pages": 50,
        "genres": ["Horror", "Comedy"],
        "years": (1990, 1999),
        "limit": 1000,
        "posters": False,
        "consent": True,
        "rate": 2.5,
    }
    assert cli.main(["fetch", "imdb"]) == 0
    assert called["fetch_movies"][1]["consent"] is None and not called["fetch_movies"][1]["genres"]


def test_ctrl_c_is_one_sentence_and_status_130(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(chapters, "run", interrupted)
    assert cli.main(["run"]) == 130
    assert capsys.readouterr().err == "genre-tutorial: interrupted; what was finished is kept.\n"


def test_a_bug_is_not_dressed_up(monkeypatch):
    def broken(*_, **__):
        raise EOFError("truncated")

    monkeypatch.setattr(chapters, "run", broken)
    with pytest.raises(EOFError, match="truncated"):
        cli.main(["run"])


def test_predict_trains_once_and_answers_from_the_saved_model(tmp_path):
    home = ["--home", str(tmp_path)]
    first = run("predict", "A sheriff and an outlaw fight over a cattle ranch.", *home)
    second = run("predict", "A sheriff and an outlaw fight over a cattle ranch.", *home)
    assert first.returncode == second.returncode == 0
    assert "Training" in first.stderr and "Training" not in second.stderr
    assert (
        first.stdout == second.stdout
        and len(second.stdout.splitlines()) == 5
        and "Western" in second.stdout
    )


def test_a_model_is_read_from_disk_once():
    store._load_version.cache_clear()
    for plot in ("It is trained, or read.", "It is read.", "A ghost haunts a house."):
        predict.predict_genres(plot)
    assert store._load_version.cache_info().hits >= 1
    assert store._load_version.cache_info().misses <= 1


def test_predict_looks_at_a_poster_too(tmp_path):
    from PIL import Image

    Image.new("CMYK", (300, 450), (200, 100, 0, 40)).save(tmp_path / "Face; rm -rf ~.jpg")
    options = [
        "A ghost haunts a house.",
        "--poster",
        "Face; rm -rf ~.jpg",
        "--backbone",
        "MobileNet:alpha=0.25",
        "-k",
        "3",
    ]
    first, second = (run("predict", *options, cwd=tmp_path) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    assert "Training" not in second.stderr
    assert "UNTRAINED" in second.stdout and "the poster isn't asked" in second.stdout
    answers = [line for line in second.stdout.splitlines() if line.endswith("%")]
    assert len(answers) == 3 and first.stdout.splitlines()[-3:] == answers
    alone = run("predict", *options[0:1], "-k", "3")
    assert alone.stdout.splitlines()[-3:] == answers, "an untrained network has no say"


def test_home_is_an_option_of_every_command(tmp_path):
    assert run("progress", "--home", "mine", cwd=tmp_path).returncode == 0
    result = run("doctor", "--home", "mine", cwd=tmp_path)
    assert str(tmp_path / "mine") in result.stdout


def table_of_films(path, n=60):
    """Enough invented films for a model."""
    rows = []
    for i in range(n):
        genre = ("Horror", "Comedy")[i % 2]
        plot = ("a ghost in the dark cellar", "a funny wedding of two clowns")[i % 2]
        rows.append({"id": i + 1, "title": f"Film {i}", "overview": plot, "genres": [genre]})
    pd.DataFrame(rows).to_json(path, orient="records", lines=True)
    return path


@pytest.fixture
def few_films(tmp_path, monkeypatch):
    """A small table as the source, and an empty home."""
    table = table_of_films(tmp_path / "films.jsonl")
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(table))
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    return table


def saved_models(tmp_path):
    return sorted((tmp_path / "home" / "models").glob("*.skops"))


def test_a_model_is_trained_once(few_films, tmp_path, capsys):
    predict.predict_genres("A ghost.")
    assert "Training" in capsys.readouterr().err
    predict.predict_genres("A clown.")
    assert "Training" not in capsys.readouterr().err and len(saved_models(tmp_path)) == 1


def test_a_damaged_model_is_trained_anew(few_films, tmp_path, capsys):
    predict.plot_model()
    (path,) = saved_models(tmp_path)
    for damage in (b"not a model", b"", path.read_bytes()[:1000]):
        path.write_bytes(damage)
        assert "Horror" in predict.plot_model().genres_
        assert f"{path.name} doesn't work" in capsys.readouterr().err
    path.unlink()
    path.mkdir()
    with pytest.raises(CourseError, match=path.name):
        predict.plot_model()


def test_a_foreign_type_in_a_model_file_is_not_loaded(few_films, tmp_path, capsys):
    from skops import io

    predict.plot_model()
    (path,) = saved_models(tmp_path)
    io.dump(argparse.Namespace(strange=1), path)
    assert "Horror" in predict.plot_model().genres_
    assert "training anew" in capsys.readouterr().err


def word_vectors(path, dimensions):
    words = ["ghost", "dark", "funny", "clowns", "wedding", "cellar"]
    lines = [f"{len(words)} {dimensions}"]
    for number, word in enumerate(words):
        lines.append(" ".join([word, *(str((number + i) % 5 - 2) for i in range(dimensions))]))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_other_vectors_at_the_same_path_make_another_model(
    few_films, tmp_path, monkeypatch, capsys
):
    path = word_vectors(tmp_path / "mine.vec", 10)
    monkeypatch.setenv("GENRE_TUTORIAL_VECTORS", str(path))
    predict.predict_genres("A ghost.")
    word_vectors(path, 12)
    later = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))
    answers = predict.predict_genres("A ghost in the dark.")
    assert answers.idxmax() == "Horror" and len(saved_models(tmp_path)) == 2
    (name, expert) = predict.plot_model().experts_[-1]
    names = expert.vectorizer_[0].get_feature_names_out()
    assert name == "word vectors" and len(names) == 12, "the model reads the new vectors"
    assert "doesn't work" not in capsys.readouterr().err


def test_a_saved_model_of_another_shape_is_made_anew_aloud(few_films, tmp_path, capsys):
    predict.plot_model()
    (path,) = saved_models(tmp_path)
    numbers = GenreClassifier(StandardScaler(), LogisticRegression(), min_examples=1)
    store.save_model(numbers.fit([[0.0], [1.0]], [[True, False], [False, True]]), path)
    assert predict.predict_genres("A ghost in the dark.").idxmax() == "Horror"
    said = capsys.readouterr().err
    assert f"{path.name} doesn't work (ValueError: it is a GenreClassifier); training anew" in said


def test_doctor_is_content_here_and_names_a_fix(monkeypatch, capsys):
    assert cli.main(["doctor"]) == 0
    *lines, encoder = capsys.readouterr().out.splitlines()
    optional = [line for line in lines if line.startswith("NOTE")]
    assert all(line.startswith("OK") for line in lines if line not in optional)
    assert not optional or lite0_weights() is None, "nothing is missing where the extra is there"
    assert "sentence encoder" in encoder
    monkeypatch.setattr(
        doctor, "_requirement_lines", lambda: [(False, "keras missing", 'pip install "keras>=3"')]
    )
    assert cli.main(["doctor"]) == 1
    assert 'FAIL  keras missing: pip install "keras>=3"' in capsys.readouterr().out


def notebook(path, *sources):
    cells = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {},
            "source": s,
            "outputs": [],
            "execution_count": None,
        }
        for i, s in enumerate(sources)
    ]
    path.write_text(
        json.dumps(
            {
                "cells": cells,
                "metadata": {"kernelspec": {"name": "python3", "display_name": "p"}},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )
    )
    return path


def test_run_goes_on_after_a_failing_chapter_and_names_the_cell(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "nbs"
    folder.mkdir()
    notebook(folder / "00_bad.ipynb", "x = 1", "raise ValueError('no such luck')")
    notebook(
        folder / "01_good.ipynb", "from pathlib import Path\nPath('made.txt').write_text('yes')"
    )
    monkeypatch.setattr(chapters, "chapters", lambda: sorted(folder.glob("*.ipynb")))
    monkeypatch.setenv("GENRE_TUTORIAL_SCOREBOARD", "")
    assert cli.main(["run", "--out", str(tmp_path / "out")]) == 1
    captured = capsys.readouterr()
    assert "00_bad.ipynb, cell 2: ValueError: no such luck" in captured.err
    assert "passed 01_good.ipynb" in captured.out
    assert (tmp_path / "out" / "made.txt").exists()
    assert {p.name for p in (tmp_path / "out").glob("*.ipynb")} == {"00_bad.ipynb", "01_good.ipynb"}


def test_run_with_an_unknown_genre_runs_and_says_so_at_the_end(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "nbs"
    folder.mkdir()
    notebook(folder / "00_good.ipynb", "x = 1")
    monkeypatch.setattr(chapters, "chapters", lambda: sorted(folder.glob("*.ipynb")))
    for name in ("SCOREBOARD", "SOURCE"):
        monkeypatch.setenv(f"GENRE_TUTORIAL_{name}", "")
    data = tmp_path / "films.csv"
    data.write_text("id,title,overview,genres\n1,A,B,Noir\n2,C,D,Drama\n")
    assert cli.main(["run", "--data", str(data), "--out", str(tmp_path / "out")]) == 2
    assert "row 2, column 'genres': 'Noir'" in capsys.readouterr().err


def test_lab_makes_a_copy_and_never_overwrites(tmp_path):
    assert run("lab", "--no-launch", cwd=tmp_path).returncode == 0
    mine = tmp_path / "genre-course" / "04_svm_naive_bayes.ipynb"
    mine.write_text("mine")
    assert run("lab", "--no-launch", cwd=tmp_path).returncode == 0
    assert mine.read_text() == "mine"
    assert not list(mine.parent.glob("04_*-*.ipynb")), "the same version is not handed out twice"
    record = mine.parent / copies.RECORD
    kept = json.loads(record.read_text())
    record.write_text(json.dumps(kept | {"files": kept["files"] | {mine.name: "older"}}))
    assert run("lab", "--no-launch", cwd=tmp_path).returncode == 0
    assert mine.read_text() == "mine" and len(list(mine.parent.glob("04_*-*.ipynb"))) == 1


@pytest.mark.parametrize("record", ['{"09_multimodal.ipynb": "abc"}', None])
def test_a_copy_of_the_first_edition_is_left_alone(tmp_path, record):
    old = tmp_path / "genre-course"
    old.mkdir()
    (old / "09_multimodal.ipynb").write_text("my answers")
    if record:
        (old / copies.RECORD).write_text(record)
    before = sorted(old.iterdir())
    for _ in range(2):
        result = run("lab", "--no-launch", cwd=tmp_path)
        assert result.returncode == 0 and "course 0.1" in result.stdout
        new = tmp_path / "genre-course-second-edition"
        assert f"The course is in {new.resolve()}\n" in result.stdout
    assert (new / "10_multimodal.ipynb").is_file() and not (new / "09_multimodal.ipynb").exists()
    assert sorted(old.iterdir()) == before
    assert (old / "09_multimodal.ipynb").read_text() == "my answers"
    assert not list(new.rglob("*-0.2*.ipynb")), "the same version is not handed out twice"


def test_lab_opens_the_start_page_and_says_three_things(tmp_path, monkeypatch, capfd):
    called = []
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    monkeypatch.setattr(
        chapters, "run_command", lambda *args, **options: called.append((args, options))
    )
    folder = tmp_path / "my course"
    cli.main(["lab", "--folder", str(folder), "--", "--port=8899", "--log-level=INFO"])
    said = capfd.readouterr().out.splitlines()
    assert len(said) == 3 and said[0] == f"The course is in {folder.resolve()}"
    assert "start page" in said[1] and "Ctrl-C" in said[2]
    ((command, place), options) = called[0]
    assert "--LabApp.default_url=/lab/tree/start.ipynb" in command
    assert place == folder
    ours, mine = options["more"]["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert ours == str(tmp_path / "home" / "jupyter") and mine == "mine"
    assert os.environ["JUPYTER_CONFIG_PATH"] == "mine"
    assert command[-2:] == ["--port=8899", "--log-level=INFO"], "what the user asks for wins"
    assert (folder / "start.ipynb").is_file()


@pytest.mark.timeout(300)
def test_lab_starts_without_warnings_and_one_ctrl_c_ends_it(tmp_path):
    """The real JupyterLab, in a working copy; the start page says how to stop it, too."""
    code = "import sys; from genre_tutorial.apps.cli import main; sys.exit(main())"
    asked = ["lab", "--home", str(tmp_path / "home"), "--folder", str(tmp_path / "course"), "--"]
    asked += ["--allow-root", "--no-browser", "--port=0"]
    lab = subprocess.Popen(
        [sys.executable, "-c", code, *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")},
    )
    said = []
    try:
        for line in lab.stdout:
            said.append(line)
            if "http://127.0.0.1" in line:
                break
        lab.send_signal(signal.SIGINT)
        said += lab.communicate(timeout=120)[0].splitlines(keepends=True)
    finally:
        lab.kill()
    assert lab.returncode == 130 and "interrupted" in said[-1]
    assert "Warning" not in "".join(said) and "/lab/tree/start.ipynb" in "".join(said)
    page = (tmp_path / "course" / "start.ipynb").read_text(encoding="utf-8")
    assert "press **Ctrl + C** in the terminal" in page


@pytest.mark.parametrize(
    "user, status, arguments, helps",
    [
        (0, 1, [], True),
        (0, 1, ["--allow-root"], False),
        (0, 0, [], False),
        (1000, 1, [], False),
    ],
)
def test_root_is_told_how_to_start(user, status, arguments, helps, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(chapters.os, "geteuid", lambda: user, raising=False)
    monkeypatch.setattr(chapters, "run_command", lambda *_, **__: status)
    assert chapters.lab(tmp_path / "course", jupyter=arguments) == status
    assert ("lab -- --allow-root" in capsys.readouterr().err) == helps


def test_a_wrong_choice_is_said_in_words(capsys):
    assert cli.main(["run", "--scale", "huge"]) == 2
    said = capsys.readouterr().err
    assert "'huge' is not one of 'tiny', 'standard', 'full'" in said and "Value error" not in said


def test_lab_names_what_is_new_in_an_old_copy(tmp_path, capsys):
    folder = tmp_path / "course"
    chapters.lab(folder, launch=False)
    assert "new:" not in capsys.readouterr().out, "all of it is new"
    (folder / "start.ipynb").unlink()
    chapters.lab(folder, launch=False)
    assert f"new: {folder / 'start.ipynb'}\n" in capsys.readouterr().out


def test_a_copy_has_the_engine_too(tmp_path):
    run("lab", "--no-launch", cwd=tmp_path)
    copied = {p.relative_to(tmp_path / "genre-course") for p in tmp_path.rglob("*.ipynb")}
    original = chapters.notebooks_folder()
    assert copied == {p.relative_to(original) for p in original.rglob("*.ipynb")}


def test_a_working_copy_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CourseError, match="--folder"):
        chapters.working_copy(tmp_path / "file")


def test_options_hold_for_one_command_and_leave_the_environment_alone(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "genre_tutorial.apps.predict.show_answer",
        lambda *_: seen.append((settings(), variables())),
    )
    before, usual = dict(os.environ), settings()
    assert cli.main(["predict", "A.", "--home", str(tmp_path), "--scale", "tiny", "--offline"]) == 0
    ((inside, handed_on),) = seen
    assert (inside.home, inside.scale, inside.offline) == (tmp_path, "tiny", True)
    assert inside.scoreboard == tmp_path / "scoreboard.csv"
    assert handed_on["GENRE_TUTORIAL_HOME"] == str(tmp_path)
    assert handed_on["GENRE_TUTORIAL_OFFLINE"] == "1"
    changed = {name for name in {*before, *os.environ} if before.get(name) != os.environ.get(name)}
    assert changed <= {"TF_CPP_MIN_LOG_LEVEL", "PYTEST_CURRENT_TEST"} and settings() == usual
