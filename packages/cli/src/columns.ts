import { visible } from '@kirchhoff/message';
import stringWidth from 'string-width';

/** Rows under headings, in columns as wide as their widest cell. */
export const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [headings, ...rows].map((row) => row.map(visible));
  const widths = headings.map((_, i) => all.reduce((most, row) => Math.max(most, stringWidth(row[i] ?? '')), 0));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell + ' '.repeat(widths[i]! - stringWidth(cell)))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = all;
  return [line(head), widths.map((w) => '─'.repeat(w)).join('  '), ...body.map(line)].join('\n');
};
