"""Names of the months, as exports write them: English, French, Spanish, Portuguese, Dutch, German,
Swedish, Danish, Italian, in full and cut short.  A test compares them with Babel's.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    "ene enero gen gennaio jan janeiro januar januari january janv janvier",
    "feb febbraio febrero februar februari february fev fevereiro févr février",
    "maart mar march mars marts marzo março mrt märz",
    "abr abril apr april aprile avr avril",
    "mag maggio mai maio maj may mayo mei",
    "giu giugno juin jun june junho juni junio",
    "juil juillet jul julho juli julio july lug luglio",
    "ago agosto août aug august augusti augustus",
    "sep sept september septembre septiembre set setembro settembre",
    "oct october octobre octubre okt oktober ott ottobre out outubro",
    "nov november novembre novembro noviembre",
    "dec december dez dezember dezembro dic dicembre diciembre déc décembre",
)

#: The number of a month by its name, in small letters and without a full stop.
MONTHS: Final = {
    name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()
}
