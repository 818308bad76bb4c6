"""What this computer has of the parts a report can use, and the one command that adds the rest."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Sequence
from ctypes.util import find_library
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec

from seglib.cli.screen import shown, t

PACKAGES = ("ibis-framework", "duckdb", "pandas", "pyarrow", "matplotlib", "papermill", "nbconvert")
PANGO = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
# part -> what a package manager calls it; a manager without an entry has no single command for it
NAMES = {
    "apt-get": {"pango": "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0", "font": "fonts-wqy-microhei", "browser": "chromium"},
    "dnf": {"pango": "pango harfbuzz", "font": "google-noto-sans-cjk-fonts", "browser": "chromium"},
    "brew": {"pango": "pango", "font": "--cask font-noto-sans-cjk-sc", "browser": "--cask chromium"},
}


@dataclass(frozen=True)
class Finding:
    """One part.

    Attributes:
        key: Its name for the repair: python, package, kernel, pango, font, browser or jupyterlab.
        what: What it is, in the screen's language.
        found: The version or file found, "" where it is missing.
        without: What does not work without it.
        vital: Does nothing work without it?
    """

    key: str
    what: str
    found: str
    without: str = ""
    vital: bool = False

    @property
    def fine(self) -> bool:
        """Is it there?"""
        return bool(self.found)


def examine() -> list[Finding]:
    """Every part, the vital ones first."""
    from seglib import __version__

    return [
        Finding("package", "seglib", __version__, vital=True),
        Finding("python", "Python", f"{platform.python_version()} ({shown(sys.executable)})", vital=True),
        *(Finding("package", name, _version(name), t("No report can be made."), vital=True) for name in PACKAGES),
        Finding("kernel", t("notebook kernel"), _version("ipykernel"), t("No report can be made."), vital=True),
        Finding("pango", t("Pango, for PDF files"), _pango(), t("PDF files come from a browser instead.")),
        Finding("font", t("font with Chinese characters"), _chinese_font(), t("Charts show boxes in place of Chinese characters.")),
        Finding("browser", t("browser"), _browser(), t("No PDF without Pango, and reports must be opened elsewhere.")),
        Finding("jupyterlab", t("JupyterLab"), _version("jupyterlab"), t("'seglib lab' cannot start; reports need none of it.")),
    ]


def repair(findings: Sequence[Finding]) -> str:
    """The command that adds whatever is missing, "" where nothing is or no command can."""
    missing = {finding.key: finding for finding in findings if not finding.fine}
    commands = []
    packages = [finding.what for finding in findings if finding.key == "package" and not finding.fine]
    packages += [name for key, name in (("kernel", "ipykernel"), ("jupyterlab", "jupyterlab")) if key in missing]
    if packages:
        commands.append(f"{shown(sys.executable)} -m pip install {' '.join(packages)}")
    manager = next((name for name in NAMES if shutil.which(name)), "")
    wanted = [NAMES[manager][key] for key in ("pango", "font", "browser") if key in missing and key in NAMES[manager]] if manager else []
    if wanted:
        commands.append(f"{_as_root(manager)}{manager} install {' '.join(wanted)}")
    return " && ".join(commands)


def _as_root(manager: str) -> str:
    """``sudo`` where the package manager wants the administrator and we are not."""
    administrator = getattr(os, "geteuid", lambda: 0)() == 0
    return "" if administrator or manager == "brew" else "sudo "


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _pango() -> str:
    """Name of the Pango library, "" unless all it takes is there."""
    found = [find_library(name) or "" for name in PANGO]
    return found[0] if all(found) else ""


def _chinese_font() -> str:
    if find_spec("matplotlib") is None:
        return ""
    from seglib.report.plots._canvas import chinese_font

    return chinese_font()


def _browser() -> str:
    from seglib.report.pdf import browser

    return browser()
