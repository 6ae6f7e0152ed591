// Pictures of a clip on a canvas: its waveform with cues and complaints, and its spectrogram.

const FFT = 512;
const FLOOR_DB = -75;

// Decodes a file; no audio device is opened for it. Resolves with samples and rate.
export async function decode(bytes) {
  const context = new OfflineAudioContext(1, 1, 24000);
  const sound = await context.decodeAudioData(bytes.slice(0));
  return { samples: sound.getChannelData(0), rate: sound.sampleRate, duration: sound.duration };
}

// Makes a canvas as sharp as the screen; returns its context, width and height in CSS pixels.
function prepared(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { width, height } = canvas.getBoundingClientRect();
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

function colours(canvas) {
  const style = getComputedStyle(canvas);
  const named = (name) => style.getPropertyValue(name).trim();
  return { wave: named("--vm-wave"), bad: named("--vm-bad"), cue: named("--vm-cue"), text: named("--vm-text") };
}

// marks: {start_s, end_s} of what checks complain about.  cues, words: [start_s, end_s, text], a
// line each for sentences, a tick for words.
export function drawWaveform(canvas, sound, { marks = [], cues = [], words = [], from = 0, to = null } = {}) {
  const { pen, width, height } = prepared(canvas);
  const { wave, bad, cue, text } = colours(canvas);
  const x = (seconds) => (seconds / sound.duration) * width;
  for (const mark of marks) {
    if (mark.start_s == null) continue;
    const left = x(mark.start_s);
    pen.globalAlpha = 0.3;
    pen.fillStyle = bad;
    pen.fillRect(left, 0, Math.max(3, x(mark.end_s ?? mark.start_s) - left), height);
    pen.globalAlpha = 1;
    pen.fillRect(left, 0, Math.max(3, x(mark.end_s ?? mark.start_s) - left), 4);
  }
  pen.fillStyle = wave;
  const perPixel = sound.samples.length / width;
  for (let column = 0; column < width; column++) {
    let low = 0;
    let high = 0;
    const end = Math.min(sound.samples.length, Math.ceil((column + 1) * perPixel));
    const step = Math.max(1, Math.floor(perPixel / 200)); // an hour need not be seen whole
    for (let place = Math.floor(column * perPixel); place < end; place += step) {
      low = Math.min(low, sound.samples[place]);
      high = Math.max(high, sound.samples[place]);
    }
    const top = (height / 2) * (1 - high);
    pen.fillRect(column, top, 1, Math.max(1, (height / 2) * (1 - low) - top));
  }
  pen.fillStyle = cue;
  for (const [start] of cues) pen.fillRect(x(start), 0, 1, height);
  for (const [start] of words) pen.fillRect(x(start), height - 6, 1, 6);
  if (to != null) {
    pen.globalAlpha = 0.35;
    pen.fillStyle = text;
    pen.fillRect(0, 0, x(from), height);
    pen.fillRect(x(to), 0, width - x(to), height);
    pen.globalAlpha = 1;
  }
}

// Frequencies from 0 at the bottom to half the rate at the top, dark to bright over 75 dB.
export function drawSpectrogram(canvas, sound) {
  const { pen, width, height } = prepared(canvas);
  const columns = Math.floor(width);
  const bins = FFT / 2;
  const levels = new Float32Array(columns * bins);
  let loudest = FLOOR_DB;
  for (let column = 0; column < columns; column++) {
    const start = Math.round((column / columns) * sound.samples.length - FFT / 2);
    const powers = spectrum(sound.samples, start);
    for (let bin = 0; bin < bins; bin++) {
      const level = 10 * Math.log10(powers[bin] + 1e-12);
      levels[column * bins + bin] = level;
      loudest = Math.max(loudest, level);
    }
  }
  const picture = pen.createImageData(columns, bins);
  for (let column = 0; column < columns; column++) {
    for (let bin = 0; bin < bins; bin++) {
      const place = 4 * ((bins - 1 - bin) * columns + column);
      const share = Math.max(0, 1 + (levels[column * bins + bin] - loudest) / -FLOOR_DB);
      picture.data[place] = 255 * Math.min(1, 1.6 * share * share);
      picture.data[place + 1] = 255 * Math.max(0, 1.5 * share - 0.5);
      picture.data[place + 2] = 255 * (share < 0.5 ? share : 1 - share) * 1.4;
      picture.data[place + 3] = 255;
    }
  }
  const whole = new OffscreenCanvas(columns, bins);
  whole.getContext("2d").putImageData(picture, 0, 0);
  pen.drawImage(whole, 0, 0, width, height);
}

// Powers of FFT / 2 frequencies of a Hann-windowed piece of the samples.
function spectrum(samples, start) {
  const real = new Float32Array(FFT);
  const imaginary = new Float32Array(FFT);
  for (let n = 0; n < FFT; n++) {
    const place = reversed(n);
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT);
    real[place] = (samples[start + n] ?? 0) * window;
  }
  for (let size = 2; size <= FFT; size *= 2) {
    for (let n = 0; n < size / 2; n++) {
      const angle = (-2 * Math.PI * n) / size;
      const cosine = Math.cos(angle);
      const sine = Math.sin(angle);
      for (let low = n; low < FFT; low += size) {
        const high = low + size / 2;
        const r = real[high] * cosine - imaginary[high] * sine;
        const i = real[high] * sine + imaginary[high] * cosine;
        real[high] = real[low] - r;
        imaginary[high] = imaginary[low] - i;
        real[low] += r;
        imaginary[low] += i;
      }
    }
  }
  return Float32Array.from({ length: FFT / 2 }, (_, n) => real[n] ** 2 + imaginary[n] ** 2);
}

function reversed(n) {
  let bits = 0;
  for (let size = 1; size < FFT; size *= 2) {
    bits = (bits << 1) | (n & 1);
    n >>= 1;
  }
  return bits;
}
