"""The training loss (docs/method.md, section 5). Suffixes: B batch, C channels, F frames, H height, W width."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def motion_loss(pred_BCFHW: Tensor, target_BCFHW: Tensor, anchor_B: Tensor) -> Tensor:
    """The appearance-debiased temporal loss: the plain error plus the error after an anchor frame is subtracted.

    MSE(pred, target) + MSE(debias(pred), debias(target)), a scalar in float32. `anchor_B` is an integer tensor with one
    frame index for each sample.
    """
    pred_BCFHW, target_BCFHW = pred_BCFHW.float(), target_BCFHW.float()
    debiased = F.mse_loss(debias(pred_BCFHW, anchor_B), debias(target_BCFHW, anchor_B))
    return F.mse_loss(pred_BCFHW, target_BCFHW) + debiased


def debias(video_BCFHW: Tensor, anchor_B: Tensor) -> Tensor:
    """sqrt(2) x - x[anchor]: the part that all frames share, which is the appearance, largely cancels."""
    batch_B = torch.arange(len(video_BCFHW), device=video_BCFHW.device)
    anchor_BCHW = video_BCFHW[batch_B, :, anchor_B.to(video_BCFHW.device)]
    return math.sqrt(2.0) * video_BCFHW - anchor_BCHW.unsqueeze(2)
