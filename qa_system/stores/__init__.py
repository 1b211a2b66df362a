"""Document stores: where the reviews lie, and the retrievers that search them by words."""
