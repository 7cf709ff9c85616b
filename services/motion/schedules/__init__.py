"""Noise schedules (diffusion and rectified flow) and their samplers."""
