"""Changes to a client.yml that somebody edited: their comments, order and quotes stay as they are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from seglib.errors import SettingsError
from seglib.settings.encoding import decode


def amend(path: str | Path, changes: Mapping[str, Any]) -> None:
    """Set keys of client.yml and leave every other line alone.

    Args:
        path: The file.
        changes: Key (``definitions``, or ``report.main`` for one within another) -> value; None takes the key away.

    Raises:
        SettingsError: The file is not there, or a key on the way holds no keys.
    """
    path = Path(path)
    if not path.is_file():
        raise SettingsError("{file} is not there. seglib init DIR FILE… writes one from your files.", file=str(path))
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    tree = yaml.load(decode(path.read_bytes()).lstrip("\ufeff")) or CommentedMap()
    for key, value in changes.items():
        *way, last = key.split(".")
        node = tree
        for step in way:
            node = node.setdefault(step, CommentedMap())
            if not isinstance(node, dict):
                raise SettingsError("{file}: {key} holds no keys.", file=path.name, key=step)
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value
    out = io.StringIO()
    yaml.dump(tree, out)
    path.write_text(out.getvalue(), encoding="utf-8")
