"""What a dataset is told by, and how it is published: report material, card, push."""
