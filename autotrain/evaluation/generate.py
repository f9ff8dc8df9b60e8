"""Generation in batches that stay full, which stage 05 and the self-teacher use; and one answer as it comes.

Prompts go in by length, longest first; a finished answer's row is dropped and the next
prompts take its place. Greedy unless a temperature is given. Models whose cache this cannot
hold are answered by the library, one prompt at a time (decoding_proof.py finds them).
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from autotrain.tasks import control_tokens

PREFILL_ROWS = 16  # prompts read at once, so that their padding stays small


@dataclass(frozen=True)
class Decoding:
    """How to decode. `temperature` 0 is greedy; `seed` matters only above it."""

    max_new_tokens: int
    batch_size: int
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Completion:
    """An answer's text, its length in tokens (EOS not counted), and whether it was cut at the limit."""

    text: str
    tokens: int
    truncated: bool


@dataclass
class _Batch:
    """Rows in flight. Shapes: mask (rows, positions), position and token (rows,)."""

    cache: Any
    mask: torch.Tensor
    position: torch.Tensor
    token: torch.Tensor
    owners: list[int]
    written: list[list[int]] = field(default_factory=list)


@torch.inference_mode()
def generate(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[list[int]],
    decoding: Decoding,
    on_done: Callable[[int, Completion], None] = lambda index, completion: None,
    on_tokens: Callable[[int], None] = lambda count: None,
    *,
    own: bool = True,
) -> list[Completion]:
    """One completion for each prompt (token ids), in the order of the prompts.

    `on_done(index, completion)` is called as answers finish, `on_tokens(count)` after each step of
    the batch with the tokens that it wrote; both may raise to end early. `own` False: by the library.
    """
    model.eval()
    if not own:
        return _by_library(model, tokenizer, prompts, decoding, on_done)
    stops = _stop_tokens(model, tokenizer)
    done: dict[int, Completion] = {}
    for index, written in _answers(model, tokenizer, prompts, decoding, on_tokens):
        done[index] = _completion(tokenizer, written, stops)
        on_done(index, done[index])
    return [done[index] for index in range(len(prompts))]


def _answers(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[list[int]],
    decoding: Decoding,
    on_tokens: Callable[[int], None] = lambda count: None,
) -> Iterator[tuple[int, list[int]]]:
    """Places in `prompts` and the token ids of their answers, as they finish."""
    _ready(model)
    stops = _stop_tokens(model, tokenizer)
    generator = _generator(model, decoding)
    waiting = sorted(range(len(prompts)), key=lambda index: (-len(prompts[index]), index))
    batch: _Batch | None = None
    while waiting or batch:
        free = decoding.batch_size - (len(batch.owners) if batch else 0)
        while waiting and (batch is None or free >= min(PREFILL_ROWS, decoding.batch_size)):
            taken, waiting = waiting[: min(PREFILL_ROWS, free)], waiting[min(PREFILL_ROWS, free) :]
            fresh = _prefill(model, tokenizer, [prompts[index] for index in taken], taken, decoding, generator)
            batch = fresh if batch is None else _join(batch, fresh)
            free -= len(taken)
        assert batch is not None
        finished = [
            row
            for row, tokens in enumerate(batch.written)
            if tokens[-1] in stops or len(tokens) >= decoding.max_new_tokens
        ]
        for row in finished:
            yield batch.owners[row], batch.written[row]
        if finished:
            batch = _without(batch, set(finished))
        if batch is not None:
            _step(model, batch, decoding, generator)
            on_tokens(len(batch.owners))


@torch.inference_mode()
def stream(model: Any, tokenizer: Any, prompt: list[int], decoding: Decoding) -> Generator[str, None, bool]:
    """One answer's text in pieces, as its tokens come. The generator's value: whether it was cut at the limit."""
    model.eval()
    _ready(model)
    stops, told = _stop_tokens(model, tokenizer), ""
    generator = _generator(model, decoding)
    batch = _prefill(model, tokenizer, [prompt], [0], decoding, generator)
    while True:
        tokens = batch.written[0]
        over = tokens[-1] in stops or len(tokens) >= decoding.max_new_tokens
        said = _completion(tokenizer, tokens, stops)
        if over or not said.text.endswith("\ufffd"):  # a letter whose last bytes have not come yet
            yield said.text[len(told) :]
            told = said.text
        if over:
            return said.truncated
        _step(model, batch, decoding, generator)


def _ready(model: Any) -> None:
    if not hasattr(model, "new_cache"):  # a model of the library, which takes seconds to import
        from autotrain.evaluation import decode_attention

        decode_attention.install(model)


def _new_cache(model: Any) -> Any:
    if hasattr(model, "new_cache"):
        return model.new_cache()
    from autotrain.evaluation.cache import new_cache

    return new_cache(model.config.get_text_config().num_hidden_layers)


def _stop_tokens(model: Any, tokenizer: Any) -> set[int]:
    configured = getattr(model.generation_config, "eos_token_id", None)
    more = configured if isinstance(configured, list) else [configured]
    ends = (tokenizer.eos_token_id, control_tokens.end_of_turn(tokenizer), *more)
    return {token for token in ends if token is not None}


def _prefill(
    model: Any,
    tokenizer: Any,
    prompts: list[list[int]],
    owners: list[int],
    decoding: Decoding,
    generator: torch.Generator | None,
) -> _Batch:
    width = max(len(prompt) for prompt in prompts)
    pad = tokenizer.pad_token_id
    ids = torch.tensor([[pad] * (width - len(prompt)) + prompt for prompt in prompts], device=model.device)
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=model.device)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    cache = _new_cache(model)
    logits = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    ).logits[:, -1]
    token = _choose(logits, decoding, generator)
    return _Batch(cache, mask, positions[:, -1] + 1, token, list(owners), [[int(t)] for t in token.tolist()])


def _step(model: Any, batch: _Batch, decoding: Decoding, generator: torch.Generator | None) -> None:
    batch.mask = torch.nn.functional.pad(batch.mask, (0, 1), value=1)
    logits = model(
        input_ids=batch.token[:, None],
        attention_mask=batch.mask,
        position_ids=batch.position[:, None],
        past_key_values=batch.cache,
        use_cache=True,
    ).logits[:, -1]
    batch.token = _choose(logits, decoding, generator)
    batch.position = batch.position + 1
    for row, token in enumerate(batch.token.tolist()):
        batch.written[row].append(token)


def _generator(model: Any, decoding: Decoding) -> torch.Generator | None:
    return torch.Generator(device=model.device).manual_seed(decoding.seed) if decoding.temperature else None


def _choose(logits: torch.Tensor, decoding: Decoding, generator: torch.Generator | None) -> torch.Tensor:
    if decoding.temperature == 0:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits.float() / decoding.temperature, dim=-1)
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]


def _join(batch: _Batch, fresh: _Batch) -> _Batch:
    for mine, theirs in zip(batch.cache.layers, fresh.cache.layers, strict=True):
        mine.join(theirs)
    width = max(batch.mask.shape[1], fresh.mask.shape[1])
    mask = torch.cat([torch.nn.functional.pad(part.mask, (width - part.mask.shape[1], 0)) for part in (batch, fresh)])
    return _Batch(
        batch.cache,
        mask,
        torch.cat([batch.position, fresh.position]),
        torch.cat([batch.token, fresh.token]),
        batch.owners + fresh.owners,
        batch.written + fresh.written,
    )


def _without(batch: _Batch, finished: set[int]) -> _Batch | None:
    kept = [row for row in range(len(batch.owners)) if row not in finished]
    if not kept:
        return None
    rows = torch.tensor(kept, device=batch.mask.device)
    mask = batch.mask.index_select(0, rows)
    start = int(mask.argmax(1).min())  # positions that are padding in every row that is left
    for layer in batch.cache.layers:
        layer.keep_rows(rows, start)
    return _Batch(
        batch.cache,
        mask[:, start:],
        batch.position.index_select(0, rows),
        batch.token.index_select(0, rows),
        [batch.owners[row] for row in kept],
        [batch.written[row] for row in kept],
    )


def _completion(tokenizer: Any, tokens: list[int], stops: set[int]) -> Completion:
    ended = tokens[-1] in stops
    answer = tokens[:-1] if ended else tokens
    # Spaces as the model wrote them: ` , ` is a part of code.
    text = tokenizer.decode(answer, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return Completion(text, len(answer), not ended)


def library_options(model: Any, tokenizer: Any, new_tokens: int) -> dict[str, Any]:
    """How the library's `generate` is asked for what ours gives: greedy, and nothing of a model's own habits."""
    from transformers import GenerationConfig

    config = GenerationConfig(
        max_new_tokens=new_tokens,
        do_sample=False,
        eos_token_id=sorted(_stop_tokens(model, tokenizer)),
        pad_token_id=tokenizer.pad_token_id,
        use_cache=True,
    )
    return {"generation_config": config}


@torch.inference_mode()
def tokens(model: Any, tokenizer: Any, prompts: Sequence[list[int]], new_tokens: int) -> list[list[int]]:
    """The token ids of our own greedy answers, EOS included."""
    model.eval()
    written = dict(_answers(model, tokenizer, prompts, Decoding(new_tokens, len(prompts))))
    return [written[index] for index in range(len(prompts))]


def _by_library(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[list[int]],
    decoding: Decoding,
    on_done: Callable[[int, Completion], None],
) -> list[Completion]:
    options = library_options(model, tokenizer, decoding.max_new_tokens)
    if decoding.temperature:
        options["generation_config"].update(do_sample=True, temperature=decoding.temperature, top_k=0, top_p=1.0)
    stops, done = _stop_tokens(model, tokenizer), []
    with torch.random.fork_rng():
        torch.manual_seed(decoding.seed)
        for index, prompt in enumerate(prompts):
            ids = torch.tensor([prompt], device=model.device)
            written = model.generate(ids, attention_mask=torch.ones_like(ids), **options)[0, len(prompt) :]
            done.append(_completion(tokenizer, written.tolist(), stops))
            on_done(index, done[-1])
    return done
