"""Maillon: explained alliance proposals across the sectors of a territory."""
