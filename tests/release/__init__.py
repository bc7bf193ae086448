"""Disclosure control: attackers first, then the engine that must withstand them."""
