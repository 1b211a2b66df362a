import pytest

from qa_system.dense.files import only_item

ITEM = {"field": "meta.item_id", "operator": "==", "value": "B01"}
RATING = {"field": "meta.rating", "operator": ">", "value": 3}


@pytest.mark.parametrize(
    ("filters", "item"),
    [
        (None, None),
        ({}, None),
        (ITEM, "B01"),
        ({"operator": "AND", "conditions": [ITEM]}, "B01"),
        ({"operator": "AND", "conditions": [ITEM, RATING]}, None),
        ({"operator": "OR", "conditions": [ITEM]}, None),
        ({"operator": "NOT", "conditions": [ITEM]}, None),
        ({**ITEM, "operator": "!="}, None),
        ({**ITEM, "operator": "in", "value": ["B01"]}, None),
        ({**ITEM, "value": 5}, None),
        (RATING, None),
    ],
)
def test_only_the_filter_for_one_item_is_recognised(filters, item):
    assert only_item(filters) == item
