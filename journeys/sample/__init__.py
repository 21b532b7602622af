"""A fictional council: seeded contact logs in the formats real systems export, and the truth behind them."""
