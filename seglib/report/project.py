"""What the report needs to know of a client: names, currency, languages, paths; one place that reads its settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seglib.errors import SettingsError
from seglib.language import LANGUAGES, translate

DEMO = "Grocery chain (demonstration data)"


@dataclass(frozen=True, eq=False)
class Project:
    """An open client, seen by the report.

    Attributes:
        client: What ``seglib.open_client`` gave.
        path: The client.yml, absolute; None for the demonstration data.
    """

    client: Any
    path: Path | None

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None, *, definitions: str | None = None, keep: bool = True) -> Project:
        """Open a client.yml, or the demonstration data where no path is given.

        Args:
            path: The client.yml.
            definitions: Folder of the signed definitions to follow, "" for none; by default the one client.yml names.
            keep: Keep window and clock of the project's previous run.
        """
        import seglib

        given = Path(path).resolve() if path and str(path).strip() else None
        return cls(seglib.open_client(str(given) if given else "", definitions=definitions, keep=keep), given)

    @property
    def settings(self) -> Any:
        """The client's settings; None where there are none."""
        return getattr(self.client, "settings", None)

    @property
    def report(self) -> Any:
        """The report part of the settings."""
        return getattr(self.settings, "report", None)

    @property
    def outside(self) -> bool:
        """Is the report for readers outside the client's house?"""
        return getattr(self.report, "audience", "client") == "outside"

    def title(self, lang: str) -> str:
        """The project's name."""
        if self.path is None:
            return translate(DEMO, lang)
        own = getattr(self.report, "title", None) or getattr(self.settings, "project", "")
        return str(own or "") or self.path.parent.name

    @property
    def currency(self) -> str:
        """ISO code of the money; "" where nobody said."""
        return str(getattr(self.settings, "currency", "") or "")

    def languages(self, wanted: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
        """The languages of the pages: those asked for, else those of the settings.

        Raises:
            SettingsError: There are no words in a language.
        """
        asked = wanted.split(",") if isinstance(wanted, str) else wanted
        chosen = [one.strip() for one in asked or getattr(self.settings, "language", None) or ["en"] if one.strip()]
        for one in chosen:
            if one not in LANGUAGES:
                raise SettingsError("there is no language {one!r}; there are: {names}.", one=one, names=", ".join(LANGUAGES))
        return tuple(dict.fromkeys(chosen or ["en"]))

    def own_parameters(self, method: str) -> dict[str, object]:
        """Parameters that client.yml sets for a method."""
        return dict(((getattr(self.settings, "methods", None) or {}).get(method)) or {})

    def own_labels(self, method: str) -> Mapping[str, str]:
        """Names that client.yml gives to classes of a method."""
        return dict((getattr(self.settings, "labels", None) or {}).get(method, {}))

    @property
    def fingerprint(self) -> str:
        """sha256 over the sources and the settings that decide the tables."""
        return str(self.client.fingerprint)

    def home(self, out: str | os.PathLike[str] | None) -> Path:
        """The folder of all reports: the one asked for, else ``reports`` in the project's folder, or here for the demonstration data."""
        if out and str(out).strip():
            return Path(out).resolve()
        return (self.path.parent if self.path else Path.cwd()) / "reports"
