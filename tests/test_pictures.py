"""Pictures as every viewer shows them: turned, on white, in sRGB, in any mode."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from genre_tutorial.core.settings import CourseError
from genre_tutorial.data import pictures
from genre_tutorial.data.pictures import read_picture
from genre_tutorial.models.features import open_picture

ORIENTATION = 0x0112


def corners(path):
    """Which colours stand left above, right above, left below, right below."""
    seen = open_picture(path, 40)
    return ["rgbw"[pick(seen[y, x])] for y in (4, 35) for x in (4, 35)]


def pick(pixel):
    """The place of the strongest colour, 3 for white."""
    return 3 if pixel.min() > 150 else int(pixel.argmax())


def four(mode="RGB"):
    """Red, green, blue and white quarters."""
    picture = Image.new("RGB", (40, 40), "white")
    for colour, place in {"red": (0, 0), "lime": (20, 0), "blue": (0, 20)}.items():
        picture.paste(colour, (*place, place[0] + 20, place[1] + 20))
    return picture.convert(mode)


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("tag", range(1, 9))
def test_a_picture_is_turned_as_its_tag_says(tmp_path, tag, ending):
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = four().transpose(turns[tag]) if tag in turns else four()
    exif = Image.Exif()
    exif[ORIENTATION] = tag
    stored.save(tmp_path / f"p.{ending}", exif=exif)
    assert corners(tmp_path / f"p.{ending}") == ["r", "g", "b", "w"]


@pytest.mark.parametrize("mode", ["P", "RGBA", "CMYK", "YCbCr", "LAB"])
def test_modes_with_colours(tmp_path, mode):
    four(mode).save(tmp_path / ("p.tif" if mode in ("CMYK", "YCbCr", "LAB") else "p.png"))
    assert corners(next(tmp_path.glob("p.*"))) == ["r", "g", "b", "w"]


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16", "I", "F"])
def test_modes_without_colours(tmp_path, mode):
    ramp = np.linspace(0, 255, 40).round()[None].repeat(40, axis=0)
    if mode == "I;16":
        picture = Image.fromarray((ramp * 257).astype(np.uint16))
    else:
        picture = Image.fromarray(ramp.astype(np.uint8)).convert(mode)
    picture.save(tmp_path / "p.tif")
    seen = open_picture(tmp_path / "p.tif", 40)
    assert seen[:, :5].mean() < 40 and seen[:, -5:].mean() > 215
    assert (seen[..., 0] == seen[..., 1]).all()


def test_what_can_be_seen_through_is_white(tmp_path):
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert open_picture(tmp_path / "clear.png", 8).min() == 255


def test_a_profile_that_is_none_does_no_harm(tmp_path):
    four().save(tmp_path / "p.jpg", icc_profile=b"no profile at all")
    assert corners(tmp_path / "p.jpg") == ["r", "g", "b", "w"]


def test_a_profile_of_its_own_is_converted(tmp_path):
    """In this one, red and blue have changed their places: red is shown as blue."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    four().save(tmp_path / "q.png", icc_profile=srgb)
    assert np.array_equal(np.asarray(read_picture(tmp_path / "q.png")), np.asarray(four()))
    mine = srgb.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    mine = mine.replace("sRGB".encode("utf-16-be"), "mine".encode("utf-16-be"))
    four().save(tmp_path / "p.png", icc_profile=mine)
    assert corners(tmp_path / "p.png") == ["b", "g", "r", "w"]


def test_a_picture_that_is_too_large_is_called_so(tmp_path, monkeypatch):
    Image.new("1", (14_000, 14_000)).save(tmp_path / "whole.png")
    with pytest.raises(CourseError, match=r"whole.png is too large \(196,000,000 .* 50 million"):
        open_picture(tmp_path / "whole.png", 64)
    monkeypatch.setattr(pictures, "LARGEST", 1_000_000)
    Image.new("1", (1_001, 1_000)).save(tmp_path / "next.png")
    with pytest.raises(CourseError, match=r"next.png is too large \(1,001,000 .* 1 million"):
        open_picture(tmp_path / "next.png", 64)


def test_a_broken_picture_is_no_whole_picture(tmp_path):
    four().save(tmp_path / "p.jpg")
    whole = (tmp_path / "p.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "page.jpg").write_bytes(b"<html>")
    (tmp_path / "none.jpg").write_bytes(b"")
    for name in ("half.jpg", "page.jpg", "none.jpg"):
        with pytest.raises(CourseError, match=f"{name} is not a whole picture"):
            open_picture(tmp_path / name, 64)
    with pytest.raises(CourseError, match="There is no file"):
        open_picture(tmp_path / "gone.jpg", 64)
