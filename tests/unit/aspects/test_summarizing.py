"""From reviews to the lines of a summary: mentions, groups, sides."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from haystack import Document

from qa_system import Summary
from qa_system.aspects import summarizer
from qa_system.aspects.grouping import grouped, most_used
from qa_system.aspects.keeping import kept_summary, restored_summary
from qa_system.aspects.lines import FEW_REVIEWS, MOST_LINES, lines_of
from qa_system.aspects.mentions import Mention, find_mentions
from qa_system.aspects.summarizer import AspectSummarizer
from qa_system.presentation import summary_object

Reviews = Callable[..., list[Document]]
MEANINGS = {"sound": 0, "audio": 0, "bass": 1, "battery": 2, "battery life": 2, "zip": 3, "zipper": 3}


def vectors(words: Sequence[str]) -> np.ndarray:
    return np.eye(len(MEANINGS) + 1, dtype=np.float32)[[MEANINGS.get(word, len(MEANINGS)) for word in words]]


class Encoding:
    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        return vectors(texts)


@pytest.fixture
def summarise(model: Any, reviews: Reviews, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Summary]:
    monkeypatch.setattr(summarizer, "OpinionModel", lambda *_, **__: model)
    monkeypatch.setattr(summarizer, "Encoder", lambda *_, **__: Encoding())
    component = AspectSummarizer()
    return lambda *texts: component.run(reviews(*texts))["summary"]


def test_mentions_are_judged_in_their_sentences(model: Any) -> None:
    text = "The bass is deep. The ZIPPER broke, and the thing is late."
    found = find_mentions(["", text], model, language="english")
    assert [(one.term, one.review, text[one.start : one.end]) for one in found] == [
        ("bass", 1, "The bass is deep."),
        ("zipper", 1, "The ZIPPER broke, and the thing is late."),
    ]
    assert found[0].positive > 0.5 > found[0].negative
    assert found[1].negative > 0.5 > found[1].positive
    assert find_mentions([], model, language="english") == []


def test_the_same_side_is_one_group_by_stem_or_by_meaning(model: Any) -> None:
    texts = ["battery", "batteries", "battery life", "sound", "audio", "zip", "zipper", "bass"]
    found = grouped(find_mentions(texts, model, language="english"), vectors)
    groups = {frozenset(mention.term for mention in group) for group in found}
    assert groups == {
        frozenset(["battery", "batteries", "battery life"]),
        frozenset(["sound", "audio"]),
        frozenset(["zip", "zipper"]),
        frozenset(["bass"]),
    }


def test_nothing_and_one_word_are_grouped_too(model: Any) -> None:
    assert grouped([], vectors) == []
    assert len(grouped(find_mentions(["bass"], model, language="english"), vectors)) == 1


def test_the_most_used_words_stand_first() -> None:
    assert most_used(["audio", "sound", "sound", "bass", "ear"]) == ["sound", "ear", "bass", "audio"]


def test_each_reviewer_counts_once_and_each_line_has_its_places(summarise: Callable[..., Summary]) -> None:
    summary = summarise(
        "Great sound. Great audio, really great sound.",
        "Good sound. The zip broke.",
        "Sound is bad. The zip broke, I say.",
        "It has a sound.",
    )
    sound, zipper = summary.lines
    assert (sound.aspect, sound.terms) == ("sound", ("audio",))
    assert (sound.praise.support, sound.complaints.support, sound.mentions) == (2, 1, 4)
    assert sound.share == pytest.approx(2 / 3)
    assert sound.interval[0] < sound.share < sound.interval[1]
    assert summary.pros == (sound,)
    assert summary.cons == (zipper,)
    assert zipper.leading.stance == "negative"
    for line in summary.lines:
        for quote in (*line.praise.quotes, *line.complaints.quotes):
            span = quote.document_offset
            assert quote.document.content[span.start : span.end] == quote.data
            assert quote.meta["review_id"] == quote.document.id
    assert [quote.data for quote in zipper.complaints.quotes] == ["The zip broke.", "The zip broke, I say."]


def test_one_review_has_pros_and_cons_and_no_review_has_none(summarise: Callable[..., Summary]) -> None:
    one = summarise("Great sound, deep bass. The zip broke.")
    assert ([line.aspect for line in one.pros], [line.aspect for line in one.cons]) == (["bass", "sound"], ["zip"])
    assert (one.reviews, one.copies, one.item_id) == (1, 0, "I1")
    assert summarise() == Summary("", (), 0, 0)
    assert summarise("", "🙂").lines == ()


def test_spam_counts_once(summarise: Callable[..., Summary]) -> None:
    summary = summarise(*["Great sound, buy it now at our great shop!"] * 500, "The sound is bad.")
    (sound,) = summary.lines
    assert (sound.praise.support, sound.complaints.support) == (1, 1)
    assert (summary.reviews, summary.copies) == (501, 499)
    assert summary.divided == (sound,)


def test_all_the_same_and_all_contradicting(summarise: Callable[..., Summary]) -> None:
    agreed = summarise(*[f"Great sound, says reviewer number {number}." for number in range(20)])
    assert (agreed.lines[0].share, agreed.cons) == (1, ())
    torn = summarise(*[f"{number} says: {'great' if number % 2 else 'bad'} sound." for number in range(20)])
    assert (torn.lines[0].share, torn.pros, torn.cons) == (0.5, (), ())


def test_what_one_of_many_says_is_no_line(summarise: Callable[..., Summary]) -> None:
    others = [f"I like it, for reason {number}." for number in range(FEW_REVIEWS - 1)]
    assert summarise("Great bass.", *others).lines == ()
    assert len(summarise("Great bass.", *others[1:]).lines) == 1


def test_praise_does_not_crowd_out_complaints(reviews: Reviews) -> None:
    made = reviews("Great parts, bad parts.")

    def mention(number: int, negative: float) -> Mention:
        return Mention(f"part {number}", frozenset([str(number)]), 0, 0, 11, negative, 0, 1 - negative)

    groups = [[mention(number, 0.1)] for number in range(MOST_LINES + 3)] + [[mention(99, 0.9)]]
    lines = lines_of(groups, made)
    assert [line.leading.stance for line in lines].count("positive") == MOST_LINES
    assert lines[-1].aspect == "part 99"


def test_a_kept_summary_comes_back_whole(summarise: Callable[..., Summary], reviews: Reviews) -> None:
    texts = ["Great sound, great audio.", "The zip broke. Bad sound."]
    summary = summarise(*texts)
    kept = json.loads(json.dumps(kept_summary(summary)))
    restored = restored_summary("I1", kept, reviews(*texts))
    assert summary_object(restored) == summary_object(summary)


def test_a_summary_for_programs(summarise: Callable[..., Summary]) -> None:
    told = summary_object(summarise("Great sound.", "The zip broke."))
    assert json.loads(json.dumps(told)) == told
    (line,) = told["pros"]
    assert (line["aspect"], line["praise"]["support"], line["interval"][1]) == ("sound", 1, 1)
    (quote,) = line["praise"]["quotes"]
    assert (quote["text"], quote["review_id"], quote["start"], quote["end"]) == ("Great sound.", "R1", 0, 12)


def test_the_component_survives_serialisation() -> None:
    component = AspectSummarizer("folder", encoder="all-MiniLM-L6-v2", language="german")
    again = AspectSummarizer.from_dict(component.to_dict())
    assert (again.model, again.encoder, again.language) == ("folder", "all-MiniLM-L6-v2", "german")
