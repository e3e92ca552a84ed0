"""The encodings a file may name: a closed list, in one spelling."""

from __future__ import annotations

import sys
from typing import Annotated

from pydantic import AfterValidator, Field

ENCODINGS = tuple(
    """
    ascii big5 big5hkscs cp037 cp273 cp424 cp437 cp500 cp720 cp737 cp775 cp850 cp852 cp855 cp856
    cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp874 cp875 cp932 cp949 cp950
    cp1006 cp1026 cp1125 cp1140 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    euc_jp euc_jis_2004 euc_jisx0213 euc_kr gb2312 gbk gb18030 hz iso2022_jp iso2022_jp_1
    iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr latin_1 iso8859_2 iso8859_3
    iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10 iso8859_11 iso8859_13
    iso8859_14 iso8859_15 iso8859_16 johab koi8_r koi8_t koi8_u kz1048 mac_cyrillic mac_greek
    mac_iceland mac_latin2 mac_roman mac_turkish ptcp154 shift_jis shift_jis_2004 shift_jisx0213
    utf_32 utf_32_be utf_32_le utf_16 utf_16_be utf_16_le utf_7 utf_8 utf_8_sig
    """.split()  # noqa: SIM905 # a hundred quoted names would hide what is in the list
)

_ORDER = "le" if sys.byteorder == "little" else "be"
_UNMARKED = {"utf_8_sig": "utf_8", "utf_16": f"utf_16_{_ORDER}", "utf_32": f"utf_32_{_ORDER}"}


def unmarked(encoding: str) -> str:
    """Return the encoding of the same bytes without a byte order mark."""
    return _UNMARKED.get(encoding, encoding)


def mark(encoding: str) -> bytes:
    """Return the byte order mark that text in `encoding` begins with; empty where it has none."""
    return "".encode(encoding) if encoding in _UNMARKED else b""


def shifts(encoding: str) -> bool:
    """Tell whether an encoding changes modes within a text, so that texts are encoded singly."""
    return encoding.startswith("iso2022") or encoding in ("hz", "utf_7")


def _bare(name: str) -> str:
    """Return a name without what people write differently: ``UTF-8`` is ``utf8``."""
    return name.lower().replace("-", "").replace("_", "")


def _known(name: str) -> str:
    if name in ENCODINGS:
        return name
    meant = next((known for known in ENCODINGS if _bare(known) == _bare(name)), None)
    hint = f"write {meant}" if meant else "known are " + ", ".join(ENCODINGS)
    raise ValueError(f"unknown encoding; {hint}")


Encoding = Annotated[
    str, AfterValidator(_known), Field(json_schema_extra={"enum": list(ENCODINGS)})
]
"""An option that names an encoding."""
