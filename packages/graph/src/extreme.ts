/** The greatest of numbers, however many there are; `from` where there are none above it. */
export const greatest = (of: Iterable<number>, from = -Infinity): number => {
  let top = from;
  for (const value of of) top = Math.max(top, value);
  return top;
};

/** The least of numbers, however many there are; `from` where there are none below it. */
export const least = (of: Iterable<number>, from = Infinity): number => {
  let bottom = from;
  for (const value of of) bottom = Math.min(bottom, value);
  return bottom;
};
