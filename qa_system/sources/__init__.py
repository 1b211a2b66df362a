"""Files of reviews and of labelled questions, read as records. The only place that knows column names."""

from qa_system.sources.detect import FORMATS, detect_format
from qa_system.sources.reading import iter_reviews, marks_answers, read_questions, read_reviews
from qa_system.sources.rows import Located

__all__ = ["FORMATS", "Located", "detect_format", "iter_reviews", "marks_answers", "read_questions", "read_reviews"]
