"""Cross-entropy over the answer's tokens alone, in chunks.

The usual loss keeps a logit for every token and word of the vocabulary in fp32: 0.62 GB
per 1,000 tokens at a vocabulary of 151,936. Here logits exist for one chunk of answer
tokens at a time, and prompt tokens never get any.
"""

import types
from typing import Any

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from autotrain.training.examples import IGNORED
from autotrain.training.memory import CHUNK_ELEMENTS
from autotrain.training.products import rounded_products


def install(causal_lm: Any, cpu_products: str = "float32") -> None:
    """Give a causal LM a `forward` that returns the summed answer loss when it gets labels.

    `cpu_products`: the dtype of matrix products on a CPU (precision.py). Divided, scaled and capped logits are
    known; whether a model does anything else to them shows in proof.py.
    """
    # accelerate's hook calls `_old_forward`; to replace `forward` would go past it.
    place = "_old_forward" if hasattr(causal_lm, "_hf_hook") else "forward"
    plain_forward = getattr(causal_lm, place)
    config = causal_lm.config.get_text_config()
    scale = (getattr(config, "logit_scale", None) or 1.0) / (getattr(config, "logits_scaling", None) or 1.0)

    def forward(self: Any, *arguments: Any, labels: torch.Tensor | None = None, **options: Any) -> Any:
        if labels is None:
            return plain_forward(*arguments, **options)
        from transformers.modeling_outputs import CausalLMOutputWithPast

        options.pop("num_items_in_batch", None)
        options.pop("use_cache", None)  # a cache would let packed examples see each other
        decoder = self.get_decoder() if hasattr(self, "get_decoder") else self.model
        hidden = decoder(*arguments, use_cache=False, **options).last_hidden_state
        if scale != 1.0:
            hidden = hidden * scale
        targets = labels[:, 1:].reshape(-1).to(hidden.device)
        wanted = targets != IGNORED
        loss = summed_loss(
            hidden[:, :-1].reshape(-1, hidden.shape[-1])[wanted],
            targets[wanted],
            self.get_output_embeddings(),
            getattr(config, "final_logit_softcapping", None),
            getattr(torch, cpu_products) if hidden.device.type == "cpu" else torch.float32,
        )
        return CausalLMOutputWithPast(loss=loss)  # type: ignore[arg-type]

    setattr(causal_lm, place, types.MethodType(forward, causal_lm))


def summed_loss(
    hidden: torch.Tensor,
    targets: torch.Tensor,
    head: torch.nn.Linear,
    softcap: float | None = None,
    products: torch.dtype = torch.float32,
) -> torch.Tensor:
    """Sum of -log p(target) in fp32. Shapes: hidden (n, d), targets (n,), head.weight (V, d).

    `products` bf16: factors are rounded to it, logits are not.
    """
    rows = max(1, CHUNK_ELEMENTS // head.weight.shape[0])
    total = hidden.new_zeros((), dtype=torch.float32)
    for start in range(0, len(targets), rows):
        chunk, goal = hidden[start : start + rows], targets[start : start + rows]
        if head.weight.requires_grad or softcap or _is_wrapped(head):
            total = total + checkpoint(_chunk_loss, chunk, goal, head, softcap, use_reentrant=False)
        else:
            total = total + _FrozenHeadLoss.apply(chunk, goal, head.weight, head.bias, products)
    return total


def _is_wrapped(head: torch.nn.Module) -> bool:
    return type(head) is not torch.nn.Linear  # quantised, or itself adapted


def _chunk_loss(hidden: torch.Tensor, targets: torch.Tensor, head: Any, softcap: float | None) -> torch.Tensor:
    logits = head(hidden).float()
    if softcap:
        logits = torch.tanh(logits / softcap) * softcap
    return functional.cross_entropy(logits, targets, reduction="sum")


class _FrozenHeadLoss(torch.autograd.Function):
    """The loss of one chunk, and its gradient to the hidden states found in the same pass.

    d loss / d logits = softmax(logits) - one_hot(target); so nothing but the gradient of
    the hidden states, (n, d), outlives the forward pass.
    """

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any,
        hidden: torch.Tensor,
        targets: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        products: torch.dtype,
    ) -> torch.Tensor:
        with rounded_products(products):
            logits = functional.linear(hidden, weight, bias).float()
        log_total = torch.logsumexp(logits, dim=-1)
        picked = logits.gather(1, targets[:, None])[:, 0]
        if ctx.needs_input_grad[0]:
            probabilities = logits.sub_(log_total[:, None]).exp_()
            probabilities[torch.arange(len(targets), device=targets.device), targets] -= 1.0
            narrow = products if products != torch.float32 else weight.dtype
            ctx.save_for_backward((probabilities.to(narrow) @ weight.to(narrow)).to(hidden.dtype))
        return (log_total - picked).sum()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        (hidden_gradient,) = ctx.saved_tensors
        return (hidden_gradient * gradients[0].to(hidden_gradient.dtype)), None, None, None, None
