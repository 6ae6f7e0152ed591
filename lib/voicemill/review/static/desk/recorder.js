// Recording a person: the microphone, two ends to trim, and what is kept of it.

import { make, button, field, seconds } from "./parts.js";
import { decode, drawWaveform } from "./pictures.js";

export class Recorder {
  // keep: called with bytes, {start_s, end_s, speaker, licence}; resolves when it is kept.
  constructor({ keep, tell, speaker }) {
    this.keep = keep;
    this.tell = tell;
    this.take = null;
    this.begin = button("Start recording", "", () => this.#toggle(), { class: "vm-record" });
    this.time = make("span", { class: "vm-small vm-time" });
    this.canvas = make("canvas", { class: "vm-wave", role: "img", "aria-label": "waveform of the recording" });
    const end = (label) => make("input", { type: "range", min: 0, max: 1, step: 0.01, value: 0, "aria-label": label, input: () => this.#trim() });
    this.start = end("Start of what is kept, in seconds");
    this.stop = end("End of what is kept, in seconds");
    this.length = make("span", { class: "vm-small" });
    this.speaker = field("Speaker", { value: speaker });
    this.licence = field("Licence", { placeholder: "such as CC BY 4.0" });
    this.audio = make("audio", {});
    this.audio.addEventListener("timeupdate", () => {
      if (this.audio.currentTime >= Number(this.stop.value)) this.audio.pause();
    });
    this.review = make(
      "div",
      { class: "vm-take", hidden: true },
      this.canvas,
      make("div", { class: "vm-ends" }, this.start, this.stop, this.length),
      make(
        "div",
        { class: "vm-bar" },
        button("Play the recording", "", () => this.#play()),
        this.speaker.whole,
        this.licence.whole,
        button("Keep the recording", "", () => this.#kept()),
        button("Discard the recording", "", () => this.clear()),
      ),
      this.audio,
    );
    this.element = make("div", {}, make("div", { class: "vm-bar" }, this.begin, this.time), this.review);
  }

  clear() {
    clearInterval(this.clock);
    this.time.textContent = "";
    this.recorder?.stream.getTracks().forEach((track) => track.stop());
    this.recorder = null;
    this.audio.pause();
    if (this.audio.src) URL.revokeObjectURL(this.audio.src);
    this.audio.removeAttribute("src");
    this.take = null;
    this.review.hidden = true;
    this.begin.textContent = "Start recording";
  }

  async #toggle() {
    if (this.recorder?.state === "recording") return this.recorder.stop();
    if (!navigator.mediaDevices || !window.MediaRecorder) {
      return this.tell("This browser cannot record here: it needs https or localhost.");
    }
    this.clear();
    let stream;
    try {
      // What a browser does to calls would spoil a recording.
      const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, ...plain } });
    } catch (error) {
      return this.tell(`The microphone cannot be used: ${error.message}.`);
    }
    const pieces = [];
    const recorder = new MediaRecorder(stream, { audioBitsPerSecond: 256000 });
    recorder.ondataavailable = (event) => pieces.push(event.data);
    recorder.onstop = () => this.#recorded(new Blob(pieces, { type: recorder.mimeType }));
    this.recorder = recorder;
    recorder.start();
    const began = performance.now();
    this.clock = setInterval(() => (this.time.textContent = seconds((performance.now() - began) / 1000)), 200);
    this.begin.textContent = "Stop recording";
    this.tell("Recording.");
  }

  async #recorded(blob) {
    clearInterval(this.clock);
    this.recorder?.stream.getTracks().forEach((track) => track.stop());
    this.begin.textContent = "Record again";
    const bytes = await blob.arrayBuffer();
    try {
      this.sound = await decode(bytes);
    } catch {
      return this.tell("Nothing was recorded; try again.");
    }
    this.take = bytes;
    this.audio.src = URL.createObjectURL(blob);
    const [from, to] = spoken(this.sound);
    for (const handle of [this.start, this.stop]) handle.max = this.sound.duration;
    this.start.value = from;
    this.stop.value = to;
    this.review.hidden = false;
    this.#trim();
    this.tell(`Recorded ${seconds(this.sound.duration)}. Trim it, then keep or discard it.`);
  }

  #trim() {
    const from = Number(this.start.value);
    const to = Number(this.stop.value);
    this.length.textContent = to > from ? `${seconds(to - from)} are kept` : "nothing is kept";
    drawWaveform(this.canvas, this.sound, { from, to });
  }

  #play() {
    this.audio.currentTime = Number(this.start.value);
    this.audio.play();
  }

  async #kept() {
    const ends = { start_s: Number(this.start.value), end_s: Number(this.stop.value) };
    const words = { speaker: this.speaker.input.value.trim(), licence: this.licence.input.value.trim() };
    if (await this.keep(this.take, { ...ends, ...words })) this.clear();
  }
}

// Where speech begins and ends, a little before and after what is louder than a tenth.
function spoken({ samples, rate, duration }) {
  let peak = 0;
  for (const value of samples) peak = Math.max(peak, Math.abs(value));
  const loud = (value) => Math.abs(value) > peak / 10;
  const first = samples.findIndex(loud);
  const last = samples.findLastIndex(loud);
  if (first < 0) return [0, duration];
  return [Math.max(0, first / rate - 0.15), Math.min(duration, last / rate + 0.25)];
}
