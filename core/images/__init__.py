"""The one decoder of pictures. ``decoding.read_image`` gives upright 8-bit RGB of shape ``(height, width, 3)`` whatever
the file holds; ``strips`` the stored pixels by rows, through libvips; ``pyramids`` and ``preview`` are for huge
pictures, ``thumbnails`` for small ones of any; ``disk_cache`` keeps what takes its time to make.
"""
