"""The Dataset page: the gallery, the image in place, the details beside them."""
