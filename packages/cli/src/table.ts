/** Rows under headings, in columns as wide as their widest cell. */
export const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => width(row[i] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell + ' '.repeat(widths[i]! - width(cell)))
      .join('  ')
      .trimEnd();
  return [line(headings), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(line)].join('\n');
};

const width = (cell: string): number => [...cell].length;

/** A number short enough for a table: six significant digits, 0 as 0. */
export const short = (value: number): string => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(5))) : value.toExponential(2);
};
