"""Currencies and their minor units: ISO 4217, current codes and withdrawn ones.

Source: the current list is ISO 4217 list one as published on 2026-01-01, special codes
included. Withdrawn codes are those of list three whose minor unit is on record: the standard
stopped printing it, so it is the one that public tables of historical currencies agree on (read
in June 2026). Where tables of locale data name fewer decimals for daily use, such as none for
IQD, ISO decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

Status = Literal["current", "historical"]


@dataclass(frozen=True, slots=True)
class Currency:
    """One code of ISO 4217.

    Attributes:
        code: Three capital letters.
        numeric: Three digits.
        exponent: Decimals of the minor unit; None for metals, funds and test codes, which have
            no minor unit.
        status: Whether the code is in use or withdrawn.
    """

    code: str
    numeric: str
    exponent: int | None
    status: Status


_TABLE: Final[tuple[tuple[Status, int | None, str], ...]] = (
    ("current", 0, """
        BIF108 CLP152 DJF262 GNF324 ISK352 JPY392 KMF174 KRW410 PYG600 RWF646 UGX800 UYI940
        VND704 VUV548 XAF950 XOF952 XPF953
    """),
    ("current", 2, """
        AED784 AFN971 ALL008 AMD051 AOA973 ARS032 AUD036 AWG533 AZN944 BAM977 BBD052 BDT050
        BMD060 BND096 BOB068 BOV984 BRL986 BSD044 BTN064 BWP072 BYN933 BZD084 CAD124 CDF976
        CHE947 CHF756 CHW948 CNY156 COP170 COU970 CRC188 CUP192 CVE132 CZK203 DKK208 DOP214
        DZD012 EGP818 ERN232 ETB230 EUR978 FJD242 FKP238 GBP826 GEL981 GHS936 GIP292 GMD270
        GTQ320 GYD328 HKD344 HNL340 HTG332 HUF348 IDR360 ILS376 INR356 IRR364 JMD388 KES404
        KGS417 KHR116 KPW408 KYD136 KZT398 LAK418 LBP422 LKR144 LRD430 LSL426 MAD504 MDL498
        MGA969 MKD807 MMK104 MNT496 MOP446 MRU929 MUR480 MVR462 MWK454 MXN484 MXV979 MYR458
        MZN943 NAD516 NGN566 NIO558 NOK578 NPR524 NZD554 PAB590 PEN604 PGK598 PHP608 PKR586
        PLN985 QAR634 RON946 RSD941 RUB643 SAR682 SBD090 SCR690 SDG938 SEK752 SGD702 SHP654
        SLE925 SOS706 SRD968 SSP728 STN930 SVC222 SYP760 SZL748 THB764 TJS972 TMT934 TOP776
        TRY949 TTD780 TWD901 TZS834 UAH980 USD840 USN997 UYU858 UZS860 VED926 VES928 WST882
        XAD396 XCD951 XCG532 YER886 ZAR710 ZMW967 ZWG924
    """),
    ("current", 3, """
        BHD048 IQD368 JOD400 KWD414 LYD434 OMR512 TND788
    """),
    ("current", 4, """
        CLF990 UYW927
    """),
    ("current", None, """
        XAG961 XAU959 XBA955 XBB956 XBC957 XBD958 XDR960 XPD964 XPT962 XSU994 XTS963 XUA965
        XXX999
    """),
    ("historical", 0, """
        ADP020 BEF056 BYB112 BYR974 ESP724 GRD300 ITL380 LUF442 MGF450 PTE620 TPE626 TRL792
    """),
    ("historical", 2, """
        AFA004 ANG532 ATS040 AYM945 AZM031 BGL100 BGN975 CSD891 CUC931 CYP196 DEM276 EEK233
        FIM246 FRF250 GHC288 GWP624 HRK191 IEP372 LTL440 LVL428 MRO478 MTL470 MZM508 NLG528
        ROL642 RUR810 SDD736 SIT705 SKK703 SLL694 SRG740 STD678 TMM795 USS998 VEB862 VEF937
        YUM891 ZMK894 ZWD716 ZWL932 ZWN942 ZWR935
    """),
)  # fmt: skip
"""Status, decimals of the minor unit, and the codes that have both, each with its number."""


def _read_table() -> Iterator[tuple[str, Currency]]:
    """Yield each currency of the table with its code."""
    for status, exponent, codes in _TABLE:
        for entry in codes.split():
            yield entry[:3], Currency(entry[:3], entry[3:], exponent, status)


CURRENCIES: Final[Mapping[str, Currency]] = MappingProxyType(dict(_read_table()))
"""Every currency by its code."""

CASH_STEPS: Final[Mapping[str, Decimal]] = MappingProxyType(
    {"CHF": Decimal("0.05"), "SEK": Decimal("1.00")}
)
"""Smallest coins that a swedish rounding assumes; other currencies must state their step.

Source: CHF, the Swiss Confederation withdrew the coins of 1 and 2 centimes, and that of 5 is the
smallest; SEK, the Riksbank withdrew the coin of 50 öre on 2010-09-30, and that of 1 krona is.
"""
