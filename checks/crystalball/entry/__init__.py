"""What is typed, what pytest sees, and the author's proof."""
