"""RTMDet-Ins, a one-stage detector whose every cell predicts a small network that draws its mask (arXiv 2212.07784)."""

from core.models.rtmdet_inst.model import RTMDetInst

__all__ = ["RTMDetInst"]
