import csv

from qa_system.training.log import Progress, Stretch, TrainingLog

ROW = Progress(1, 0.5, 1000, 2.0, 1e-4, 500.0, 60.0)


def test_what_was_written_after_the_checkpoint_is_written_again(tmp_path):
    path = tmp_path / "log.csv"
    log = TrainingLog(path)
    at_the_checkpoint = log.write(ROW)
    log.write(Progress(2, 0.9, 1900, 1.5, 1e-5, 500.0, 6.0))
    TrainingLog(path, at_the_checkpoint).write(Progress(3, 1.0, 2000, 1.0, 0.0, 500.0, 0.0, exact=0.5, f1=0.6))
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["step"], row["f1"]) for row in rows] == [("1", ""), ("3", "0.6")]


def test_a_stretch_sums_up_its_steps():
    stretch = Stretch()
    stretch.add(3.0, 100, 0.5)
    stretch.add(1.0, 300, 0.5)
    assert (stretch.loss, stretch.tokens_per_second) == (2.0, 400.0)
