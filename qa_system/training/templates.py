"""Reports of trainings: the sentences lie in Jinja templates beside this file."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from qa_system.eval.report.tables import interval, number


def rendered(template: str, **values: Any) -> str:
    """
    Fill in a template.

    :param template: Its file.
    :param values: What it names.
    :returns: The text.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qa_system.training", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        number=number,
        thousands="{:,}".format,
        bracketed=lambda estimate: f" {interval(estimate)}".rstrip(),
    )
    return environment
