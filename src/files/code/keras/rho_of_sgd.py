# ρ learns ten times as fast as the rest: a unit counts twice, in the gradient that SGD follows and in ρ's step.
RHO_UNIT = 10**0.5
