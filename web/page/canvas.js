// Canvases that are sharp on every screen and follow the theme.

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Gives a function that has a canvas painted anew, at most once a frame. */
export function painted(canvas, paint) {
  let asked = false;
  const repaint = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      paint(sharp(canvas));
    });
  };
  new ResizeObserver(repaint).observe(canvas);
  dark.addEventListener("change", repaint);
  return repaint;
}

/** A pen on the empty canvas, which counts in pixels of the page. */
function sharp(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  const pen = canvas.getContext("2d");
  pen.scale(devicePixelRatio, devicePixelRatio);
  return { pen, width, height };
}

/** A colour of the theme by its name in the style sheet. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const SIDE = 28;
const stamp = new OffscreenCanvas(SIDE, SIDE);
const stampPen = stamp.getContext("2d", { willReadFrequently: true });

/** Paints an image of 28 × 28 numbers between 0 and 1 in the colour of ink. */
export function paintDigit(pen, pixels, x, y, size) {
  const image = stampPen.createImageData(SIDE, SIDE);
  pixels.forEach((value, i) => (image.data[4 * i + 3] = 255 * value));
  stampPen.putImageData(image, 0, 0);
  stampPen.globalCompositeOperation = "source-in";
  stampPen.fillStyle = colour("ink");
  stampPen.fillRect(0, 0, SIDE, SIDE);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(stamp, x, y, size, size);
}

/** Makes a canvas show one digit; gives a function that sets it. */
export function digitOn(canvas) {
  let pixels = [];
  const repaint = painted(canvas, ({ pen, width }) => paintDigit(pen, pixels, 0, 0, width));
  return (now) => {
    pixels = now;
    repaint();
  };
}
