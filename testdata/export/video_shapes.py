"""Procedural videos of one moving shape: what the demo's video model is trained on. The same seed gives the same videos."""

import itertools
import math

import torch

SHAPES = ("circle", "square", "triangle")
COLOURS = {
    "red": (0.95, 0.20, 0.20), "yellow": (0.95, 0.85, 0.20), "green": (0.20, 0.85, 0.30),
    "cyan": (0.20, 0.85, 0.90), "blue": (0.25, 0.40, 1.00), "magenta": (0.90, 0.30, 0.85),
}
MOTIONS = ("right", "left", "up", "down", "clockwise", "counterclockwise")
PROMPTS = tuple(itertools.product(SHAPES, COLOURS, MOTIONS))
WORDS = (*SHAPES, *COLOURS, *MOTIONS)
FRAMES, SIZE = 8, 24


def words(prompt: int) -> list[int]:
    """The three words of a prompt, as indices of WORDS."""
    return [WORDS.index(word) for word in PROMPTS[prompt]]


def videos(prompts: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Videos [batch, 3, frames, height, width] in -1..1: size, place, speed and background are random, the rest is the prompt."""
    draw = lambda *shape: torch.rand(*shape, generator=generator)
    batch = len(prompts)
    motion, rest = prompts % len(MOTIONS), prompts // len(MOTIONS)
    colour, shape = rest % len(COLOURS), rest // len(COLOURS)

    radius = 3.5 + 2 * draw(batch)
    x, y = centres(motion, radius, draw)
    inside = coverage(shape, radius, x, y)[:, None]

    # Two dark greys, one at each end of a line in a random direction.
    angle = 2 * math.pi * draw(batch, 1, 1)
    grid = (torch.arange(SIZE) + 0.5) / SIZE - 0.5
    slope = 0.5 + grid[None, None, :] * torch.cos(angle) + grid[None, :, None] * torch.sin(angle)
    ends = 0.3 * draw(2, batch, 1, 1)
    ground = (ends[0] * slope + ends[1] * (1 - slope))[:, None, None]

    paint = torch.tensor(list(COLOURS.values()))[colour][:, :, None, None, None]
    return 2 * (paint * inside + ground * (1 - inside)) - 1


def centres(motion, radius, draw):
    """Where the shape's centre is in each frame, [batch, frames] in pixels; it never leaves the picture."""
    batch, time = len(motion), torch.linspace(-0.5, 0.5, FRAMES)[None]
    room = SIZE / 2 - radius[:, None]
    # Lines: through most of the room along one axis, anywhere across it.
    along = 2 * time * room * (0.7 + 0.3 * draw(batch, 1))
    across = (2 * draw(batch, 1) - 1) * room
    forwards = torch.where((motion == 0) | (motion == 3), 1.0, -1.0)[:, None]
    horizontal = (motion < 2)[:, None]
    x = torch.where(horizontal, forwards * along, across)
    y = torch.where(horizontal, across, forwards * along)
    # Circles: three quarters of a turn, from anywhere.
    turn = 2 * math.pi * (draw(batch, 1) + torch.where(motion == 4, 0.75, -0.75)[:, None] * time)
    orbit = room * (0.7 + 0.3 * draw(batch, 1))
    round_ = (motion >= 4)[:, None]
    x = torch.where(round_, orbit * torch.cos(turn), x)
    y = torch.where(round_, orbit * torch.sin(turn), y)
    return x + SIZE / 2, y + SIZE / 2


def coverage(shape, radius, x, y):
    """How much of each pixel the shape covers, [batch, frames, height, width]: its signed distance, softened over a pixel."""
    pixel = torch.arange(SIZE) + 0.5
    dx = pixel[None, None, None, :] - x[:, :, None, None]
    dy = pixel[None, None, :, None] - y[:, :, None, None]
    r = radius[:, None, None, None]
    circle = torch.sqrt(dx**2 + dy**2) - r
    square = torch.maximum(dx.abs(), dy.abs()) - 0.87 * r
    triangle = torch.maximum(dy - 0.75 * r, 0.87 * dx.abs() - 0.5 * dy - 0.5 * r)
    which = shape[:, None, None, None]
    distance = torch.where(which == 0, circle, torch.where(which == 1, square, triangle))
    return (0.5 - distance).clamp(0, 1)
