"""What runs scored, as one HTML file that needs nothing else: plots, tables, and mistakes to read."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from qa_system.eval.compare import Comparison
from qa_system.eval.predictions import Prediction
from qa_system.eval.report.examples import to_read
from qa_system.eval.report.groups import grouped
from qa_system.eval.report.legend import OUTCOMES
from qa_system.eval.report.plots import plots
from qa_system.eval.report.sections import Section, sections
from qa_system.eval.report.tables import interval, number
from qa_system.eval.scorecard import Estimate, Scorecard

EXAMPLES = 5
"""Of each class of mistake of each system."""
NOT_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What HTML cannot hold: controls, and halves of characters."""


def html(
    scorecards: Sequence[Scorecard], comparisons: Sequence[Comparison] = (), *, further: Sequence[Section] = ()
) -> str:
    """
    Report on runs, for a browser.

    :param scorecards: Of any kinds and data; those of one kind on the same data stand side by side.
    :param comparisons: Tests between them.
    :param further: Sections that come last.
    :returns: A whole page, which loads nothing; the same runs give the same bytes.
    """
    groups = grouped(scorecards)
    page = _environment().get_template("report.html.j2")
    text = page.render(
        sections=[*sections(scorecards, comparisons), *further],
        groups={group.anchor: group for group in groups},
        plots={group.anchor: plots(group) for group in groups},
        mistakes={
            group.anchor: {name: to_read(card, EXAMPLES) for name, card in group.systems.items()} for group in groups
        },
    )
    return NOT_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qa_system.eval.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, interval=interval, marked=_marked, settings=_settings)
    environment.tests["estimate"] = lambda cell: isinstance(cell, Estimate)
    environment.globals["outcomes"] = OUTCOMES
    return environment


def _marked(prediction: Prediction) -> Counter[tuple[str, str, str]]:
    """Count how many annotators marked the same words of the same review; the words are empty for no answer."""
    return Counter((label.review_id, label.text, label.side or "") for label in prediction.question.labels)


def _settings(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False, default=str)
