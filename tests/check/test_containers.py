"""What the container files name is there: a build needs no guess. (Building needs an engine, which tests do not.)"""

import re
from pathlib import Path

from duetime.config.settings import load_settings

ROOT = Path(__file__).parent.parent.parent


def copied() -> list[str]:
    """The sources of the Dockerfile's COPY lines."""
    lines = re.findall(r"^COPY (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_everything_that_the_image_copies_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert copied() == [source for source in copied() if (ROOT / source).exists() and f"!{source}" in ignored]


def test_the_variables_of_the_container_files_are_settings() -> None:
    compose = dict(re.findall(r"(DUETIME_\w+): (\S+)", (ROOT / "docker-compose.yml").read_text()))
    image = dict(re.findall(r"(DUETIME_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))

    settings = load_settings(None, image | compose)

    assert settings.redis.url == "redis://valkey:6379/0"
    assert (settings.http.host, settings.http.port) == ("0.0.0.0", 8080)


def test_containers_are_given_longer_to_stop_than_the_drain_takes() -> None:
    graces_s = re.findall(r"stop_grace_period: (\d+)s", (ROOT / "docker-compose.yml").read_text())
    assert min(map(int, graces_s)) > load_settings(None, {}).stop.drain_s
