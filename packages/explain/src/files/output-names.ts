/** Names that Windows keeps for devices, with or without an ending. */
const reserved = /^(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?=\.|$)/i;

/** Longer names, with a random one beside them while they are written, are more than systems take. */
const longest = 100;

/** A name that any system takes for one file or folder, and that leads to no other place: letters, digits, `_`, `.` and `-`. */
const plainName = (name: string): string =>
  name
    .slice(0, longest)
    .replaceAll(/[^A-Za-z0-9_.-]/g, '_')
    .replaceAll(/^\.+|\.+$/g, (dots) => '_'.repeat(dots.length))
    .replace(reserved, '_$&') || '_';

/**
 * What files or folders are called after a person's names: one for each, in order. They lie where they are put (none is `..` or
 * holds a slash) and differ, whether or not the system tells `A` from `a`: what would be called as another is counted (`a~2`).
 * @param taken names that stand there already
 */
export const outputNames = (names: readonly string[], taken: readonly string[] = []): readonly string[] => {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  const counts = new Map<string, number>();
  return names.map((name) => {
    const plain = plainName(name);
    const key = plain.toLowerCase();
    let count = counts.get(key) ?? 1;
    let chosen = plain;
    for (; used.has(chosen.toLowerCase()); chosen = `${plain}~${count}`) count++;
    counts.set(key, count);
    used.add(chosen.toLowerCase());
    return chosen;
  });
};
