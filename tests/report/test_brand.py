from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from seglib.errors import SettingsError
from seglib.report import brand, html, palette
from seglib.settings import ClientSettings, load


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (4, 2), "#006633").save(target, format="PNG")
    return target.getvalue()


LOGO = picture()


def settings(folder: Path, line: str) -> Any:
    text = f"project: x\ncurrency: CNY\ntables: {{orders: {{files: o.csv}}}}\nreport: {line}\n"
    (folder / "client.yml").write_text(text, encoding="utf-8")
    return load(folder / "client.yml")


def test_logo_colours_and_foot_stand_in_the_page(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(LOGO)
    frame = brand.frame(settings(tmp_path, "{logo: logo.png, colours: ['#063', '#333333'], footer: 仅供内部}"))
    page = html.render("failed.html.j2", "zh", title="t", project="p", period="", links=[], banner="", what="", fault=None, **frame)
    assert 'src="data:image/png;base64,iVBORw0KGgo' in page
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


def test_other_files_take_the_same_looks(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(LOGO)
    found = brand.looks(settings(tmp_path, "{logo: logo.png, colours: ['#063', '#333333'], footer: 仅供内部}"))
    assert found == brand.Looks(LOGO, "#006633", "#333333", "仅供内部")
    assert found.soft == "#e0ede7"
    assert palette.contrast(palette.INK, found.soft) > 7
    assert brand.looks(settings(tmp_path, "{colours: ['#063']}")) == brand.Looks(b"", "#006633", palette.INK, "")
    assert brand.looks(ClientSettings()) == brand.Looks()


def test_a_drawn_logo_stands_in_pages_only_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    (tmp_path / "logo.png").write_bytes(LOGO)
    drawn = settings(tmp_path, "{logo: logo.svg}")
    assert brand.looks(drawn).logo == b""
    told = brand.unseen(drawn, ("html", "pdf", "docx", "pptx"))
    assert [one.text("en") for one in told] == [
        "report.logo logo.svg is an SVG drawing: it stands in the pages and the PDF, and DOCX / PPTX come without a logo. "
        "Save it as PNG too and name that file to have it everywhere."
    ]
    assert "没有标志" in told[0].text("zh")
    assert brand.unseen(drawn, ("html", "pdf", "xlsx")) == []
    assert brand.unseen(settings(tmp_path, "{logo: logo.png}"), ("docx",)) == []


def test_a_logo_that_is_broken_is_told(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    with pytest.raises(SettingsError, match=r"logo\.png cannot be read as a picture"):
        brand.looks(settings(tmp_path, "{logo: logo.png}"))


def test_a_logo_that_would_swell_every_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"x" * (brand.LARGEST + 1))
    with pytest.raises(SettingsError, match="make it smaller than 300000"):
        brand.frame(settings(tmp_path, "{logo: logo.png}"))
