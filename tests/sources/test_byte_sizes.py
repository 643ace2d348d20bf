"""Sizes in words."""

from partwise.byte_sizes import said_bytes


def test_sizes_are_said():
    assert [said_bytes(count) for count in (12, 1500, 2.5e6, 3.25e9)] == ["12 bytes", "1.5 kB", "2.5 MB", "3.2 GB"]
