// Clips as they are needed: fetched, kept for a while, fetched ahead, and played.

const KEPT = 40; // clips; of words a megabyte together

export class Player {
  // ask: as Connection.ask.  onChange: called when it begins, ends or moves.
  constructor(ask, audio, onChange) {
    this.ask = ask;
    this.audio = audio;
    this.clips = new Map();
    this.playing = null;
    this.speaking = false;
    for (const event of ["play", "pause", "ended", "timeupdate"]) {
      audio.addEventListener(event, () => onChange());
    }
    this.onChange = onChange;
  }

  // Resolves with a clip: facts, bytes and an address to play it from.
  get(item, source = 0) {
    const name = `${item}/${source}`;
    const found = this.clips.get(name);
    if (found) {
      this.clips.delete(name); // the last used stays longest
      this.clips.set(name, found);
      return found;
    }
    const coming = this.ask("clip", { item, source }).then(({ clip, buffers }) => {
      const view = buffers[0];
      const empty = !view || !view.byteLength;
      const bytes = empty ? null : new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength).slice().buffer;
      const url = bytes ? URL.createObjectURL(new Blob([bytes], { type: clip.mime })) : "";
      return { ...clip, bytes, url };
    });
    coming.catch(() => this.clips.delete(name));
    this.clips.set(name, coming);
    this.#dropOldest();
    return coming;
  }

  // What is known of an item has changed: fetch it anew when it is asked for.
  forget(item) {
    for (const name of [...this.clips.keys()]) {
      if (name.startsWith(`${item}/`)) this.#drop(name);
    }
  }

  forgetAll() {
    for (const name of [...this.clips.keys()]) this.#drop(name);
  }

  load(clip) {
    this.stop();
    if (this.playing?.dropped) URL.revokeObjectURL(this.playing.url);
    this.playing = clip;
    if (clip.url) this.audio.src = clip.url;
    else this.audio.removeAttribute("src");
  }

  // Resolves when it has begun. Without audio the browser says the text, if it has a voice.
  async play(clip, row, rate) {
    if (this.playing !== clip) this.load(clip);
    if (!clip.url) return this.#speak(clip, row, rate);
    this.audio.playbackRate = rate;
    this.audio.currentTime = 0;
    await this.audio.play();
    this.ask("played", { source: clip.source }).catch(() => {});
    return "";
  }

  stop() {
    this.audio.pause();
    if (this.speaking) speechSynthesis.cancel();
    this.speaking = false;
  }

  get busy() {
    return this.speaking || (!this.audio.paused && !this.audio.ended);
  }

  close() {
    this.stop();
    this.forgetAll();
  }

  #speak(clip, row, rate) {
    if (!row.text) return "There is neither audio nor text.";
    if (!window.speechSynthesis) return "There is no audio, and this browser has no voice.";
    const words = new SpeechSynthesisUtterance(clip.text || row.text);
    if (row.language) words.lang = row.language;
    words.rate = rate;
    words.onend = words.onerror = () => {
      this.speaking = false;
      this.onChange();
    };
    this.speaking = true;
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
    return "There is no audio yet; the browser says the text.";
  }

  #dropOldest() {
    for (const name of this.clips.keys()) {
      if (this.clips.size <= KEPT) return;
      this.#drop(name);
    }
  }

  #drop(name) {
    const clip = this.clips.get(name);
    this.clips.delete(name);
    clip?.then((one) => {
      if (one === this.playing) one.dropped = true; // keeps its address for as long as it is heard
      else if (one.url) URL.revokeObjectURL(one.url);
    }, () => {});
  }
}
