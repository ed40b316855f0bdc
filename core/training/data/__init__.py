"""What a training sees: items of a dataset, read and fitted to the network's input, augmented, put into batches.

Only ``loader`` imports torch: the window draws samples too.
"""
