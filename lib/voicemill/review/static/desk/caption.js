// What is said right now: the sentence of a page, with the word in it where the voice tells words.

// cues: [start_s, end_s, text] in order. Returns the last that has begun, or null.
export function begun(cues, now) {
  let low = 0;
  let high = cues.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cues[middle][0] <= now) low = middle + 1;
    else high = middle;
  }
  return low ? cues[low - 1] : null;
}

// Where the word that is said now stands in the sentence: a word may be in it several times.
function placed([start, end, text], words, now) {
  let from = 0;
  let found = null;
  for (const [begins, , word] of words) {
    if (begins < start - 0.01 || begins >= end) continue;
    if (begins > now) break;
    const place = text.indexOf(word, from);
    if (place < 0) continue;
    found = [place, place + word.length];
    from = place + word.length;
  }
  return found;
}

export function caption(element, clip, now) {
  const { cues = [], words = [], text = "" } = clip ?? {};
  if (element.hidden) return;
  const sentence = cues.length ? begun(cues, now) : [0, Infinity, text];
  const said = sentence?.[2] ?? "";
  const word = sentence && placed(sentence, words, now);
  const key = `${said}|${word}`;
  if (element.dataset.shows === key) return; // drawn many times a second
  element.dataset.shows = key;
  if (!word) return void (element.textContent = said);
  const mark = document.createElement("mark");
  mark.textContent = said.slice(...word);
  element.replaceChildren(said.slice(0, word[0]), mark, said.slice(word[1]));
}
