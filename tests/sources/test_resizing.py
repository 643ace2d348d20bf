"""Pictures of several sizes: which size they get, and how."""

import numpy as np
import pytest
from PIL import Image

from partwise.sources import read_images
from partwise.sources.resizing import common_size, fit


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ([(3, 4)] * 3, (3, 4)),
        ([(3000, 4000)] * 3, (3000, 4000)),
        ([(30, 40)] * 3 + [(5, 5)], (30, 40)),
        ([(30, 40)] * 2 + [(5, 5)] * 2, (64, 64)),
        ([(3000, 4000)] * 9 + [(5, 5)], (64, 64)),
    ],
)
def test_the_size_that_is_chosen(sizes, wanted):
    assert common_size(sizes) == wanted


def test_differing_sizes_are_told(tmp_path, grey):
    grey(0, 32, 32).save(tmp_path / "a.png")
    grey(1, 300, 400).save(tmp_path / "b.png")
    images = read_images(tmp_path)
    assert images.shape == (64, 64)
    assert images.notes == ("Images differ in size (min 32x32, max 400x300): resized to 64x64, change with --size.",)
    assert read_images(tmp_path, size=(10, 20)).notes == (
        "Images differ in size (min 32x32, max 400x300): resized to 20x10.",
    )


def test_a_turned_photo_has_the_size_of_its_sisters(tmp_path, grey):
    exif = Image.Exif()
    exif[0x0112] = 6
    grey(0, 6, 8).save(tmp_path / "a.png", exif=exif)
    grey(1, 8, 6).save(tmp_path / "b.png")
    images = read_images(tmp_path)
    assert (images.shape, images.notes) == ((8, 6), ())


def test_equal_sizes_are_left_alone_and_size_changes_them(tmp_path, grey):
    grey(0).save(tmp_path / "a.png")
    assert read_images(tmp_path).notes == ()
    assert read_images(tmp_path, size=(3, 4)).shape == (3, 4)


def stripes(height: int, width: int, marked: slice) -> Image.Image:
    """Grey 100, white in the marked columns."""
    values = np.full((height, width), 100, dtype=np.uint8)
    values[:, marked] = 255
    return Image.fromarray(values)


def test_crop_keeps_the_middle():
    image = stripes(20, 60, slice(20, 40))
    np.testing.assert_array_equal(np.asarray(fit(image, (20, 20), "crop")), 255)
    assert np.asarray(fit(image, (10, 10), "crop")).min() > 240


def test_pad_leaves_black_bars_and_keeps_all():
    fitted = np.asarray(fit(stripes(20, 60, slice(0, 0)), (30, 30), "pad"))
    np.testing.assert_array_equal(fitted[:10], 0)
    np.testing.assert_array_equal(fitted[10:20], 100)
    np.testing.assert_array_equal(fitted[20:], 0)


def test_stretch_ignores_the_aspect():
    fitted = np.asarray(fit(stripes(20, 60, slice(30, 60)), (20, 20), "stretch"))
    assert fitted[:, :8].max() < 110
    assert fitted[:, 12:].min() > 245


@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("mode", ["L", "RGB", "F"])
@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (7, 3)])
def test_any_size_can_be_reached(resize, mode, size):
    for height, width in ((1, 1), (300, 2), (2, 300)):
        fitted = fit(Image.new(mode, (width, height), 1), size, resize)
        assert (fitted.size, fitted.mode) == ((size[1], size[0]), mode)


def test_resizing_is_antialiased(tmp_path):
    checker = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(checker).save(tmp_path / "a.png")
    images = read_images(tmp_path, size=(8, 8))
    np.testing.assert_allclose(images.X, 0.5, atol=0.05)


def test_values_stay_in_0_1_where_the_filter_overshoots(tmp_path):
    edge = np.zeros((16, 16), dtype=np.uint16)
    edge[:, 8:] = 65535
    Image.fromarray(edge).save(tmp_path / "a.png")
    X = read_images(tmp_path, size=(31, 31)).X
    assert X.min() >= 0
    assert X.max() <= 1
