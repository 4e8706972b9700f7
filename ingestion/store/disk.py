"""Files of a database on the disk: replaced atomically, cleared of leftovers, and what a full disk looks like."""

import os
from pathlib import Path

import duckdb

#: What DuckDB raises when a disk is full or a file cannot be opened; a checkpoint without room is a FatalException.
DISK_ERRORS = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException)


class CannotWrite(Exception):
    """The disk is full or the folder cannot be written: make room or choose another data folder."""


def partial_path(target: Path) -> Path:
    """Where this process writes the file that will replace `target`."""
    return target.with_name(f".{target.name}.{os.getpid()}.part")


def wal_path(path: Path) -> Path:
    """DuckDB's write-ahead log of the file `path`."""
    return path.with_name(f"{path.name}.wal")


def replace_file(fresh: Path, target: Path) -> None:
    """Replace `target` by `fresh` atomically and fsync; a write-ahead log of the old file is removed."""
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    wal_path(target).unlink(missing_ok=True)
    os.replace(fresh, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove_file(path: Path) -> None:
    """Remove a database with its write-ahead log, where they exist."""
    path.unlink(missing_ok=True)
    wal_path(path).unlink(missing_ok=True)


def remove_leftovers(target: Path) -> None:
    """Remove partial files of crashed runs beside `target`; a market has one writer, so none of them is in use."""
    for leftover in target.parent.glob(f".{target.name}.*.part*"):
        leftover.unlink(missing_ok=True)


def disk_refusal(message: str) -> str | None:
    """Which refusal of disk or folder the message of DuckDB, SQLite or the operating system means; None for others."""
    for refusal, signs in _REFUSALS.items():
        if any(sign in message for sign in signs):
            return refusal
    return None


_REFUSALS = {
    "the disk is full": ("No space left", "File too large", "Disk quota", "disk is full"),
    "the folder cannot be written": ("Permission denied", "Read-only file system", "readonly database"),
    "the disk is full or cannot be read": ("disk I/O error",),
}


def reason_of(error: Exception) -> str:
    """The message of an error in one line, in the words of disk_refusal where the disk refused."""
    message = " ".join(str(error).split())
    if refusal := disk_refusal(message):
        return refusal
    if isinstance(error, PermissionError):
        return "the folder cannot be written"
    if isinstance(error, OSError):
        return f"{error.strerror or message}"
    return message
