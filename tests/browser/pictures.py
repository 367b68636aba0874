"""Small pictures of pages: a palette of 256 colours is enough for text."""

import base64
import struct
import zlib

import numpy as np

COLOURS = 256
TALLEST = 1500
READ = """async (source) => {
  const image = new Image(); image.src = source; await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const data = pen.getImageData(0, 0, image.width, image.height).data;
  let text = ""; for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)]; }"""


def picture_of(page, reader):
    """The page as an indexed PNG, cut at TALLEST pixels; `reader` is a blank page that decodes pictures."""
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": height}
    shot = page.screenshot(full_page=True, clip=clip)
    width, height, data = reader.evaluate(READ, "data:image/png;base64," + base64.b64encode(shot).decode())
    pixels = np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, 4)[:, :3]
    palette, indexes = _indexed(pixels)
    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = indexes.reshape(height, width)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _indexed(pixels):
    """The most frequent colours (at most 256, 3), and the nearest of them for every pixel."""
    colours, back, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    palette = colours[np.argsort(-counts, kind="stable")[:COLOURS]].astype(np.int32)
    nearest = np.concatenate(
        [
            ((part[:, None, :].astype(np.int32) - palette) ** 2).sum(axis=2).argmin(axis=1)
            for part in np.array_split(colours, max(1, len(colours) // 2_000))
        ]
    )
    return palette, nearest.astype(np.uint8)[back.ravel()]


def _chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
