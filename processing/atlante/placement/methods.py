"""What a placement rests on, how much that is worth, and why there may be none."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Method(StrEnum):
    """What a placement rests on."""

    CODE_NAME = "code+name"  # a code and a name that mean the same municipality
    NAME_PROVINCE = "name+province"
    CODE = "code"
    NAME_CHAMBER = "name+chamber"  # the declared code is of the chamber whose district the municipality is in
    NAME_FORMER_PROVINCE = "name+former province"  # the declared province was or will be the municipality's
    ALIAS = "alias"  # another name, from the file of aliases, confirmed by province or region
    NAME_POINT = "name+point"  # the point is in one of the municipalities that the name may mean
    CODE_POINT = "code+point"  # the same of a code: its ground is in several municipalities by now
    POINT = "point"  # nothing that was declared could be placed
    NAME_REGION = "name+region"  # the only one of that name in the region; the province is missing or another
    NAME_POSTAL_CODE = "name+postal code"  # of several, the one where other firms with that postal code are
    NAME = "name"  # the only one of that name in the country; neither province nor region is declared
    POINT_NEARBY = "point nearby"  # as point, but outside every municipality and not far from this one
    NONE = "none"


class Reason(StrEnum):
    """Why a firm is not placed."""

    NOT_DECLARED = "no municipality declared"
    FOREIGN = "foreign seat"
    UNKNOWN = "unknown name"
    UNKNOWN_CODE = "unknown code"  # and no name
    HOMONYM = "homonym without province"
    ELSEWHERE = "province and region elsewhere"  # both contradict the only municipalities of that name
    SPLIT = "split since"  # its ground is in several municipalities by now, and no point says in which
    NEWER = "newer than the boundaries"  # in the boundaries its ground is in several municipalities
    GONE = "not in the boundaries"  # it left the country, or what became of it is not known


CONFIDENCE: Final = {
    Method.CODE_NAME: 1.0,
    Method.NAME_PROVINCE: 1.0,
    Method.CODE: 0.95,
    Method.NAME_CHAMBER: 0.95,
    Method.NAME_FORMER_PROVINCE: 0.9,
    Method.ALIAS: 0.9,
    Method.NAME_POINT: 0.9,
    Method.CODE_POINT: 0.9,
    Method.POINT: 0.85,
    Method.NAME_REGION: 0.8,
    Method.NAME_POSTAL_CODE: 0.7,
    Method.NAME: 0.6,
    Method.POINT_NEARBY: 0.6,
    Method.NONE: 0.0,
}
NOTE_COSTS: Final = 0.1  # a name or code of another date, or one that is spelt another way
CONFLICT_COSTS: Final = 0.2  # something declared says otherwise
LOCATED_ELSEWHERE_COSTS: Final = 0.2
LEAST: Final = 0.1  # of what is placed
