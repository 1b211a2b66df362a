"""What each measure and each outcome means, in a line: the report explains whatever it shows."""

from collections.abc import Iterable

from qa_system.eval.headline import family

MEASURES: dict[str, dict[str, str]] = {
    "Found": {
        "R@k": "recall: share of the relevant reviews that are among the first k retrieved",
        "Success@k": "share of questions with a relevant review among the first k retrieved",
        "Judged@k": "share of the first k retrieved that anybody judged for the question; the rest count as irrelevant",
    },
    "Order": {
        "RR@k": "1 / rank of the first relevant review, 0 where it is not among the first k; the mean is MRR",
        "nDCG@k": "normalised discounted cumulative gain: relevant reviews count more the higher they stand",
        "AP@k": "mean precision at the ranks of the relevant reviews; the mean over questions is MAP",
        "P@k": "precision: share of the first k retrieved that are relevant",
    },
    "Answers": {
        "EM": "exact match: the answer is what an annotator marked (case, punctuation and articles do not count), or "
        "none was given and there is none",
        "F1": "words shared with what an annotator marked, the best of all annotators; 1 or 0 where there is no answer",
        "EM answerable": "EM over the questions that have an answer",
        "F1 answerable": "F1 over the questions that have an answer",
        "no-answer accuracy": 'share of the questions without an answer on which it said "the reviews don\'t say"',
    },
    "Generated text": {
        "ROUGE-L": "longest common subsequence of words with what an annotator marked, as an F-measure",
        "supported": "share of the answers given whose content words all stand in one cited passage",
    },
    "Spans": {
        "forced F1": "F1 of the best span where there is an answer, as if it could not abstain",
        "top-3 F1": "F1 of the best of the first three spans where there is an answer",
    },
    "Agreement on opinions, and on yes or no": {
        "leading right": "share of the questions whose leading side is one that most reviewers are on",
        "support error": "by how many the count of the leading side is off from those who are on it; low is good",
        "agreement error": "the same for the share of the leading side, in [0, 1]; low is good",
        "dissent F1": "the reviews said to dissent against those that do, as an F-measure, where either are any",
        "placed right": "of the reviewers quoted whose side was judged, the share that was put on it",
    },
    "Agreement on facts": {
        "leading right, facts": "as above, of facts; a side stands for what most of its reviewers state",
        "support error, facts": "as above, where the reviewers state facts; low is good",
        "agreement error, facts": "as above, where the reviewers state facts; low is good",
        "dissent F1, facts": "as above, where the reviewers state facts",
        "placed right, facts": "as above, where the reviewers state facts",
    },
    "Who speaks": {
        "reviewers F1": "the reviews quoted against those that answer, as an F-measure, where there is an answer",
        "count error": "by how many the reviews quoted are off from those that answer; low is good",
        "silence": "share of the questions without an answer on which nothing was said",
    },
    "What is asked": {
        "kind right": "share of the questions whose kind was told; what yes or no can answer may be told as yes/no",
        "subjectivity right": "share of the questions of which it was told whether they ask for opinions or facts",
        "subjective wording": "the same against SubjQA's is_ques_subjective, a lexicon's score of the question's words",
    },
    "Confidence": {
        "answered": "share of the questions on which it did not abstain",
        "AURC": "area under the risk-coverage curve: mean error when the surest answers are given first; low is good",
        "ECE answer": "calibration error: gap between how sure an answer is and how often it is right; low is good",
        "ECE no answer": "the same for the probability that the reviews do not say; low is good",
        "best F1": "F1 with the threshold for abstaining chosen on these very questions: an upper bound",
        "best threshold": "that threshold: it would abstain where the probability of no answer is above",
    },
}
"""Group to measure to meaning; `@k` stands for any cutoff. The order is the report's."""

OTHER = "Other measures"
"""The group of a measure that the table above does not know."""

OUTCOMES: dict[str, str] = {
    "failed": "an error took the place of an answer; it counts as wrong",
    "retrieval miss": "a judged review has the answer, and no such review was retrieved",
    "wrong passage": "such a review was there, and the answer was taken from another that was judged",
    "unjudged passage": "such a review was there, and the answer is from one that nobody judged: it may be right",
    "wrong span": "the right review, but another place than any annotator marked; if generated, no word of theirs",
    "boundary off": "overlaps what an annotator marked, but is not the same",
    "wrong side": "most of the reviewers who answer are on another side than the one that was said to lead",
    "false abstention": 'the right review was there, and it said "the reviews don\'t say"',
    "false answer": "no judged review has the answer, and it gave one",
    "unjudged answer": "no judged review has the answer, and it gave one from a review that nobody judged: it may be "
    "right",
    "right answer": "exactly what an annotator marked",
    "right side": "the side that was said to lead is the one that most reviewers are on",
    "right abstention": "no judged review has the answer, and it said that the reviews don't say",
    "review found": "a relevant review was retrieved",
    "nothing to find": "no judged review is relevant, so there was nothing to retrieve",
}
BASELINES: dict[str, str] = {
    "random": "the same reviews in random order, as expected over all orders",
    "people": "each judgement of an annotator against those of the others, where a review has several",
    "single best span": "the side of the best quote of all, as if nobody dissented",
    "stars of the item": "all reviews of the item counted by their stars: 4 and 5 are positive, 1 and 2 negative",
    "stars of who speaks": "the reviewers that were quoted, put on the side of their stars",
    "always an opinion": "takes every question for one of opinion",
    "always abstaining": 'says "the reviews don\'t say" to every question',
}
RIGHT = frozenset({"right answer", "right side", "right abstention", "review found", "nothing to find"})
"""The outcomes that are no mistakes."""


def by_group(measures: Iterable[str]) -> dict[str, list[str]]:
    """
    Sort measures into groups.

    :param measures: Their names, with cutoffs.
    :returns: Group to measures, both in the order of the report.
    """
    names = list(dict.fromkeys(measures))
    groups = {
        group: [name for known in meanings for name in names if family(name) == known]
        for group, meanings in MEASURES.items()
    }
    placed = {name for group in groups.values() for name in group}
    groups[OTHER] = [name for name in names if name not in placed]
    return {group: inside for group, inside in groups.items() if inside}


def meanings(measures: Iterable[str]) -> dict[str, str]:
    """
    Explain measures.

    :param measures: Their names, with cutoffs.
    :returns: Name without cutoff to meaning, in the order of the report, each once.
    """
    wanted = {family(measure) for measure in measures}
    known = {name: meaning for group in MEASURES.values() for name, meaning in group.items()}
    unknown = dict.fromkeys(sorted(wanted - known.keys()), "not described here")
    return {name: meaning for name, meaning in (known | unknown).items() if name in wanted}
