"""The errors a user of the system meets: each says what was found, what is allowed, and what to do."""


class QAError(Exception):
    """
    Base of every error this package raises on purpose.

    The command line prints the message and leaves with `exit_code`; a traceback is shown only with `--debug`.
    """

    exit_code = 1


class SettingsError(QAError):
    """A setting that does not exist, or a value it does not take."""

    exit_code = 2


class SourceError(QAError):
    """A file of reviews or questions that is missing, of another format, or broken."""

    exit_code = 3


class StoreError(QAError):
    """A document store or dense index that is missing, damaged, or made by another version or encoder."""

    exit_code = 4


class StoreLockedError(StoreError):
    """Another process is writing to the store."""


class QueryError(QAError):
    """A question, item or filter that cannot be asked of this store."""

    exit_code = 5


class ModelError(QAError):
    """A reader, encoder or generator that cannot be loaded."""

    exit_code = 6


class GenerationError(QAError):
    """A generator that cannot be reached, refuses, or writes nothing that can be used."""

    exit_code = 7
