"""Learning from questions, passages and negatives: sentence-transformers' trainer and losses, as the recipe says."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.inference.hardware import floats
from qa_system.training.base import quietly
from qa_system.training.dense.base import Base, save_encoder
from qa_system.training.dense.checkpoints import KEPT, last_checkpoint, restore_folder
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.dense.validation import Validation
from qa_system.training.folder import TrainingFolder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from qa_system.training.dense.recorder import OnDenseProgress

_ROWS = 100
"""Rows that an epoch leaves in the log, about."""


def learn(
    base: Base,
    rows: Sequence[Sequence[str]],
    validation: Validation,
    recipe: DenseRecipe,
    folder: TrainingFolder,
    *,
    checkpoint_seconds: float,
    on_progress: "OnDenseProgress",
) -> None:
    """
    Train an encoder, from the last checkpoint if there is one; the best model is left in `folder.best`.

    :param base: What to start from.
    :param rows: Texts, as of `Mined`.
    :param validation: What the best model is chosen by.
    :param recipe: How.
    :param folder: Of the training.
    :param checkpoint_seconds: How much time a kill may cost.
    :param on_progress: Called every few steps and with each validation.
    """
    from transformers import PrinterCallback

    from qa_system.training.dense.recorder import Recorder

    restore_folder(folder.best)
    since = last_checkpoint(folder.checkpoint)
    trainer = _trainer_class()(
        model=base.model,
        args=_arguments(folder.checkpoint, base.model, len(rows), recipe),
        train_dataset=_dataset(rows),
        loss=_loss(base.model, recipe),
        evaluator=validation.evaluator(),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(
        Recorder(
            folder,
            recipe,
            len(rows),
            checkpoint_seconds=checkpoint_seconds,
            save_best=partial(_save_best, max_seq_length=base.max_seq_length),
            on_progress=on_progress,
            since=since,
        )
    )
    with quietly():
        trainer.train(resume_from_checkpoint=str(since.folder) if since else None)


def _save_best(folder: Path, model: "SentenceTransformer", *, max_seq_length: int) -> None:
    save_encoder(folder, model, max_seq_length=max_seq_length)


def _trainer_class() -> Any:
    from sentence_transformers import SentenceTransformerTrainer

    class Trainer(SentenceTransformerTrainer):
        """Writes no model card into its checkpoints: ours comes when all is done."""

        def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
            """Leave that out."""

        def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
            self.model.save(str(output_dir), create_model_card=False)

    return Trainer


def _arguments(folder: Path, model: "SentenceTransformer", pairs: int, recipe: DenseRecipe) -> Any:
    from sentence_transformers import SentenceTransformerTrainingArguments
    from sentence_transformers.base.modules import Router
    from torch import bfloat16

    steps = -(-pairs // recipe.batch_size)
    columns = _columns(recipe.negatives)
    routes = {name: "query" if name == columns[0] else "document" for name in columns}
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        warmup_steps=recipe.warm_up,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.clip,
        lr_scheduler_type="linear",
        bf16=floats(model.device) == bfloat16,
        use_cpu=model.device.type == "cpu",
        seed=recipe.seed,
        batch_sampler="no_duplicates",
        router_mapping=routes if isinstance(model[0], Router) else {},
        eval_strategy="steps",
        eval_steps=max(1, steps // recipe.validations_per_epoch),
        logging_steps=max(1, steps // _ROWS),
        save_strategy="no",
        save_total_limit=KEPT,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to="none",
    )


def _columns(negatives: int) -> list[str]:
    return ["question", "passage", *(f"negative_{number}" for number in range(1, negatives + 1))]


def _dataset(rows: Sequence[Sequence[str]]) -> Any:
    from datasets import Dataset

    columns = _columns(len(rows[0]) - 2)
    return Dataset.from_dict({name: list(texts) for name, texts in zip(columns, zip(*rows, strict=True), strict=True)})


def _loss(model: "SentenceTransformer", recipe: DenseRecipe) -> Any:
    from sentence_transformers.sentence_transformer.losses import (
        CachedMultipleNegativesRankingLoss,
        MultipleNegativesRankingLoss,
    )

    symmetric: dict[str, Any] = {"directions": ("query_to_doc", "doc_to_query"), "partition_mode": "per_direction"}
    options: dict[str, Any] = {"scale": recipe.scale, **(symmetric if recipe.symmetric else {})}
    if recipe.chunk_size:
        return CachedMultipleNegativesRankingLoss(model, mini_batch_size=recipe.chunk_size, **options)
    return MultipleNegativesRankingLoss(model, **options)
