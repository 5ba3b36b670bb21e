"""Pictures drawn anew: what a browser gets to show inline is made here, from pixels alone."""

import io
from typing import Final

from PIL import Image, ImageOps

from duetime.router.errors import NotFound

SIDE_PX: Final = 2000
"""The longest side of what comes out."""
PIXELS: Final = 40_000_000
"""A larger picture is refused before it is unpacked: a small file may hold a huge one."""
READ: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
DRAWABLE: Final = frozenset({f"image/{name.lower()}" for name in READ})


def redraw(content: bytes) -> tuple[bytes, str]:
    """The picture as PNG or JPEG and its media type, at most `SIDE_PX` wide and high; of a moving one the first frame.
    Raises NotFound for what cannot be drawn. Takes up to 160 MB and a second: call it in a thread."""
    try:
        with Image.open(io.BytesIO(content), formats=READ) as opened:
            if opened.width * opened.height > PIXELS:
                raise NotFound(f"The picture has more than {PIXELS:,} pixels: download it instead.")
            opened.draft(None, (SIDE_PX, SIDE_PX))
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((SIDE_PX, SIDE_PX))
            return _encoded(picture)
    except NotFound:
        raise
    except Exception:
        # Broken pictures make Pillow raise a dozen kinds of errors, which its documentation does not list.
        raise NotFound("This is no picture that can be shown: download it instead.") from None


def _encoded(picture: Image.Image) -> tuple[bytes, str]:
    written = io.BytesIO()
    mode, form = ("RGBA", "PNG") if picture.has_transparency_data else ("RGB", "JPEG")
    pixels = picture.convert(mode)
    pixels.info.clear()  # comments, profiles, where it was taken: Pillow writes them again
    pixels.save(written, form)
    return written.getvalue(), Image.MIME[form]
