import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from qa_system.eval.answers import exact_match, f1, gold_texts, normalised, rouge_l, supported
from qa_system.records import Label, Question

WORDS = ("the", "a", "An", "bass", "Bass!", "is", "deep", "...", "isn't", "naïve", "ΣΊΣΥΦΟΣ", "低音", "—", "\u00a0", "")
phrases = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
texts = phrases | st.text(max_size=20)
golds = st.lists(texts, max_size=4)
ascii_texts = st.text(st.characters(codec="ascii"), max_size=30).filter(lambda text: any(map(str.isalnum, text)))
each_example = settings(max_examples=100)
measures = pytest.mark.parametrize("measure", [exact_match, f1, rouge_l])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Bass\tis\n deep.", "bass is deep"),
        ("a an the", ""),
        ("A.", ""),
        ("theatre another anthem", "theatre another anthem"),
        ("isn't", "isnt"),
        ("well-made", "wellmade"),
        ("the-best", "thebest"),
        ("$40.50", "4050"),
        ("?!…", "…"),
        ("“deep”", "“deep”"),
        ("ÉTÉ à la plage", "été à la plage"),
        ("a\u00a0bass\u2003line", "bass line"),
        ("低音 很 好。", "低音 很 好。"),
        ("", ""),
    ],
)
def test_normalises_as_squad_does(text, expected):
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("predicted", "gold", "exact", "overlap"),
    [
        ("the deep bass", ["Deep bass!"], 1, 1),
        ("bass is deep", ["deep bass"], 0, 0.8),
        ("deep deep", ["deep"], 0, 2 / 3),
        ("deep", ["treble", "deep bass", "bass"], 0, 2 / 3),
        ("treble", ["bass"], 0, 0),
        ("", ["bass"], 0, 0),
        ("the", ["bass"], 0, 0),
        ("", [""], 1, 1),
        ("", [], 1, 1),
        ("bass", [""], 0, 0),
        ("bass", [], 0, 0),
        ("", ["the", "..."], 1, 1),
        ("An", [""], 1, 1),
        ("?!", ["bass", ""], 0, 0),
        ("", ["bass", ""], 0, 0),
        ("…", ["..."], 0, 0),
        ("STRASSE", ["straße"], 0, 0),
        ("e\u0301te\u0301", ["été"], 0, 0),
    ],
)
def test_scores_hand_worked_cases(predicted, gold, exact, overlap):
    assert exact_match(predicted, gold) == exact
    assert f1(predicted, gold) == pytest.approx(overlap)


@each_example
@given(texts)
def test_normalising_twice_changes_nothing(text):
    assert normalised(normalised(text)) == normalised(text)


@measures
@each_example
@given(texts, golds)
def test_is_a_share(measure, predicted, gold):
    assert 0 <= measure(predicted, gold) <= 1


@each_example
@given(texts, golds)
def test_an_exact_match_has_all_the_words(predicted, gold):
    assert exact_match(predicted, gold) <= f1(predicted, gold)


@each_example
@given(phrases, phrases)
def test_f1_of_one_gold_answer_is_symmetric_unless_one_is_an_abstention(first, second):
    assert f1(first, [second]) == f1(second, [first])


@measures
@each_example
@given(texts, golds, st.randoms(use_true_random=False))
def test_order_and_repetition_of_gold_answers_do_not_matter(measure, predicted, gold, random):
    repeated = gold + gold[:2]
    random.shuffle(repeated)
    assert measure(predicted, repeated) == measure(predicted, gold)


@measures
@each_example
@given(texts, golds.filter(lambda gold: any(map(normalised, gold))), texts)
def test_another_gold_answer_never_hurts(measure, predicted, gold, other):
    assert measure(predicted, [*gold, other]) >= measure(predicted, gold)


@each_example
@given(texts, golds, st.sampled_from(["the {}", "{}!", " {}  ", "({})"]))
def test_case_articles_punctuation_and_spaces_do_not_matter(predicted, gold, dress):
    for measure in (exact_match, f1):
        assert measure(dress.format(predicted), gold) == measure(predicted, gold)


@each_example
@given(ascii_texts, ascii_texts.filter(normalised))
def test_rouge_l_of_ascii_is_that_of_rouge_score(predicted, gold):
    expected = RougeScorer(["rougeL"]).score(gold, predicted)["rougeL"].fmeasure
    assert rouge_l(predicted, [gold]) == pytest.approx(expected)


def test_rouge_l_keeps_the_order_and_reads_other_scripts():
    assert rouge_l("deep is bass", ["bass is deep"]) == pytest.approx(1 / 3)
    assert rouge_l("кошка спит", ["Кошка спит."]) == 1
    assert rouge_l("", [""]) == 1
    assert rouge_l("bass", [""]) == rouge_l("", ["bass"]) == 0


def test_gold_answers_are_what_annotators_marked():
    deep, nothing = Label("r1", "deep", 3, 7), Label("r2")
    assert gold_texts(Question("q", "How is the bass?", labels=(deep, nothing, deep))) == ["deep", "deep"]
    assert gold_texts(Question("q", "How is the bass?", labels=(nothing,))) == [""]
    assert gold_texts(Question("q", "How is the bass?")) == [""]


@pytest.mark.parametrize(
    ("answer", "passages", "expected"),
    [
        ("The bass is deep.", ["I like it. Bass: DEEP!"], True),
        ("Yes, it is deep.", ["a deep bass"], True),
        ("The bass is deep.", ["good bass", "deep colour"], False),
        ("The bass is deep.", ["good bass", "a deep bass"], True),
        ("It doesn\u2019t rattle", ["it doesn't rattle."], True),
        ("deep", [], False),
        ("deep", [""], False),
        ("It is.", ["so it is"], True),
        ("It is.", ["deep bass"], False),
        ("...", ["..."], False),
        ("кошка спит", ["Кошка дома спит"], True),
    ],
)
def test_support_is_all_content_words_in_one_passage(answer, passages, expected):
    assert supported(answer, passages) is expected


@each_example
@given(phrases, st.lists(phrases, max_size=3), phrases)
def test_a_quote_is_supported_and_more_passages_never_hurt(answer, passages, other):
    assert supported(answer, [*passages, f"{other} {answer}"]) == any(map(str.isalnum, answer))
    assert supported(answer, [*passages, other]) >= supported(answer, passages)
