// Patterns made of pixels: no image is loaded, so the content security policy needs no exception.

/** Diagonal lines for what is suppressed. Seamless: a line that leaves on the right comes back on the left. */
export function hatch(colour, size = 8) {
  return pixels(colour, size, (x, y) => (x + y) % size < 1.5);
}

/** Dots for what is of low reliability, in a staggered grid. */
export function dots(colour, size = 8) {
  const isDot = (x, y) => x < 2 && y < 2;
  return pixels(colour, size, (x, y) => isDot(x, y) || isDot(x - size / 2, y - size / 2) && x >= size / 2 && y >= size / 2);
}

function pixels(colour, size, isInked) {
  const ink = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const image = new ImageData(size, size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (isInked(x, y)) image.data.set([...ink, 255], 4 * (y * size + x));
    }
  }
  return image;
}
