/** For each length of a beginning of `part`: how long the longest beginning is that it also ends with. */
const bordersOf = (part: string): Int32Array => {
  const borders = new Int32Array(part.length + 1);
  for (let i = 1, k = 0; i < part.length; i++) {
    while (k > 0 && part[i] !== part[k]) k = borders[k]!;
    if (part[i] === part[k]) k++;
    borders[i + 1] = k;
  }
  return borders;
};

/** Where `part` first ends in `text` from `from` on (Knuth, Morris and Pratt 1977); -1 where it does not occur. */
const endOf = (text: string, part: string, from: number): number => {
  const borders = bordersOf(part);
  for (let i = from, k = 0; i < text.length; i++) {
    while (k > 0 && text[i] !== part[k]) k = borders[k]!;
    if (text[i] === part[k]) k++;
    if (k === part.length) return i + 1;
  }
  return -1;
};

/**
 * Whether a pattern, in which `*` stands for any characters, is all of a name. Each part between stars is taken where it first
 * occurs, so that the time is linear in both, however many stars there are.
 */
export const fitsPattern = (pattern: string, name: string): boolean => {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  const middle = name.slice(0, name.length - last.length);
  let at = first.length;
  for (const part of parts) {
    if (part === '') continue;
    at = endOf(middle, part, at);
    if (at < 0) return false;
  }
  return true;
};
