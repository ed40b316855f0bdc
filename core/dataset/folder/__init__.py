"""Which files of a folder make a dataset (``layout``, ``dropped``), and finding the pictures that they name
(``image_finder``). Folders without annotations are ``plain_folder``'s.
"""
