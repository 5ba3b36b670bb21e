"""Email, web chat, SMS: bytes to messages and messages to bytes."""
