"""The Lua gate reads scripts whole, and tells what it finds by the file it stands in."""

import shutil
from pathlib import Path

import pytest

from duetime.queues.scripts import scripts_in
from tests.check.lua_scripts import findings
from tests.components import missing

BASE = """local call = redis.call
local function get(key)
  return call('GET', key)
end
local function nobody_calls_this()
  return 1
end
"""
OWN = """-- @include base
return get(KEYS[1])
"""


@pytest.fixture
def lua(tmp_path: Path) -> Path:
    """Two scripts that are fine, on an include with a function that neither uses."""
    if shutil.which("luacheck") is None:
        missing("luacheck", "On Debian and Ubuntu: apt-get install lua-check", optional=True)
    (tmp_path / "include").mkdir()
    (tmp_path / "include/base.lua").write_text(BASE)
    (tmp_path / "one.lua").write_text(OWN)
    (tmp_path / "other.lua").write_text(OWN)
    return tmp_path


def check(lua: Path) -> list[str]:
    return [str(finding) for finding in findings(scripts_in(lua))]


def test_what_no_script_uses_of_an_include_is_found(lua: Path) -> None:
    assert check(lua) == ["include/base.lua:5: unused function 'nobody_calls_this' (W211)"]


def test_what_one_script_uses_is_used(lua: Path) -> None:
    (lua / "one.lua").write_text(f"{OWN.replace('get(KEYS[1])', 'nobody_calls_this()')}")
    assert check(lua) == []


def test_a_misspelt_name_is_told_by_the_line_of_its_own_file(lua: Path) -> None:
    (lua / "one.lua").write_text(OWN.replace("get(", "gte("))
    assert "one.lua:2: accessing undefined variable 'gte' (W113)" in check(lua)
