"""Event-camera recordings and spiking neural networks, at the speed of a compiled program.

    events = ssnn.read("recording.raw")    # any format -> structured array x, y, t (us), p
    frames = ssnn.frames("recording.raw", T=8, size=(34, 34))    # [T, C, H, W] float32
    logits = ssnn.Model("model.safetensors")(frames)         # [classes] float32
    for epoch in ssnn.train("nmnist-1k", epochs=5): ...      # or ssnn.fit(frames, labels)
    digits = ssnn.Dataset("nmnist-1k", split="test")         # for a DataLoader

Nothing but NumPy is needed. The work is done by the program that comes with the package, in a
process of its own, which begins with the first call.
"""

from ._dataset import Dataset
from ._errors import ArgumentError, Error, FormatError, MissingError, Notice, ProcessError
from ._frames import frames
from ._model import Decision, Model, Prediction
from ._recordings import EVENT, Info, Reading, chunks, info, read, write
from ._report import Report, report
from ._train import Epoch, Training, fit, train

__all__ = [
    "EVENT",
    "ArgumentError",
    "Dataset",
    "Decision",
    "Epoch",
    "Error",
    "FormatError",
    "Info",
    "MissingError",
    "Model",
    "Notice",
    "Prediction",
    "ProcessError",
    "Reading",
    "Report",
    "Training",
    "chunks",
    "fit",
    "frames",
    "info",
    "read",
    "report",
    "train",
    "write",
]
