# ρ learns ten times as fast as the rest: it is stored in tenths, since Adam's steps do not depend on the unit.
RHO_UNIT = 10
