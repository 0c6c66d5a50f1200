"""Crystal Ball: learn to log PyTorch training to TensorBoard, and be told what you really logged."""

__version__ = "0.1.0"
