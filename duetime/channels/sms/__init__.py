"""SMS: what each provider posts and takes, numbers, segments, and the words by which people opt out."""
