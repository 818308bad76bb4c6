from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seglib.errors import SettingsError
from seglib.report import brand, html
from seglib.settings import ClientSettings, load


def settings(folder: Path, line: str) -> Any:
    text = f"project: x\ncurrency: CNY\ntables: {{orders: {{files: o.csv}}}}\nreport: {line}\n"
    text = f"project: x\ncurrency: CNY\ntables: {{orders: {{files: o.csv}}}}\nreport: {line}\n"
    (folder / "client.yml").write_text(text, encoding="utf-8")
    return load(folder / "client.yml")


def test_logo_colours_and_foot_stand_in_the_page(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    frame = brand.frame(settings(tmp_path, "{logo: logo.png, colours: ['#063', '#333333'], footer: 仅供内部}"))
    page = html.render("failed.html.j2", "zh", title="t", project="p", period="", links=[], banner="", what="", fault=None, **frame)
    assert 'src="data:image/png;base64,iVBORw=="' in page
    assert ":root{--accent:#006633}h1,h2{color:#333333}" in page
    assert "仅供内部" in page


def test_without_looks_of_its_own_a_page_stays_as_it_is() -> None:
    assert brand.frame(ClientSettings()) == {"logo": "", "brand": "", "foot": ""}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{colours: ['#0B5']}", "#0B5 on white has a contrast of 2.5, and text needs 4.5"),
        ("{colours: [green]}", "green is no colour"),
        ("{logo: absent.png}", "it must be a picture beside client.yml"),
        ("{logo: client.yml}", "it must be a picture"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        brand.frame(settings(tmp_path, line))


def test_a_logo_that_would_swell_every_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"x" * (brand.LARGEST + 1))
    with pytest.raises(SettingsError, match="make it smaller than 300000"):
        brand.frame(settings(tmp_path, "{logo: logo.png}"))
