# ρ learns ten times as fast as the rest: its unit counts twice, in SGD's gradient and in ρ's step.
RHO_UNIT = 10**0.5
