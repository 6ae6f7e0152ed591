// Everything about the clip that is chosen: what it is, its pictures, and what can be done.

import { make, button, choice, field, fill, seconds } from "./parts.js";
import { caption } from "./caption.js";
import { decode, drawSpectrogram, drawWaveform } from "./pictures.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

export class Detail {
  // does: the desk's actions, by name.
  constructor(id, does, audio) {
    this.does = does;
    this.audio = audio;
    this.title = make("h3", { id: `${id}-title` }, "No clip is chosen");
    this.says = make("p", { class: "vm-says", dir: "auto" });
    this.facts = make("p", { class: "vm-small" });
    this.complaints = make("ul", { class: "vm-complaints", "aria-label": "What checks complain about" });
    this.wave = make("canvas", { class: "vm-wave", role: "img", "aria-label": "waveform" });
    this.spectrum = make("canvas", { class: "vm-spectrum", role: "img", "aria-label": "spectrogram", hidden: true });
    this.head = make("div", { class: "vm-head", "aria-hidden": "true" });
    this.now = make("p", { class: "vm-now", dir: "auto", "aria-hidden": "true", hidden: true });
    const pictures = make("div", { class: "vm-pictures" }, this.wave, this.spectrum, this.head);
    pictures.addEventListener("click", (event) => this.#seek(event));
    this.play = button("Play", "Space", does.play, { class: "vm-main" });
    this.speed = choice("Speed", SPEEDS.map((value) => [String(value), `${value} ×`]), does.speed);
    this.speed.select.value = "1";
    this.source = choice("Source", [], (value) => does.source(Number(value)));
    this.sight = button("Spectrogram", "w", () => this.toggleSpectrum(), { "aria-pressed": "false" });
    this.auto = make("input", { type: "checkbox", checked: true });
    this.auto.checked = true;
    const listen = make("div", { class: "vm-bar" }, this.play, this.speed.whole, this.source.whole, this.sight, make("label", {}, this.auto, " play the next by itself"));
    this.verdict = make("p", { class: "vm-verdict", id: `${id}-verdict` });
    this.judges = {
      approved: button("Approve", "a", () => does.judge("approved")),
      rejected: button("Reject", "r", () => does.judge("rejected")),
      flagged: button("Flag", "f", () => does.judge("flagged")),
      open: button("Take back", "o", () => does.judge("open")),
    };
    this.stars = [1, 2, 3, 4, 5].map((stars) =>
      button(String(stars), String(stars), () => does.rate(stars), { "aria-label": `rate ${stars} of 5`, "aria-pressed": "false" }),
    );
    this.comment = field("Comment", { class: "vm-wide", title: "Comment (c); Enter saves it" });
    this.comment.input.addEventListener("change", () => does.comment(this.comment.input.value.trim()));
    this.comment.input.addEventListener("keydown", (event) => event.key === "Enter" && does.leave());
    const judge = make("div", { class: "vm-bar" }, ...Object.values(this.judges), make("span", { role: "group", "aria-label": "Rating", class: "vm-stars" }, ...this.stars), this.comment.whole);
    this.lock = button("Lock", "l", does.lock, { "aria-pressed": "false" });
    this.prefer = button("Set preferred", "p", does.prefer, { "aria-pressed": "false" });
    this.again = this.#again(id);
    this.record = make("details", { class: "vm-panel" }, make("summary", {}, "Record it (m)"));
    const tools = make("div", { class: "vm-bar" }, this.lock, this.prefer);
    this.rest = make("div", { hidden: true }, this.complaints, pictures, this.now, listen, this.verdict, judge, tools, this.again, this.record);
    this.element = make("section", { class: "vm-detail", "aria-labelledby": `${id}-title` }, this.title, this.says, this.facts, this.rest);
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.wave);
  }

  close() {
    this.watcher.disconnect();
  }

  clear(why) {
    this.title.textContent = why;
    for (const part of [this.says, this.facts]) part.textContent = "";
    this.rest.hidden = true;
    this.sound = null;
  }

  show(row, clip, fresh) {
    this.rest.hidden = false;
    this.row = row;
    this.clip = clip;
    this.title.textContent = row.key;
    this.says.textContent = [clip.text === row.key ? "" : clip.text, row.ipa && `/${row.ipa}/`].filter(Boolean).join("   ");
    this.says.lang = row.language;
    const mine = clip.sources.find((one) => one.id === clip.source);
    this.facts.textContent = mine
      ? [row.category, `${mine.type} ${mine.voice}`, seconds(mine.duration_s), mine.delivery, mine.plays ? `${mine.plays} plays` : "", clip.note].filter(Boolean).join(" · ")
      : "There is no audio; the browser can say the text.";
    if (clip.missing) this.facts.textContent += ` · ${clip.missing}`;
    this.complaints.replaceChildren(...(clip.complaints ?? []).map((one) => make("li", {}, one.sentence + (one.start_s == null ? "" : ` (at ${seconds(one.start_s)})`))));
    this.complaints.hidden = !clip.complaints?.length;
    this.now.hidden = !clip.cues?.length && !clip.words?.length;
    caption(this.now, clip, 0);
    fill(this.source.select, clip.sources.map((one) => [String(one.id), label(one)]));
    this.source.select.value = String(clip.source);
    this.source.select.disabled = clip.sources.length < 2;
    this.lock.setAttribute("aria-pressed", String(row.locked));
    this.prefer.setAttribute("aria-pressed", String(Boolean(mine?.preferred)));
    this.prefer.disabled = !mine;
    this.judgement(mine);
    if (fresh) this.#picture(clip);
  }

  judgement(mine) {
    const own = mine?.mine;
    const words = [mine ? `Status: ${mine.status}.` : "Nothing to judge."];
    if (own) words.push(`You: ${said(own)}.`);
    for (const other of mine?.others ?? []) words.push(`${other.reviewer}: ${said(other)}.`);
    if (mine?.hidden) words.push("Somebody else has judged it; you will see how when you have.");
    if (this.row.before) words.push(`An earlier clip of it was ${this.row.before}.`);
    this.verdict.textContent = words.join(" ");
    for (const [name, one] of Object.entries(this.judges)) {
      one.disabled = !mine;
      if (name !== "open") one.setAttribute("aria-pressed", String(own?.verdict === name));
    }
    this.stars.forEach((star, place) => {
      star.disabled = !mine;
      star.setAttribute("aria-pressed", String(own?.rating === place + 1));
    });
    if (document.activeElement !== this.comment.input) this.comment.input.value = own?.comment ?? "";
  }

  // Where the sound is now, and whether it plays.
  tick(busy) {
    const text = busy ? "Stop" : "Play";
    if (this.play.textContent !== text) this.play.textContent = text;
    const share = this.audio.duration ? this.audio.currentTime / this.audio.duration : 0;
    this.head.style.left = `${100 * share}%`;
    caption(this.now, this.clip, this.audio.currentTime);
  }

  toggleSpectrum() {
    this.spectrum.hidden = !this.spectrum.hidden;
    this.sight.setAttribute("aria-pressed", String(!this.spectrum.hidden));
    this.draw();
  }

  draw() {
    if (!this.sound || !this.wave.clientWidth) return;
    const { complaints: marks, cues, words } = this.clip;
    drawWaveform(this.wave, this.sound, { marks, cues, words });
    if (!this.spectrum.hidden) drawSpectrogram(this.spectrum, this.sound);
  }

  wish() {
    return Object.fromEntries(Object.entries(this.wishes).map(([name, { input }]) => [name, input.value]));
  }

  // new: whether a clip that was made again waits to be kept.
  candidate(waits) {
    this.decide.hidden = !waits;
  }

  busy(working) {
    this.make.disabled = working;
    this.make.textContent = working ? "Making …" : "Make";
  }

  voices(list) {
    this.known.replaceChildren(...list.map((voice) => make("option", { value: voice.id }, voice.title)));
  }

  async #picture(clip) {
    this.sound = null;
    for (const canvas of [this.wave, this.spectrum]) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    if (!clip.bytes) return;
    const sound = await decode(clip.bytes).catch(() => null);
    if (this.clip.url !== clip.url) return; // another one was chosen meanwhile
    if (!sound) return this.wave.setAttribute("aria-label", "no waveform: this browser cannot decode the file");
    this.sound = sound;
    const places = (clip.complaints ?? []).filter((one) => one.start_s != null).length;
    this.wave.setAttribute("aria-label", `waveform, ${seconds(sound.duration)}, ${places} marked places`);
    this.draw();
  }

  #seek(event) {
    if (!this.audio.duration) return;
    const box = this.wave.getBoundingClientRect();
    this.audio.currentTime = ((event.clientX - box.left) / box.width) * this.audio.duration;
  }

  #again(id) {
    this.known = make("datalist", { id: `${id}-voices` });
    this.wishes = {
      voice: field("Voice", { list: `${id}-voices`, placeholder: "as before" }),
      rate: field("Rate", { placeholder: "as before, or -20%", size: 12 }),
      term: field("Word", { placeholder: "all of it", size: 12 }),
      respelling: field("say it as", { placeholder: "letters, or /ipa/" }),
      takes: field("Takes", { type: "number", min: 1, max: 20, placeholder: "as before", title: "how many are made at most, to keep the best understood; the others are among the sources" }),
    };
    this.make = button("Make", "", this.does.again);
    this.decide = make("div", { class: "vm-bar", hidden: true }, button("Keep the new clip", "y", this.does.keep), button("Discard it", "x", this.does.discard));
    const fields = Object.values(this.wishes);
    for (const { input } of fields) {
      input.addEventListener("keydown", (event) => event.key === "Enter" && this.does.again());
    }
    const panel = make("details", { class: "vm-panel" }, make("summary", {}, "Make it again (g)"), make("div", { class: "vm-bar" }, ...fields.map((one) => one.whole), this.make), this.decide, this.known);
    panel.addEventListener("toggle", () => panel.open && this.does.voices());
    return panel;
  }
}

function said({ verdict, rating, comment }) {
  return [verdict === "open" ? "undecided" : verdict, rating ? `${rating} of 5` : "", comment].filter(Boolean).join(", ");
}

function label(source) {
  const flags = [source.preferred && "preferred", source.status !== "to review" && source.status, source.expired && "expired"];
  return [source.take, `${source.type} ${source.voice}`.trim(), source.delivery, seconds(source.duration_s), ...flags].filter(Boolean).join(" · ");
}
