"""Names of folders on the wire: modified UTF-7 (RFC 3501, section 5.1.3), quoted."""

from base64 import b64encode


def on_the_wire(folder: str) -> str:
    r"""``Anfragen "neu"`` becomes ``"Anfragen \"neu\""``, ``Käufe`` becomes ``"K&AOQ-ufe"``."""
    return quoted(_modified_utf7(folder))


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _modified_utf7(text: str) -> str:
    parts: list[str] = []
    foreign: list[str] = []
    for char in [*text, ""]:
        if char and not " " <= char <= "~":
            foreign.append(char)
            continue
        if foreign:
            encoded = b64encode("".join(foreign).encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            parts.append(f"&{encoded}-")
            foreign.clear()
        parts.append("&-" if char == "&" else char)
    return "".join(parts)
