"""What is done with several datasets: merged into one, or compared with each other.

``class_names`` and ``same_pictures`` say what they share, ``matching`` which instances of two are the same object;
``merge_plan`` and ``merging`` make one of them, ``comparison`` says where they differ.
"""
