"""A program of TensorFlow 1, whose ways change the process that it runs in."""

from pathlib import Path
from statistics import fmean

from worlds import layout
from worlds.tensorflows import losses_of_epochs


@layout("tensorflow")
def first_version(path: Path) -> None:
    """Summaries of TensorFlow 1, in a graph and a session."""
    import tensorflow.compat.v1 as tf

    tf.disable_eager_execution()
    place = tf.placeholder(tf.float32)
    tf.summary.scalar("loss", place)
    tf.summary.histogram("outputs", place * tf.ones(10))
    merged = tf.summary.merge_all()
    with tf.Session() as session:
        writer = tf.summary.FileWriter(str(path), session.graph)
        for step, losses in enumerate(losses_of_epochs()):
            writer.add_summary(session.run(merged, {place: fmean(losses)}), step)
        writer.close()
