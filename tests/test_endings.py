"""How commands end: signals, full disks, two at once; one sentence, and nothing left behind."""

import errno
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import requests
from test_cli import notebook, run, table_of_films

from genre_tutorial.apps import bench, chapters, cli, copies, endings, predict, purge, timing
from genre_tutorial.core.files import atomic_write
from genre_tutorial.core.http import each
from genre_tutorial.core.locks import hold_folder
from genre_tutorial.core.settings import CourseError, error_text, first_line
from genre_tutorial.course import progress
from genre_tutorial.course.exercises import check, hint
from genre_tutorial.models import features, store

MINUTES = 240  # no test waits so long where all is well; a loaded computer may


def wait_for(condition, what):
    """Wait until something is so."""
    end = time.monotonic() + MINUTES
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home, by which processes that were started here are found again."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def hang_up_is_heard():
    """Under `nohup` it would be ignored, here and by whatever is started here."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def processes_of(home):
    """Every process that has this home in its environment, but for this one."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("GENRE_TUTORIAL_HOME") == str(home)
            ended = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            continue
        if mine and not ended and process.pid != os.getpid():
            found.append(process)
    return found


@contextmanager
def started(home, code, *arguments, **options):
    """A command in a process of its own; whatever of it is left at the end is killed."""
    code = f"import sys; from genre_tutorial.apps import chapters, cli, endings; {code}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    try:
        yield process
    finally:
        for left in processes_of(home):
            left.kill()
        process.communicate()


def end(process, number, home):
    """Send a signal; returns what was said on standard error, once every process has ended."""
    process.send_signal(number)
    _, said = process.communicate(timeout=MINUTES)
    wait_for(lambda: not processes_of(home), f"the end of {processes_of(home)}")
    return said


# The status


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "movies.jsonl")


def signalled(number):
    def command():
        os.kill(os.getpid(), number)
        time.sleep(MINUTES)

    return command


def raising(error):
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    "command, status, sentence",
    [
        (signalled(signal.SIGINT), 130, "interrupted; what was finished is kept."),
        (signalled(signal.SIGTERM), 143, "ended by SIGTERM; what was finished is kept."),
        (signalled(signal.SIGHUP), 129, "ended by SIGHUP; what was finished is kept."),
        (raising(CourseError("No such film.")), 2, "No such film."),
        (raising(MemoryError()), 2, "the memory ran out; --scale tiny or fewer films need less."),
        (full_disk, 2, "Can't use movies.jsonl (No space left on device); check that place"),
        (raising(PermissionError(13, "Permission denied", "x")), 2, "Can't use x (Permission"),
        (raising(FileNotFoundError(2, "No such file", "x")), 2, "Can't use x (No such file)"),
        (raising(OSError(36, "File name too long", "x" * 9999)), 2, "(File name too long)"),
    ],
)
def test_every_end_has_a_sentence_and_a_status(command, status, sentence, capsys):
    usual = {number: signal.getsignal(number) for number in (2, 15, 1)}
    assert endings.exit_status(command, tidy=lambda: None) == status
    said = capsys.readouterr().err
    assert said.startswith("genre-tutorial: ") and sentence in said and said.count("\n") == 1
    assert {number: signal.getsignal(number) for number in (2, 15, 1)} == usual


@pytest.mark.parametrize("error", [requests.ConnectionError("lost"), OSError("odd"), KeyError("x")])
def test_an_error_that_is_not_the_disks_stays_an_error(error):
    if type(error) is OSError:  # NumPy says so when a disk takes only part of an array
        assert endings.exit_status(raising(error)) == 2
    else:
        with pytest.raises(type(error)):
            endings.exit_status(raising(error))


def test_the_second_ctrl_c_does_not_stop_the_cleaning():
    cleaned = []

    def command():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(MINUTES)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
                os.kill(os.getpid(), number)
            time.sleep(0.01)  # a signal would arrive here
            cleaned.append("all")

    assert endings.exit_status(command, tidy=lambda: cleaned.append("tidy")) == 130
    assert cleaned == ["all", "tidy"]


def test_in_a_thread_signals_are_left_alone():
    answers = []
    thread = threading.Thread(target=lambda: answers.append(endings.exit_status(lambda: 7)))
    thread.start()
    thread.join()
    assert answers == [7]


def test_notes_of_libraries_go_into_a_log(home, capfd, monkeypatch):
    def command():
        for text in ("a deprecated thing", "an overflow"):
            warnings.warn(text, RuntimeWarning, stacklevel=1)
        logging.getLogger("a.library").warning("a word of a logger")
        return 0

    assert endings.exit_status(command) == 0
    log = home / endings.LOG
    assert "a.library WARNING: a word of a logger" in log.read_text()
    assert "a deprecated thing" in log.read_text() and "an overflow" in log.read_text()
    monkeypatch.setattr(endings, "MOST_BYTES", 10)
    endings.exit_status(command)
    assert log.read_text().count("\n") == 1, "a full log begins anew"
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(log))  # a file, where no log can lie
    assert endings.exit_status(command) == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "name, message, text",
    [
        ("ValueError", "", "ValueError without a message"),
        ("ValueError", " \n ", "ValueError without a message"),
        ("KeyError", "\n'x'\nmore", "KeyError: 'x'"),
    ],
)
def test_a_reason_is_never_empty(name, message, text):
    assert error_text(name, message) == text


def test_a_message_that_can_not_be_made_is_none():
    class Mute(ValueError):
        def __str__(self):
            raise RuntimeError("no words")

    assert first_line(Mute()) == "" and error_text("Mute", Mute()) == "Mute without a message"
    assert first_line(ValueError("\n one \ntwo")) == "one"


def test_output_that_nobody_takes(tmp_path):
    """A pipe whose reader has gone, a full disk, no output at all, letters that it lacks."""
    code = "import sys; from genre_tutorial.apps.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "--version"]
    here = {"cwd": tmp_path, "stderr": subprocess.PIPE, "text": True}
    read, write = os.pipe()
    os.close(read)
    unread = subprocess.run(command, stdout=write, **here)
    os.close(write)
    assert (unread.returncode, unread.stderr) == (141, "")
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, stdout=full, **here)
    assert result.returncode == 2 and "Can't use the output (No space left" in result.stderr
    assert result.stderr.count("\n") == 1
    narrow = os.environ | {"PYTHONIOENCODING": "ascii"}
    command[3:] = ["predict", "A.", "--data", "Amélie.csv"]
    result = subprocess.run(command, stdout=subprocess.PIPE, env=narrow, **here)
    assert result.returncode == 2 and "Am\\xe9lie.csv" in result.stderr
    assert "Traceback" not in result.stderr


# Bad input


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("predict A. -k 0", "-k is 1 or more"),
        ("predict A. -k -1", "-k is 1 or more"),
        ("predict A. -k 99", "these films have 2; -k is 1 to 2"),
        ("predict A. -k two", "Invalid value for '-k'"),
        ("predict A. --vectors nope", "no word vectors called 'nope'"),
        ("run --vectors nope --only 00", "no word vectors called 'nope'"),
        ("run --backbone MobileNet:foo=1 --only 00", "no option 'foo'; it takes alpha"),
        ("run --backbone MobileNet:weights=1 --only 00", "no option 'weights'"),
        ("run --scheduler tcp://127.0.0.1:1 --only 00", "No Dask scheduler answers"),
        ("run --only 00 77", "no chapter '77'"),
        ("run --only= --out new", "no chapter ''"),
        ("run --out file --only 00", "Can't write into"),
        ("run --out file/below --only 00", "Can't write into"),
        ("run --out copy --only 00", "notebooks that a run would replace"),
        ("fetch practice --pages 0", "pages is 0"),
        ("fetch practice --limit -5", "limit is -5"),
        ("fetch practice --rate 0", "rate is 0"),
        ("fetch practice --rate -1", "rate is -1"),
        ("fetch practice --rate nan", "rate is nan"),
        ("fetch practice --rate inf", "rate is inf"),
        ("fetch practice --genre Noir", "no genre called 'Noir'"),
        ("fetch practice --out file", "Can't write into"),
        ("fetch practice --home file", "Can't make the folder"),
        ("purge netflix", "no source called 'netflix'"),
        ("progress --home file", "Can't make the folder"),
        ("progress --reset 99", "Chapter '99' has no exercises"),
        ("bench --only nothing", "no bench 'nothing'"),
        ("bench --only start --out copy", "copy is a folder"),
        ("bench --only start --out file/x.csv", "Can't write file/x.csv"),
        ("doctor --data nothing.csv", "no file"),
        ("lab --folder file --no-launch", "--folder"),
        ("lab --data nothing.csv --folder new", "There is no file nothing.csv"),
    ],
)
def test_bad_input_is_one_sentence(arguments, words, tmp_path, monkeypatch, capsys, home):
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(table_of_films(tmp_path / "films.jsonl")))
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("in the way")
    Path("copy").mkdir()
    Path("copy", copies.RECORD).write_text("{}")
    assert cli.main(arguments.split()) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if "genre-tutorial:" in line]
    assert len(said) == 1 and words in said[0]
    assert not Path("new").exists() and Path("file").read_text() == "in the way"


STRANGE = {
    "pipe": "is a pipe or a device; save what it gives as a file",
    "https://example.org/x.csv": "is a web address; download the file",
    "~nobodyatall/x.csv": "There is no file",
    "/dev/null": "is a pipe or a device",
    "folder": "is a folder; choose the",
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("name", STRANGE)
def test_what_is_no_file_is_told_as_what_it_is(name, tmp_path, monkeypatch, capsys, home):
    """Wherever a file is asked for; a pipe that nobody writes into isn't opened."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "folder").mkdir()
    for asked in (
        ["doctor", "--data", name],
        ["predict", "a ghost", "--data", name],
        ["predict", "a ghost", "--poster", name],
        ["new-project", "x", "--data", name],
        *([["fetch", name]] if "." in name else []),
    ):
        assert cli.main(asked) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and STRANGE[name] in said, asked


@pytest.mark.parametrize(
    "content, said",
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is a picture, no table"),
        (b"\xff\xd8\xff\xe0" + bytes(range(256)), "is a picture, no table"),
        (bytes(range(255, -1, -1)) * 9, "is no text, and no table that its ending tells"),
        ("title,overview,genres\nA,侍が村,Drama\n".encode("shift-jis"), "not UTF-8 text; save"),
    ],
    ids=["png", "jpeg", "bytes", "shift-jis"],
)
def test_what_is_no_table_is_told_without_its_bytes(content, said, tmp_path, capsys, home):
    (tmp_path / "films.csv").write_bytes(content)
    assert cli.main(["doctor", "--data", str(tmp_path / "films.csv")]) == 2
    told = capsys.readouterr().err
    assert said in told and "\\udc" not in told


@pytest.mark.parametrize(
    "asked, said",
    [
        (["predict", "a", "ghost"], "Put in quotes what belongs together"),
        (["predict", "a ghost", "-k", "x"], "give a whole number ("),
        (["lab", "--folder", "", "--no-launch"], "--folder is empty"),
        (["run", "--out", " ", "--only", "00"], "--out is empty"),
        (["fetch", "practice", "--contact", "no address"], "neither a mail address nor"),
    ],
)
def test_a_slip_is_told_in_plain_words(asked, said, tmp_path, monkeypatch, capsys, home):
    monkeypatch.chdir(tmp_path)
    assert cli.main(asked) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and not list(tmp_path.glob("*.ipynb"))


def test_a_name_of_nobody_and_one_too_long(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["progress", "--home", "~nobody-of-this-name/x"]) == 0
    for option in ("--data", "--vectors", "--weights", "--poster"):
        assert cli.main(["predict", "A.", option, "x" * 5000 + ".csv"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_doctor_looks_at_every_setting(tmp_path, monkeypatch, capsys, home):
    secret = "0123456789abcdef0123456789abcdef"
    (tmp_path / "none.h5").write_bytes(b"no weights")
    wrong = {
        "SOURCE": "netflix",
        "SCALE": "huge",
        "BACKBONE": "VGG61",
        "VECTORS": "nope",
        "WEIGHTS": str(tmp_path / "none.h5"),
        "ENCODER": str(tmp_path),
        "SCHEDULER": "tcp://127.0.0.1:1",
        "SCOREBOARD": str(tmp_path),
        "CONTACT": "me at home",
        "OFFLINE": "no",
        "BACKBON": "VGG16",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(f"GENRE_TUTORIAL_{name}", value)
    for name in ("TMDB_API_KEY", "TMDB_BEARER_TOKEN"):
        monkeypatch.setenv(name, f"{secret} ")
    monkeypatch.setenv("TMDB_CONSENT", "no")
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    failed = {line.split()[1].rstrip(":") for line in said.splitlines() if line.startswith("FAIL")}
    names = {f"GENRE_TUTORIAL_{name}" for name in wrong}
    assert failed == names | {"TMDB_API_KEY", "TMDB_BEARER_TOKEN", "TMDB_CONSENT"}
    assert secret not in said and "did you mean GENRE_TUTORIAL_BACKBONE?" in said
    for name in [*names, "TMDB_API_KEY", "TMDB_BEARER_TOKEN", "TMDB_CONSENT"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GENRE_TUTORIAL_BACKBONE", "MobileNet:alpha=0.25")
    monkeypatch.setenv("GENRE_TUTORIAL_WEIGHTS", str(tmp_path / "none.h5"))
    monkeypatch.setenv("GENRE_TUTORIAL_CONTACT", "me@example.org")
    monkeypatch.setenv("TMDB_API_KEY", secret)
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    (line,) = [line for line in said.splitlines() if line.startswith("FAIL")]
    assert "GENRE_TUTORIAL_WEIGHTS" in line and "none.h5 can't be read as weights" in line
    assert "OK    TMDB_API_KEY is set" in said and secret not in said


@pytest.mark.parametrize("key", [" 5d41402abc", "5d41402abc\n", "5d41 402abc", "5d41402äbc"])
def test_a_key_with_blanks_is_refused_and_not_shown(key, monkeypatch, capsys, home):
    monkeypatch.setenv("TMDB_API_KEY", key)
    monkeypatch.setenv("GENRE_TUTORIAL_OFFLINE", "")
    assert cli.main(["fetch", "tmdb", "--consent"]) == 2
    said = capsys.readouterr()
    assert "TMDB_API_KEY has blanks" in said.err and "5d41" not in said.out + said.err


# Full and read-only disks


@pytest.fixture
def few_films(tmp_path, home, monkeypatch):
    """A small table as the source, and an empty home."""
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(table_of_films(tmp_path / "films.jsonl")))
    return home


def one_page_files():
    """From now on no file of this process gets longer than four kilobytes: a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def test_a_full_disk_does_not_cost_an_answer(few_films):
    result = run("predict", "A ghost in the dark.", preexec_fn=one_page_files)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0].startswith("Horror")
    assert "the model can't be kept" in result.stderr and "File too large" in result.stderr
    assert list((few_films / "models").iterdir()) == [], "no half model stays"


def test_a_home_that_cannot_be_made_does_not_cost_an_answer(few_films, capsys):
    few_films.write_text("a file")
    assert predict.predict_genres("A ghost in the dark.").idxmax() == "Horror"
    assert "can't be kept" in capsys.readouterr().err


def test_features_that_cannot_be_kept_are_used(home, tmp_path, monkeypatch, capsys):
    from PIL import Image

    pictures = [tmp_path / f"{colour}.png" for colour in ("red", "navy", "gold")]
    for picture in pictures:
        Image.new("RGB", (60, 90), picture.stem).save(picture)
    options = {"pooling": "avg", "size": 64, "alpha": 0.25, "batch": 2}
    kept = features.poster_features(pictures[:1], "MobileNet", **options).table

    @contextmanager
    def no_room(path):
        yield tmp_path / "part"
        raise CourseError("Can't write it (No space left on device).")

    monkeypatch.setattr(features, "atomic_write", no_room)
    table = features.poster_features(pictures, "MobileNet", **options).table
    assert table.shape == (3, kept.shape[1]) and np.isfinite(table).all(axis=None)
    pd.testing.assert_series_equal(table.loc[0], kept.loc[0])
    assert "features are not kept, but used" in capsys.readouterr().out


def test_numpys_word_for_a_full_disk_is_understood(tmp_path):
    with pytest.raises(CourseError, match="Can't write .*x.npy"), atomic_write(tmp_path / "x.npy"):
        raise OSError("1280 requested and 100 written")
    with pytest.raises(requests.Timeout), atomic_write(tmp_path / "x.npy"):
        raise requests.Timeout


def test_a_notebook_that_cannot_be_saved_fails_alone(tmp_path, monkeypatch, capsys, few_films):
    folder = tmp_path / "nbs"
    folder.mkdir()
    for name in ("00_first", "01_second"):
        notebook(folder / f"{name}.ipynb", "raise AssertionError")
    monkeypatch.setattr(chapters, "chapters", lambda: sorted(folder.glob("*.ipynb")))
    (tmp_path / "out" / "00_first.ipynb").mkdir(parents=True)
    assert cli.main(["run", "--out", str(tmp_path / "out"), "--only", "0", "00", "1"]) == 1
    said = capsys.readouterr()
    assert "cell 1: AssertionError without a message" in said.err
    assert said.out.count("FAILED 00_first") == 1 and (tmp_path / "out/01_second.ipynb").is_file()


def test_a_table_that_cannot_be_saved_does_not_end_a_bench(tmp_path, monkeypatch, capsys):
    def part(name):
        def lines(full):
            table.mkdir(exist_ok=True)  # from now on a folder lies in the way
            yield timing.line(name, name, seconds=1)

        return lines

    table = tmp_path / "bench.csv"
    monkeypatch.setattr(bench, "BENCHES", {"one": part("one"), "two": part("two")})
    assert cli.main(["bench", "--out", str(table)]) == 2
    said = capsys.readouterr()
    assert "one: one" in said.out and "two: two" in said.out and "Can't write" in said.err


# Two and three at once


def test_three_notebooks_lose_no_try(home):
    code = (
        "import sys; from genre_tutorial.course.progress import note_attempt\n"
        "for n in range(40): note_attempt(f'{n % 2}.1', tries=1, hints=int(sys.argv[1]))"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(3)]
    assert [other.wait(MINUTES) for other in others] == [0, 0, 0]
    row = {"tries": 60, "solved": False, "hints": 60}
    assert progress.read_progress() == {"0.1": row, "1.1": row}


def test_an_exercise_is_checked_where_nothing_can_be_kept(home, capsys, monkeypatch):
    monkeypatch.setattr(progress, "_waiting", {})
    home.write_text("a file in the way")
    check("2.1", 5)
    hint("2.1")
    hint("2.1")
    said = capsys.readouterr().out
    assert "progress isn't kept now" in said and "2.1 ✗" in said
    assert "hint 1 of 3" in said and "hint 2 of 3" in said
    home.unlink()
    hint("2.1")
    assert "hint 3 of 3" in capsys.readouterr().out
    assert progress.read_progress()["2.1"] == {"tries": 1, "solved": False, "hints": 3}
    monkeypatch.setattr(progress, "PATIENCE", 0.1)
    with hold_folder(home / "progress"):
        hint("2.1")
    assert f"Process {os.getpid()} is at work" in capsys.readouterr().out


def test_a_second_run_is_told_who_holds_the_folder(tmp_path, capsys, few_films):
    with hold_folder(tmp_path / "out"):
        assert cli.main(["run", "--out", str(tmp_path / "out"), "--only", "00"]) == 2
    said = capsys.readouterr().err
    assert f"Process {os.getpid()} is at work in {tmp_path / 'out'}" in said
    assert not list((tmp_path / "out").glob("*.ipynb"))


def test_two_first_predictions_at_once_both_answer(few_films):
    with (
        started(few_films, "sys.exit(cli.main())", "predict", "A ghost.") as first,
        started(few_films, "sys.exit(cli.main())", "predict", "A ghost.") as second,
    ):
        answers = [process.communicate(timeout=MINUTES)[0] for process in (first, second)]
    assert answers[0] == answers[1] and answers[0].startswith("Horror")
    (model,) = (few_films / "models").iterdir()
    assert store.load_model(model).genres_ == ["Comedy", "Horror"]


# Ctrl-C and SIGTERM, from outside

RUN = "chapters.chapters = lambda: sorted(chapters.Path(sys.argv[1]).glob('*.ipynb')); "
RUN += "sys.exit(cli.main(['run', '--out', sys.argv[2]]))"
BUSY = """
import subprocess, sys, time
from pathlib import Path
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9999)"])
Path("begun").touch()
time.sleep(9999)
"""
DASK = """
import time
from pathlib import Path
from genre_tutorial.data.partitions import connect
client = connect(workers=1)
client.submit(time.sleep, 9999)
Path("begun").touch()
time.sleep(9999)
"""


@pytest.mark.parametrize(
    "number, status, busy", [(signal.SIGINT, 130, BUSY), (signal.SIGTERM, 143, DASK)]
)
def test_an_interrupted_run_keeps_what_it_has(number, status, busy, tmp_path, few_films):
    folder, out = tmp_path / "nbs", tmp_path / "out"
    folder.mkdir()
    notebook(folder / "00_long.ipynb", "print('first cell')", busy)
    notebook(folder / "01_next.ipynb", "print('never')")
    with started(few_films, RUN, folder, out) as process:
        wait_for((out / "begun").exists, "the second cell")
        said = end(process, number, few_films)
    assert process.returncode == status
    (sentence,) = [line for line in said.splitlines() if line.strip()]
    assert sentence.startswith("genre-tutorial: ") and "what was finished is kept" in sentence
    cells = json.loads((out / "00_long.ipynb").read_text())["cells"]
    assert cells[0]["outputs"][0]["text"] == ["first cell\n"]
    assert not (out / "01_next.ipynb").exists()
    with hold_folder(out):
        pass  # free again


def answers(folder):
    """Saved answers; one that is being written has a hidden name and may still be removed."""
    return list(folder.glob("answers/**/[!.]*.json"))


def test_an_interrupted_fetch_goes_on_later(home, tmp_path):
    arguments = ["fetch", "practice", "--pages", "20", "--out", str(tmp_path / "data")]
    with started(home, "sys.exit(cli.main())", *arguments, "--rate", "3") as process:
        wait_for(lambda: answers(tmp_path / "data"), "an answer")
        said = end(process, signal.SIGINT, home)
    assert process.returncode == 130 and said.count("\n") == 1 and "interrupted" in said
    saved = {path: path.read_bytes() for path in answers(tmp_path / "data")}
    assert saved and not (tmp_path / "data" / "movies.jsonl").exists()
    assert cli.main(arguments) == 0
    assert {path: path.read_bytes() for path in saved} == saved
    assert len((tmp_path / "data" / "movies.jsonl").read_text().splitlines()) == 400


def test_ctrl_c_does_not_wait_for_a_slow_service():
    answer, asked = threading.Event(), threading.Event()

    def ask(_):
        asked.set()
        answer.wait(MINUTES)

    def interrupt():
        asked.wait(MINUTES)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        each(ask, [1, 2, 3], "asking", workers=2)
    assert not answer.is_set(), "it ended while a call was still waiting"
    answer.set()


PROGRAM = """
import signal, subprocess, sys, time
from pathlib import Path
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9999)"])
Path("begun").touch()
time.sleep(9999)
"""


@pytest.mark.parametrize("manner", ["polite", "deaf"])
def test_a_program_ends_with_us(manner, home, tmp_path):
    """`lab` and `demo` are such programs; one that doesn't listen is killed."""
    (tmp_path / "a_program.py").write_text(PROGRAM)
    code = "endings.GRACE = 1; "
    code += "command = [sys.executable, '-m', 'a_program', *sys.argv[1:]]; "
    code += "sys.exit(endings.exit_status(lambda: endings.run_command(command)))"
    path = os.pathsep.join([str(tmp_path), str(chapters.notebooks_folder().parent)])
    here = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": path}}
    with started(home, code, manner, **here) as process:
        wait_for((tmp_path / "begun").exists, "the program")
        said = end(process, signal.SIGTERM, home)
    assert process.returncode == 143 and said.startswith("genre-tutorial: ended by SIGTERM")


def test_what_a_bench_watches_ends_with_it(home, tmp_path, monkeypatch):
    (tmp_path / "a_program.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)

    def interrupt():
        wait_for((tmp_path / "begun").exists, "the program")
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        timing.watched_run([sys.executable, "a_program.py", "polite"])
    wait_for(lambda: not processes_of(home), "the end of the program")


def test_an_interrupted_bench_keeps_its_table_and_no_workers(home, tmp_path):
    table = tmp_path / "bench.csv"
    options = ["bench", "--only", "start", "dask", "--out", table]
    with started(home, "sys.exit(cli.main())", *options) as process:
        wait_for(lambda: table.exists() and len(processes_of(home)) >= 3, "workers")
        said = end(process, signal.SIGTERM, home)
    assert process.returncode == 143
    assert said == "genre-tutorial: ended by SIGTERM; what was finished is kept.\n"
    assert set(pd.read_csv(table)["table"]) == {"machine", "start"}


# Purge


def fetched(folder):
    """A folder as a fetch leaves it."""
    (folder / "images").mkdir(parents=True)
    (folder / "source.json").write_text("{}")
    (folder / "images" / "1.jpg").write_bytes(b"a picture")
    return folder


def test_purge_follows_a_link_to_what_was_fetched_only(home, tmp_path, capsys):
    place = home / "scraped" / "practice"
    place.parent.mkdir(parents=True)
    place.symlink_to(fetched(tmp_path / "large disk"))
    assert purge.purge("practice") == 2
    assert not place.is_symlink() and not (tmp_path / "large disk").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years")
    place.symlink_to(mine)
    with pytest.raises(CourseError, match="is a link to .*mine"):
        purge.purge("practice")
    assert (mine / "thesis.txt").read_text() == "years" and place.is_symlink()
    place.unlink()
    fetched(place)
    (place / "far").symlink_to(mine)
    assert purge.purge("practice") == 3 and (mine / "thesis.txt").is_file()
    assert "was a link to" in capsys.readouterr().out and not place.exists()


def test_purge_removes_what_it_can_and_names_the_rest(home, monkeypatch):
    place = fetched(home / "scraped" / "practice")
    unlink = Path.unlink

    def stubborn(path, **options):
        if path.name == "1.jpg":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", stubborn)
    with pytest.raises(CourseError, match=r"1 file removed, but 1 .*1.jpg \(Permission denied\)"):
        purge.purge("practice")
    assert (place / "images" / "1.jpg").is_file() and not (place / "source.json").exists()
    with (
        hold_folder(place),
        pytest.raises(CourseError, match="is at work"),
    ):
        purge.purge("practice")
