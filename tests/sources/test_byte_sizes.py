"""Sizes in words."""

import pytest

from partwise.byte_sizes import parse_bytes, said_bytes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("600MB", 600_000_000),
        ("1.5 gb", 1_500_000_000),
        ("2GiB", 2**31),
        ("7", 7),
        (" .5kb ", 500),
        (12, 12),
        ("1KiB", 1024),
    ],
)
def test_sizes_are_read(text, count):
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "MB", "0", "0GB", "-1MB", "1e9", "6 00MB", "12 apples", "nan", True])
def test_what_is_no_size_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r"--memory wants a size such as 600MB, 1\.5GB or 2GiB, got "):
        parse_bytes(text, "--memory")


def test_sizes_are_said():
    assert [said_bytes(count) for count in (12, 1500, 2.5e6, 3.25e9)] == ["12 bytes", "1.5 kB", "2.5 MB", "3.2 GB"]
