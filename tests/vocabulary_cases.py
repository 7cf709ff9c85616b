"""Cases of the vocabulary check, which the service (`shared/vocabulary.py`) and the console page both implement."""

GRAMMAR = "a {colour} {shape} {motion} on a {background} background"
TERMS = {
    "colour": ["red", "blue"],
    "shape": ["circle", "ring"],
    "motion": ["moving up left", "growing"],
    "background": ["black", "navy"],
}
ORBITING = ["a red circle orbiting on a black background"]

PROMPTS: list[tuple[str, list[str], list[str]]] = [
    ("a red ring moving up left on a navy background", [], []),
    ("A RED ring, growing.", [], []),
    ("ring", [], []),
    ("", [], []),
    ("an astronaut riding a red horse", [], ["an", "astronaut", "riding", "horse"]),
    ("a cat and a cat", [], ["cat", "and"]),
    ("a red-ish café", [], ["ish", "café"]),
    ("a {colour} ring", [], ["colour"]),
    ("a blue ring orbiting on a navy background", [], ["orbiting"]),
    ("a blue ring orbiting on a navy background", ORBITING, []),
    ("a blue ring spinning on a navy background", ORBITING, ["spinning"]),
    ("a cat orbiting on a navy background", ["A red circle, orbiting, on a black background."], ["cat"]),
    ("a blue ring orbiting slowly", ["a red circle orbiting slowly on a black background"], []),
    ("a person walking on a beach", ["a person walking", "a dog walking on a beach"], []),
    ("a cat walking", ["a person walking"], ["cat"]),
]
"""(prompt, training captions of its concept, unknown words)"""

CAPTIONS: list[tuple[str, list[str]]] = [
    ("a red circle orbiting on a black background", []),
    ("a red circle orbiting slowly on a black background", []),
    ("A red circle orbiting on a black background.", []),
    ("a red circle moving up", []),
    ("a red circle orbiting", ["orbiting"]),
    ("a red cat orbiting on a sandy background", ["cat", "sandy"]),
    ("a person walks along a beach", ["person", "walks", "along", "beach"]),
]
"""(training caption, unknown words)"""
