from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from pydantic import ValidationError

from eventum_core.errors import ConfigError
from eventum_core.outputs.tls import Tls


def test_by_default_everything_is_checked():
    context = Tls().context(Path())

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_checking_can_be_left_out():
    context = Tls(verify=False).context(Path())

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_authorities_are_added(certificate):
    without = Tls().context(certificate.parent)
    trusted = Tls(ca_cert="c.pem").context(certificate.parent)

    assert trusted.cert_store_stats()["x509_ca"] == without.cert_store_stats()["x509_ca"] + 1


def test_good_files_pass_the_check(certificate):
    Tls(ca_cert="c.pem", client_cert="c.pem", client_cert_key="k.pem").check(certificate.parent)


def test_every_bad_file_is_a_problem(tmp_path):
    (tmp_path / "bad.pem").write_text("nonsense")
    tls = Tls(ca_cert="missing.pem", client_cert="bad.pem", client_cert_key="bad.pem")

    with pytest.raises(ConfigError) as refused:
        tls.check(tmp_path)

    authority, identity = refused.value.problems
    assert (authority.path, authority.value) == ("ca_cert", "missing.pem")
    assert "No such file" in authority.message
    assert (identity.path, identity.value) == ("client_cert", "bad.pem")


@pytest.mark.parametrize("option", ["client_cert", "client_cert_key"])
def test_certificate_and_key_belong_together(option):
    with pytest.raises(ValidationError, match="belong together"):
        Tls(**{option: "a.pem"})
