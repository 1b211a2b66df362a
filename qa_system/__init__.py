"""Question answering over customer reviews. The public names stand in `__init__.pyi`."""

from lazy_loader import attach_stub

# Each name is imported at first use: Haystack loads torch, and neither `import qa_system` nor `qa --help` should.
__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
