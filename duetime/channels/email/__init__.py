"""The ``email`` channel: the bytes of a mail to what they say, under limits, whatever the bytes are."""
