"""Chapter 13: a scheduler and two workers as processes of their own, workers that die, films that
poison.
"""

import gc
import json
import logging
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import distributed
import numpy as np
import pandas as pd
import pytest
from dask import config as dask_config

from genre_tutorial.apps import cli
from genre_tutorial.cooccurrence import cooccurrence
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import clean_movies, label_matrix, load_movies
from genre_tutorial.data.genres import GENRES
from genre_tutorial.data.partitions import (
    bisect_failures,
    connect,
    map_partitions,
    read_partition,
    write_partitions,
)
from genre_tutorial.data.posters import with_posters
from genre_tutorial.data.synthetic import recombined_films
from genre_tutorial.evaluation import evaluate, most_frequent
from genre_tutorial.models import costs
from genre_tutorial.models.costs import cost, cost_curves
from genre_tutorial.movies import split_movies
from genre_tutorial.scaling import (
    StreamClassifier,
    count_pairs,
    dask_backend,
    mean_vectors,
    poster_part,
    sum_tables,
)
from genre_tutorial.svm_naive_bayes import logistic_regression, search


def dask(*arguments, folder):
    """One of Dask's own commands; it finds the functions of this file, as workers must."""
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def cluster(folder, workers=2):
    """Dask's own command line: a scheduler and workers without nannies, so that a dead one stays
    dead.
    """
    file = folder / "scheduler.json"
    processes = [
        dask(
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            str(file),
            folder=folder,
        )
    ]
    try:
        for _ in range(600):
            if file.exists():
                break
            time.sleep(0.1)
        processes += [
            dask(
                "worker",
                "--no-nanny",
                "--nthreads",
                "1",
                "--no-dashboard",
                "--scheduler-file",
                str(file),
                folder=folder,
            )
            for _ in range(workers)
        ]
        yield json.loads(file.read_text())["address"], processes[1:]
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster")) as (address, _):
        client = connect(address)
        client.wait_for_workers(2, timeout=60)
        yield client
        client.close()


@pytest.fixture
def files(tmp_path):
    return write_partitions(recombined_films(1200), tmp_path / "films", rows=100)


def results(folder):
    return [read_partition(path) for path in sorted(folder.glob("*.parquet"))]


def test_a_film_for_load_is_the_same_in_every_piece():
    whole = recombined_films(2500, seed=3)
    assert whole.equals(pd.concat([recombined_films(700, 0, 3), recombined_films(1800, 700, 3)]))
    assert whole["overview"].nunique() > 2450 and set().union(*whole["genres"]) <= set(GENRES)
    known = "\n".join(load_movies("openplots")["overview"])
    assert all(plot.split(". ")[0] in known for plot in whole["overview"].head(50)), (
        "its sentences are those of the embedded films"
    )


@pytest.mark.parametrize(
    ("function", "combine"), [(mean_vectors, pd.concat), (count_pairs, sum_tables)]
)
def test_two_workers_give_what_one_process_gives(function, combine, files, remote, tmp_path):
    assert len(map_partitions(function, files, tmp_path / "there", remote, combine)) == 0
    assert len(map_partitions(function, files, tmp_path / "here", None, combine)) == 0
    for one, other in zip(results(tmp_path / "there"), results(tmp_path / "here"), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_posters_are_looked_at_on_two_workers(remote, tmp_path):
    films = with_posters(load_movies("openplots").head(6))
    files = write_partitions(
        films[["title", "poster"]].assign(poster=films["poster"].astype(str)),
        tmp_path / "posters",
        rows=2,
    )
    look = partial(
        poster_part, backbone="MobileNet", weights="imagenet", pooling="avg", size=96, alpha=0.25
    )
    assert (
        len(map_partitions(look, files, tmp_path / "there", remote)) == 0
        and len(map_partitions(look, files, tmp_path / "here")) == 0
    )
    there, here = (pd.concat(results(tmp_path / place)) for place in ("there", "here"))
    assert there.shape == (6, 256) and there.std().mean() > 0
    pd.testing.assert_frame_equal(there, here, rtol=1e-4, atol=1e-5)


def test_counts_of_the_parts_add_up_to_those_of_the_whole(files, tmp_path):
    map_partitions(count_pairs, files, tmp_path / "pairs", combine=sum_tables)
    assert sum_tables(results(tmp_path / "pairs")).equals(
        cooccurrence(label_matrix(recombined_films(1200), GENRES))
    )


def test_the_grid_search_runs_on_dask_unchanged(remote):
    movies = clean_movies(load_movies("openplots")).head(200)
    labels = label_matrix(movies)
    with dask_backend(remote):
        there = search(logistic_regression, (0.1, 1.0), movies, labels)
    assert there.equals(search(logistic_regression, (0.1, 1.0), movies, labels))


def slow_lengths(films):
    """Words of each plot, slowly, and who counted them."""
    time.sleep(0.3)
    return pd.DataFrame(
        {"words": films["overview"].str.split().str.len(), "pid": os.getpid()}, index=films.index
    )


def test_a_worker_that_is_killed_costs_nothing_but_time(files, tmp_path):
    out = tmp_path / "lengths"
    with cluster(tmp_path) as (address, workers):
        client = connect(address)
        client.wait_for_workers(2, timeout=60)
        victim = workers[0]
        killer = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import os, sys, time\nfrom pathlib import Path\nwhile "
                "len(list(Path(sys.argv[1]).glob('part*'))) < 3: "
                "time.sleep(0.05)\nos.kill(int(sys.argv[2]), 9)",
                str(out),
                str(victim.pid),
            ]
        )
        try:
            failed = map_partitions(slow_lengths, files, out, client)
        finally:
            killer.wait(timeout=60)
            client.close()
        assert victim.wait(timeout=10) in (-9, 9), "killed, not ended"
    found, films = pd.concat(results(out)), recombined_films(1200)
    assert len(failed) == 0 and found.index.equals(films.index)
    assert found["words"].equals(films["overview"].str.split().str.len().rename("words"))
    pids = {int(part["pid"].iloc[0]) for part in results(out)}
    # On a busy computer the one that dies may not have finished a part yet.
    assert workers[1].pid in pids <= {victim.pid, workers[1].pid}, "one died, the other took over"


def poisonous(films):
    if films["overview"].eq("poison").any():
        raise ValueError("this film has no plot")
    return films[["title"]]


@pytest.mark.parametrize("where", ["here", "there"])
def test_a_poisonous_film_fails_alone_with_its_id(where, files, tmp_path, request):
    client = request.getfixturevalue("remote") if where == "there" else None
    films = read_partition(files[5])
    films.loc[[507, 531], "overview"] = "poison"
    films.to_parquet(files[5])
    failed = map_partitions(poisonous, files, tmp_path / "out", client)
    assert failed.to_dict() == dict.fromkeys([507, 531], "ValueError: this film has no plot")
    assert pd.concat(results(tmp_path / "out")).index.equals(
        recombined_films(1200).index.drop([507, 531])
    )
    again = map_partitions(poisonous, files, tmp_path / "out", client)
    assert again.equals(failed), "what failed stays known when there is nothing left to do"


def test_isolating_two_poisonous_films_needs_few_calls():
    films, calls = (
        recombined_films(1000).assign(
            overview=lambda m: m["overview"].where(~m.index.isin([3, 900]), "poison")
        ),
        [],
    )
    kept, failed = bisect_failures(lambda part: calls.append(len(part)) or poisonous(part), films)
    assert set(failed) == {3, 900} and len(kept) == 998 and len(calls) < 50


def test_a_job_that_is_taken_up_again_does_only_what_is_left(files, tmp_path):
    seen = []

    def note(films):
        seen.append(films.index[0])
        if len(seen) == 5:
            raise KeyboardInterrupt
        return films[["title"]]

    with pytest.raises(KeyboardInterrupt):
        map_partitions(note, files, tmp_path / "out")
    assert len(results(tmp_path / "out")) == 4
    map_partitions(note, files, tmp_path / "out")
    assert seen == [0, 100, 200, 300, 400, *range(400, 1200, 100)]
    write_partitions(recombined_films(1200, seed=5).iloc[200:300], tmp_path / "other", rows=100)
    (tmp_path / "other" / "part-00000.parquet").rename(files[2])
    map_partitions(note, files, tmp_path / "out")
    assert seen[-1] == 200 and len(seen) == 14, "a partition that has changed is worked on again"


def test_a_partition_of_poison_only_does_not_end_the_job(tmp_path):
    films = recombined_films(21)
    films.loc[20, "overview"] = "poison"
    parts = write_partitions(films, tmp_path / "films", rows=10)
    for _ in range(2):
        failed = map_partitions(poisonous, parts[::-1], tmp_path / "out")
        assert (
            failed.to_dict() == {20: "ValueError: this film has no plot"}
            and len(results(tmp_path / "out")) == 2
        )


def test_a_function_that_never_works_is_one_sentence(files, tmp_path):
    with pytest.raises(
        CourseError,
        match=r"None of the 100 films of part-00000.parquet .*KeyError: 'no such column'",
    ):
        map_partitions(lambda films: films["no such column"], files, tmp_path / "out")


def deadly(films):
    os._exit(1)


@pytest.mark.slow
def test_work_that_kills_every_worker_is_one_sentence(files, tmp_path):
    with (
        connect(workers=1) as client,
        pytest.raises(CourseError, match="Worker after worker died on part-00000.parquet"),
    ):
        map_partitions(deadly, files[:1], tmp_path / "out", client)


def deadly_once(marker, films):
    """Kill the first worker; the next one gives the titles."""
    if not marker.exists():
        marker.touch()
        os._exit(1)
    return films[["title"]]


def test_a_worker_of_ours_that_is_slow_to_come_back_is_waited_for(files, tmp_path):
    work = partial(deadly_once, tmp_path / "died")
    short = {"distributed.deploy.lost-worker-timeout": 0.1}  # no worker is back so soon
    with dask_config.set(short), connect(workers=1) as client:
        assert map_partitions(work, files[:1], tmp_path / "out", client).empty
    assert len(results(tmp_path / "out")) == 1 and (tmp_path / "died").exists()


WRONG_ADDRESSES = [
    "tcp://127.0.0.1:9",
    "127.0.0.1:9",
    "nonsense://x",
    "x",
    "tcp://",
    "tcp://127.0.0.1:port",
    "tls://127.0.0.1:9",
]


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
def test_a_scheduler_that_is_not_there_is_one_sentence(address, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_SCHEDULER", address)
    with pytest.raises(CourseError, match=f"No Dask scheduler answers at {address}"):
        connect()


def dask_clients():
    """All clients that Python still holds, reachable or not."""
    return [found for found in gc.get_objects() if issubclass(type(found), distributed.Client)]


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
def test_no_client_is_left_half_open(address):
    """Collected while the next one starts, it would hold that one up for ever."""
    before = dask_clients()
    with pytest.raises(CourseError) as caught:
        connect(address)
    assert caught.value.__context__ is not None  # its traceback holds the client
    states = [client.status for client in dask_clients() if client not in before]
    assert states == ["closed"]


def test_run_looks_for_the_scheduler_first(tmp_path, capsys, monkeypatch):
    for name in ("SCHEDULER", "SCOREBOARD"):
        monkeypatch.setenv(f"GENRE_TUTORIAL_{name}", "")
    out = str(tmp_path / "out")
    assert cli.main(["run", "--scheduler", "tcp://127.0.0.1:9", "--out", out]) == 2
    assert "dask scheduler" in capsys.readouterr().err


def test_a_scheduler_is_waited_for_a_bounded_time(monkeypatch):
    asked = {}

    def start(client, **options):
        asked.update(options)
        raise OSError("nobody")

    monkeypatch.setattr(distributed.Client, "start", start)
    with pytest.raises(CourseError):
        connect("tcp://127.0.0.1:9")
    assert 0 < asked["timeout"] <= 10


def test_closing_says_nothing(capfd):
    from genre_tutorial.data.partitions import disconnect

    class Loud:
        def close(self):
            print("stream closed", file=sys.stderr)
            os.write(2, b"worker gone\n")
            logging.getLogger("distributed.comm").error("lost")

    disconnect(Loud())
    assert capfd.readouterr().err == ""


def test_a_scheduler_without_workers_says_that_work_will_wait(tmp_path, capsys):
    with cluster(tmp_path, workers=0) as (address, _):
        connect(address).close()
    assert "has no workers yet" in capsys.readouterr().out


def test_a_damaged_partition_is_named(tmp_path):
    (tmp_path / "part-00000.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(CourseError, match="part-00000.parquet can't be read"):
        read_partition(tmp_path / "part-00000.parquet")


def test_learning_in_parts_beats_the_floor_and_knows_no_words():
    train, test = split_movies(clean_movies(load_movies("openplots")))
    labels = label_matrix(train)
    truth, model = label_matrix(test, labels.columns), StreamClassifier(list(labels))
    for start in range(0, len(train), 100):
        model.partial_fit(
            train["overview"].iloc[start : start + 100], labels.iloc[start : start + 100]
        )
    ours, floor = (
        evaluate(truth, scores)["map"]
        for scores in (model.scores(test["overview"]), most_frequent(labels, test.index))
    )
    assert ours > 2 * floor
    assert np.allclose(
        model.predict_proba(test["overview"].head(3)),
        model.predict_proba(test["overview"].tolist()[:3]),
    )
    assert not any(isinstance(value, dict) for value in vars(model).values())


def hungry(films, labels):
    np.ones(25_000_000).sum()


def test_memory_is_measured_in_a_process_of_its_own():
    spent = cost(hungry, 100)
    assert 190 < spent["megabytes"] < 260 and spent["n"] == 100


def test_a_curve_stops_before_it_becomes_dear(monkeypatch):
    asked = []

    def quadratic(step, n):
        asked.append(n)
        return {"n": n, "seconds": n**2 / 1e7, "megabytes": n / 1e3}

    monkeypatch.setattr(costs, "cost", quadratic)
    curve = cost_curves((200, 1000, 100_000), {"quadratic": None}, limit=5)
    assert asked == [200, 1000] and curve["measured"].tolist() == [True, True, False]
    assert curve["seconds"].iloc[2] == pytest.approx(1000), "extrapolated: 10,000 times 0.1 s"
    assert curve["megabytes"].iloc[2] == pytest.approx(100)
    curve = cost_curves((200, 1000, 2000), {"hungry": None}, limit=5, memory=1.5)
    assert curve["measured"].tolist() == [True, True, False], "enough time, too much memory"


def test_bench_names_its_parts(capsys):
    assert cli.main(["bench", "--only", "speed"]) == 2
    assert "choose from start, pairs" in capsys.readouterr().err
