"""Mistakes in what counts as a right prediction."""

from crystalball.mistakes.catalogue import training_mistake
from crystalball.oracle.flaws import Flaw

training_mistake(
    "label_among_the_best",
    Flaw.AMONG_TWO,
    Flaw.AMONG_THREE,
    Flaw.AMONG_FIVE,
    why="A prediction counted as right where the label had one of a few large logits, not the largest.",
    next="One prediction a sample: count where `logits.argmax(dim=1) == targets`.",
)
training_mistake(
    "each_logit_counted",
    Flaw.EACH_LOGIT,
    why="Each logit was compared by itself with what it should be for the label, so that a wrong "
    "prediction counts as right in part.",
    next="One prediction a sample: count where `logits.argmax(dim=1) == targets`.",
)
training_mistake(
    "compared_with_each_other",
    Flaw.EACH_WITH_ALL,
    why="Each prediction was compared with the labels of the whole batch: a shape of (n, 1) beside one of "
    "(n) spreads to (n, n).",
    next="`logits.argmax(dim=1) == targets`, without `keepdim=True`: both have one entry a sample.",
)
training_mistake(
    "softmax_over_batch",
    Flaw.SOFTMAX_OVER_BATCH,
    why="A softmax over the samples of the batch, `dim=0`, came before the prediction: it compares the "
    "samples of a class with each other, not the classes of a sample.",
    next="No softmax is needed to find the largest, `logits.argmax(dim=1) == targets`; one over the "
    "classes has `dim=1`.",
)
training_mistake(
    "label_above_one_half",
    Flaw.ABOVE_ONE_HALF,
    Flaw.FIRST_CLASS_UNLESS_SURE,
    why="A probability above one half decided what is predicted, not the largest one: where none is above, "
    "no class was predicted, or the first.",
    next="One prediction a sample: count where `logits.argmax(dim=1) == targets`.",
)
training_mistake(
    "mean_of_class_accuracies",
    Flaw.BY_CLASS,
    Flaw.BY_EVERY_CLASS,
    why="Each class counted the same: this is the mean of the accuracies of the classes, perhaps with 0 "
    "for one that has no samples, not the share of the samples.",
    next="Divide all right predictions of the epoch by all of its samples.",
)
