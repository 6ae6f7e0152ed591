// The keys of the desk, for people.

import { make, button } from "./parts.js";

const KEYS = [
  ["Space", "play or stop"],
  ["↓ ↑", "next, previous clip; Home, End: first, last"],
  ["← →", "back, forward half a second"],
  ["a", "approve, and go on"],
  ["r", "reject, and go on"],
  ["f", "flag to talk about it, and go on"],
  ["o", "take my verdict back"],
  ["1 … 5", "rate"],
  ["c", "comment; Enter saves, Escape leaves"],
  ["u", "undo the last step"],
  ["s", "switch to the next source"],
  ["− +", "slower, faster"],
  ["w", "spectrogram"],
  ["l", "lock or unlock"],
  ["p", "set preferred, or no longer"],
  ["g", "make it again: voice, rate, spelling, takes"],
  ["y x", "keep, discard the new clip"],
  ["m", "record; again: stop"],
  ["n", "next one to review"],
  ["/", "search"],
  ["?", "these keys"],
];

// A dialog that shows them; Escape closes it.
export function help() {
  const lines = KEYS.flatMap(([key, does]) => [make("dt", {}, key), make("dd", {}, does)]);
  const dialog = make("dialog", { class: "vm-help", "aria-label": "Keys" }, make("h3", {}, "Keys"), make("dl", {}, ...lines));
  dialog.append(button("Close", "", () => dialog.close()));
  return dialog;
}
