"""Partitions and results that are damaged, changed or half written; a scheduler that is lost."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from test_scaling import cluster, poisonous, results

from genre_tutorial.core.files import atomic_write
from genre_tutorial.core.locks import hold_folder
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data import partitions
from genre_tutorial.data.partitions import (
    connect,
    disconnect,
    map_partitions,
    read_partition,
    write_partitions,
)
from genre_tutorial.data.synthetic import recombined_films


@pytest.fixture
def files(tmp_path):
    return write_partitions(recombined_films(60), tmp_path / "films", rows=10)


class Lengths:
    """Counts letters, and remembers which partitions it was asked about."""

    def __init__(self):
        self.asked = []

    def __call__(self, films):
        self.asked.append(int(films.index[0]))
        return pd.DataFrame({"letters": films["overview"].str.len()})


DAMAGES = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "no end": lambda content: content[:-1],
    "no beginning": lambda content: content[1:],
    "a changed byte": lambda content: content[:60] + bytes([content[60] ^ 255]) + content[61:],
    "zeros": lambda content: bytes(len(content)),
    "no Parquet": lambda content: b"movie_id,title\n1,A\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_partition_fails_alone_and_goes_on_once_it_is_mended(files, tmp_path, damage):
    out, count = tmp_path / "out", Lengths()
    good = files[2].read_bytes()
    files[2].write_bytes(DAMAGES[damage](good))
    failed = map_partitions(count, files, out)
    assert list(failed.index) == ["part-00002.parquet"] and "can't be read" in failed.iloc[0]
    assert "part-00002.parquet,part-00002.parquet," in (out / "failed.csv").read_text()
    assert count.asked == [0, 10, 30, 40, 50] and len(results(out)) == 5
    files[2].write_bytes(good)
    assert map_partitions(count, files, out).empty
    assert count.asked[5:] == [20] and pd.concat(results(out)).index.tolist() == list(range(60))


def test_a_partition_that_is_gone_fails_alone_and_its_earlier_result_is_kept(files, tmp_path):
    out, count = tmp_path / "out", Lengths()
    map_partitions(count, files, out)
    files[2].unlink()
    files[3].write_bytes(b"junk")
    failed = map_partitions(count, files, out)
    assert list(failed.index) == ["part-00002.parquet", "part-00003.parquet"]
    assert len(count.asked) == 6 and len(results(out)) == 6


def numbers(path, first):
    """A partition of ten rows whose file has the same size whatever the numbers are."""
    index = pd.Index(range(10), name="movie_id")
    table = pd.DataFrame({"n": range(first, first + 10)}, index=index)
    path.parent.mkdir(exist_ok=True)
    table.to_parquet(path, compression=None, use_dictionary=False)
    return path


def test_other_content_of_the_same_size_and_time_is_worked_on_again(tmp_path):
    file, out, asked = numbers(tmp_path / "films" / "a.parquet", 100), tmp_path / "out", []

    def double(films):
        asked.append(int(films["n"].iloc[0]))
        return 2 * films

    for first, done in ((100, 1), (100, 1), (700, 2), (700, 2), (100, 3)):
        before = file.stat()
        numbers(file, first)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert file.stat().st_size == before.st_size
        map_partitions(double, [file], out)
        assert len(asked) == done and results(out)[0]["n"].iloc[0] == 2 * first
    os.utime(file, ns=(time.time_ns() + 10**12,) * 2)
    map_partitions(double, [file], out)
    assert len(asked) == 3, "the same content at another time is the same content"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_result_is_made_again(files, tmp_path, damage):
    out, count = tmp_path / "out", Lengths()
    map_partitions(count, files, out)
    good = {path.name: path.read_bytes() for path in out.glob("*")}
    result = out / "part-00001.parquet"
    result.write_bytes(DAMAGES[damage](result.read_bytes()))
    map_partitions(count, files, out)
    assert count.asked[6:] == [10]
    assert {path.name: path.read_bytes() for path in out.glob("*")} == good


@pytest.mark.parametrize("strange", ["by pandas", "of version 0.1", "a folder"])
def test_a_result_that_is_none_of_ours_is_made_again_or_is_one_sentence(files, tmp_path, strange):
    out, count = tmp_path / "out", Lengths()
    map_partitions(count, files, out)
    result = out / "part-00001.parquet"
    if strange == "a folder":
        result.unlink()
        result.mkdir()
        with pytest.raises(CourseError, match="Can't write"):
            map_partitions(count, files, out)
        return
    read_partition(result).to_parquet(result)
    map_partitions(count, files, out)
    assert count.asked[6:] == [10]


@pytest.mark.parametrize("content", [None, b"", b"partition,movie_id,reason\n", b"\xff\x00junk"])
def test_what_failed_is_known_whatever_becomes_of_the_list(files, tmp_path, content):
    films = read_partition(files[2])
    films.loc[[23, 27], "overview"] = "poison"
    films.to_parquet(files[2])
    out = tmp_path / "out"
    failed = map_partitions(poisonous, files, out)
    listed = (out / "failed.csv").read_bytes()
    (out / "failed.csv").unlink()
    if content is not None:
        (out / "failed.csv").write_bytes(content)
    assert map_partitions(poisonous, files, out).equals(failed) and len(failed) == 2
    assert (out / "failed.csv").read_bytes() == listed


def test_an_older_result_goes_where_nothing_is_left_of_the_new_content(files, tmp_path):
    out = tmp_path / "out"
    map_partitions(poisonous, files, out)
    films = read_partition(files[2])
    films.assign(overview="poison").to_parquet(files[2])
    failed = map_partitions(poisonous, files, out)
    assert list(failed.index) == list(films.index) and not (out / files[2].name).exists()


def test_ids_that_are_texts_are_remembered(tmp_path):
    table = pd.DataFrame({"overview": ["a", "poison"], "title": ["A", "B"]}, index=["tt1", "tt2"])
    (file,) = write_partitions(table.rename_axis("movie_id"), tmp_path / "films")
    for _ in range(2):
        assert list(map_partitions(poisonous, [file], tmp_path / "out").index) == ["tt2"]


def test_two_partitions_of_one_name_are_one_sentence(files, tmp_path):
    (tmp_path / "others").mkdir()
    other = shutil.copy(files[0], tmp_path / "others")
    with pytest.raises(CourseError, match="2 partitions are called part-00000.parquet"):
        map_partitions(Lengths(), [*files, other], tmp_path / "out")


def test_a_folder_that_somebody_works_in_is_one_sentence(files, tmp_path):
    with hold_folder(tmp_path / "out"), pytest.raises(CourseError, match="is at work in"):
        map_partitions(Lengths(), files, tmp_path / "out")


DIES = """
import os, sys
from pathlib import Path
import pyarrow.parquet as parquet
from genre_tutorial.data.partitions import map_partitions

whole, written = parquet.write_table, []

def half(table, path, **options):
    whole(table, path, **options)
    written.append(path)
    if len(written) == 3:
        path.write_bytes(path.read_bytes()[:100])
        os.kill(os.getpid(), 9)

parquet.write_table = half
sys.path.insert(0, sys.argv[1])
from test_scaling import poisonous
map_partitions(poisonous, sorted(Path(sys.argv[2]).glob("*.parquet")), sys.argv[3])
"""


def test_a_process_that_is_killed_while_it_writes_leaves_nothing_half(files, tmp_path):
    out, here = tmp_path / "out", str(Path(__file__).parent)
    command = [sys.executable, "-c", DIES, here, str(tmp_path / "films"), str(out)]
    assert subprocess.run(command, timeout=300).returncode == -signal.SIGKILL
    assert len(list(out.glob("part*"))) == 2 and len(list(out.glob(".part*"))) == 1
    map_partitions(poisonous, files, out)
    map_partitions(poisonous, files, tmp_path / "undisturbed")
    for folder in (out, tmp_path / "undisturbed"):
        (folder / ".lock").unlink()
    assert {p.name: p.read_bytes() for p in out.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "undisturbed").iterdir()
    }


def first_dies(films):
    """The first worker that gets here dies in the middle of a file that all workers share."""
    folder = Path(films["folder"].iloc[0])
    try:
        (folder / "somebody died").touch(exist_ok=False)
        dies = True
    except FileExistsError:
        dies = False
    with atomic_write(folder / f"{films.index[0]}.txt") as part:
        part.write_text("half")
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        part.write_text("whole")
    return films[["folder"]]


def stops_at(films):
    """Waits at partition 3 until the scheduler is gone."""
    folder = Path(films["folder"].iloc[0])
    if films.index[0] == 30:
        for _ in range(1200):
            if (folder / "gone").exists():
                break
            time.sleep(0.05)
    return films[["folder"]]


def test_a_worker_dies_while_it_writes_and_then_the_scheduler(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    films = pd.DataFrame({"folder": str(shared)}, index=pd.RangeIndex(60, name="movie_id"))
    files = write_partitions(films, tmp_path / "films", rows=10)
    with cluster(tmp_path) as (address, workers):
        client = connect(address)
        client.wait_for_workers(2, timeout=120)
        assert len(map_partitions(first_dies, files, tmp_path / "out", client)) == 0
        assert sum(worker.poll() is not None for worker in workers) == 1
        assert len(results(tmp_path / "out")) == 6
        whole = [f.read_text() for f in shared.glob("[0-9]*.txt")]
        assert whole == ["whole"] * 6, "nothing half under a real name"

        out, scheduler = tmp_path / "later", client.run_on_scheduler(os.getpid)
        script = (
            "import os, sys, time\nfrom pathlib import Path\nout, gone = map(Path, sys.argv[2:])\n"
            "while len(list(out.glob('part*'))) < 3: time.sleep(0.05)\n"
            "os.kill(int(sys.argv[1]), 9)\ngone.touch()"
        )
        command = [sys.executable, "-c", script, str(scheduler), str(out), str(shared / "gone")]
        killer = subprocess.Popen(command)
        try:
            with pytest.raises(CourseError, match="scheduler was lost. Finished .* are kept"):
                map_partitions(stops_at, files, out, client)
            with pytest.raises(CourseError, match="scheduler was lost"):
                map_partitions(stops_at, files, out, client)
        finally:
            killer.wait(timeout=60)
            disconnect(client)
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("*.parquet")}
    assert 3 <= len(before) < 6
    assert map_partitions(stops_at, files, out).empty
    after = {path.name: path.stat().st_mtime_ns for path in out.glob("*.parquet")}
    assert len(after) == 6 and before.items() <= after.items(), "what was done was kept"


def test_nobody_waits_for_ever_for_a_worker(files, tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "LONELY", 0.3)
    with cluster(tmp_path, workers=0) as (address, _):
        client = connect(address)
        monkeypatch.setattr(partitions, "PATIENCE", 0.2)
        try:
            with pytest.raises(CourseError, match="No Dask worker has been there for 0.3 seconds"):
                map_partitions(poisonous, files, tmp_path / "out", client)
        finally:
            disconnect(client)
