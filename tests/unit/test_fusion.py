from haystack import Document
from hypothesis import given
from hypothesis import strategies as st

from qa_system.fusion import FUSIONS, fused

RANKINGS = st.fixed_dictionaries(
    {
        name: st.lists(st.integers(0, 9), unique=True, max_size=8).flatmap(
            lambda ids: st.lists(
                st.integers(-500, 2000).map(lambda hundredths: hundredths / 100), min_size=len(ids), max_size=len(ids)
            ).map(
                lambda scores, ids=ids: [
                    Document(id=str(number), content=".", score=score)
                    for number, score in zip(ids, sorted(scores, reverse=True), strict=True)
                ]
            )
        )
        for name in ("bm25", "dense")
    }
)
FUSION = st.sampled_from(FUSIONS)


def ids(ranking: list[Document]) -> list[str]:
    return [document.id for document in ranking]


@given(RANKINGS, FUSION)
def test_every_passage_comes_once_best_first(rankings, fusion):
    joined = fused(rankings, fusion=fusion)
    assert sorted(ids(joined)) == sorted({*ids(rankings["bm25"]), *ids(rankings["dense"])})
    scores = [document.score for document in joined]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)


@given(RANKINGS, FUSION)
def test_what_has_all_the_weight_decides(rankings, fusion):
    joined = ids(fused(rankings, fusion=fusion, weights={"bm25": 0.0, "dense": 1.0}))
    found = ids(rankings["dense"])
    places = {document.id: document.score for document in rankings["dense"]}
    if fusion == "rrf":
        assert joined[: len(found)] == found
    else:  # the worst has 0, like what was not found
        ranked = [places[one] for one in joined if one in places]
        assert ranked == sorted(ranked, reverse=True)


@given(RANKINGS)
def test_scores_may_be_on_any_scale(rankings):
    stretched = {
        "bm25": [Document(id=one.id, content=".", score=one.score * 8) for one in rankings["bm25"]],
        "dense": rankings["dense"],
    }
    weights = {"bm25": 0.25, "dense": 0.75}
    same, scaled = (fused(each, fusion="scores", weights=weights) for each in (rankings, stretched))
    assert {one.id: round(one.score, 6) for one in same} == {one.id: round(one.score, 6) for one in scaled}


def test_a_passage_that_is_first_everywhere_has_one():
    ranking = [Document(id="a", content=".", score=3.0), Document(id="b", content=".", score=1.0)]
    for fusion in FUSIONS:
        best = fused({"bm25": ranking, "dense": ranking}, fusion=fusion)[0]
        assert (best.id, round(best.score, 9)) == ("a", 1.0)
