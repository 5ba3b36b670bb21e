"""SMS: takes what providers bring, sends through them, and keeps to what contacts asked for."""
