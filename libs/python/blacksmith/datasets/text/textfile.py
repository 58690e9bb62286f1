"""The text: out of Python's standard library, or a person's own file."""

from __future__ import annotations

from pathlib import Path


class BadText(Exception):
    """A text that cannot be used; the message names the file and the place in it."""

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


def python_reference() -> str:
    """The language reference that the `help` of this Python shows, topic after topic."""
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise BadText(
            "this Python was installed without pydoc_data, which holds its language reference",
            remedy="install all of its standard library, or set dataset.path",
        ) from None
    texts: dict[str, None] = {}  # some topics have several names
    for name in sorted(topics):
        texts[topics[name].strip()] = None
    return "\n\n\n".join(texts) + "\n"


def read_text(file: Path) -> str:
    """A file's text, with LF at the ends of lines; raises BadText with the place of a fault."""
    if file.is_dir():
        raise BadText(f"{file} is a folder", remedy="give one text file, UTF-8")
    try:
        content = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise BadText(f"{file} cannot be read: {error.strerror}") from None
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadText(f"{file} is UTF-16", remedy="save it as UTF-8")
    nul = content.find(b"\0")
    if nul >= 0:
        raise BadText(
            f"{_place(file, content, nul)}: a NUL byte: this is no text", remedy="save it as UTF-8"
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadText(
            f"{_place(file, content, error.start)}: the byte 0x{content[error.start]:02x} is not"
            " UTF-8",
            remedy="save it as UTF-8",
        ) from None
    if not text.strip():
        raise BadText(f"{file} holds no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _place(file: Path, content: bytes, at: int) -> str:
    """file:line:column, the column in bytes."""
    before = content[:at]
    return f"{file}:{before.count(10) + 1}:{at - (before.rfind(10) + 1) + 1}"
