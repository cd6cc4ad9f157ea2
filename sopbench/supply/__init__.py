"""Supply planning: what to make, buy, subcontract, move and hold so that the demand plan is met at least cost."""

from sopbench.supply.balance import CHECKED, check_balances
from sopbench.supply.plan import INPUTS, inventory_targets, plan

__all__ = ["CHECKED", "INPUTS", "check_balances", "inventory_targets", "plan"]
