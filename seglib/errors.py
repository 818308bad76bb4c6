"""What goes wrong in a sentence: what is wrong, what was found, what to do next."""

from __future__ import annotations


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


class DataError(SeglibError):
    """The data as a whole cannot carry what was asked (too few customers, a date far in the future)."""


class SchemeError(SeglibError):
    """A classification's definition is unsound, or does not fit the table it is applied to."""


class ParameterError(SeglibError):
    """A parameter's name, type or value is not one the method knows."""


class MissingPartError(SeglibError):
    """An optional package or system library is absent; the sentence names the one command that adds it."""
