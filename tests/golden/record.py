"""What the course computes, written down once, so that moving code can't change it.

    python tests/golden/record.py               # the quick figures: labels, vocabulary, word means,
    posters
    python tests/golden/record.py BOARD NAME    # keep a scoreboard that `genre-tutorial run` wrote
    python tests/golden/record.py --compare BOARD NAME    # list what differs from the one kept

`tests/test_golden.py` compares. Record again only where a change of numbers is meant, and say so in
CHANGELOG.md.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
QUICK = HERE / "quick.json"
SCORES = ["n_train", "n_test", "precision", "recall", "micro_f1", "macro_f1", "map"]
BOARDS = ("tiny", "standard", "tmdb5000")


def digest(*parts):
    """SHA-256 over arrays and words, in order."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(
            np.ascontiguousarray(part).tobytes()
            if isinstance(part, np.ndarray)
            else str(part).encode()
        )
    return whole.hexdigest()


def labels_and_split():
    from genre_tutorial.data.films import clean_movies, label_matrix, load_movies
    from genre_tutorial.movies import split_movies

    movies = clean_movies(load_movies("openplots"))
    labels = label_matrix(movies)
    train, test = split_movies(movies)
    return {
        "movies": digest(movies.index.to_numpy(np.int64), *movies["title"]),
        "labels": digest(labels.to_numpy(), *labels.columns),
        "split": digest(train.index.to_numpy(np.int64), test.index.to_numpy(np.int64)),
    }


def vocabulary():
    from genre_tutorial.bag_of_words import bag_of_words, tfidf
    from genre_tutorial.data.films import load_movies

    plots = load_movies("openplots")["overview"].dropna()
    counts, weights = bag_of_words(), tfidf()
    X = counts.fit_transform(plots)
    weights.fit(plots)
    return {
        "vocabulary": digest(*counts.get_feature_names_out()),
        "counts": digest(
            X.indptr.astype(np.int64), X.indices.astype(np.int64), X.data.astype(np.int64)
        ),
        "tfidf vocabulary": digest(*weights.get_feature_names_out()),
        "idf": [round(float(value), 6) for value in weights.idf_[:20]],
    }


def word_means():
    from genre_tutorial.data.films import load_movies
    from genre_tutorial.models.mean_vectors import MeanWordVectors

    plots = load_movies("openplots")["overview"].dropna().head(200)
    means = MeanWordVectors("openvectors").fit(plots).transform(plots)
    return {
        "means": means[:5, :8].astype(float).round(5).tolist(),
        "mean of all": float(np.abs(means).mean().round(6)),
    }


def drawn_posters():
    from genre_tutorial.data.films import load_movies
    from genre_tutorial.data.posters import draw_poster

    movies = load_movies("openplots").iloc[::40]
    return {
        "posters": {
            str(i): digest(np.asarray(draw_poster(movie))) for i, movie in movies.iterrows()
        }
    }


def differences(found, kept, tolerance=0.0):
    """Cells of two scoreboards that differ by more than a tolerance, one sentence each."""
    rows = {(row["model"], row["data"]): row for _, row in kept.iterrows()}
    out = [
        f"{model} on {data}: only in the kept one"
        for model, data in rows.keys() - set(zip(found["model"], found["data"], strict=True))
    ]
    for _, row in found.iterrows():
        before = rows.get((row["model"], row["data"]))
        if before is None:
            out.append(f"{row['model']} on {row['data']}: only in the new one")
            continue
        for column in SCORES:
            if abs(row[column] - before[column]) > tolerance:
                out.append(
                    f"{row['model']} on {row['data']}: {column} {before[column]:.4f} → "
                    f"{row[column]:.4f}"
                )
    return out


def quick():
    """All quick figures, as `quick.json` holds them."""
    return labels_and_split() | vocabulary() | word_means() | drawn_posters()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compare"]:
        board, name = sys.argv[2:]
        print(
            "\n".join(differences(pd.read_csv(board), pd.read_csv(HERE / f"{name}.csv"), 1e-9))
            or "equal"
        )
    elif len(sys.argv) == 3:
        board, name = sys.argv[1:]
        assert name in BOARDS, f"choose from {BOARDS}"
        shutil.copyfile(board, HERE / f"{name}.csv")
    else:
        QUICK.write_text(json.dumps(quick(), indent=1) + "\n", encoding="utf-8")
