"""Pictures that are sent: decoded apart, within bounds, as the run's own were read."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from partwise.runs import load_run
from partwise.tasks.finder import Finder
from partwise.web import uploads
from partwise.web.refusing import RefusedError


def encoded(mode, size, kind, **options):
    buffer = BytesIO()
    Image.new(mode, size, 128).save(buffer, kind, **options)
    return buffer.getvalue()


def send(site, body, name="x.png"):
    return site.ask("POST", f"/api/codes?name={name}", body)


def test_a_picture_of_the_run_gets_its_own_code(site, saved, album):
    finder = Finder.of(load_run(saved))
    told = send(site, (album / "cats" / "05.png").read_bytes(), "05.png").json
    row = finder.entries.names.index("cats/05.png")
    assert told["name"] == "05.png"
    assert (told["width"], told["height"]) == (20, 24)
    assert told["code"] == pytest.approx(finder.entries.codes[row].tolist(), abs=1e-5)
    assert told["error"] == pytest.approx(float(finder.entries.errors[row]), rel=1e-3)
    assert told["pixels"] == pytest.approx(finder.pixels(int(finder.entries.numbers[row])).tolist(), abs=1e-4)
    hits = site.post("/api/search", {"code": told["code"]})["similar"]
    assert (hits[0]["name"], hits[0]["score"]) == ("cats/05.png", pytest.approx(1, abs=1e-6))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_every_format_that_a_folder_may_hold(site, kind):
    told = send(site, encoded("RGB", (60, 40), kind)).json
    assert (told["width"], told["height"], len(told["pixels"])) == (60, 40, 480)


def test_what_is_no_picture_is_refused_in_words(site):
    assert (send(site, b"").status, send(site, b"").json["error"]) == (400, "Empty file.")
    for body in (
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7 ",
        encoded("RGB", (9, 9), "PNG")[:40],
    ):
        reply = send(site, body)
        assert reply.status == 415, body
        assert reply.json["error"].startswith("Not a supported image: "), reply.json


def test_formats_with_a_history_are_not_even_tried(site):
    for kind in ("JPEG2000", "ICO", "TGA", "PCX"):
        assert send(site, encoded("RGB", (32, 32), kind)).status == 415, kind


def test_a_bomb_is_refused_by_its_header(site):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for side in (30_000, 2**31 - 1):
        head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000))
            + chunk(b"IEND", b"")
        )
        reply = send(site, bomb)
        assert reply.status == 415
        assert "Mpx" in reply.json["error"] or "broken" in reply.json["error"]


def test_twenty_megabytes_are_the_limit(site):
    reply = send(site, b"\0" * 20_000_001)
    assert (reply.status, reply.json["error"]) == (413, "Upload is 20 MB; the limit is 20 MB.")
    assert send(site, b"\0" * 20_000_000).status == 415


def test_a_name_is_words_and_opens_nothing(site, album):
    body = (album / "cats" / "05.png").read_bytes()
    for name, shown in (
        ("..%2f..%2fetc%2fpasswd", "passwd"),
        ("a%00b%0d%0a%E2%80%AEc", "abc"),
        ("%3Cb%3E", "<b>"),
        ("", "picture"),
    ):
        assert send(site, body, name).json["name"] == shown


def test_a_large_picture_is_taken(site):
    noise = np.random.default_rng(0).integers(0, 255, (2000, 2500, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise).save(buffer, "JPEG", quality=80)
    told = send(site, buffer.getvalue()).json
    assert (told["width"], told["height"]) == (2500, 2000)


def test_a_worker_that_takes_too_long_is_ended_and_leaves_nothing(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "PATIENCE", 0.05)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RefusedError, match="Not a supported image") as refused:
        uploads.decoded(encoded("RGB", (4000, 4000), "PNG"), load_run(saved))
    assert refused.value.status == 415
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_dies_is_told(saved, monkeypatch):
    monkeypatch.setattr(uploads, "_START", "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(RefusedError, match="Not a supported image"):
        uploads.decoded(encoded("RGB", (40, 40), "PNG"), load_run(saved))
