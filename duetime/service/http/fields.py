"""The types of fields that several requests share, with their bounds."""

from typing import Annotated

from msgspec import Meta

from duetime.router.message import TEXT_LIMIT

Text = Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT)]
ShortText = Annotated[str, Meta(min_length=1, max_length=200)]
ClientId = Annotated[str, Meta(min_length=1, max_length=100, description="Yours. Sent again, it changes nothing.")]
Number = Annotated[int, Meta(ge=0, le=2**53)]
AtMs = Annotated[int, Meta(ge=0, le=2**53, description="Epoch milliseconds.")]
Limit = Annotated[int, Meta(ge=1, le=200, description="At most so many.")]
Cursor = Annotated[str, Meta(max_length=200, description="The `cursor` of the page before.")]
FileName = Annotated[str, Meta(min_length=1, max_length=400)]
