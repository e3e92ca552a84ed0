"""Addresses: where they lie, and how often."""

from __future__ import annotations

import re
from collections import Counter
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from random import Random
from typing import Any

import pytest

from eventum_core.events.template.rand_network import PUBLIC, VENDORS, Network


@pytest.fixture
def network() -> Network:
    return Network(Random(13))


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("ip_v4", "0.0.0.0/0"),
        ("ip_v4_private_a", "10.0.0.0/8"),
        ("ip_v4_private_b", "172.16.0.0/12"),
        ("ip_v4_private_c", "192.168.0.0/16"),
        ("ip_v6", "::/0"),
        ("ip_v6_global", "2000::/3"),
        ("ip_v6_link_local", "fe80::/10"),
        ("ip_v6_ula", "fc00::/7"),
    ],
)
def test_addresses_fill_their_block(network: Network, name: str, block: str) -> None:
    space = ip_network(block)
    drawn = [getattr(network, name)() for _ in range(3000)]
    addresses = [ip_address(address) for address in drawn]
    assert all(address in space for address in addresses)
    assert drawn == [str(address) for address in addresses]
    middle = sum(int(address) - int(space[0]) for address in addresses) / 3000 / space.num_addresses
    assert middle == pytest.approx(0.5, abs=0.025)


def test_private_addresses_are_weighted_five_two_five(network: Network) -> None:
    drawn = Counter(network.ip_v4_private().partition(".")[0] for _ in range(12_000))
    assert drawn["10"] == pytest.approx(5000, rel=0.05)
    assert drawn["172"] == pytest.approx(2000, rel=0.08)
    assert drawn["192"] == pytest.approx(5000, rel=0.05)


def test_public_addresses_are_of_the_listed_blocks_by_weight(network: Network) -> None:
    drawn = [IPv4Address(network.ip_v4_public()) for _ in range(15_000)]
    found = 0
    for first, last, weight in PUBLIC:
        here = sum(IPv4Address(first) <= address <= IPv4Address(last) for address in drawn)
        assert here == pytest.approx(15_000 * weight / 75, rel=0.15)
        found += here
    assert found == 15_000
    assert sum(weight for _, _, weight in PUBLIC) == 75


@pytest.mark.parametrize(("first", "last", "_weight"), PUBLIC)
def test_public_blocks_hold_no_special_addresses(first: str, last: str, _weight: int) -> None:
    special = (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24"
        " 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24"
        " 203.0.113.0/24 224.0.0.0/3"
    )
    for network in map(ip_network, special.split()):
        assert IPv4Address(last) < network[0] or IPv4Address(first) > network[-1]


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [
        ("10.1.2.8/29", {f"10.1.2.{host}" for host in range(9, 15)}),
        ("10.1.2.13/29", {f"10.1.2.{host}" for host in range(9, 15)}),
        ("10.1.2.8/30", {"10.1.2.9", "10.1.2.10"}),
        ("10.1.2.8/31", {"10.1.2.8", "10.1.2.9"}),
        ("10.1.2.8/32", {"10.1.2.8"}),
        ("10.1.2.8", {"10.1.2.8"}),
        ("10.1.2.8/255.255.255.252", {"10.1.2.9", "10.1.2.10"}),
    ],
)
def test_subnets_give_their_hosts(network: Network, cidr: str, expected: set[str]) -> None:
    assert {network.ip_v4_in_subnet(cidr) for _ in range(300)} == expected


@pytest.mark.parametrize(
    ("cidr", "complaint"),
    [
        ("", "empty"),
        ("10.1.2/24", "4 octets"),
        ("10.1.2.0/33", "33"),
        ("fe80::/10", "4 octets"),
        ("host", "4 octets"),
    ],
)
def test_wrong_subnets_are_a_value_error(network: Network, cidr: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        network.ip_v4_in_subnet(cidr)


def test_short_ip_v6_forms_are_used() -> None:
    class Zeros(Random):
        def getrandbits(self, k: int, /) -> int:
            return 1

    assert Network(Zeros()).ip_v6() == str(IPv6Address(1)) == "::1"


def test_a_mac_is_six_random_bytes(network: Network) -> None:
    drawn = [network.mac() for _ in range(2000)]
    assert all(re.fullmatch("[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac) for mac in drawn)
    assert len({mac[:2] for mac in drawn}) > 250
    assert len(set(drawn)) == 2000


@pytest.mark.parametrize("oui", ["00:1b:63", "00-1B-63", "00:1b-63"])
def test_a_mac_begins_with_the_oui(network: Network, oui: str) -> None:
    assert re.fullmatch("00:1b:63(:[0-9a-f]{2}){3}", network.mac(oui=oui))


@pytest.mark.parametrize("vendor", [*VENDORS, "Cisco", "VMWARE"])
def test_a_mac_begins_with_one_of_the_vendors_prefixes(network: Network, vendor: str) -> None:
    prefixes = {network.mac(vendor=vendor)[:8] for _ in range(100)}
    assert prefixes == set(VENDORS[vendor.lower()])


def test_the_vendors_are_these_and_share_no_prefix() -> None:
    assert " ".join(sorted(VENDORS)) == (
        "apple aruba broadcom cisco dell fortinet hp huawei ibm intel juniper lenovo microsoft"
        " mikrotik netgear paloalto samsung tplink ubiquiti vmware"
    )
    prefixes = [prefix for prefixes in VENDORS.values() for prefix in prefixes]
    assert len(prefixes) == len(set(prefixes))
    assert all(2 <= len(prefixes) <= 5 for prefixes in VENDORS.values())
    # Registered to makers: neither multicast nor locally administered.
    assert all(int(prefix[:2], 16) & 3 == 0 for prefix in prefixes)


@pytest.mark.parametrize(
    "arguments",
    [
        {"oui": "00:1b:63", "vendor": "apple"},
        {"oui": "00:1b"},
        {"oui": "00:1b:6g"},
        {"oui": "001b63"},
        {"oui": "00:1b:63:00"},
        {"oui": ""},
        {"vendor": "acme"},
        {"vendor": ""},
    ],
)
def test_wrong_macs_are_a_value_error(network: Network, arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"oui|vendor"):
        network.mac(**arguments)


def test_macs_take_keywords_only(network: Network) -> None:
    mac: Any = network.mac
    with pytest.raises(TypeError):
        mac("00:1b:63")
