"""The house keeps its own rules: sizes, one dependency list, no address, documents that follow the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line]
sys.path.insert(0, str(ROOT / "docs"))


def tracked() -> list[Path]:
    """Files of the project: as git lists them, or all that are not ignored where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    found = [ROOT / name for name in names if name and (ROOT / name).is_file()]
    if found:
        return found
    own = ("seglib", "tests", "notebooks", "docs", "benchmarks", ".ci")
    return [path for name in own for path in (ROOT / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def sources(folder: str = "") -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT / folder)]


def requirements(*extras: str) -> list[Requirement]:
    texts = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        texts += PROJECT["project"]["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


def test_every_module_says_what_it_is():
    silent = [str(path.relative_to(ROOT)) for path in sources("seglib") if path.stat().st_size and not ast.get_docstring(_tree(path))]
    assert silent == []


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_no_file_holds_a_registry_address_or_a_path_of_one_machine():
    # written in pieces, so that this file does not hold them either
    hosts = [
        "py" + "pi.org",
        "python" + "hosted.org",
        "npm" + "js.org",
        "npm" + "js.com",
        "anaconda" + ".org",
        "index" + "-url",
        "find" + "-links",
    ]
    folders = [f"{ROOT}/", f"{Path.home()}/", "/" + "root/", "/" + "tmp/w"]
    allowed = {"CONTRIBUTING.md": ("--no-emit-index" + "-url", "--no-emit-find" + "-links")}
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a table
        for option in allowed.get(path.name, ()):
            text = text.replace(option, "")
        found += [f"{path.relative_to(ROOT)}: {mark}" for mark in [*hosts, *folders] if mark in text]
    assert found == []


def test_lock_files_with_addresses_are_not_kept():
    assert not {"uv.lock", "pylock.toml"} & {path.name for path in tracked()}


def test_every_dependency_is_pinned_within_its_bounds_on_every_system():
    pins: dict[str, list[Requirement]] = {}
    for pin in PINS:
        assert re.fullmatch(r"==[\w.!+]+", str(pin.specifier)), pin
        assert pin.url is None
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    for wanted in requirements(*PROJECT["project"]["optional-dependencies"]):
        found = pins.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted.name} is not pinned"
        for pin in found:
            version = str(pin.specifier).removeprefix("==")
            assert wanted.specifier.contains(version, prereleases=True), f"{pin} is outside {wanted}"


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_one_pin_a_package_holds_on_each_system_and_python(system: str, python: str):
    place = {
        "sys_platform": system,
        "os_name": "nt" if system == "win32" else "posix",
        "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[system],
        "python_version": python,
        "python_full_version": f"{python}.9",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    names = [canonicalize_name(pin.name) for pin in PINS if pin.marker is None or pin.marker.evaluate(place)]
    assert sorted(names) == sorted(set(names))
    needed = {canonicalize_name(w.name) for w in requirements("lab", "test") if w.marker is None or w.marker.evaluate(place)}
    assert needed <= set(names)


def test_sqlglot_stays_where_ibis_works_with_it():
    pin = next(pin for pin in PINS if pin.name == "sqlglot")
    assert int(str(pin.specifier).removeprefix("==").split(".")[0]) < 30


def imports_of(paths: list[Path]) -> set[str]:
    found = set()
    for path in paths:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"seglib", "tests", "benchmarks", "conftest", "generate"}


@pytest.mark.parametrize(("folder", "extras"), [("seglib", ("office", "pdf")), ("tests", ("test",))])
def test_what_is_imported_is_on_the_list(folder: str, extras: tuple[str, ...]):
    distributions = packages_distributions()
    listed = {canonicalize_name(wanted.name) for wanted in requirements(*extras)}
    local = {path.stem for path in sources(folder)} | {"pyspark"}  # a second engine, tried where it is installed
    missing = {
        name for name in imports_of(sources(folder)) - local if not {canonicalize_name(d) for d in distributions.get(name, [name])} & listed
    }
    assert missing == set()


def test_conda_and_the_readme_install_the_one_list():
    conda = (ROOT / "environment.yml").read_text(encoding="utf-8")
    entries = [line.strip(" -") for line in conda.splitlines() if line.strip().startswith("- ")]
    assert entries == [
        "conda-forge",
        "python" + PROJECT["project"]["requires-python"],
        "pip",
        "pip:",
        "constraint constraints.txt",
        "editable .[lab,office,pdf]",
    ]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    installs = [line for line in readme.splitlines() if "-m pip install" in line]
    assert len(installs) == 2
    assert all(line.endswith("-m pip install --constraint constraints.txt --editable .") for line in installs)


def test_generated_documents_are_current():
    import generate

    stale = [path.name for path, text in generate.documents().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    assert stale == [], "run: python docs/generate.py"


def test_the_wheel_carries_words_templates_and_notebooks(tmp_path: Path):
    import zipfile

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    methods = [path.stem for path in (ROOT / "seglib" / "methods").glob("[!_]*.py")]
    for method in methods:
        assert f"seglib/methods/{method}.yml" in names
        assert f"seglib/notebooks/methods/{method}.ipynb" in names
    for kind in (".po", ".j2", ".css"):
        assert any(name.endswith(kind) for name in names), kind
    assert not [name for name in names if name.startswith(("tests/", "docs/", "data/"))]


def test_make_refuses_an_old_python_in_one_sentence(tmp_path: Path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = tmp_path / "python-of-old"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && { echo "Python 3.9.2"; exit 0; }\nexit 1\n')
    old.chmod(0o755)
    done = subprocess.run(["make", "report", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "seglib needs Python 3.11 or newer" in done.stderr
    assert "is Python 3.9.2" in done.stderr
    assert not (tmp_path / ".venv" / ".base").exists()


def test_make_help_lists_the_four_things():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"^  make (\w+)", done.stdout, flags=re.MULTILINE) == ["help", "report", "test", "corpora", "lab", "bench"]
