"""Supply planning: what to make, buy, subcontract, move and hold so that the demand plan is met at least cost."""

from sopbench.supply.balance import CHECKED, check_balances
from sopbench.supply.plan import INPUTS, plan
from sopbench.supply.what_if import WhatIf

__all__ = ["CHECKED", "INPUTS", "WhatIf", "check_balances", "plan"]
