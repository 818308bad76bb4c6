"""What client.yml says of methods, held against the methods there are: names, parameters and classes that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

from seglib import methods
from seglib.language import LANGUAGES, marked
from seglib.settings import ClientSettings, near_name
from seglib.settings.reading import SettingsFaultsError, SettingsLineError


def refuse_unknown(settings: ClientSettings) -> None:
    """Refuse a client.yml that names a method, a parameter or a class that does not exist; passed over, the report would be another one.

    Args:
        settings: Of a project; settings without a file have lines of 1.

    Raises:
        SettingsFaultsError: All of it at once, a line each, with the near name.
    """
    faults = unknown(settings)
    if faults:
        raise SettingsFaultsError(list(faults))


def unknown(settings: ClientSettings) -> list[SettingsLineError]:
    """What ``refuse_unknown`` refuses, in the order of the lines."""
    faults = (*_methods(settings), *_parameters(settings), *_classes(settings), *_one_name(settings))
    return sorted(faults, key=lambda fault: int(str(fault.values["line"])))


def _fault(settings: ClientSettings, where: tuple[str, ...], template: str, **values: object) -> SettingsLineError:
    """A fault on the line of the deepest key of ``where`` that the file has."""
    line = next((found for depth in range(len(where), 0, -1) if (found := settings.line(*where[:depth]))), 1)
    return SettingsLineError(settings.path.name if settings.path else "client.yml", line, template, values)


def _methods(settings: ClientSettings) -> Iterator[SettingsLineError]:
    named = [*((("methods", name), name) for name in settings.methods), *((("labels", name), name) for name in settings.labels)]
    named += [(("report", "main"), settings.report.main)] if settings.report.main else []
    named += [(("report", "also"), name) for name in settings.report.also or []]
    known = methods.names()
    for where, name in named:
        if name in known:
            continue
        near = near_name(name, known)
        if near:
            yield _fault(settings, where, marked("there is no method {name}; do you mean {near}?"), name=name, near=near)
        else:
            yield _fault(settings, where, marked("there is no method {name}; seglib methods lists them"), name=name)


def _parameters(settings: ClientSettings) -> Iterator[SettingsLineError]:
    for method in settings.methods.keys() & set(methods.names()):
        known = [parameter.name for parameter in methods.parameters(method)]
        for name in (settings.methods[method] or {}).keys() - set(known):
            near = near_name(name, known)
            template = marked("{method} has no parameter {name}; do you mean {near}? It has {known}")
            if not near:
                template = marked("{method} has no parameter {name}; it has {known}")
            yield _fault(settings, ("methods", method, name), template, method=method, name=name, near=near, known=", ".join(known))


def _classes(settings: ClientSettings) -> Iterator[SettingsLineError]:
    for method in settings.labels.keys() & set(methods.names()):
        words = methods.words(method)
        if words.open_ended or "joined" in words.content:
            continue  # classes that the data name, or that are put together from parts
        known = [key for key in words.content["classes"] if "*" not in key]
        shown = {words.label(key, lang).casefold(): key for key in known if "#" not in key for lang in LANGUAGES}
        for name in settings.labels[method]:
            if words.knows(name):
                continue
            near = shown.get(name.casefold()) or near_name(name, known)
            template = marked("{method} has no class {name}; do you mean {near}?")
            if not near:
                template = marked("{method} has no class {name}; it has {known}")
            yield _fault(settings, ("labels", method, name), template, method=method, name=name, near=near, known=", ".join(known))


def _one_name(settings: ClientSettings) -> Iterator[SettingsLineError]:
    """Two classes of one method under one name: a reader could not tell them apart."""
    for method in settings.labels.keys() & set(methods.names()):
        words = methods.words(method)
        every = [key for key in words.class_keys() if "*" not in key and "#" not in key]
        taken = {words.label(key, lang): key for key in every if key not in settings.labels[method] for lang in settings.language}
        for key, label in settings.labels[method].items():
            if (other := taken.setdefault(label, key)) != key:
                template = marked("{method}: {first} and {second} would both be called {label}; give each class a name of its own")
                yield _fault(settings, ("labels", method, key), template, method=method, first=other, second=key, label=label)
