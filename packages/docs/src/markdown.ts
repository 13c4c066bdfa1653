/** Blocks of a page, one blank line between them, the last line ended. */
export const page = (blocks: readonly string[]): string => `${blocks.filter((block) => block !== '').join('\n\n')}\n`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** A table; nothing where it has no rows. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');

export const code = (text: string): string => `\`${text}\``;

export const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

export const link = (text: string, target: string): string => `[${text}](${target})`;

/** A displayed formula, as GitHub reads it without taking its backslashes for Markdown. */
export const math = (tex: string): string => ['```math', tex, '```'].join('\n');

/** Equations below one another, aligned at their equals signs; nothing where there are none. */
export const equations = (lines: readonly (readonly [left: string, right: string])[]): string => {
  if (lines.length === 0) return '';
  const [first] = lines;
  if (lines.length === 1 && first !== undefined) return math(`${first[0]} = ${first[1]}`);
  const aligned = lines.map(([left, right]) => `${left} &= ${right}`).join(' \\\\\n');
  return math(`\\begin{aligned}\n${aligned}\n\\end{aligned}`);
};

/** What a generated page begins with. */
export const notice = '<!-- Written by `npm run docs`: change its sources, not this page. -->';
