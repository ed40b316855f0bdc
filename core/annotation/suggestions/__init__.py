"""Help from a person's own model: ``suggest`` proposes instances, ``accepting`` turns them into edits, ``ranking``
orders images by how useful it is to label them.
"""
