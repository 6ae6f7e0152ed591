// The listening desk: a list of clips, the one that is chosen, and the keys that judge it.

import { Connection } from "./connection.js";
import { make, button, choice, field, fill } from "./parts.js";
import { Player } from "./player.js";
import { Listing, LISTS, chosen } from "./listing.js";
import { Detail } from "./detail.js";
import { Recorder } from "./recorder.js";
import { help } from "./keys.js";

const AHEAD = 2; // clips fetched before they are asked for
const SEEK_S = 0.5;
let desks = 0;

class Desk {
  constructor(model, el) {
    this.rows = [];
    this.view = [];
    this.place = -1;
    this.candidates = new Set();
    this.queue = Promise.resolve();
    this.audio = make("audio", { preload: "auto" });
    this.connection = new Connection(
      model,
      (trouble) => this.#trouble(trouble),
      (answer) => { this.#update(answer.row); this.#tell(`${answer.said}: saved now.`); },
    );
    this.player = new Player((...asked) => this.connection.ask(...asked), this.audio, () => this.detail.tick(this.player.busy));
    this.#build(`vm-desk-${++desks}`, model.get("show"));
    el.append(this.root);
    this.opened = this.#open();
  }

  close() {
    this.connection.close();
    this.player.close();
    this.recorder.clear();
    this.listing.close();
    this.detail.close();
  }

  #build(id, show) {
    const then = (work) => () => this.#enqueue(work);
    this.detail = new Detail(id, {
      play: () => this.#toggle(),
      speed: (value) => { this.audio.playbackRate = Number(value); },
      source: (source) => this.#enqueue(() => this.#choose(this.place, source)),
      judge: (verdict) => this.#enqueue(() => this.#judge(verdict)),
      rate: (stars) => this.#enqueue(() => this.#note({ rating: stars })),
      comment: (comment) => this.#enqueue(() => this.#note({ comment })),
      leave: () => this.list.focus(),
      lock: then(() => this.#ask("lock", { locked: !this.row.locked })),
      prefer: then(() => this.#ask("prefer", { source: this.detail.prefer.getAttribute("aria-pressed") === "true" ? 0 : this.clip.source })),
      voices: () => this.#voices(),
      again: () => this.#again(),
      keep: then(() => this.#decide("keep")),
      discard: then(() => this.#decide("discard")),
    }, this.audio);
    this.recorder = new Recorder({ keep: (...take) => this.#record(...take), tell: (words) => this.#tell(words), speaker: "" });
    this.detail.record.append(this.recorder.element);
    this.list = make("div", { class: "vm-list", role: "listbox", tabindex: 0, "aria-label": "Clips", id: `${id}-list` });
    this.listing = new Listing(this.list, id, (place) => { this.list.focus(); this.#enqueue(() => this.#choose(place)); });
    this.status = make("div", { class: "vm-status", role: "status", "aria-live": "polite" });
    this.alarm = make("div", { class: "vm-alarm", role: "alert", hidden: true });
    this.progress = make("span", { class: "vm-progress" });
    this.reviewer = field("Reviewer", { size: 14 });
    this.reviewer.input.addEventListener("change", () => this.#enqueue(() => this.#call()));
    this.help = help();
    this.filters = this.#filters(show);
    this.steps = this.#steps();
    this.root = make(
      "div",
      { class: "vm-desk", role: "region", "aria-label": "Listening desk", "data-lm-suppress-shortcuts": "true", tabindex: -1, keydown: (event) => this.#key(event) },
      make("div", { class: "vm-bar vm-top" }, this.progress, this.reviewer.whole, button("Undo", "u", () => this.#enqueue(() => this.#undo())), button("Read again", "", () => this.#enqueue(() => this.#read())), button("Keys", "?", () => this.help.showModal())),
      this.alarm,
      make("div", { class: "vm-bar", role: "search", "aria-label": "Filter" }, ...Object.values(this.filters).map((one) => one.whole)),
      make("div", { class: "vm-both" }, this.list, this.detail.element),
      this.#tables(),
      this.status,
      this.help,
      this.audio,
    );
  }

  #tables() {
    const save = (ending) => button(`Save as ${ending.toUpperCase()}`, "", () => this.#enqueue(() => this.#export(ending)));
    const file = make("input", { type: "file", accept: ".csv,.tsv,.xlsx", change: () => this.#enqueue(() => this.#import(file)) });
    return make("details", { class: "vm-panel" }, make("summary", {}, "Verdicts as a table"), make("div", { class: "vm-bar" }, save("csv"), save("xlsx"), make("label", {}, "Read a table in ", file)));
  }

  async #export(ending) {
    const { name, buffers } = await this.connection.ask("export", { ending });
    const url = URL.createObjectURL(new Blob(buffers));
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.#tell(`${name} is saved where this browser keeps downloads.`);
  }

  async #import(input) {
    const [file] = input.files;
    if (!file) return;
    const bytes = await file.arrayBuffer();
    input.value = "";
    const answer = await this.connection.ask("import", { name: file.name }, [bytes]);
    this.player.forgetAll();
    this.#take(answer);
    this.#tell(answer.said);
  }

  #filters(show) {
    const changed = () => this.#refilter();
    const search = field("Search", { type: "search" });
    search.input.addEventListener("input", changed);
    const filters = {
      show: choice("Show", Object.keys(LISTS).map((name) => [name, name]), changed),
      voice: choice("Voice", [["", "all"]], changed),
      category: choice("Category", [["", "all"]], changed),
      order: choice("Order", [["table", "as in the table"], ["suspicious", "most suspicious first"]], changed),
      search,
    };
    filters.show.select.value = show;
    return filters;
  }

  get row() {
    return this.view[this.place];
  }

  // Steps are taken one after another: a key waits until the verdict before it is saved.
  #enqueue(work) {
    this.queue = this.queue.then(work).catch((error) => this.#tell(error.message));
    return this.queue;
  }

  async #open() {
    const saved = await this.connection.resend().catch((error) => (this.#tell(error.message), []));
    await this.#read();
    if (saved.length) this.#tell(`${saved.length} verdicts from before were saved.`);
    if (document.activeElement === document.body) this.list.focus({ preventScroll: true });
  }

  async #read() {
    const answer = await this.connection.ask("open");
    this.player.forgetAll();
    this.#take(answer);
  }

  async #call() {
    const answer = await this.connection.ask("call", { reviewer: this.reviewer.input.value });
    this.player.forgetAll();
    this.#take(answer);
    this.#tell(`Reviewing as ${answer.reviewer}.`);
  }

  #take({ rows, reviewer }) {
    const id = this.row?.id;
    this.rows = rows;
    this.reviewer.input.value = reviewer;
    this.recorder.speaker.input.value ||= reviewer;
    for (const [filter, name] of [["voice", "voice"], ["category", "category"]]) {
      const values = [...new Set(rows.map((row) => row[name]).filter(Boolean))];
      fill(this.filters[filter].select, [["", "all"], ...values.map((value) => [value, value])]);
    }
    if (!this.ordered) this.filters.order.select.value = rows.some((row) => row.suspicious) ? "suspicious" : "table";
    this.ordered = true;
    this.#refilter(id);
  }

  #refilter(id = this.row?.id) {
    this.view = this.#filtered();
    const place = this.view.findIndex((row) => row.id === id);
    this.#enqueue(() => this.#choose(place >= 0 ? place : this.view.length ? 0 : -1));
    this.#count();
  }

  #filtered() {
    const value = (name) => this.filters[name].select.value;
    return chosen(this.rows, { show: value("show"), voice: value("voice"), category: value("category"), order: value("order"), words: this.filters.search.input.value });
  }

  #count() {
    const open = this.rows.filter((row) => row.status === "to review").length;
    this.progress.textContent = `${this.rows.length - open} of ${this.rows.length} judged, ${this.view.length} listed`;
  }

  async #choose(place, source = 0, { play = false } = {}) {
    this.place = place;
    this.listing.show(this.view, place);
    const row = this.row;
    if (!row) {
      this.player.stop();
      this.clip = null;
      this.detail.clear(this.rows.length ? "Nothing is left in this list" : "There are no clips yet");
      return;
    }
    const clip = await this.player.get(row.id, source);
    for (let ahead = 1; ahead <= AHEAD; ahead++) {
      const next = this.view[place + ahead];
      if (next) this.player.get(next.id).catch(() => {});
    }
    if (this.row !== row) return;
    const fresh = this.clip !== clip;
    this.clip = clip;
    if (fresh) this.player.load(clip);
    if (play && this.detail.auto.checked) this.#start();
    this.detail.show(row, clip, fresh);
    this.detail.candidate(this.candidates.has(row.id));
    this.detail.tick(this.player.busy);
    if (fresh && this.recorder.take) this.recorder.clear();
  }

  #start() {
    const rate = Number(this.detail.speed.select.value);
    this.player.play(this.clip, this.row, rate).then(
      (words) => words && this.#tell(words),
      (error) => error.name !== "AbortError" && this.#tell(`It cannot be played: ${error.message}`),
    );
  }

  #toggle() {
    if (this.player.busy) this.player.stop();
    else if (this.clip) this.#start();
    this.detail.tick(this.player.busy);
  }

  #move(place) {
    if (!this.view.length) return null;
    return this.#choose(Math.max(0, Math.min(this.view.length - 1, place)), 0, { play: true });
  }

  async #judge(verdict) {
    const row = this.row;
    const saved = await this.#save(verdict, {});
    if (!saved || verdict === "open") return;
    // The next one is what follows now, whether or not this one stays in the list.
    const next = this.view.slice(this.place + 1)[0]?.id;
    this.view = this.#filtered();
    const place = this.view.findIndex((one) => one.id === next);
    if (place >= 0) await this.#choose(place, 0, { play: true });
    else {
      const here = this.view.findIndex((one) => one.id === row.id);
      await this.#choose(here >= 0 ? here : this.view.length - 1);
      this.#tell(`${this.status.textContent} That was the last one in this list.`);
    }
    this.#count();
  }

  // A rating or comment, kept with the verdict there is.
  #note(change) {
    return this.#save(this.#own()?.verdict ?? "open", change);
  }

  #own() {
    return this.clip?.sources.find((one) => one.id === this.clip.source)?.mine;
  }

  async #save(verdict, change) {
    const { row, clip } = this;
    if (!clip?.source) return this.#tell("There is no audio to judge.");
    const own = this.#own();
    const source = clip.sources.find((one) => one.id === clip.source);
    const typed = this.detail.comment.input.value.trim();
    const values = { item: row.id, checksum: clip.checksum, voice: source.voice, verdict, rating: own?.rating ?? null, comment: typed, reviewer: this.reviewer.input.value, ...change };
    const answer = await this.connection.save(values);
    if (!answer) {
      row.unsaved = verdict;
      this.listing.show(this.view, this.place);
      this.#tell(`${row.key}: ${verdict} is not saved yet. It is kept in this browser and sent again.`);
      this.#trouble(this.connection.trouble);
      return true;
    }
    Object.assign(source, answer.judgement);
    this.#update(answer.row);
    this.detail.judgement(source);
    this.#tell(answer.said);
    return true;
  }

  // One of the usual steps on the chosen item.
  async #ask(what, values = {}) {
    if (!this.row) return;
    const answer = await this.connection.ask(what, { item: this.row.id, ...values });
    await this.#changed(answer, values.source || this.clip?.source);
  }

  async #changed(answer, source = 0) {
    this.#update(answer.row);
    this.player.forget(answer.row.id);
    this.#tell(answer.said);
    if (this.row?.id === answer.row.id) await this.#choose(this.place, source);
  }

  async #undo() {
    const answer = await this.connection.ask("undo");
    this.#tell(answer.said);
    if (!answer.row) return;
    this.#update(answer.row);
    this.player.forget(answer.row.id);
    this.view = this.#filtered();
    const place = this.view.findIndex((row) => row.id === answer.row.id);
    await this.#choose(place >= 0 ? place : Math.min(this.place, this.view.length - 1));
    this.#count();
  }

  #update(row) {
    const known = this.rows.find((one) => one.id === row.id);
    if (known) Object.assign(known, row, { unsaved: "" });
    this.listing.show(this.view, this.place);
    this.#count();
  }

  #voices() {
    if (this.row) this.connection.ask("voices", { item: this.row.id }).then(({ voices }) => this.detail.voices(voices), (error) => this.#tell(error.message));
  }

  // Not in the queue: other clips are heard while this one is made.
  async #again() {
    const row = this.row;
    if (!row) return;
    this.detail.busy(true);
    this.#tell(`Making ${row.key} again.`);
    try {
      const answer = await this.connection.ask("again", { item: row.id, ...this.detail.wish() });
      if (answer.new) this.candidates.add(row.id);
      this.#update(answer.row);
      this.player.forget(row.id);
      this.#tell(`${row.key}: ${answer.said}`);
      await this.#enqueue(async () => {
        if (this.row?.id === row.id) await this.#choose(this.place, answer.source, { play: true });
      });
    } catch (error) {
      this.#tell(error.message);
    } finally {
      this.detail.busy(false);
    }
  }

  async #decide(what) {
    if (!this.row || !this.candidates.has(this.row.id)) return this.#tell("No new clip waits here.");
    const answer = await this.connection.ask(what, { item: this.row.id });
    this.candidates.delete(this.row.id);
    await this.#changed(answer);
  }

  async #record(bytes, values) {
    try {
      const answer = await this.connection.ask("record", { item: this.row.id, ...values }, [bytes]);
      await this.#enqueue(() => this.#changed(answer, answer.source));
      return true;
    } catch (error) {
      this.#tell(error.message);
      return false;
    }
  }

  #trouble(trouble) {
    const count = this.connection?.unsaved().length ?? 0;
    const kept = count ? ` ${count} verdicts are kept in this browser and saved as soon as it is back.` : "";
    this.alarm.textContent = trouble + kept;
    this.alarm.hidden = !trouble;
    if (!trouble && count) {
      this.connection.resend().then((answers) => {
        for (const answer of answers) this.#update(answer.row);
        if (answers.length) this.#tell(`${answers.length} verdicts were saved now.`);
      }, (error) => this.#tell(error.message));
    }
  }

  #tell(words) {
    this.status.textContent = words;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    const { tagName, type } = event.target;
    if (event.key === "Escape") return this.list.focus();
    if (tagName === "SELECT" || (tagName === "INPUT" && type !== "checkbox")) return;
    if ((event.key === " " || event.key === "Enter") && tagName !== "DIV") return;
    const step = this.steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  }

  // What each key does. Most wait for the step before; what only looks or listens need not.
  #steps() {
    const does = this.detail.does;
    const then = (work) => () => this.#enqueue(work);
    const rates = [1, 2, 3, 4, 5].map((stars) => [String(stars), () => does.rate(stars)]);
    return {
      ...Object.fromEntries(rates),
      " ": then(() => this.#toggle()),
      ArrowDown: then(() => this.#move(this.place + 1)),
      ArrowUp: then(() => this.#move(this.place - 1)),
      Home: then(() => this.#move(0)),
      End: then(() => this.#move(this.view.length - 1)),
      ArrowLeft: () => { this.audio.currentTime -= SEEK_S; },
      ArrowRight: () => { this.audio.currentTime += SEEK_S; },
      a: () => does.judge("approved"),
      r: () => does.judge("rejected"),
      f: () => does.judge("flagged"),
      o: () => does.judge("open"),
      c: then(() => this.detail.comment.input.focus()),
      u: then(() => this.#undo()),
      s: then(() => this.#nextSource()),
      "-": () => this.#faster(-1),
      "+": () => this.#faster(1),
      "=": () => this.#faster(1),
      w: () => this.detail.toggleSpectrum(),
      l: () => does.lock(),
      p: () => does.prefer(),
      g: then(() => { this.detail.again.open = true; this.detail.wishes.voice.input.focus(); }),
      y: () => does.keep(),
      x: () => does.discard(),
      m: then(() => { this.detail.record.open = true; this.recorder.begin.click(); }),
      n: then(() => this.#nextOpen()),
      "/": () => this.filters.search.input.focus(),
      "?": () => this.help.showModal(),
    };
  }

  #nextSource() {
    const ids = this.clip?.sources.map((one) => one.id) ?? [];
    if (ids.length < 2) return this.#tell("There is no other source.");
    const next = ids[(ids.indexOf(this.clip.source) + 1) % ids.length];
    return this.#choose(this.place, next, { play: true }).then(() => this.#tell(this.detail.source.select.selectedOptions[0].textContent));
  }

  #faster(step) {
    const { select } = this.detail.speed;
    select.selectedIndex = Math.max(0, Math.min(select.options.length - 1, select.selectedIndex + step));
    this.audio.playbackRate = Number(select.value);
    this.#tell(`Speed ${select.value}`);
  }

  #nextOpen() {
    const place = this.view.findIndex((row, index) => index > this.place && row.status === "to review");
    return place >= 0 ? this.#move(place) : this.#tell("Nothing to review follows.");
  }
}

export default {
  render({ model, el }) {
    const desk = new Desk(model, el);
    return () => desk.close();
  },
};
