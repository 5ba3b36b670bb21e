"""Web chat: who a visitor is, what they may do, and how it reaches them where websockets do not."""
