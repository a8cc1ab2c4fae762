import os
import pwd

import pytest

from gateway.operate.view.account import user


def test_the_kernel_says_who_it_is_and_not_the_environment(monkeypatch):
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody")
    monkeypatch.setattr(os, "getuid", lambda: 1)
    assert user() == pwd.getpwuid(1).pw_name


@pytest.mark.parametrize(("asked", "expected"), [("alice", "root (alice)"), ("root", "root"), ("", "root")])
def test_behind_sudo_it_is_also_who_asked(monkeypatch, asked, expected):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", asked)
    assert user() == expected


def test_an_account_without_a_name_is_its_number(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    assert user() == "3999999999"
