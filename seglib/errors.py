"""What goes wrong in a sentence: what is wrong, what was found, what to do next."""

from __future__ import annotations

from collections.abc import Sequence


class SeglibError(ValueError):
    """A fault that the caller can mend; the command line prints its sentence and leaves with exit code 2.

    Args:
        template: The English sentence with ``{names}``; it is also the key of its translation.
        **values: What stands in the braces. Numbers and names of the caller's data, never whole rows.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template.format(**values) if values else template)

    def text(self, lang: str = "en") -> str:
        """The sentence in ``lang`` ("en" or "zh")."""
        from seglib.language import translate

        return translate(self.template, lang, **self.values)


class SettingsError(SeglibError):
    """client.yml, a command line or a matches file says something we cannot follow."""


class TableError(SeglibError):
    """A table cannot be used as it is: a column is missing, ids repeat, values contradict each other."""


class FaultsError(TableError):
    """Several faults that were found at once: a sentence and a line each.

    Args:
        faults: What was found, in the order in which it shall be read.
    """

    def __init__(self, faults: Sequence[SeglibError]) -> None:
        super().__init__("{faults}", faults="\n".join(map(str, faults)))
        self.faults = list(faults)

    def text(self, lang: str = "en") -> str:
        """The sentences in ``lang``, a line each, none twice."""
        return "\n".join(dict.fromkeys(fault.text(lang) for fault in self.faults))


def together(faults: Sequence[SeglibError]) -> SeglibError:
    """One error for all of ``faults`` (at least one): the fault itself where there is only one."""
    each = [one for fault in faults for one in (fault.faults if isinstance(fault, FaultsError) else [fault])]
    return each[0] if len(each) == 1 else FaultsError(each)


class DataError(SeglibError):
    """The data as a whole cannot carry what was asked (too few customers, a date far in the future)."""


class SchemeError(SeglibError):
    """A classification's definition is unsound, or does not fit the table it is applied to."""


class ParameterError(SeglibError):
    """A parameter's name, type or value is not one the method knows."""


class MissingPartError(SeglibError):
    """An optional package or system library is absent; the sentence names the one command that adds it."""
