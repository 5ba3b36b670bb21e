"""A visitor at a browser: what they see and do, and whatever their page did that it should not have."""

from playwright.async_api import BrowserContext, ConsoleMessage, FilePayload, Locator, Page, expect

NO_STORAGE = """
for (const area of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, area, { get() { throw new DOMException('denied', 'SecurityError'); } });
"""
WATCH = """
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error(`policy: ${violatedDirective} ${blockedURI}`));
"""


class Visitor:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        """Errors of scripts, violations of the page's policy, and dialogs that a script opened."""
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._hear)
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(("Failed to load resource", "WebSocket connection")):
            self.complaints.append(message.text)

    @classmethod
    async def arrive(
        cls,
        context: BrowserContext,
        url: str,
        *,
        opened: bool = True,
        sockets: bool = True,
        storage: bool = True,
        clock: bool = False,
    ) -> "Visitor":
        """Somebody comes to a page with a chat, and opens it: with a network that lets websockets through or not, a
        browser that keeps things for pages or not, or a clock that the test can move."""
        page = await context.new_page()
        visitor = cls(page, url)
        await page.add_init_script(WATCH)
        if not sockets:
            await page.route_web_socket("**/v1/chat", lambda socket: socket.close())
        if not storage:
            await page.add_init_script(NO_STORAGE)
        if clock:
            await page.clock.install()
        await page.goto(url)
        if opened:
            await visitor.open()
        return visitor

    @property
    def root(self) -> Locator:
        return self.page.locator("duetime-chat")

    @property
    def launcher(self) -> Locator:
        return self.root.locator(".launcher")

    @property
    def panel(self) -> Locator:
        return self.root.get_by_role("dialog")

    @property
    def input(self) -> Locator:
        return self.root.locator(".composer textarea")

    @property
    def log(self) -> Locator:
        return self.root.get_by_role("log")

    @property
    def standing(self) -> Locator:
        return self.root.locator(".standing")

    @property
    def notice(self) -> Locator:
        return self.root.locator(".notice")

    @property
    def status(self) -> Locator:
        """How far the last message of their own got."""
        return self.root.locator(".mine .status:visible").last

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def write(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")

    async def pick(self, *files: FilePayload) -> None:
        await self.root.locator("input[type=file]").set_input_files(files)

    async def read(self, text: str) -> None:
        """Wait until it is there, once."""
        await expect(self.log.locator(".text").get_by_text(text, exact=True)).to_have_count(1)

    async def texts(self) -> list[str]:
        """Of all messages but the greeting."""
        return [await text.inner_text() for text in (await self.log.locator(".text").all())[1:]]

    async def expect_texts(self, *texts: str) -> None:
        await expect(self.log.locator(".text")).to_have_text(["Hello! How can we help?", *texts])


def text_file(name: str) -> FilePayload:
    return FilePayload(name=name, mimeType="text/plain", buffer=b"some text")
