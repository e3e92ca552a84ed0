"""Output ``http``: a request for every formatted text."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias
from urllib.parse import unquote

import anyio
from pydantic import AfterValidator, Field, HttpUrl, SecretStr, StringConstraints

from eventum_core.errors import RunError
from eventum_core.model import Chunk, Failure
from eventum_core.outputs.tls import Tls
from eventum_core.plugin import OutputPlugin, Run, Write

if TYPE_CHECKING:
    import httpx

    Send: TypeAlias = Callable[..., Awaitable[httpx.Response]]

ABREAST = 20
"""Most requests in flight for one chunk."""
SHOWN = 200
"""Characters of a refusal's text that are reported."""


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise ValueError(f"not a header's name: {name!r}")
        if not (value.isascii() and (value.isprintable() or value.replace("\t", "").isprintable())):
            raise ValueError(f"the value of {name} must be printable ASCII")
    return headers


NonEmpty = Annotated[str, StringConstraints(min_length=1)]
Headers = Annotated[dict[str, str], AfterValidator(_sendable)]


class Http(Tls, OutputPlugin):
    """Send each formatted text as the body of a request; a batching format makes it one a batch.

    Network errors, time-outs and the statuses 408, 429 and 5xx are tried again, nothing else is.
    Redirects are not followed.
    """

    name: ClassVar[str] = "http"
    formatter: ClassVar[Mapping[str, Any]] = {"format": "json-batch"}
    bounded: ClassVar[bool] = True

    # A URL or a header may hold a password, so they stay out of what is printed.
    url: HttpUrl = Field(repr=False)
    """Where to send."""
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """Method of the requests."""
    success_code: int = Field(201, ge=100)
    """The one status that means success."""
    headers: Headers = Field({}, repr=False)
    """Headers of the requests. There is no ``Content-Type`` unless it is given here."""
    username: NonEmpty | None = None
    """User name for Basic authentication."""
    password: SecretStr | None = Field(None, min_length=1)
    """Password for Basic authentication; of no effect without a user name."""
    connect_timeout: int = Field(10, ge=1)
    """Seconds in which a connection must be made."""
    request_timeout: int = Field(300, ge=1)
    """Seconds that sending, receiving or waiting for a free connection may take. The run's
    ``write_timeout`` bounds each request as a whole."""
    verify: bool = False
    """Whether to check the server's certificate and name."""
    proxy_url: HttpUrl | None = Field(None, repr=False)
    """Proxy to send through. Default: what the environment names in ``HTTP_PROXY``,
    ``HTTPS_PROXY`` and ``NO_PROXY``."""

    def open(self, run: Run) -> AbstractAsyncContextManager[Write]:
        """Give the function that sends; connections are made when first needed, and reused."""
        return self._open(run)

    @asynccontextmanager
    async def _open(self, run: Run) -> AsyncIterator[Write]:
        if self._encrypted and not self.verify:
            run.log.warning("http: certificates are not checked; `verify: true` would do it")
        try:
            client = self._client(run)
        except OSError as error:
            raise RunError(f"http: cannot use the certificates: {error}") from error
        async with client:
            send = partial(client.request, self.method, self._target())
            yield partial(self._write, send, run.write_timeout)

    @property
    def _encrypted(self) -> bool:
        return self.url.scheme == "https"

    def _target(self) -> httpx.URL:
        """Return the URL without a password: httpx logs the URLs of its requests."""
        import httpx

        return httpx.URL(str(self.url)).copy_with(userinfo=b"")

    def _client(self, run: Run) -> httpx.AsyncClient:
        """Return a client that sends what the options say and nothing more."""
        import httpx

        headers = httpx.Headers({"Accept-Encoding": "gzip, deflate"})
        headers.update(self.headers)
        return httpx.AsyncClient(
            auth=self._credentials(),
            headers=headers,
            verify=self.context(run.base) if self._encrypted else False,
            proxy=None if self.proxy_url is None else str(self.proxy_url),
            timeout=httpx.Timeout(self.request_timeout, connect=self.connect_timeout),
        )

    def _credentials(self) -> tuple[str, str] | None:
        if self.username is not None:
            return self.username, self.password.get_secret_value() if self.password else ""
        if self.url.username is not None:
            return unquote(self.url.username), unquote(self.url.password or "")
        return None

    async def _write(self, send: Send, longest: float, chunk: Chunk) -> Sequence[Failure]:
        """Send all texts, several at once, and return the failures in their order."""
        failures: list[Failure] = []
        items = iter(enumerate(chunk.texts))

        async def send_in_turn() -> None:
            for item, text in items:
                if failure := await self._send(send, longest, item, text):
                    failures.append(failure)

        async with anyio.create_task_group() as tasks:
            for _ in range(min(ABREAST, len(chunk.texts))):
                tasks.start_soon(send_in_turn)
        return sorted(failures)

    async def _send(self, send: Send, longest: float, item: int, text: str) -> Failure | None:
        """Send one text and judge the answer."""
        import httpx

        try:
            with anyio.fail_after(longest):
                response = await send(content=text.encode())
        except UnicodeEncodeError as error:
            return Failure(item, f"not encodable: {error}")
        except TimeoutError:
            return Failure(item, f"not done within {longest:g} s", retry=True)
        except httpx.RequestError as error:
            return Failure(item, _explained(error), isinstance(error, _passing()))
        return self._judged(item, response)

    def _judged(self, item: int, response: httpx.Response) -> Failure | None:
        status = response.status_code
        if status == self.success_code:
            return None
        shown = response.text[:SHOWN].strip()
        reason = f"status {status} instead of {self.success_code}" + (f": {shown}" if shown else "")
        return Failure(item, reason, retry=status in (408, 429) or status >= 500)


def _explained(error: Exception) -> str:
    """Return the error's kind and the first words found along its causes: httpx may give none."""
    cause: BaseException | None = error
    while cause is not None and not str(cause):
        cause = cause.__cause__ or cause.__context__
    return f"{type(error).__name__}: {cause}" if cause else type(error).__name__


def _passing() -> tuple[type[Exception], ...]:
    """Return the errors that may be gone when a request is sent again."""
    import httpx

    return httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError
