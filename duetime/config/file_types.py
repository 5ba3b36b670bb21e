"""Which files a double click would run: what is refused unless the settings say otherwise."""

from typing import Annotated, Final

from msgspec import Meta

_END = r"(?![\s\S])"

Extension = Annotated[
    str,
    Meta(
        pattern=rf"^[a-z0-9][a-z0-9_-]{{0,19}}{_END}",
        description='the ending of a file name in lower case, without its dot, such as "exe"',
        extra={"called": "an ending of a file name"},
    ),
]
MediaType = Annotated[
    str,
    Meta(
        pattern=rf"^[a-z0-9][a-z0-9!#$&^_.+-]{{0,62}}/[a-z0-9][a-z0-9!#$&^_.+-]{{0,126}}{_END}",
        description='a media type in lower case, such as "application/x-msdownload"',
        extra={"called": "a media type"},
    ),
]

_NAMES = """
ade adp apk app appx appxbundle bat chm cmd com cpl diagcab dll exe hta inf ins iso isp jar jnlp js jse lnk mde msc msi
msix msp mst pif ps1 psm1 reg scf scr sct settingcontent-ms shb sys url vb vbe vbs vhd vhdx vxd wsc wsf wsh xll
"""
RUN_BY_NAME: Final = tuple(_NAMES.split())
RUN_BY_TYPE: Final = (
    "application/hta",
    "application/java-archive",
    "application/vnd.microsoft.portable-executable",
    "application/x-dosexec",
    "application/x-ms-shortcut",
    "application/x-msdos-program",
    "application/x-msdownload",
    "application/x-msi",
)
