"""What an HTTP probe sends: one request (RFC 9112) as bytes, and where a redirect leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from yarl import URL

from ictss_monitor.probe import ProbeFailure, Reason

Fields: TypeAlias = Mapping[str, str]

DEFAULT_FIELDS: Final = {
    "User-Agent": "ictss-monitor",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
"""Each can be said otherwise by the check. Nothing compressed: it would only be undone, at a risk."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

OF_BODY: Final = frozenset({"content-type", "content-length", "content-encoding", "content-language"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to send. `secrets` are the fields that only the origin asked first may see."""

    method: str
    url: URL
    fields: Fields
    secrets: Fields
    body: bytes | None
    version: str
    host: str
    port: int
    tls: bool
    data: bytes

    @classmethod
    def of(cls, method: str, url: URL, fields: Fields, secrets: Fields, body: bytes | None, version: str) -> Request:
        """Return the request for `url`, which has been checked with `checked_url`."""
        said = {name.lower() for name in (*fields, *secrets)}
        lines = [f"{method} {url.raw_path_qs or '/'} HTTP/{version}"]
        if "host" not in said:
            lines.append(f"Host: {url.host_port_subcomponent}")
        lines += [f"{name}: {value}" for name, value in DEFAULT_FIELDS.items() if name.lower() not in said]
        lines += [f"{name}: {value}" for name, value in (*fields.items(), *secrets.items())]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        data = "\r\n".join((*lines, "", "")).encode() + (body or b"")
        assert url.raw_host is not None
        assert url.port is not None
        tls = url.scheme == "https"
        return cls(method, url, fields, secrets, body, version, url.raw_host, url.port, tls, data)

    def redirected(self, status: int, location: bytes) -> Request:
        """Return the request to which an answer with `status` and `location` leads (RFC 9110, 15.4).

        Secrets, and a Host of the check's own, go to the first origin only.
        """
        try:
            url = checked_url(str(self.url.join(URL(location.decode()))))
        except ValueError:
            raise ProbeFailure(Reason.PROTOCOL, "redirected to something that is not an HTTP address") from None
        method, body, fields, secrets = self.method, self.body, dict(self.fields), dict(self.secrets)
        if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
            method, body = "GET", None
            fields = {name: value for name, value in fields.items() if name.lower() not in OF_BODY}
        if url.origin() != self.url.origin():
            secrets = {}
            fields = {name: value for name, value in fields.items() if name.lower() != "host"}
        return Request.of(method, url, fields, secrets, body, self.version)


def checked_url(text: str) -> URL:
    """Return `text` as a URL that can be asked. Raises ValueError, which repeats nothing of it."""
    try:
        url = URL(text).with_fragment(None)
        host, port = url.raw_host, url.port
    except ValueError:
        raise ValueError("not a URL") from None
    if url.scheme not in ("http", "https"):
        raise ValueError("expected a URL that begins with http:// or https://")
    if url.raw_user is not None or url.raw_password is not None:
        raise ValueError("a URL with a user or password in it; use username and password instead")
    if not host or not port:
        raise ValueError("a URL without a host, or with a port that is none")
    return url
