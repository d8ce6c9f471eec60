"""Draw the pictures of the sample feed: abstract editorial illustrations, 1200x675 JPEG, at most 60 KB each.

Run it as `python tools/draw_pictures.py`. It needs Pillow (`pip install Pillow`), which the bot itself does not:
the finished pictures are kept in bot/sandbox/newsroom/pictures, so this is for whoever wants to change them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

OUT = Path(__file__).parent.parent / "bot" / "sandbox" / "newsroom" / "pictures"
W, H = 1200, 675
S = 2  # drawn at twice the size, then scaled down: smooth edges
LIMIT = 60_000  # bytes

Colour = tuple[int, int, int]


def rgb(code: str) -> Colour:
    """`rgb("#0af012")` -> (10, 240, 18)"""
    return tuple(int(code[i : i + 2], 16) for i in (1, 3, 5))  # type: ignore[return-value]


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """The colour a share `t` of the way from `a` to `b`."""
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


class Canvas:
    """A picture under the brush, in coordinates of the finished picture."""

    def __init__(self, *stops: str) -> None:
        """A sky: vertical gradient through `stops`."""
        colours = [rgb(stop) for stop in stops]
        column = Image.new("RGB", (1, H))
        for y in range(H):
            place = y / (H - 1) * (len(colours) - 1)
            i = min(int(place), len(colours) - 2)
            column.putpixel((0, y), mix(colours[i], colours[i + 1], place - i))
        self.image = column.resize((W * S, H * S), Image.Resampling.BILINEAR)
        self.brush = ImageDraw.Draw(self.image, "RGBA")

    def poly(self, points: list[tuple[float, float]], colour: str, alpha: int = 255) -> None:
        """A filled polygon."""
        self.brush.polygon([(x * S, y * S) for x, y in points], (*rgb(colour), alpha))

    def line(
        self, points: list[tuple[float, float]], colour: str, width: float = 2, alpha: int = 255
    ) -> None:
        """A polyline with round joints."""
        scaled = [(x * S, y * S) for x, y in points]
        self.brush.line(scaled, (*rgb(colour), alpha), round(width * S), joint="curve")

    def box(
        self, x: float, y: float, w: float, h: float, colour: str, radius: float = 0, alpha: int = 255
    ) -> None:
        """A filled rectangle, rounded by `radius`."""
        place = (x * S, y * S, (x + w) * S, (y + h) * S)
        self.brush.rounded_rectangle(place, radius * S, (*rgb(colour), alpha))

    def disc(self, x: float, y: float, r: float, colour: str, alpha: int = 255) -> None:
        """A filled circle."""
        self.brush.ellipse(((x - r) * S, (y - r) * S, (x + r) * S, (y + r) * S), (*rgb(colour), alpha))

    def ring(
        self, x: float, y: float, rx: float, ry: float, colour: str, width: float, alpha: int = 255
    ) -> None:
        """An ellipse's outline."""
        place = ((x - rx) * S, (y - ry) * S, (x + rx) * S, (y + ry) * S)
        self.brush.ellipse(place, outline=(*rgb(colour), alpha), width=round(width * S))

    def glow(self, x: float, y: float, r: float, colour: str, strength: float = 0.8) -> None:
        """A soft light around a point."""
        light = Image.new("L", (W // 4, H // 4), 0)
        pen = ImageDraw.Draw(light)
        for step in range(48, 0, -1):
            q = r / 4 * step / 48
            shade = round(255 * strength * (1 - step / 48) ** 2)
            pen.ellipse((x / 4 - q, y / 4 - q, x / 4 + q, y / 4 + q), shade)
        mask = light.filter(ImageFilter.GaussianBlur(4)).resize(self.image.size, Image.Resampling.BICUBIC)
        self.image.paste(Image.new("RGB", self.image.size, rgb(colour)), (0, 0), mask)
        self.brush = ImageDraw.Draw(self.image, "RGBA")

    def save(self, name: str) -> int:
        """Write the picture, in the best quality that keeps to the limit. Returns its size in bytes."""
        grain = Image.effect_noise((W, H), 9).convert("RGB")
        small = self.image.resize((W, H), Image.Resampling.LANCZOS)
        small = Image.blend(small, ImageChops.overlay(small, grain), 0.18)
        path = OUT / f"{name}.jpg"
        for quality in range(88, 24, -4):
            small.save(path, "JPEG", quality=quality, optimize=True, progressive=True)
            if path.stat().st_size <= LIMIT:
                break
        return path.stat().st_size


def ridge(seed: int, base: float, height: float, rough: float = 1.0) -> list[tuple[float, float]]:
    """A line of hills across the picture, closed at its foot."""
    waves = [(random.Random(seed * 31 + k).uniform(0, 6.3), 0.9 * 1.9**k) for k in range(5)]  # noqa: S311
    points = []
    for x in range(-10, W + 20, 6):
        t = x / W * math.tau
        y = sum(math.sin(t * f + p) / (1 + k) ** (1.6 / rough) for k, (p, f) in enumerate(waves))
        points.append((float(x), base - height * y / 2))
    return [*points, (W + 10, H + 10), (-10, H + 10)]


def swell(y: float, height: float, length: float, phase: float) -> list[tuple[float, float]]:
    """A wave across the picture, closed at its foot."""
    points = []
    for x in range(-10, W + 20, 5):
        t = x / length * math.tau + phase
        points.append((float(x), y - height * (math.sin(t) + 0.35 * math.sin(2 * t + 1.1))))
    return [*points, (W + 10, H + 10), (-10, H + 10)]


def skyline() -> Canvas:
    """A city at dusk, lit windows, its reflection in the bay."""
    c, dice = Canvas("#1b2150", "#5a3f86", "#e8776b", "#ffc98a"), random.Random(7)  # noqa: S311
    c.glow(820, 470, 420, "#ffe3b0", 0.95)
    c.disc(820, 440, 62, "#fff1d2")
    for layer, (colour, floor, tall) in enumerate(
        [("#8d5a8c", 500, 150), ("#54386f", 510, 240), ("#261f4b", 520, 330)]
    ):
        x = -20.0
        while x < W:
            w = dice.uniform(38, 84)
            tower = math.exp(-(((x - 420) / 330) ** 2))
            h = dice.uniform(0.22, 0.5) * tall + tower * tall * dice.uniform(0.25, 0.62)
            c.box(x, floor - h, w, h + 30, colour, 3)
            if dice.random() < 0.22:
                c.box(x + w / 2 - 1.5, floor - h - 34, 3, 36, colour)
            if layer == 2:
                for wy in range(int(floor - h) + 14, floor - 8, 17):
                    for wx in range(int(x) + 9, int(x + w) - 10, 14):
                        if dice.random() < 0.36:
                            c.box(wx, wy, 6, 8, "#ffd58a" if dice.random() < 0.8 else "#9fd8ff", 1, 225)
            x += w + dice.uniform(2, 12)
    c.box(0, 520, W, 160, "#2b2558")
    for _ in range(120):
        y = dice.uniform(526, 668)
        w = dice.uniform(14, 90) * (0.5 + (y - 520) / 150)
        near = abs(dice.gauss(0, 1))
        c.box(820 + near * dice.choice([-1, 1]) * 210 - w / 2, y, w, 2.4, "#ffcf97", 1, dice.randint(40, 150))
    return c


def waves() -> Canvas:
    """Layers of sea under a low sun."""
    c = Canvas("#fdf3dc", "#ffd9b0", "#f7a58a")
    c.glow(380, 250, 380, "#fffaf0", 0.95)
    c.disc(380, 262, 88, "#ff7e5f")
    colours = ["#7fc3c6", "#4aa3b3", "#2b829d", "#1b6386", "#144a6e", "#0e3455"]
    for i, colour in enumerate(colours):
        crest = swell(318 + i * 62, 17 + i * 3.4, 470 - i * 22, i * 1.35)
        c.poly(crest, colour)
        c.line(crest[:-2], "#ffffff", 2.2, 70)
    for x, y, s in [(760, 140, 1.0), (832, 176, 0.7), (700, 190, 0.6)]:
        c.line([(x - 26 * s, y - 8 * s), (x - 9 * s, y - 12 * s), (x, y)], "#3b4a63", 3.4 * s)
        c.line([(x, y), (x + 9 * s, y - 12 * s), (x + 26 * s, y - 8 * s)], "#3b4a63", 3.4 * s)
    return c


def chip() -> Canvas:
    """A processor and its conductors, seen from above."""
    c, dice = Canvas("#06212b", "#0a3a44", "#0b2d3f"), random.Random(3)  # noqa: S311
    cx, cy, half = 600, 338, 132
    c.glow(cx, cy, 520, "#17b9a6", 0.55)
    for side in range(4):
        for k in range(11):
            off = (k - 5) * 22.0
            reach = dice.uniform(90, 330)
            bend = off + (off / 5) * dice.uniform(4, 11)
            path = [
                (half, off),
                (half + 46, off),
                (half + 46 + abs(bend - off), bend),
                (half + 150 + reach, bend),
            ]
            turned = [
                (cx + x, cy + y) if side == 0
                else (cx - x, cy + y) if side == 1
                else (cx + y, cy + x) if side == 2
                else (cx + y, cy - x)
                for x, y in path
            ]  # fmt: skip
            bright = dice.random() < 0.28
            c.line(turned, "#ffd166" if bright else "#2fd6bd", 3.2, 235 if bright else 130)
            c.disc(*turned[-1], 6.5, "#ffd166" if bright else "#2fd6bd", 235)
    c.box(cx - half - 14, cy - half - 14, 2 * half + 28, 2 * half + 28, "#04161d", 16)
    c.box(cx - half, cy - half, 2 * half, 2 * half, "#123f49", 10)
    c.box(cx - 96, cy - 96, 192, 192, "#0c2f39", 8)
    for i in range(6):
        for j in range(6):
            warm = dice.random() < 0.22
            cool = dice.choice(["#1a6a6c", "#218587", "#2aa79f"])
            c.box(cx - 84 + i * 29, cy - 84 + j * 29, 23, 23, "#ffd166" if warm else cool, 4)
    c.disc(cx - half + 20, cy - half + 20, 7, "#ffd166")
    return c


def podium() -> Canvas:
    """Two lecterns before a round window and curtains of flags."""
    c = Canvas("#0f2a4a", "#1d4a78", "#2c6aa0")
    for i in range(14):
        x = i * 90 - 20
        shade = ["#17406d", "#1c4c7f", "#143a64"][i % 3]
        c.poly([(x, 0), (x + 92, 0), (x + 100, 560), (x + 6, 560)], shade)
    c.glow(600, 250, 430, "#fff0cf", 0.75)
    c.disc(600, 250, 172, "#f6e3bd")
    c.disc(600, 250, 150, "#fdf5e2")
    for k in range(-3, 4):
        reach = math.sqrt(150**2 - (k * 43) ** 2)
        c.line([(600 + k * 43, 250 - reach), (600 + k * 43, 250 + reach)], "#e6c98f", 3)
        c.line([(600 - reach, 250 + k * 43), (600 + reach, 250 + k * 43)], "#e6c98f", 3)
    c.poly([(0, 540), (W, 540), (W, H), (0, H)], "#0b2140")
    c.poly([(180, 540), (1020, 540), (1190, H), (10, H)], "#b8493f")
    c.poly([(250, 540), (950, 540), (1080, H), (120, H)], "#cf5b4c")
    for x, coat in ((400, "#f3ede2"), (800, "#f3ede2")):
        c.poly([(x - 86, 396), (x + 86, 396), (x + 66, 622), (x - 66, 622)], coat)
        c.poly([(x, 396), (x + 86, 396), (x + 66, 622), (x, 622)], "#d9cfbf")
        c.box(x - 104, 378, 208, 24, "#7a4b34", 8)
        c.disc(x, 500, 34, "#e0a94b")
        c.disc(x, 500, 23, "#f7d88f")
        c.line([(x - 22, 380), (x - 34, 326), (x - 10, 302)], "#1b2536", 5)
        c.line([(x + 22, 380), (x + 34, 326), (x + 10, 302)], "#1b2536", 5)
        c.box(x - 17, 288, 18, 26, "#1b2536", 8)
        c.box(x, 288, 18, 26, "#1b2536", 8)
    return c


def mountains() -> Canvas:
    """Ridges in mist, one behind the other, and a pale sun."""
    c = Canvas("#f9ede0", "#f6cdbb", "#b9b3d2")
    c.glow(860, 190, 330, "#fffdf6", 0.95)
    c.disc(860, 196, 70, "#fffaf0")
    layers = [
        ("#b9a9cc", 360, 150), ("#9488bd", 415, 170), ("#6f6ba8", 470, 160), ("#4c5190", 535, 150),
        ("#2e3a70", 600, 120), ("#1a2650", 655, 90),
    ]  # fmt: skip
    for i, (colour, base, height) in enumerate(layers):
        line = ridge(i + 4, base, height, 1.0 + 0.12 * i)
        c.poly(line, colour)
        c.line(line[:-2], "#ffffff", 2, 42)
    dice = random.Random(5)  # noqa: S311
    for _ in range(46):
        x, h = dice.uniform(0, W), dice.uniform(34, 74)
        y = 640 + dice.uniform(-8, 30)
        for k in range(3):
            w = h * (0.2 + 0.09 * k)
            top = y - h + k * h * 0.26
            c.poly([(x, top), (x + w, top + h * 0.46), (x - w, top + h * 0.46)], "#101a3a")
    return c


def stadium() -> Canvas:
    """A running track from above and the crowd as confetti."""
    c, dice = Canvas("#23406e", "#1d3358", "#152544"), random.Random(11)  # noqa: S311
    palette = ["#ffd166", "#ef6f6c", "#7fd1c7", "#f7f3e8", "#6ea8fe"]
    for k in range(12):
        rx, ry = 590 + k * 34, 292 + k * 30
        for step in range(0, 720, 2):
            a = math.radians(step / 2) + dice.uniform(-0.004, 0.004)
            if dice.random() < 0.4:
                x, y = 600 + rx * math.cos(a), 338 + ry * math.sin(a)
                if -6 < x < W + 6 and -6 < y < H + 6:
                    c.disc(x, y, dice.uniform(4, 6.4), dice.choice(palette), 215)
    c.box(70, 76, 1060, 524, "#c4553f", 262)
    for k in range(1, 6):
        c.brush.rounded_rectangle(
            ((70 + k * 21) * S, (76 + k * 21) * S, (1130 - k * 21) * S, (600 - k * 21) * S),
            (262 - k * 21) * S, outline=(255, 236, 220, 200), width=3 * S,
        )  # fmt: skip
    c.box(196, 202, 808, 272, "#3f9b62", 136)
    for k in range(9):
        if k % 2:
            c.box(268 + k * 74, 214, 74, 248, "#48a96c")
    c.brush.rectangle((270 * S, 216 * S, 930 * S, 460 * S), outline=(245, 250, 240, 235), width=4 * S)
    c.line([(600, 216), (600, 460)], "#f5faf0", 4, 235)
    c.ring(600, 338, 58, 58, "#f5faf0", 4, 235)
    for x in (270, 846):
        c.brush.rectangle((x * S, 280 * S, (x + 84) * S, 396 * S), outline=(245, 250, 240, 235), width=4 * S)
    for i, (x, y) in enumerate([(730, 94), (776, 116), (690, 138), (640, 158), (826, 158)]):
        c.disc(x + 4, y + 5, 10, "#5d1f16", 90)
        c.disc(x, y, 9, palette[i])
    return c


def chart() -> Canvas:
    """Columns and a rising line on quiet paper."""
    c = Canvas("#fbf6ec", "#f4ead6")
    for k in range(1, 8):
        c.line([(110, 80 + k * 66), (1100, 80 + k * 66)], "#d9ccb2", 1.6)
    heights = [150, 190, 172, 236, 214, 182, 244, 292, 276, 338, 392]
    for i, h in enumerate(heights):
        x = 138 + i * 86
        c.box(x, 542 - h * 0.82, 52, h * 0.82, "#e27d60" if i == 10 else ["#86b3a8", "#6fa096"][i % 2], 8)
    points = [(164 + i * 86.0, 492 - h * 0.98) for i, h in enumerate(heights)]
    c.poly([*points, (points[-1][0], 542), (points[0][0], 542)], "#2f4858", 26)
    c.line(points, "#2f4858", 6)
    for x, y in points:
        c.disc(x, y, 10, "#2f4858")
        c.disc(x, y, 5, "#fbf6ec")
    c.box(100, 540, 1010, 5, "#2f4858", 2)
    for k, w in enumerate((210, 150, 180)):
        c.disc(150 + k * 290, 602, 9, ["#86b3a8", "#e27d60", "#2f4858"][k])
        c.box(172 + k * 290, 595, w, 14, "#cdbf9f", 7)
    return c


def harbour() -> Canvas:
    """Cranes, containers and a ship at the quay."""
    c, dice = Canvas("#bfe3ea", "#e5f1ea", "#fdeccb"), random.Random(2)  # noqa: S311
    c.glow(260, 240, 300, "#fffdf2", 0.9)
    c.disc(260, 250, 60, "#ffcf70")
    c.poly(ridge(9, 430, 70), "#a7cdd2")
    for x in (560, 780, 1000):
        for w, colour in ((9, "#d9573f"),):
            c.line([(x, 470), (x + 26, 170)], colour, w)
            c.line([(x + 96, 470), (x + 74, 170)], colour, w)
            c.line([(x + 8, 372), (x + 89, 372)], colour, 6)
            c.line([(x + 16, 268), (x + 81, 268)], colour, 6)
            c.line([(x - 150, 170), (x + 150, 170)], colour, w)
            c.line([(x + 50, 112), (x - 146, 168)], colour, 4)
            c.line([(x + 50, 112), (x + 146, 168)], colour, 4)
            c.line([(x + 50, 112), (x + 50, 170)], colour, 6)
        c.line([(x - 92, 172), (x - 92, 262)], "#5b3a34", 3)
        c.box(x - 122, 262, 60, 26, dice.choice(["#2f7f95", "#e8a33d"]), 2)
    c.box(0, 466, W, 210, "#2f7f95")
    colours = ["#e8a33d", "#d9573f", "#3b8ea5", "#f1e4c8", "#5a9367", "#7d5a84"]
    for col in range(13):
        for row in range(dice.randint(2, 5)):
            c.box(150 + col * 66, 446 - row * 30, 63, 28, dice.choice(colours), 2)
            for rib in range(1, 6):
                c.line([(150 + col * 66 + rib * 10.5, 449 - row * 30), (150 + col * 66 + rib * 10.5, 471 - row * 30)],
                       "#000000", 1.2, 34)  # fmt: skip
    c.poly([(60, 470), (1130, 470), (1076, 566), (150, 566)], "#22354f")
    c.poly([(142, 540), (1092, 540), (1076, 566), (150, 566)], "#c0483a")
    c.box(1010, 352, 96, 120, "#f6f1e4", 4)
    for k in range(3):
        c.box(1024 + k * 26, 372, 17, 14, "#22354f", 2)
    for i in range(5):
        c.poly(
            swell(566 + i * 26, 5 + i, 210 + i * 36, i * 1.9),
            ["#2b7389", "#25677d", "#205b71", "#1b4f64", "#164357"][i],
        )
    return c


def forest() -> Canvas:
    """Round trees on hills, a path and a bicycle's two wheels."""
    c, dice = Canvas("#dff1e4", "#f4f6dc", "#fbeec6"), random.Random(21)  # noqa: S311
    c.glow(950, 170, 260, "#fffef2", 0.9)
    c.disc(950, 176, 56, "#f6c667")
    for i, (colour, base) in enumerate(
        [("#a9d3a8", 390), ("#7dbb8a", 450), ("#549b72", 520), ("#35795b", 596)]
    ):
        c.poly(ridge(i + 14, base, 60), colour)
        for _ in range(11 - i * 2):
            x = dice.uniform(0, W)
            if i == 3 and 330 < x < 760:
                continue
            h = 52 + i * 30 + dice.uniform(0, 24)
            y = base - 6 + dice.uniform(4, 34)
            leaf = dice.choice(
                [
                    ["#8cc59a", "#98cda0"],
                    ["#63ab7d", "#e2b65b"],
                    ["#438d66", "#dd8f4e"],
                    ["#276a4f", "#c9703f"],
                ][i]
            )
            c.box(x - 3 - i * 0.6, y - h * 0.5, 6 + i * 1.2, h * 0.62, "#6b4a35", 2)
            c.brush.ellipse(
                ((x - h * 0.36) * S, (y - h * 1.2) * S, (x + h * 0.36) * S, (y - h * 0.26) * S), rgb(leaf)
            )
    c.poly([(470, 675), (700, 675), (640, 590), (668, 540), (640, 540), (588, 596)], "#f3e2b3", 235)
    for x in (392, 508):
        c.ring(x, 584, 44, 44, "#1d3a35", 6)
        for k in range(6):
            a = k * math.pi / 6
            c.line([(x - 40 * math.cos(a), 584 - 40 * math.sin(a)), (x + 40 * math.cos(a), 584 + 40 * math.sin(a))],
                   "#1d3a35", 1.2, 150)  # fmt: skip
    frame = [(392, 584), (428, 520), (486, 520), (446, 584), (392, 584)]
    c.line(frame, "#e4572e", 6)
    c.line([(446, 584), (424, 506)], "#e4572e", 6)
    c.line([(508, 584), (482, 500), (498, 490)], "#e4572e", 6)
    c.line([(408, 504), (440, 504)], "#1d3a35", 8)
    return c


def library() -> Canvas:
    """Shelves of books around an arched window."""
    c, dice = Canvas("#5a3a2c", "#6d4735", "#4a2f25"), random.Random(8)  # noqa: S311
    spines = ["#c8553d", "#e0a458", "#588b8b", "#f2e3c6", "#2d4654", "#93827f", "#a3b18a", "#7a3b46"]
    for row in range(5):
        y = 24 + row * 132
        c.box(0, y - 8, W, 128, "#3b251c")
        x = 8.0
        while x < W:
            w, h = dice.uniform(14, 34), dice.uniform(78, 110)
            if dice.random() < 0.06:
                x += w * 1.6
                continue
            colour = dice.choice(spines)
            c.box(x, y + 112 - h, w, h, colour, 2)
            if w > 20:
                c.box(x + 3, y + 112 - h + 14, w - 6, 3, "#fff3d6", 0, 170)
                c.box(x + 3, y + 112 - 22, w - 6, 3, "#fff3d6", 0, 170)
            x += w + 2
        c.box(0, y + 112, W, 18, "#8a5a3f")
        c.box(0, y + 126, W, 5, "#5a3828")
    c.glow(600, 330, 420, "#ffe9b8", 0.8)
    c.box(446, 150, 308, 540, "#8a5a3f", 0)
    c.disc(600, 206, 154, "#8a5a3f")
    c.box(466, 210, 268, 480, "#bfe0e6")
    c.disc(600, 206, 134, "#bfe0e6")
    c.disc(660, 250, 34, "#fff3cf")
    c.poly([(466, 520), (540, 440), (610, 500), (680, 430), (734, 490), (734, 675), (466, 675)], "#7fae9a")
    c.poly([(466, 580), (580, 520), (734, 590), (734, 675), (466, 675)], "#5a8f7b")
    c.line([(600, 74), (600, 675)], "#8a5a3f", 9)
    for y in (210, 360, 510):
        c.line([(466, y), (734, y)], "#8a5a3f", 9)
    c.box(350, 610, 500, 26, "#9c6644", 6)
    for k, (w, colour) in enumerate([(150, "#c8553d"), (132, "#f2e3c6"), (142, "#2d4654")]):
        c.box(410 + k * 5, 586 - k * 24, w, 22, colour, 3)
    return c


def train() -> Canvas:
    """A night train on a viaduct under the stars."""
    c, dice = Canvas("#0b1437", "#1d2f6f", "#57509b", "#b87fa8"), random.Random(17)  # noqa: S311
    for _ in range(150):
        c.disc(
            dice.uniform(0, W), dice.uniform(0, 340), dice.uniform(0.7, 2.1), "#fff8e0", dice.randint(90, 240)
        )
    c.glow(950, 130, 200, "#fff4d2", 0.8)
    c.disc(950, 130, 50, "#fff4d2")
    for x, y, r in ((936, 118, 9), (962, 140, 12), (944, 148, 5)):
        c.disc(x, y, r, "#e9d9ae", 150)
    for i, (colour, base) in enumerate([("#4a4a8c", 420), ("#33397a", 480), ("#222a62", 540)]):
        c.poly(ridge(i + 30, base, 130), colour)
    c.box(0, 452, W, 22, "#141b45")
    for x in range(-40, W, 150):
        c.box(x, 470, 34, 210, "#141b45")
        c.poly([(x + 34, 470), (x + 150, 470), (x + 150, 540)]
               + [(x + 92 + 58 * math.cos(a / 20 * math.pi), 540 - 48 * math.sin(a / 20 * math.pi)) for a in range(21)]
               + [(x + 34, 540)], "#141b45")  # fmt: skip
    for k, x in enumerate((60, 310, 560)):
        c.box(x, 372, 240, 72, "#c7433f" if k < 2 else "#b53a38", 10)
        c.box(x, 418, 240, 10, "#f0dcb4")
        for win in range(6):
            c.box(x + 16 + win * 36, 386, 25, 24, "#ffdf94" if dice.random() < 0.82 else "#3a3b6d", 4)
        for wheel in (36, 72, 168, 204):
            c.disc(x + wheel, 447, 9, "#0b1030")
    c.poly([(810, 372), (960, 372), (1010, 408), (1022, 444), (810, 444)], "#c7433f")
    c.box(810, 418, 205, 10, "#f0dcb4")
    c.poly([(938, 384), (962, 384), (988, 408), (938, 408)], "#ffdf94")
    for win in range(3):
        c.box(826 + win * 36, 386, 25, 24, "#ffdf94", 4)
    for wheel in (840, 876, 950, 986):
        c.disc(wheel, 447, 9, "#0b1030")
    c.glow(1034, 432, 150, "#fff2c0", 0.75)
    c.poly([(1018, 424), (W, 380), (W, 486), (1018, 440)], "#fff2c0", 50)
    for i, colour in enumerate(("#161d4c", "#0d1338")):
        c.poly(ridge(i + 41, 634 + i * 26, 40), colour)
    return c


def orbit() -> Canvas:
    """A small satellite above the planet's lit night side."""
    c, dice = Canvas("#050816", "#0b1430", "#12244d"), random.Random(13)  # noqa: S311
    for _ in range(210):
        c.disc(
            dice.uniform(0, W), dice.uniform(0, H), dice.uniform(0.6, 1.9), "#dfe9ff", dice.randint(70, 230)
        )
    c.glow(600, 1190, 1120, "#3f8cff", 0.9)
    c.disc(600, 1200, 790, "#0c2a55")
    c.ring(600, 1200, 790, 790, "#8fd0ff", 4, 210)
    for _ in range(260):
        a, r = dice.gauss(-math.pi / 2, 0.33), 790 - abs(dice.gauss(0, 100)) - 12
        x, y = 600 + r * math.cos(a), 1200 + r * math.sin(a)
        hub = dice.random() < 0.16
        c.disc(x, y, dice.uniform(2.4, 4.2) if hub else dice.uniform(1, 2), "#ffd58a", 240 if hub else 180)
    c.brush.arc(
        ((600 - 930) * S, (1160 - 930) * S, (600 + 930) * S, (1160 + 930) * S),
        216,
        318,
        (255, 255, 255, 66),
        2 * S,
    )
    for dx, dy, colour in ((-150, -36, "#2f62c9"), (88, 22, "#2f62c9")):
        x, y = 650 + dx, 244 + dy
        c.poly([(x, y), (x + 96, y + 24), (x + 86, y + 84), (x - 10, y + 60)], colour)
        for k in range(1, 4):
            c.line([(x + 24 * k, y + 6 * k), (x + 24 * k - 10, y + 6 * k + 60)], "#9cc2ff", 2)
        c.line([(x - 5, y + 30), (x + 91, y + 54)], "#9cc2ff", 2)
    c.line([(590, 253), (748, 293)], "#d7dde8", 5)
    c.poly([(632, 222), (706, 241), (692, 325), (618, 306)], "#e9b44c")
    c.poly([(706, 241), (728, 228), (714, 310), (692, 325)], "#b9842b")
    c.poly([(632, 222), (655, 210), (728, 228), (706, 241)], "#f8d88e")
    c.disc(656, 272, 17, "#3a2a10")
    c.disc(656, 272, 9, "#8fd0ff")
    c.poly([(640, 312), (676, 322), (720, 560), (560, 560)], "#8fd0ff", 26)
    return c


PICTURES: dict[str, Callable[[], Canvas]] = {
    "skyline": skyline, "waves": waves, "chip": chip, "podium": podium, "mountains": mountains, "stadium": stadium,
    "chart": chart, "harbour": harbour, "forest": forest, "library": library, "train": train, "orbit": orbit,
}  # fmt: skip


def main() -> None:
    """Draw them all."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        print(f"{name:10} {draw().save(name):6} bytes")


if __name__ == "__main__":
    main()
