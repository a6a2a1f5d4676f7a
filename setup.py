"""Package build: everything that can change stands in settings.ini."""

from configparser import ConfigParser
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
config = ConfigParser(delimiters=["="])
config.read(ROOT / "settings.ini", encoding="utf-8")
cfg = config["DEFAULT"]

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author=cfg["author"],
    author_email=cfg["author_email"],
    license="Apache-2.0",
    keywords=cfg["keywords"],
    # The notebooks travel in the wheel, so that `genre-tutorial lab` can hand out working copies.
    packages=["genre_tutorial", "genre_tutorial.nbs", "genre_tutorial.nbs.appendix"],
    package_dir={"genre_tutorial.nbs": "nbs", "genre_tutorial.nbs.appendix": "nbs/appendix"},
    package_data={
        "genre_tutorial": ["data/*"],
        "genre_tutorial.nbs": ["*.ipynb"],
        "genre_tutorial.nbs.appendix": ["*.ipynb"],
    },
    python_requires=f">={cfg['min_python']},<{cfg['max_python']}",
    install_requires=cfg["requirements"].split(),
    extras_require={name: cfg[f"{name}_requirements"].split() for name in ("dev", "docs")},
    entry_points={"console_scripts": cfg["console_scripts"].split("\n")},
    zip_safe=False,
)
