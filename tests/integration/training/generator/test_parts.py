"""What a training is made of, on a tiny generator."""

from dataclasses import replace
from random import Random

import pytest
import torch
from transformers.modeling_outputs import BaseModelOutput

from qa_system.dense.encoder import Encoder
from qa_system.errors import ModelError
from qa_system.generation.marking import mark_shares
from qa_system.generation.rag_decoding import scored
from qa_system.generation.rag_marginal import target_log_probs
from qa_system.generation.rag_model import load_rag
from qa_system.generation.rag_writing import read, weigh
from qa_system.models import bundled_model
from qa_system.training.base import save_model
from qa_system.training.generator.answering import Answering, RagLoss
from qa_system.training.generator.base import load_generator, warm_start
from qa_system.training.generator.denoising import Denoising, DenoisingLoss
from qa_system.training.generator.locating import UNKNOWN
from qa_system.training.generator.questions import RagQuestion, rag_questions
from qa_system.training.generator.recipe import DenoisingRecipe, GeneratorRecipe
from qa_system.training.generator.validation import as_documents
from qa_system.training.mixture import Mixture, TrainingSource

CPU = torch.device("cpu")
NEW = {"decoder_layers": 3, "max_seq_length": 64, "freeze": False, "dropout": 0.0, "device": CPU}
RECIPE = GeneratorRecipe(passages=3, max_seq_length=32, prior_temperature=0.5, batch_tokens=4096, mining_depth=5)
ASKED = [
    RagQuestion("bass bass", ["deep"], ["bass deep and", "cable", "so short with them we was"], [0.9, 0.2, 0.4]),
    RagQuestion("lamp", [""], ["apple", "bread awful so", "cable"], [0.5, 0.5, 0.5]),
    RagQuestion("cable", ["perfect so short"], ["cable perfect so short", "and", "bass"], [0.1, 0.7, 0.2]),
]


@pytest.fixture(scope="module")
def model(praising_base):
    torch.manual_seed(0)
    texts = ["bass deep and cable so short with them we was lamp apple bread awful perfect"]
    return warm_start(str(praising_base), texts, vocabulary=2100, **NEW)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    found = tmp_path_factory.mktemp("models") / "generator"
    save_model(found, *model)
    return found


def test_decoder_and_encoder_begin_as_the_base(model, praising_base):
    from transformers import AutoTokenizer, BertModel

    generator, tokenizer = model
    base = BertModel.from_pretrained(praising_base).eval()
    text = "bass deep and cable"
    wanted = base(**AutoTokenizer.from_pretrained(praising_base)(text, return_tensors="pt")).last_hidden_state
    inputs = tokenizer(text, return_tensors="pt", return_token_type_ids=False)
    encoded = generator.get_encoder()(**inputs)
    marks = mark_shares(encoded.place_logits) @ generator.encoder.marks.weight
    embedded = base.embeddings(AutoTokenizer.from_pretrained(praising_base)(text, return_tensors="pt")["input_ids"])
    assert torch.allclose(encoded.last_hidden_state - marks - embedded, wanted, atol=1e-5)
    layer = generator.decoder.bert.encoder.layer[0]
    assert torch.equal(layer.attention.self.query.weight, base.encoder.layer[0].attention.self.query.weight)
    assert layer.attention.self.query.weight is not generator.encoder.encoder.layer[0].attention.self.query.weight
    words = generator.encoder.embeddings.word_embeddings.weight
    assert generator.decoder.bert.embeddings.word_embeddings.weight is words
    assert generator.decoder.cls.predictions.decoder.weight is words
    assert torch.equal(layer.crossattention.self.query.weight, layer.attention.self.query.weight)
    assert layer.crossattention.self.query.weight is not layer.attention.self.query.weight
    assert str(praising_base) not in generator.config.to_json_string()


def test_the_loss_is_that_of_the_texts_one_by_one(model, folder):
    """Whatever is batched and padded together, it is `-log p(y|x)` as it is computed for a user."""
    generator, tokenizer = model
    user = load_rag(str(folder), device=CPU)
    for variant in ("token", "sequence"):
        recipe = replace(RECIPE, variant=variant, place_weight=0.0)
        (batch,) = Answering(ASKED, tokenizer, recipe).batches([(one, one.answers[0]) for one in ASKED], Random(0))
        traits = replace(user.traits, prior_temperature=0.5, variant=variant)
        likelihoods, tokens = [], 0
        with torch.inference_mode():
            for one in ASKED:
                documents, text = as_documents(one), user.tokens(one.answers[0] or "not mentioned")
                encoded = read(user, one.question, documents)
                likelihoods.append(scored(user.generator, encoded, weigh(documents, traits), text, variant))
                tokens += len(text)
            loss = RagLoss(generator.eval(), recipe)(batch).item()
        assert loss == pytest.approx(-sum(one.log_likelihood for one in likelihoods) / tokens, rel=2e-2)


def test_the_loss_leaves_padding_out(model):
    generator, tokenizer = model
    recipe = replace(RECIPE, place_weight=0.0)
    loss, batches = RagLoss(generator.eval(), recipe), Answering(ASKED, tokenizer, recipe)
    samples = [(one, one.answers[0]) for one in ASKED]
    (together,) = batches.batches(samples, Random(0))
    apart = [next(batches.batches([sample], Random(0))) for sample in samples]
    written = [int((batch.targets != tokenizer.pad_token_id).sum()) for batch in apart]
    with torch.inference_mode():
        total = sum(loss(batch).item() * count for batch, count in zip(apart, written, strict=True))
        assert loss(together).item() == pytest.approx(total / sum(written), rel=1e-4)
    assert together.tokens == sum(batch.tokens for batch in apart)


def test_the_answer_is_to_be_marked_where_it_stands(model):
    generator, tokenizer = model
    (batch,) = Answering(ASKED, tokenizer, RECIPE).batches([(one, one.answers[0]) for one in ASKED], Random(0))
    unknown = [UNKNOWN, UNKNOWN]
    read = {
        tokenizer.decode(row[first : last + 1]) if first >= 0 else None
        for row, (first, last) in zip(batch.inputs["input_ids"], batch.places.tolist(), strict=True)
    }
    assert read == {"deep", "perfect so short", "[CLS]", None}
    assert batch.places.tolist().count(unknown) == 4  # nobody looked for an answer in what was found besides
    with torch.inference_mode():
        logits = generator.eval().get_encoder()(**batch.inputs).place_logits
        losses = [RagLoss(generator, replace(RECIPE, place_weight=weight))(batch).item() for weight in (0.0, 2.0)]
        known = [
            -logits[row, :, end].log_softmax(-1)[place].item()
            for row, places in enumerate(batch.places.tolist())
            for end, place in enumerate(places)
            if place != UNKNOWN
        ]
    assert losses[1] - losses[0] == pytest.approx(2 * sum(known) / len(known), rel=1e-3)


def test_a_reader_goes_on_knowing_where_answers_stand(tmp_path):
    """What the bundled reader points at is what the encoder of a generator marks, before it learned anything."""
    from transformers import AutoTokenizer, BertForQuestionAnswering

    reader = BertForQuestionAnswering.from_pretrained(bundled_model("minilm-review-reader"), dtype="float32").eval()
    pair = "Is the bass any good?", "I like the cable. The bass is great and deep."
    read = AutoTokenizer.from_pretrained(bundled_model("minilm-review-reader"))(*pair, return_tensors="pt")
    with torch.inference_mode():
        found = reader(**read)
        generator, tokenizer = warm_start("minilm-review-reader", pair, vocabulary=0, **NEW)
        inputs = tokenizer(*pair, return_tensors="pt", return_token_type_ids=False)
        logits = generator.eval().get_encoder()(**inputs).place_logits
    answers = logits.isfinite().all(-1)
    wanted = torch.stack([found.start_logits, found.end_logits], dim=-1)
    assert torch.allclose(logits[answers], wanted[answers], atol=1e-3)
    assert tokenizer.decode(inputs["input_ids"][answers]).startswith("[CLS] i like the cable")


def test_restoring_a_review_is_measured_against_the_review(model):
    generator, tokenizer = model
    recipe = DenoisingRecipe(max_seq_length=16, batch_tokens=10_000)
    (batch,) = Denoising(tokenizer, recipe).batches(["bass deep and so. cable short", "lamp", ""], Random(0))
    texts = {tokenizer.decode(row, skip_special_tokens=True) for row in batch.targets}
    assert texts == {"bass deep and so. cable short", "lamp"}
    with torch.inference_mode():
        start = batch.targets.new_full((2, 1), tokenizer.cls_token_id)
        given = torch.cat([start, batch.targets[:, :-1]], dim=1)
        logits = generator.eval()(**batch.inputs, decoder_input_ids=given).logits
        written = batch.targets != tokenizer.pad_token_id
        expected = torch.nn.functional.cross_entropy(logits[written], batch.targets[written]).item()
        assert DenoisingLoss(generator, quote_weight=0.0)(batch).item() == pytest.approx(expected, rel=1e-4)


def test_what_is_marked_in_a_review_is_to_be_quoted(model):
    """What a mark adds to the loss is what it costs to write each quote alone."""
    generator, tokenizer = model
    recipe = DenoisingRecipe(max_seq_length=16, batch_tokens=10_000, masked=0.0)
    (batch,) = Denoising(tokenizer, recipe).batches(["bass deep and so. cable short", "lamp"], Random(0))
    missed = tokens = 0
    with torch.inference_mode():
        encoder = generator.eval().get_encoder()
        for ids, logits, target in zip(batch.inputs["input_ids"], batch.place_logits, batch.quotes, strict=True):
            quote, length = target[target != tokenizer.pad_token_id], int((ids != tokenizer.pad_token_id).sum())
            written = tokenizer.decode(quote, skip_special_tokens=True)
            assert written
            assert written in tokenizer.decode(ids)
            read = encoder(input_ids=ids[None, :length])
            marked = encoder.marked(read.unmarked, logits[None, :length])
            said = target_log_probs(generator, quote[None], encoder_outputs=BaseModelOutput(marked))
            missed, tokens = missed - said.sum().item(), tokens + len(quote)
        without, with_quotes = (DenoisingLoss(generator, quote_weight=weight)(batch).item() for weight in (0.0, 2.0))
    assert with_quotes - without == pytest.approx(2 * missed / tokens, rel=1e-3)


def test_a_review_with_nothing_to_quote_is_restored(model):
    generator, tokenizer = model
    (batch,) = Denoising(tokenizer, DenoisingRecipe(masked=0.0)).batches([tokenizer.unk_token], Random(0))
    with torch.inference_mode():
        restored, both = (DenoisingLoss(generator.eval(), quote_weight=weight)(batch).item() for weight in (0.0, 1.0))
    assert 0 < restored == both


def test_a_saved_generator_learns_on(model, folder):
    again, tokenizer = load_generator(folder, freeze=False, dropout=0.25, device=CPU)
    assert {module.p for module in again.modules() if isinstance(module, torch.nn.Dropout)} == {0.25}
    assert {weights.dtype for weights in again.parameters()} == {torch.float32}
    assert len(tokenizer) == len(model[1])


def test_the_passage_that_was_read_comes_first_and_what_is_unanswered_is_asked_by_chance(
    praised, praising_base, tmp_path
):
    examples = Mixture.load([TrainingSource(praised)]).train[:60]
    encoder = Encoder(str(praising_base), device="cpu")
    found = rag_questions(tmp_path / "kept.json", examples, encoder, RECIPE)
    assert [one.question for one in found] == [example.question for example in examples]
    for one, example in zip(found, examples, strict=True):
        assert one.passages[0] == example.context
        assert len(one.passages) == len(one.scores) == 3
        assert one.gold == example.gold
    assert rag_questions(tmp_path / "kept.json", [], encoder, RECIPE) == found


def test_a_frozen_encoder_learns_nothing_but_its_marks(folder):
    frozen, _ = load_generator(folder, freeze=True, dropout=0.0, device=CPU)
    learned = {name for name, weights in frozen.named_parameters() if weights.requires_grad}
    assert {name for name in learned if name.startswith("encoder.")} == {"encoder.marks.weight"}
    assert not any("embeddings" in name for name in learned)
    assert any("crossattention" in name for name in learned)


def test_a_base_of_another_kind_is_refused(tmp_path):
    from transformers import DistilBertConfig, DistilBertModel

    DistilBertModel(DistilBertConfig(dim=16, n_layers=1, n_heads=2, hidden_dim=16)).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="is a distilbert model; a generator is made of one of the BERT kind"):
        warm_start(str(tmp_path), [], vocabulary=0, **NEW)
