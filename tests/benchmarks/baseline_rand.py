"""Baseline A: the helpers of ``module.rand``, each written the obvious way."""

from __future__ import annotations

import ipaddress
import random
import string
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

BLOCKS = {
    ("1.0.0.0", "9.255.255.255"): 5,
    ("11.0.0.0", "100.63.255.255"): 8,
    ("128.0.0.0", "169.253.255.255"): 7,
    ("172.32.0.0", "191.255.255.255"): 9,
    ("192.169.0.0", "198.17.255.255"): 6,
    ("203.0.114.0", "223.255.255.255"): 8,
}


def weighted_choice(items: Any, weights: Any = None) -> Any:
    if isinstance(items, Mapping):
        return random.choices(list(items), weights=list(items.values()))[0]
    return random.choices(items, weights=weights)[0]


def weighted_choices(items: Any, weights: Any, n: int | None = None) -> list[Any]:
    if isinstance(items, Mapping):
        return random.choices(list(items), weights=list(items.values()), k=weights)
    return random.choices(items, weights=weights, k=n or 1)


def shuffle(items: Any) -> Any:
    shuffled = random.sample(list(items), len(items))
    return "".join(shuffled) if isinstance(items, str) else shuffled


def chance(prob: float) -> bool:
    return random.random() < prob


def clamp(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def pareto(alpha: float, xmin: float = 1.0) -> float:
    return xmin * random.paretovariate(alpha)


def of(alphabet: str) -> Any:
    """Return the function that draws so many characters of an alphabet."""
    return lambda size: "".join(random.choices(alphabet, k=size))


def between(first: str, last: str) -> str:
    low, high = int(ipaddress.IPv4Address(first)), int(ipaddress.IPv4Address(last))
    return str(ipaddress.IPv4Address(random.randint(low, high)))


def in_subnet(cidr: str) -> str:
    network = ipaddress.ip_network(cidr, strict=False)
    return str(network[random.randint(1, network.num_addresses - 2)])


def ip_v4_public() -> str:
    first, last = random.choices(list(BLOCKS), weights=list(BLOCKS.values()))[0]
    return between(first, last)


def mac() -> str:
    return ":".join(f"{random.randint(0, 255):02x}" for _ in range(6))


def uuid4() -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def moment(start: datetime, end: datetime) -> datetime:
    return start + timedelta(seconds=random.uniform(0, (end - start).total_seconds()))


rand = SimpleNamespace(
    shuffle=shuffle,
    choice=random.choice,
    choices=lambda items, n: random.choices(items, k=n),
    weighted_choice=weighted_choice,
    weighted_choices=weighted_choices,
    chance=chance,
    number=SimpleNamespace(
        integer=random.randint,
        floating=random.uniform,
        gauss=random.gauss,
        lognormal=random.lognormvariate,
        exponential=random.expovariate,
        pareto=pareto,
        triangular=random.triangular,
        clamp=clamp,
    ),
    string=SimpleNamespace(
        letters=of(string.ascii_letters),
        letters_lowercase=of(string.ascii_lowercase),
        letters_uppercase=of(string.ascii_uppercase),
        digits=of(string.digits),
        punctuation=of(string.punctuation),
        hex=of("0123456789abcdef"),
    ),
    network=SimpleNamespace(
        ip_v4=lambda: between("0.0.0.0", "255.255.255.255"),
        ip_v4_private_a=lambda: between("10.0.0.0", "10.255.255.255"),
        ip_v4_private_b=lambda: between("172.16.0.0", "172.31.255.255"),
        ip_v4_private_c=lambda: between("192.168.0.0", "192.168.255.255"),
        ip_v4_public=ip_v4_public,
        ip_v4_in_subnet=in_subnet,
        mac=mac,
    ),
    crypto=SimpleNamespace(
        uuid4=uuid4,
        md5=lambda: of("0123456789abcdef")(32),
        sha1=lambda: of("0123456789abcdef")(40),
        sha256=lambda: of("0123456789abcdef")(64),
    ),
    datetime=SimpleNamespace(timestamp=moment),
)
