"""Columns that are likely about people: by their names, and by the form of their values. Values are never kept."""

from __future__ import annotations

import re
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
_FORMS = {
    "e-mail addresses": r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$",
    "IBANs": r"^[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}$",
    "US social security numbers": r"^\d{3}-\d{2}-\d{4}$",
    "IPv4 addresses": r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$",
}
_ROWS = 1_000
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
    if dtype != pl.String:
        return None
    values = table.select(pl.col(name).drop_nulls()).head(_ROWS)
    shares = [pl.col(name).str.contains(form).mean().alias(told) for told, form in _FORMS.items()]
    row = collect(values.select(shares), what).row(0, named=True)
    return next((told for told, share in row.items() if (share or 0) >= _ENOUGH), None)
