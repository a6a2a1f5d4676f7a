"""`doctor --data` before a run, and a run that stops at once where there is nothing to learn."""

import pytest

from genre_tutorial.apps import chapters, needs
from genre_tutorial.apps.cli import main
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import clean_movies, course_movies, load_movies

PLAIN = "Title,Plot,Genre\nMilk Run,Two cousins race a van.,comedy\nOld Maps,A clerk.,['Mystery']\n"
NO_GENRES = "title,overview,genres\nMilk Run,Two cousins race.,none\nOld Maps,A clerk.,N/A\n"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch):
    """The command line writes its settings into the environment: put it back."""
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", "")


def write(folder, text):
    path = folder / "films.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_doctor_says_what_a_table_holds(tmp_path, capsys):
    assert main(["doctor", "--data", str(write(tmp_path, PLAIN))]) == 0
    said = capsys.readouterr().out
    for part in (
        "title              from Title",
        "overview           from Plot",
        "2 films, 2 to learn from.",
        "genres: Comedy 1, Mystery 1",
        "1 genre cell was a Python list; read (first: row 3",
        "1 genre has another spelling; read (first: row 2, 'comedy')",
        "fewer than 50 films",
        "02_cooccurrence        no film has several genres",
        "03_bag_of_words        hardly a word is in some of the plots and not in nearly all: it",
        "04_svm_naive_bayes     no genre has 8 films with it and 8 without: it may end half-way",
        "07_vgg                 no posters",
        "it may end half-way; no years: the drift is asked of the embedded films",
        "12_questions           no release dates",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    "genres, reason",
    [
        (["Drama"], "all of them            one genre only: there is nothing to tell apart"),
        (["Drama|Comedy"], "all of them            every film has the same genres: there"),
        (["Drama|Comedy", "Drama"], None),
        (["Drama", "Comedy"], None),
    ],
)
def test_what_hinders_every_chapter_is_said_once(genres, reason, tmp_path, capsys):
    rows = [f"Film {i},Plot {i} of a film.,{genres[i % len(genres)]}" for i in range(4)]
    file = write(tmp_path, "\n".join(["title,overview,genres", *rows]))
    assert main(["doctor", "--data", str(file)]) == 0
    below = capsys.readouterr().out.partition("Chapters\n")[2].splitlines()
    assert len(below) == (1 if reason else len(chapters.chapters()))
    assert reason is None or reason in below[0]


def table(genres, plot, films=30):
    """A table whose films have these genres in turn; plots are told apart by the film's number."""
    rows = [f"Film {i},{plot.format(i)},{genres[i % len(genres)]}" for i in range(films)]
    return "\n".join(["title,overview,genres", *rows])


@pytest.mark.parametrize("plot", ["A man meets a woman.", "Film {}: a ghost.", "侍が村を守る{}。"])
def test_plots_of_nearly_the_same_words_are_told_before_a_run(plot, tmp_path, capsys, monkeypatch):
    path = write(tmp_path, table(["Drama", "Comedy", "Horror|Drama"], plot))
    assert main(["doctor", "--data", str(path)]) == 0
    told = [line[2:4] for line in capsys.readouterr().out.splitlines() if "hardly a word" in line]
    assert told == ["03", "04", "05", "06", "08", "09", "11", "13"]
    tried = []

    def ends(notebook, out, tick):
        tried.append(notebook.name[:2])
        return None if notebook.name.startswith("02") else f"{notebook.name}, cell 7: ValueError"

    monkeypatch.setattr(chapters, "_execute", ends)
    asked = ["run", "--data", str(path), "--out", str(tmp_path / "out"), "--only", "02", "03", "10"]
    assert main(asked) == 1 and tried == ["02", "03", "10"]
    said = capsys.readouterr()
    assert said.out.startswith("Note: 03_bag_of_words: hardly a word is in some of the plots")
    assert said.out.count("Note: ") == 1
    known = "cell 7: ValueError (of these films it was known: hardly a word is in"
    assert (
        known in said.err and said.err.splitlines()[-1] == "10_multimodal.ipynb, cell 7: ValueError"
    )


@pytest.mark.parametrize(
    "genres, why", [(["Drama"], "one genre only"), (["Drama|Comedy"], "every film has the same")]
)
def test_a_run_on_films_of_the_same_genres_ends_at_once(genres, why, tmp_path, capsys, monkeypatch):
    path, out = write(tmp_path, table(genres, "A ghost haunts house {}.")), tmp_path / "out"
    assert main(["run", "--data", str(path), "--out", str(out), "--only", "03"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"genre-tutorial: films.csv: {why}") and said.count("\n") == 1
    assert "nothing to tell apart; add films of other genres." in said and not out.exists()
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(path))
    assert len(course_movies()) == 30
    assert f"Note: films.csv: {why}" in capsys.readouterr().out


def test_usual_films_lack_no_words():
    assert needs.facts(clean_movies(load_movies("openplots").head(60)))["words"] > 50


def test_one_film_is_one_film(tmp_path, capsys):
    file = write(tmp_path, "title,overview,genres\nMilk Run,Two cousins race.,Drama\n")
    assert main(["doctor", "--data", str(file)]) == 0
    assert "\n1 film, 1 to learn from." in capsys.readouterr().out


def test_doctor_of_a_table_with_nothing_to_learn_from(tmp_path, capsys):
    assert main(["doctor", "--data", str(write(tmp_path, NO_GENRES))]) == 1
    assert "films.csv has no film to learn from" in capsys.readouterr().out
    assert main(["doctor", "--data", str(tmp_path / "gone.csv")]) == 2
    assert "There is no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text, reason",
    [
        (NO_GENRES, "2 of 2 have no genres, one is 'Milk Run' with the plot 'Two cousins race.'"),
        (NO_GENRES.replace("none", "['Drama'"), "row 2, column 'genres': \"\\['Drama'\" can't be"),
        ("title,overview,genres\nMilk Run,,Drama\n", "1 of 1 have no plot, one is 'Milk Run'"),
        ("title,overview,genres\n,A van.,Drama\n", "no row has a title"),
    ],
)
def test_a_run_ends_at_once_where_nothing_can_be_learned(
    tmp_path, capsys, monkeypatch, text, reason
):
    path = write(tmp_path, text)
    out = tmp_path / "out"
    assert main(["run", "--data", str(path), "--out", str(out), "--only", "00"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("genre-tutorial: films.csv has no film to learn from: ")
    assert said.count("\n") == 1 and not out.exists()
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(path))
    with pytest.raises(CourseError, match=reason):
        course_movies()


def test_load_movies_shows_its_report(tmp_path, capsys):
    load_movies(write(tmp_path, PLAIN))
    assert "Note: films.csv: 1 genre cell was a Python list; read" in capsys.readouterr().out


def test_a_run_without_any_known_genre_says_so_in_one_sentence(tmp_path, monkeypatch):
    rows = [f"Film {n},Plot {n}.,{'Krimi' if n % 3 else 'Liebesfilm'}" for n in range(9)]
    path = write(tmp_path, "title,overview,genres\n" + "\n".join(rows))
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(path))
    assert chapters._problems(chapters._films_to_run()) == [
        "films.csv, row 3, column 'genres': 'Krimi', the commonest (6 of them), is not a TMDB "
        "genre, and no other genre of the table is one; the chapters took its words as they are: "
        "map them first if you want TMDB's."
    ]
    path.write_text(path.read_text().replace("Krimi", "Crime"))
    lines = chapters._problems(chapters._films_to_run())
    assert len(lines) == 3 and all("'Liebesfilm' is not a TMDB genre" in line for line in lines)
    path.write_text(path.read_text().replace("Liebesfilm", "Romance"))
    assert chapters._problems(chapters._films_to_run()) == []
