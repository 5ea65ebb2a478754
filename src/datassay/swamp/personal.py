"""Columns that are likely about people: by their names, and by the form of their values. Values are never kept.

Check digits are those of python-stdnum, telephone numbers those of phonenumbers: both are kept up to date with what
offices and companies hand out. Words of names are our own list, for no kept library has one without a language model.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import polars as pl

from datassay.datasets.reading import collect

#: Words of a column's name, and what it then is likely to be.
_WORDS = {
    "a name": "firstname lastname fullname surname forename maidenname givenname familyname middlename",
    "an e-mail address": "email mail emailaddress",
    "a telephone number": "phone telephone mobile cellphone fax phonenumber msisdn",
    "an address": "address street streetaddress postcode zipcode zip postalcode",
    "an official number": "ssn socialsecurity passport nino taxid driverlicense licenseplate nationalid",
    "a bank account or card": "iban creditcard cardnumber ccnumber accountnumber bic",
    "a date of birth": "birthdate dateofbirth dob birthday",
    "a network address": "ipaddress macaddress ip",
    "a place": "latitude longitude geolocation",
}
_BY_WORD = {word: told for told, words in _WORDS.items() for word in words.split()}
#: Numbers with check digits, by module of stdnum; other kinds of ids pass one of them in ten by chance.
_NUMBERS = {
    "IBANs": "iban",
    "UK NHS numbers": "gb.nhs",
    "Canadian social insurance numbers": "ca.sin",
    "Australian tax file numbers": "au.tfn",
    "Dutch citizen service numbers": "nl.bsn",
    "Belgian national numbers": "be.nn",
    "German tax ids": "de.idnr",
    "French social security numbers": "fr.nir",
    "Spanish identity numbers": "es.dni",
    "Spanish identity numbers of foreigners": "es.nie",
    "Portuguese citizen card numbers": "pt.cc",
    "Italian tax codes": "it.codicefiscale",
    "Swiss social security numbers": "ch.ssn",
    "Austrian social security numbers": "at.vnr",
    "Irish PPS numbers": "ie.pps",
    "Danish CPR numbers": "dk.cpr",
    "Swedish personal numbers": "se.personnummer",
    "Norwegian birth numbers": "no.fodselsnummer",
    "Finnish personal codes": "fi.hetu",
    "Icelandic kennitala numbers": "is_.kennitala",
    "Estonian personal codes": "ee.ik",
    "Lithuanian personal codes": "lt.asmens",
    "Polish PESEL numbers": "pl.pesel",
    "Romanian CNP numbers": "ro.cnp",
    "Bulgarian EGN numbers": "bg.egn",
    "Croatian OIB numbers": "hr.oib",
    "Greek AMKA numbers": "gr.amka",
    "Turkish identity numbers": "tr.tckimlik",
    "Israeli identity numbers": "il.idnr",
    "South African identity numbers": "za.idnr",
    "Indian Aadhaar numbers": "in_.aadhaar",
    "Indian PAN numbers": "in_.pan",
    "Chinese resident identity numbers": "cn.ric",
    "Korean resident numbers": "kr.rrn",
    "Brazilian CPF numbers": "br.cpf",
    "Mexican CURP numbers": "mx.curp",
    "Chilean RUT numbers": "cl.rut",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_CARD = re.compile(r"[3-6]\d{3}(?:[ -]?\d){9,12}")
_PHONE = re.compile(r"(?:\+|00)[\d ()./-]{7,}\d|\(\d{3}\) ?\d{3}[ -]\d{4}")
#: Distinct values that are looked at, a few first, and the fewest that a number with a check digit needs.
_VALUES = 200
_FIRST = 25
_FEWEST = 8
_ENOUGH = 0.8


def name_personal(name: str) -> str | None:
    """Return what a column of that name is likely to hold of people; None where the name says nothing."""
    words = [word.lower() for word in re.split(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])", name) if word]
    for n in (3, 2, 1):
        for at in range(len(words) - n + 1):
            told = _BY_WORD.get("".join(words[at : at + n]))
            if told is not None:
                return told
    return None


def values_personal(table: pl.LazyFrame, name: str, dtype: Any, what: str) -> str | None:
    """Return the form that most of the first values have: e-mail addresses, IBANs; None where they have none."""
    if dtype != pl.String and not dtype.is_integer():
        return None
    column = pl.col(name).drop_nulls().cast(pl.String).unique(maintain_order=True)
    values = collect(table.head(50 * _VALUES).select(column).head(_VALUES), what).to_series().to_list()
    if not values:
        return None
    for told, fits in _checks(len(values)):
        first = values[:_FIRST]
        if _share(first, fits) >= _ENOUGH / 2 and _share(values, fits) >= _ENOUGH:
            return told
    return None


def _checks(n_values: int) -> list[tuple[str, Callable[[str], bool]]]:
    checks: list[tuple[str, Callable[[str], bool]]] = [
        ("e-mail addresses", lambda value: _EMAIL.fullmatch(value) is not None),
        ("IP addresses", _is_address),
        ("telephone numbers", _is_phone),
    ]
    if n_values < _FEWEST:
        return [*checks, ("IBANs", _valid("iban"))]
    is_ssn, is_card = _valid("us.ssn"), _valid("luhn")
    return [
        *checks,
        ("US social security numbers", lambda value: _SSN.fullmatch(value) is not None and is_ssn(value)),
        (
            "payment card numbers",
            lambda value: _CARD.fullmatch(value) is not None and is_card(re.sub("[ -]", "", value)),
        ),
        *((told, _valid(module)) for told, module in _NUMBERS.items()),
    ]


def _share(values: list[str], fits: Callable[[str], bool]) -> float:
    return sum(map(fits, values)) / len(values)


def _valid(module: str) -> Callable[[str], bool]:
    is_valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return is_valid


def _is_address(value: str) -> bool:
    try:
        # A whole number is an address, too, but not when somebody writes one down.
        return not value.isdigit() and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def _is_phone(value: str) -> bool:
    """Say whether a value is a telephone number in its international form, or in the American one with brackets."""
    if not _PHONE.fullmatch(value.strip()):
        return False
    import phonenumbers

    text = value.strip()
    text = f"+{text[2:]}" if text.startswith("00") else text
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, "US")))
    except phonenumbers.NumberParseException:
        return False
