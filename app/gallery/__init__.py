"""The gallery: any number of images as thumbnails, filtered, scrolled without a stutter."""
