"""Weights from elsewhere: ``pretrained`` knows where public ones are, ``download`` gets them, ``weights_file`` reads
tensors and executes nothing, ``checkpoint`` fills a network with them.
"""
