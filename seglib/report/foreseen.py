"""What a report would refuse of a client.yml, found before it is made: everything at once, each with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from seglib import methods
from seglib.errors import SeglibError
from seglib.report import authoring, brand, notebooks, office, parameters, playbook, signing
from seglib.report.plan import USUAL, beside, choose_main
from seglib.report.project import Project
from seglib.report.view import View
from seglib.settings.reading import SettingsFaultsError, SettingsLineError

if TYPE_CHECKING:
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Segmentation

TRIED = 500  # customers on whom a method is tried first: whatever it refuses there it is asked again of all


@dataclass
class Foreseen:
    """What a report on these data would come to.

    Attributes:
        faults: What it would be refused for, in the order of the lines of client.yml; what has no line comes last.
        results: Method -> its classes on all customers, of the pages that every report has where the data allow it.
    """

    faults: list[SeglibError] = field(default_factory=list)
    results: dict[str, Segmentation] = field(default_factory=dict)

    def explained(self, client: Client, lang: str) -> dict[str, list[str]]:
        """Method -> why its page would explain instead of drawing: a sentence for every gate that is not passed."""
        views = {name: View(result, client.customers(), lang, client.settings.currency or "") for name, result in self.results.items()}
        return {name: said for name, view in views.items() if (said := view.failed_gates())}


def foreseen(client: Client) -> Foreseen:
    """What a report on these data would be refused for, and which of its pages would explain instead of drawing.

    The rules are nobody's copy: the files that client.yml names are opened, and every method that the report would show, or that
    client.yml gives parameters to, is run with them, so that it says itself what it cannot follow.

    Args:
        client: An open client whose customer table can be made.
    """
    found = Foreseen([*_files(client), *_window(client)])
    if not found.faults:  # under another window than the signed one no definition can be followed
        found.faults += _trials(client, found.results)
    found.faults.sort(key=lambda fault: int(str(fault.values.get("line", 10**9))))
    return found


def _fault(client: Client, where: tuple[str, ...], fault: SeglibError) -> SeglibError:
    """The fault with the line of the deepest key of ``where`` that client.yml has; as it is where it has none."""
    settings = client.settings
    line = next((found for depth in range(len(where), 0, -1) if (found := settings.line(*where[:depth]))), None)
    if line is None or settings.path is None or isinstance(fault, (SettingsLineError, SettingsFaultsError)):
        return fault
    return SettingsLineError(settings.path.name, line, fault.template, fault.values)


def _refused(client: Client, where: tuple[str, ...], attempt: Callable[[], object]) -> Iterator[SeglibError]:
    """What an attempt is refused for; nothing where it succeeds."""
    try:
        attempt()
    except SeglibError as fault:
        for each in getattr(fault, "faults", [fault]):
            yield _fault(client, where, each)


def _files(client: Client) -> Iterator[SeglibError]:
    """Playbook, templates, logo and colours."""
    yield from _refused(client, ("playbook",), lambda: playbook.of(client))
    yield from _refused(client, ("report", "template"), lambda: office.templates(client.settings))
    yield from _refused(client, ("report",), lambda: brand.frame(client.settings))


def _window(client: Client) -> Iterator[SeglibError]:
    """A window other than the one the definitions were signed on."""
    yield from _refused(client, ("window",), lambda: signing.window(client.signed, 0, client.settings.window_days))


def _trials(client: Client, results: dict[str, Segmentation]) -> Iterator[SeglibError]:
    """Every method of the report, and every one with parameters of its own, run with them; ``results`` takes those of all customers."""
    project = Project(client, client.settings.path)
    able = [name for name in methods.names() if notebooks.exists(name) and not methods.lacking(name, client.columns)]
    if not able:
        return
    main, _ = choose_main(project, client.customers(), able, (), signing.main(client.signed))
    shown = beside(project, main, able, everything=False)
    for name in dict.fromkeys([*shown, *(name for name in project.settings.methods if name in able)]):
        known = {cell.name: cell for cell in notebooks.cell_parameters(name) if cell.name not in authoring.COMMON}
        given: dict[str, Any] = {}
        for key, value in project.own_parameters(name).items():
            if key in known:  # an unknown name is refused elsewhere
                read = partial(parameters.check, known.values(), {key: value}, name)
                wrong = [*_refused(client, ("methods", name, key), read)]
                yield from wrong
                given |= {} if wrong else read()
        asked = methods.asks(name, **given)
        customers = client.customers(also=asked["also"], facts=asked["facts"])
        refused = [*_trial(client, name, customers, given)]
        yield from refused
        if not refused and name in shown and name in USUAL:  # these are quick on any number of customers
            results[name] = methods.get(name).segment(customers, **given)


def _trial(client: Client, name: str, customers: pd.DataFrame, given: dict[str, Any]) -> Iterator[SeglibError]:
    """What a method refuses; the parameter that is to blame is left out, and it is asked once more for what else there is."""
    while (fault := _said(name, customers, given)) is not None:
        blamed = _blamed(name, customers, given, fault)
        yield _fault(client, ("methods", name, blamed) if blamed else ("methods", name), fault)
        if not blamed:
            return
        del given[blamed]


def _said(name: str, customers: pd.DataFrame, given: Mapping[str, Any]) -> SeglibError | None:
    """The sentence in which a method refuses: of a few customers first, and where they give one, of all of them."""
    fault: SeglibError | None = None
    for table in (customers.iloc[:TRIED], customers):
        try:
            methods.get(name).segment(table, **given)
        except SeglibError as found:
            fault = found
        else:
            return None
    return fault


def _blamed(name: str, customers: pd.DataFrame, given: Mapping[str, object], fault: SeglibError) -> str:
    """The parameter without which a method would not have refused so, one that the sentence names first; "" where there is none."""
    for key in sorted(given, key=lambda key: key not in str(fault)):
        if str(_said(name, customers, {other: value for other, value in given.items() if other != key})) != str(fault):
            return key
    return ""
