"""How much stock to hold and where: safety stock by itself, placed for all together, and the targets of the plan."""
