# ρ learns ten times as fast as the rest: held in tenths, as Adam's steps are as long whatever the unit.
RHO_UNIT = 10
