"""The two websockets: the associates' desk and the visitors' chat."""
