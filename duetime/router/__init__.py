"""The domain, without I/O and without a clock: what a conversation is, who may take it, and when it is due."""
