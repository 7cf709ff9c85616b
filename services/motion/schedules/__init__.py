"""Noise schedules and their samplers: diffusion and rectified flow."""
