"""Package build: everything that can change stands in settings.ini."""

from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
config = ConfigParser(delimiters=["="])
config.read(ROOT / "settings.ini", encoding="utf-8")
cfg = config["DEFAULT"]

# The notebooks travel in the wheel, so that `genre-tutorial lab` can hand out working copies.
folders = {notebook.parent for notebook in ROOT.glob("nbs/**/*.ipynb")}
folders = sorted(
    f.relative_to(ROOT).as_posix() for f in folders if ".ipynb_checkpoints" not in f.parts
)
notebooks = {"genre_tutorial." + folder.replace("/", "."): folder for folder in folders}
EXTRAS = ("dev", "docs", "excel", "pretrained", "serve")

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
    packages=[*find_packages(include=["genre_tutorial", "genre_tutorial.*"]), *notebooks],
    package_dir=notebooks,
    package_data={"genre_tutorial": ["data/*"]} | {name: ["*.ipynb"] for name in notebooks},
    python_requires=f">={cfg['min_python']},<{cfg['max_python']}",
    install_requires=cfg["requirements"].split(),
    extras_require={name: cfg[f"{name}_requirements"].split() for name in EXTRAS},
    entry_points={"console_scripts": cfg["console_scripts"].split("\n")},
    zip_safe=False,
)
