"""What a template may use of Python's modules under the restricted policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, NoReturn

_TABLE = {
    "base64": "b16encode b32encode b64decode b64encode b85encode urlsafe_b64decode"
    " urlsafe_b64encode",
    "binascii": "crc32 hexlify unhexlify",
    "calendar": "isleap leapdays monthrange timegm weekday",
    "collections": "Counter OrderedDict deque",
    "datetime": "MAXYEAR MINYEAR UTC date datetime time timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "hashlib": "blake2b blake2s md5 sha1 sha224 sha256 sha384 sha3_256 sha3_512 sha512",
    "hmac": "compare_digest digest",
    "html": "escape unescape",
    "ipaddress": "IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface IPv6Network"
    " ip_address ip_interface ip_network",
    "itertools": "accumulate chain groupby islice pairwise zip_longest",
    "json": "dumps loads",
    "math": "acos asin atan atan2 ceil copysign cos degrees e exp fabs floor fmod fsum gcd hypot"
    " inf isclose isfinite isinf isnan lcm log log10 log1p log2 nan pi pow prod radians sin sqrt"
    " tan tanh tau trunc",
    "posixpath": "basename dirname join normpath split splitext",
    "random": "betavariate choice choices expovariate gammavariate gauss getrandbits"
    " lognormvariate normalvariate paretovariate randbytes randint random randrange sample"
    " shuffle triangular uniform vonmisesvariate weibullvariate",
    "re": "A ASCII DOTALL I IGNORECASE M MULTILINE S VERBOSE X compile escape findall finditer"
    " fullmatch match search split sub subn",
    "secrets": "choice randbelow randbits token_bytes token_hex token_urlsafe",
    "statistics": "fmean geometric_mean harmonic_mean mean median mode pstdev pvariance quantiles"
    " stdev variance",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits"
    " printable punctuation whitespace",
    "struct": "calcsize pack unpack",
    "textwrap": "dedent fill indent shorten wrap",
    "unicodedata": "category name normalize",
    "urllib.parse": "parse_qs parse_qsl quote quote_plus unquote unquote_plus urlencode urljoin"
    " urlsplit urlunsplit",
    "uuid": "NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL NAMESPACE_X500 UUID uuid1 uuid3 uuid4"
    " uuid5 uuid6 uuid7 uuid8",
    "zlib": "adler32 crc32",
    "zoneinfo": "ZoneInfo",
}

ALLOWED: Mapping[str, frozenset[str]] = MappingProxyType(
    {module: frozenset(names.split()) for module, names in _TABLE.items()}
)
"""Names by module. None is a module, leads to one, runs other code, or reads a file or a host.

Left out on purpose: what reads attributes by name (`operator.attrgetter`, `string.Formatter`),
what may run for ever by itself (`itertools.count`, `math.factorial`) and what builds code
(`collections.namedtuple`).
"""


# No method of what follows may take a name: a template could ask for any attribute by it.


class Names:
    """Some names of a module, read-only, and no way from here to the module."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        vars(self).update(values)

    def __getitem__(self, name: str) -> Any:
        return vars(self)[name]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} is read-only")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{name} is read-only")

    def __repr__(self) -> str:
        return f"Names({', '.join(sorted(vars(self)))})"


class Only:
    """An object of which only the named attributes can be had, and what is given besides."""

    def __init__(self, target: object, allowed: Iterable[str], **more: object) -> None:
        self._target = target
        self._allowed = frozenset(allowed)
        vars(self).update(more)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._allowed:
            raise AttributeError(name)
        return getattr(self._target, name)


def names_of(module: ModuleType, names: Iterable[str]) -> Names:
    """Return the given names of a module as far as it has them."""
    return Names({name: getattr(module, name) for name in names if hasattr(module, name)})
