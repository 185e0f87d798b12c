"""Muon, the optimizer for the matrices of a transformer's layers, batched over matrices of one shape.

torch.optim.Muon does the same one matrix at a time and in bfloat16, which costs a third of a step on CPUs without fast
bfloat16; here matrices of one shape are orthogonalised together, in float32 on a CPU and in bfloat16 on a GPU.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, overload

import torch

_QUINTIC = (3.4445, -4.7750, 2.0315)  # coefficients of Jordan's quintic iteration
_ITERATIONS = 5


def orthogonalise(gradients_LMN: torch.Tensor) -> torch.Tensor:
    """Nearest semi-orthogonal matrices, roughly: singular values end up between about 0.7 and 1.2.

    Newton-Schulz iteration of Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024).

    Args:
        gradients_LMN: `L` matrices of shape `[M, N]`.
    """
    a, b, c = _QUINTIC
    x = gradients_LMN.bfloat16() if gradients_LMN.is_cuda else gradients_LMN.float()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: torch.Tensor = x.mT if tall else x
    return result.to(gradients_LMN.dtype)


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; weight decay as in AdamW.

    Args:
        params: matrices only.
        lr: like AdamW's: updates are scaled to AdamW's usual size, 0.2 root mean square (Liu et al., "Muon is scalable
            for LLM training", 2025, arXiv 2502.16982).
        momentum: of the gradient.
        weight_decay: decoupled.
    """

    def __init__(
        self, params: Iterable[torch.nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update of every matrix that has a gradient."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            shapes: dict[torch.Size, list[torch.nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes[parameter.shape].append(parameter)
            for same in shapes.values():
                self._update(same, group)
        return loss

    def _update(self, parameters: list[torch.nn.Parameter], group: dict[str, Any]) -> None:
        momentum, rate = group["momentum"], group["lr"]
        directions = []
        for parameter in parameters:
            assert parameter.grad is not None
            buffer = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
            buffer.lerp_(parameter.grad, 1 - momentum)
            directions.append(parameter.grad.lerp(buffer, momentum))
        updates = orthogonalise(torch.stack(directions))
        scale = rate * 0.2 * max(updates.shape[-2:]) ** 0.5
        for parameter, update in zip(parameters, updates, strict=True):
            parameter.mul_(1 - rate * group["weight_decay"]).sub_(update, alpha=scale)
