"""Figures as SVG text, drawn by our own code from plain rows. Nothing here reads findings."""
