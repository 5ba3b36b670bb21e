"""Pictures drawn anew: pixels come out, and nothing else."""

import io
import zlib
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from duetime.router.errors import NotFound
from duetime.service.redraw import PIXELS, SIDE_PX, redraw


def picture(form: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, "red" if mode != "P" else 1).save(written, form, **how)
    return written.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that claims many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_picture_stays_a_picture(form: str) -> None:
    content, media = redraw(picture(form))
    with Image.open(io.BytesIO(content)) as drawn:
        assert drawn.size == (40, 30)
        assert Image.MIME[str(drawn.format)] == media
        red, green, blue = drawn.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 240
    assert max(green, blue) < 20


def test_what_can_be_seen_through_stays_so() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 255, 0, 0)).save(written, "PNG")
    content, media = redraw(written.getvalue())
    with Image.open(io.BytesIO(content)) as drawn:
        assert (media, drawn.mode, drawn.getpixel((1, 1))) == ("image/png", "RGBA", (0, 255, 0, 0))


def test_nothing_but_pixels_arrives() -> None:
    hidden = b"<script>alert(1)</script>"
    content, _ = redraw(picture("JPEG", comment=hidden) + hidden)
    assert hidden not in content
    assert b"<script" not in content


def test_a_large_picture_is_drawn_smaller() -> None:
    content, _ = redraw(picture("PNG", (5000, 1000)))
    with Image.open(io.BytesIO(content)) as drawn:
        assert drawn.size == (SIDE_PX, SIDE_PX // 5)


def test_a_picture_that_lies_on_its_side_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content, _ = redraw(picture("JPEG", exif=exif))
    with Image.open(io.BytesIO(content)) as drawn:
        assert drawn.size == (30, 40)


@pytest.mark.parametrize(("width", "height"), [(PIXELS // 1000 + 1, 1000), (60_000, 60_000)])
def test_a_small_file_that_holds_a_huge_picture_is_refused(width: int, height: int) -> None:
    with pytest.raises(NotFound, match="download"):
        redraw(bomb(width, height))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html><script>alert(1)</script></html>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        picture("PNG")[:50],
        picture("PDF"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotFound):
        redraw(content)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it repairs
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP"]), st.data())
def test_a_broken_picture_is_drawn_or_refused(form: str, data: st.DataObject) -> None:
    content = bytearray(picture(form))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        _, media = redraw(bytes(content))
    except NotFound:
        return
    assert media in ("image/png", "image/jpeg")
