"""Tables from wide gamuts and HDR to BT.709, for FFmpeg's filter `lut3d`."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import product
from math import exp, log

RGB = tuple[float, float, float]

_SIZE = 33
"""Entries of the table along each axis, as in broadcasters' tables."""
_PEAK_NITS = 1000.0
"""The brightest colour that is distinguished from white: BT.2100's nominal peak of HLG, and the usual one of PQ."""
_WHITE_NITS = 203.0
"""The HDR diffuse white of BT.2408, which becomes a little less than the white of SDR."""
_SYSTEM_GAMMA = 1.2
_HLG_A = 0.17883277
_HLG_B = 1 - 4 * _HLG_A
_HLG_C = 0.5 - _HLG_A * log(4 * _HLG_A)
_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
_DISPLAY_GAMMA = 2.4
"""Of BT.1886, the reference display of SDR."""
Matrix = tuple[RGB, RGB, RGB]
_BT2020_TO_BT709: Matrix = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))
"""BT.2087 for linear light."""
_P3_TO_BT709: Matrix = ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979))
"""From SMPTE EG 432-1 with the white of D65, for linear light."""


class ColourSpace(StrEnum):
    """The R'G'B' that a table converts from."""

    HLG = "hlg"
    PQ = "pq"
    BT2020 = "bt2020"
    P3 = "p3"


@cache
def lookup_table(space: ColourSpace) -> str:
    """The table in the format .cube, from full-range R'G'B' of `space` to that of BT.709.

    Highlights of HDR above the white are compressed by the curve of BT.2390, section 5.4.
    """
    steps = [number / (_SIZE - 1) for number in range(_SIZE)]
    entries = (_bt709(space, (red, green, blue)) for blue, green, red in product(steps, steps, steps))
    return "\n".join([f"LUT_3D_SIZE {_SIZE}", *(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in entries), ""])


def _bt709(space: ColourSpace, signal: RGB) -> Iterator[float]:
    """The brightest of the three is compressed, the others follow in proportion, so that the hue stays."""
    if space in (ColourSpace.HLG, ColourSpace.PQ):
        nits = _hlg_nits(signal) if space is ColourSpace.HLG else _pq_nits(signal)
        brightest = max(nits)
        gain = _compressed(brightest) / brightest / _WHITE_NITS if brightest > 0 else 0.0
        red, green, blue = (gain * value for value in nits)
    else:
        red, green, blue = (value**_DISPLAY_GAMMA for value in signal)
    for to_red, to_green, to_blue in _P3_TO_BT709 if space is ColourSpace.P3 else _BT2020_TO_BT709:
        light = to_red * red + to_green * green + to_blue * blue
        yield min(1.0, max(0.0, light)) ** (1 / _DISPLAY_GAMMA)


def _hlg_nits(signal: RGB) -> RGB:
    """BT.2100, table 5: the inverse OETF, then the OOTF of a display of the peak's brightness."""
    red, green, blue = (x * x / 3 if x <= 0.5 else (exp((x - _HLG_C) / _HLG_A) + _HLG_B) / 12 for x in signal)
    luminance = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    gain = _PEAK_NITS * luminance ** (_SYSTEM_GAMMA - 1) if luminance else 0.0
    return red * gain, green * gain, blue * gain


def _pq_nits(signal: RGB) -> RGB:
    red, green, blue = (_from_pq(x) for x in signal)
    return red, green, blue


def _from_pq(signal: float) -> float:
    """BT.2100, table 4: the EOTF, in nits."""
    power = signal ** (1 / _M2)
    return 10_000 * (max(0.0, power - _C1) / (_C2 - _C3 * power)) ** (1 / _M1)


def _to_pq(nits: float) -> float:
    power = (nits / 10_000) ** _M1
    return ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2


_PEAK = _to_pq(_PEAK_NITS)
_TARGET = _to_pq(_WHITE_NITS) / _PEAK
_KNEE = 1.5 * _TARGET - 0.5


def _compressed(nits: float) -> float:
    """BT.2390, section 5.4.1: a Hermite curve above the knee, in units of the PQ signal of the peak."""
    level = min(1.0, _to_pq(nits) / _PEAK)
    if level <= _KNEE:
        return nits
    t = (level - _KNEE) / (1 - _KNEE)
    start, slope, end = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, -2 * t**3 + 3 * t**2
    return _from_pq((start * _KNEE + slope * (1 - _KNEE) + end * _TARGET) * _PEAK)
