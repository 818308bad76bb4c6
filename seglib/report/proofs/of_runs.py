"""The scorecard of what stands in one or several runs: the same methods with the same parameters, on the same client."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.errors import ParameterError, SettingsError

if TYPE_CHECKING:
    from seglib.client import Client

Wanted = dict[str, tuple[str, Mapping[str, object]]]


def opened(paths: Sequence[str | os.PathLike[str]]) -> tuple[Client, Wanted]:
    """The client of some runs and every classification in them.

    A method that stands in several runs with other parameters is named with the run's folder behind it; the same one is taken once.

    Args:
        paths: Folders of runs or their run.json; or one client.yml, or a project folder with one, for all that its data carry. Nothing: the
            demonstration data.

    Raises:
        SettingsError: The runs are of several clients.
        ParameterError: There is no method in them.
    """
    import seglib

    if not paths or (len(paths) == 1 and _is_client(Path(paths[0]))):
        return seglib.open_client(str(paths[0]) if paths else ""), {}
    from seglib.report import manifest

    runs = [manifest.read(path) for path in paths]
    clients = {_client_of(run) for run in runs}
    if len(clients) > 1:
        raise SettingsError(
            "The runs are of {n} clients; a scorecard stands on the same customers. Give runs of one project.", n=len(clients)
        )
    found = [(name, dict(given), run.folder.name) for run in runs for name, given in _methods(run.content)]
    if not found:
        raise ParameterError("There is no method in these runs; give the folder of a report.")
    return seglib.open_client(clients.pop()), _labelled(found)


def _is_client(path: Path) -> bool:
    return path.suffix.lower() in (".yml", ".yaml") or (path / "client.yml").is_file()


def _client_of(run: Any) -> str:
    client = str(run.content["request"].get("client", ""))
    return str((run.folder / client).resolve()) if client else ""


def _methods(content: Mapping[str, Any]) -> list[tuple[str, Mapping[str, object]]]:
    """Methods of a run whose page came out, each once, with the parameters that were not defaults."""
    from seglib import methods

    known = set(methods.names())
    pages = {
        page["method"]: page.get("parameters") or {} for page in content["pages"] if page["status"] == "ok" and page["method"] in known
    }
    return list(pages.items())


def _labelled(found: Sequence[tuple[str, Mapping[str, object], str]]) -> Wanted:
    """Label -> method and parameters; the folder stands behind the name only where it tells two apart."""
    distinct: list[tuple[str, Mapping[str, object], str]] = []
    for name, given, folder in found:
        if not any(name == other and given == its for other, its, _ in distinct):
            distinct.append((name, given, folder))
    names = [name for name, _, _ in distinct]
    return {name if names.count(name) == 1 else f"{name} ({folder})": (name, given) for name, given, folder in distinct}
