"""``module.rand.network``: addresses."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from itertools import accumulate
from random import Random

PUBLIC = (
    ("1.0.0.0", "9.255.255.255", 5),
    ("11.0.0.0", "100.63.255.255", 8),
    ("100.128.0.0", "126.255.255.255", 6),
    ("128.0.0.0", "169.253.255.255", 7),
    ("169.255.0.0", "172.15.255.255", 4),
    ("172.32.0.0", "191.255.255.255", 9),
    ("192.0.1.0", "192.0.1.255", 3),
    ("192.0.3.0", "192.88.98.255", 4),
    ("192.88.100.0", "192.167.255.255", 5),
    ("192.169.0.0", "198.17.255.255", 6),
    ("198.20.0.0", "198.51.99.255", 4),
    ("198.51.101.0", "203.0.112.255", 6),
    ("203.0.114.0", "223.255.255.255", 8),
)
"""Blocks of addresses that look globally routable, each with its weight."""

_STARTS = [int(IPv4Address(first)) for first, _, _ in PUBLIC]
_SIZES = [int(IPv4Address(last)) - int(IPv4Address(first)) + 1 for first, last, _ in PUBLIC]
_SUMS = list(accumulate(weight for _, _, weight in PUBLIC))
_TOTAL = _SUMS[-1]

VENDORS = {
    "apple": ("00:03:93", "00:0a:27", "00:0a:95", "00:1b:63", "00:25:00"),
    "aruba": ("00:0b:86", "00:1a:1e", "00:24:6c", "6c:f3:7f", "d8:c7:c8"),
    "broadcom": ("00:05:b5", "00:0a:f7", "00:10:18"),
    "cisco": ("00:00:0c", "00:01:42", "00:1b:54", "00:40:96"),
    "dell": ("00:06:5b", "00:08:74", "00:14:22", "00:21:9b", "b8:ca:3a"),
    "fortinet": ("00:09:0f", "08:5b:0e", "70:4c:a5", "90:6c:ac"),
    "hp": ("00:01:e6", "00:0b:cd", "00:17:a4", "3c:d9:2b"),
    "huawei": ("00:18:82", "00:1e:10", "00:25:9e", "00:e0:fc"),
    "ibm": ("00:04:ac", "00:06:29", "00:09:6b", "08:00:5a"),
    "intel": ("00:02:b3", "00:03:47", "00:1b:21", "a0:36:9f"),
    "juniper": ("00:05:85", "00:10:db", "00:12:1e", "2c:6b:f5"),
    "lenovo": ("00:06:1b", "00:59:07", "14:36:c6"),
    "microsoft": ("00:03:ff", "00:0d:3a", "00:15:5d", "00:50:f2"),
    "mikrotik": ("00:0c:42", "4c:5e:0c", "6c:3b:6b", "d4:ca:6d", "e4:8d:8c"),
    "netgear": ("00:09:5b", "00:0f:b5", "00:14:6c", "00:1b:2f"),
    "paloalto": ("00:1b:17", "00:86:9c", "08:30:6b", "b4:0c:25"),
    "samsung": ("00:00:f0", "00:07:ab", "00:12:47", "00:15:99"),
    "tplink": ("14:cf:92", "50:c7:bf", "64:70:02", "f4:ec:38"),
    "ubiquiti": ("00:15:6d", "00:27:22", "04:18:d6", "24:a4:3c", "dc:9f:db"),
    "vmware": ("00:05:69", "00:0c:29", "00:1c:14", "00:50:56"),
}
"""Prefixes of the IEEE registry by maker."""

_OUI = re.compile(r"[0-9a-f]{2}[:-][0-9a-f]{2}[:-][0-9a-f]{2}")


class Network:
    """Draws of addresses, as text."""

    __slots__ = ("_getrandbits", "_random")

    def __init__(self, random: Random) -> None:
        self._random = random.random
        self._getrandbits = random.getrandbits

    def ip_v4(self) -> str:
        """Return any IPv4 address."""
        return dotted(self._getrandbits(32))

    def ip_v4_private(self) -> str:
        """Return an address of one of the three private blocks, weighted 5 to 2 to 5."""
        drawn = self._random() * 12
        if drawn < 5:
            return self.ip_v4_private_a()
        return self.ip_v4_private_b() if drawn < 7 else self.ip_v4_private_c()

    def ip_v4_private_a(self) -> str:
        """Return an address of 10.0.0.0/8."""
        return dotted(0x0A000000 | self._getrandbits(24))

    def ip_v4_private_b(self) -> str:
        """Return an address of 172.16.0.0/12."""
        return dotted(0xAC100000 | self._getrandbits(20))

    def ip_v4_private_c(self) -> str:
        """Return an address of 192.168.0.0/16."""
        return dotted(0xC0A80000 | self._getrandbits(16))

    def ip_v4_public(self) -> str:
        """Return an address that looks globally routable: not private, reserved or an example."""
        block = bisect_right(_SUMS, self._random() * _TOTAL)
        return dotted(_STARTS[block] + int(self._random() * _SIZES[block]))

    def ip_v4_in_subnet(self, cidr: str) -> str:
        """Return a host's address in a network written as ``10.1.2.0/24``.

        Neither the network's own nor the broadcast address, but where the prefix is 31 or 32
        there are no such; bits beyond the prefix are ignored. Raise `ValueError` if invalid.
        """
        first, count = _hosts(cidr)
        return dotted(first + int(self._random() * count))

    def ip_v6(self) -> str:
        """Return any IPv6 address, in its short form."""
        return str(IPv6Address(self._getrandbits(128)))

    def ip_v6_global(self) -> str:
        """Return an address of 2000::/3."""
        return str(IPv6Address(1 << 125 | self._getrandbits(125)))

    def ip_v6_link_local(self) -> str:
        """Return an address of fe80::/10."""
        return str(IPv6Address(0xFE80 << 112 | self._getrandbits(118)))

    def ip_v6_ula(self) -> str:
        """Return an address of fc00::/7."""
        return str(IPv6Address(0xFC << 120 | self._getrandbits(121)))

    def mac(self, *, oui: str | None = None, vendor: str | None = None) -> str:
        """Return a MAC address in lower case with colons.

        Its first half is random, or `oui` (``00:1b:63`` or ``00-1B-63``), or one of those of a
        `vendor`, such as ``cisco``. Raise `ValueError` for both, or for one that does not fit.
        """
        if oui is None and vendor is None:
            return _colons(self._getrandbits(48), 12)
        if oui is not None and vendor is not None:
            raise ValueError("give an oui or a vendor, not both")
        prefix = self._prefix_of(vendor) if vendor is not None else _checked(str(oui))
        return f"{prefix}:{_colons(self._getrandbits(24), 6)}"

    def _prefix_of(self, vendor: str) -> str:
        prefixes = VENDORS.get(vendor.lower())
        if prefixes is None:
            raise ValueError(f"unknown vendor {vendor!r}; known are {', '.join(VENDORS)}")
        return prefixes[int(self._random() * len(prefixes))]


def dotted(address: int) -> str:
    """Return the 32 bits of an IPv4 address as text."""
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


@lru_cache(maxsize=1024)
def _hosts(cidr: str) -> tuple[int, int]:
    """Return the first host's address and the number of hosts."""
    network = IPv4Network(cidr, strict=False)
    first, count = int(network.network_address), network.num_addresses
    return (first + 1, count - 2) if count > 2 else (first, count)


def _checked(oui: str) -> str:
    prefix = oui.lower()
    if not _OUI.fullmatch(prefix):
        raise ValueError(f"an oui is three groups of two hexadecimal digits, got {oui!r}")
    return prefix.replace("-", ":")


def _colons(number: int, digits: int) -> str:
    """Return the number's hexadecimal digits in pairs."""
    text = f"{number:0{digits}x}"
    return ":".join([text[place : place + 2] for place in range(0, digits, 2)])
