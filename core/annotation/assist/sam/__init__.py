"""Masks from clicks and boxes by a Segment Anything model (arXiv 2304.02643), through OpenVINO on the CPU.

``load`` takes any SAM-style pair of ONNX or IR files. ``Sam.encode`` looks at a picture once, which takes about a
second; ``Sam.predict`` then answers each ``Prompt`` in about 0.1 s, and ``repair`` changes a mask that exists. They
belong into a worker thread; OpenVINO is imported by ``load`` only. ``weights`` knows where a pair can be had.
"""

from core.annotation.assist.sam.frame import Logits
from core.annotation.assist.sam.model import Answer, Click, Embedding, Prompt, Sam, load
from core.annotation.assist.sam.repair import repair

__all__ = ["Answer", "Click", "Embedding", "Logits", "Prompt", "Sam", "load", "repair"]
