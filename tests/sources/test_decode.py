"""Every kind of picture becomes floats in [0, 1]; every kind of damage becomes a reason."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from partwise.sources import SourceError, open_source, read_images

from .conftest import png_chunk


def read_one(folder, **settings):
    images = read_images(folder, **settings)
    assert images.n_samples == 1, images.skipped
    return images.picture(images.X[0])


@pytest.mark.parametrize("extension", ["png", "gif", "bmp", "tif", "tiff", "pgm", "webp"])
def test_lossless_formats_keep_each_pixel(tmp_path, grey, extension):
    image = grey()
    image.save(tmp_path / f"a.{extension}", **({"lossless": True} if extension == "webp" else {}))
    np.testing.assert_array_equal(read_one(tmp_path), np.asarray(image, dtype=np.float32) / 255)


@pytest.mark.parametrize("extension", ["jpg", "jpeg"])
def test_jpeg_is_what_pillow_decodes(tmp_path, colour, extension):
    colour(1, 40, 30).save(tmp_path / f"a.{extension}")
    wanted = np.asarray(Image.open(tmp_path / f"a.{extension}"), dtype=np.float32) / 255
    np.testing.assert_array_equal(read_one(tmp_path, color="rgb"), wanted)
    wanted = np.asarray(Image.open(tmp_path / f"a.{extension}").convert("L"), dtype=np.float32) / 255
    np.testing.assert_array_equal(read_one(tmp_path), wanted)


def test_upper_case_extension_and_wrong_extension_of_a_picture_are_read(tmp_path, grey):
    grey(0).save(tmp_path / "A.PNG")
    grey(1).save(tmp_path / "b.gif", format="PNG")
    assert read_images(tmp_path).names == ("A.PNG", "b.gif")


def test_ppm_and_pbm(tmp_path, colour):
    image = colour()
    image.save(tmp_path / "a.ppm")
    np.testing.assert_array_equal(read_one(tmp_path, color="rgb"), np.asarray(image, dtype=np.float32) / 255)
    (tmp_path / "a.ppm").unlink()
    (tmp_path / "b.pbm").write_bytes(b"P1\n2 2\n1 0\n0 1\n")
    np.testing.assert_array_equal(read_one(tmp_path), [[0, 1], [1, 0]])


def test_grey_is_the_luma(tmp_path):
    Image.new("RGB", (2, 2), (200, 100, 50)).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_one(tmp_path), (0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255, atol=1 / 255)


def test_rgb_of_a_grey_picture_repeats_it(tmp_path, grey):
    grey().save(tmp_path / "a.png")
    picture = read_one(tmp_path, color="rgb")
    assert picture.shape == (6, 8, 3)
    np.testing.assert_array_equal(picture[:, :, 0], picture[:, :, 2])


@pytest.mark.parametrize("extension", ["png", "tif", "pgm"])
def test_sixteen_bits_keep_their_precision(tmp_path, extension):
    values = np.array([[0, 1, 257], [30001, 65534, 65535]], dtype=np.uint16)
    if extension == "pgm":
        (tmp_path / "a.pgm").write_bytes(b"P5\n3 2\n65535\n" + values.astype(">u2").tobytes())
    else:
        Image.fromarray(values).save(tmp_path / f"a.{extension}")
    np.testing.assert_array_equal(read_one(tmp_path), values.astype(np.float32) / np.float32(65535))
    assert read_one(tmp_path, color="rgb").shape == (2, 3, 3)


def test_sixteen_bits_keep_their_precision_when_resized(tmp_path):
    Image.fromarray(np.full((8, 8), 30001, dtype=np.uint16)).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_one(tmp_path, size=(4, 4)), 30001 / 65535, rtol=1e-6)


def test_float_pixels_in_0_1_are_read_and_others_refused(tmp_path):
    Image.fromarray(np.full((2, 2), 0.25, dtype=np.float32)).save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_one(tmp_path), 0.25)
    Image.fromarray(np.full((2, 2), 7.5, dtype=np.float32)).save(tmp_path / "b.tif")
    assert "whose white is unknown" in read_images(tmp_path).skipped[0].reason


def test_one_bit(tmp_path):
    Image.fromarray(np.array([[True, False], [False, True]])).convert("1").save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_one(tmp_path), [[1, 0], [0, 1]])


def test_alpha_is_laid_over_black(tmp_path):
    image = Image.new("RGBA", (2, 1), (255, 255, 255, 255))
    image.putpixel((1, 0), (255, 255, 255, 0))
    image.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_one(tmp_path), [[1, 0]])


def test_grey_with_alpha(tmp_path):
    Image.merge("LA", [Image.new("L", (2, 2), 200), Image.new("L", (2, 2), 51)]).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_one(tmp_path), 40 / 255, rtol=1e-6)


@pytest.mark.parametrize("transparent", [False, True])
def test_palette(tmp_path, transparent):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", **({"transparency": 0} if transparent else {}))
    np.testing.assert_array_equal(read_one(tmp_path, color="rgb"), [[[not transparent, 0, 0], [0, 0, 1]]])


def test_cmyk(tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_one(tmp_path, color="rgb")[0, 0], [1, 0, 0])


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("L", (4, 4), 255), Image.new("L", (4, 4), 0)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_one(tmp_path), 1)


@pytest.mark.parametrize("extension", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path, grey, orientation, extension):
    image = grey(3, 5, 7)
    stored = np.asarray(image, dtype=np.float32) / 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / f"a.{extension}", exif=exif, **({"lossless": True} if extension == "webp" else {}))
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.T,
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].T,
        8: np.rot90(stored),
    }
    np.testing.assert_array_equal(read_one(tmp_path), upright[orientation])


def test_exif_rotation_of_a_large_jpeg_that_is_decoded_smaller(tmp_path):
    values = np.zeros((400, 800), dtype=np.uint8)
    values[:, 400:] = 255  # white on the right; turned by 90 degrees clockwise, white at the bottom
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(values).save(tmp_path / "a.jpg", exif=exif)
    picture = read_one(tmp_path, size=(40, 20))
    assert picture[:18].max() < 0.1
    assert picture[22:].min() > 0.9


def reason_of(tmp_path, name, grey):
    grey(100).save(tmp_path / "good1.png")
    grey(101).save(tmp_path / "good2.png")
    (one,) = read_images(tmp_path).skipped
    assert one.name == name
    return one


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "ZIP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (b"SIMPLE  =                    T", "FITS"),
        (b"icns\x00\x00\x00\x08", "ICNS"),
        (b"just words", "text"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"\xff\x00\x12\x34", "unknown"),
    ],
)
def test_a_renamed_file_is_called_what_it_is(tmp_path, grey, content, kind):
    (tmp_path / "a.png").write_bytes(content)
    assert str(reason_of(tmp_path, "a.png", grey)) == f"a.png is not a supported image (found: {kind})"


def test_empty_file(tmp_path, grey):
    (tmp_path / "a.png").touch()
    assert str(reason_of(tmp_path, "a.png", grey)) == "a.png: empty file"


@pytest.mark.parametrize("extension", ["jpg", "png", "bmp", "tif", "gif"])
def test_truncated_file(tmp_path, grey, extension):
    buffer = io.BytesIO()
    grey(1, 100, 100).save(buffer, format={"jpg": "JPEG", "tif": "TIFF"}.get(extension, extension))
    name = f"cat.{extension}"
    (tmp_path / name).write_bytes(buffer.getvalue()[: 3 * len(buffer.getvalue()) // 4])
    reason = reason_of(tmp_path, name, grey).reason
    assert "\n" not in reason
    if extension == "jpg":
        assert reason.startswith("truncated after ")
        assert reason.endswith(" kB (image file is truncated)")


def test_a_cut_header_is_a_reason(tmp_path, grey):
    buffer = io.BytesIO()
    grey(1, 100, 100).save(buffer, format="JPEG")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue()[:30])
    assert reason_of(tmp_path, "a.jpg", grey).reason


def test_bomb_is_refused_by_its_header(tmp_path, grey, write_bomb):
    write_bomb(tmp_path / "big.png", 30000, 30000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = reason_of(tmp_path, "big.png", grey)
    assert f"{one}." == "big.png: 30000 x 30000 = 900 Mpx exceeds the limit of 50 Mpx (--max-pixels)."


def test_own_limit_holds_below_and_above_pillows(tmp_path, grey, write_bomb):
    write_bomb(tmp_path / "a.png", 10000, 10000)  # 100 Mpx, where Pillow only warns
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "100 Mpx exceeds" in reason_of(tmp_path, "a.png", grey).reason
    (tmp_path / "a.png").unlink()
    with pytest.raises(SourceError, match="2 of 2 files could not be read"):
        read_images(tmp_path, max_pixels=47)
    assert read_images(tmp_path, max_pixels=48).n_samples == 2


def test_pillows_global_limit_is_left_alone(tmp_path, grey):
    before = Image.MAX_IMAGE_PIXELS
    grey().save(tmp_path / "a.png")
    read_images(tmp_path, max_pixels=100)
    assert before == Image.MAX_IMAGE_PIXELS


def test_unreadable_file(tmp_path, grey, monkeypatch):
    import os

    grey(5).save(tmp_path / "locked.png")
    if os.geteuid() == 0:  # root may read all, so the refusal is played
        real = os.open

        def refuse(path, *rest, **settings):
            if str(path).endswith("locked.png"):
                raise PermissionError(13, "Permission denied")
            return real(path, *rest, **settings)

        monkeypatch.setattr(os, "open", refuse)
    else:
        (tmp_path / "locked.png").chmod(0)
    assert str(reason_of(tmp_path, "locked.png", grey)) == "locked.png: permission denied"


def test_lying_png_of_16_bit_colour_comes_in_8_bits(tmp_path):
    rows = b"".join(b"\0" + (np.full((4, 3), 65535, dtype=">u2")).tobytes() for _ in range(3))
    header = struct.pack(">IIBBBBB", 4, 3, 16, 2, 0, 0, 0)
    body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    np.testing.assert_array_equal(read_one(tmp_path, color="rgb"), 1)


def test_a_single_picture_is_a_source(tmp_path, grey):
    image = grey()
    image.save(tmp_path / "cat.png")
    images = open_source(tmp_path / "cat.png")
    assert images.names == ("cat.png",)
    np.testing.assert_array_equal(images.picture(images.X[0]), np.asarray(image, dtype=np.float32) / 255)
    assert open_source(str(tmp_path / "cat.png"), size=(3, 2), color="rgb").shape == (3, 2, 3)


def test_a_single_broken_picture_says_why(tmp_path):
    (tmp_path / "a.png").write_bytes(b"%PDF-1.4")
    with pytest.raises(SourceError, match=r"^a\.png is not a supported image \(found: PDF\)\.$"):
        open_source(tmp_path / "a.png")
    with pytest.raises(SourceError, match=r"^File not found: "):
        open_source(tmp_path / "none.png")
