import type { File } from './repository.js';

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of one language. */
export const blocksOf = ({ text }: File, language: string): readonly string[] =>
  [...text.matchAll(fence)].flatMap(([, found, block = '']) => (found === language ? [block] : []));

const prose = ({ text }: File): string => text.replace(fence, '');

/** Targets of links and pictures, as written. */
export const linksOf = (file: File): readonly string[] =>
  [
    ...prose(file)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g),
  ].map(([, target = '']) => target);

/** The anchors under which headings can be linked to. */
export const headingsOf = (file: File): readonly string[] => {
  const seen = new Map<string, number>();
  const anchors = [...prose(file).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
  // A heading that is there already gets a number.
  return anchors.map((anchor) => {
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
};

/** The body rows of the tables under one heading, cell by cell. */
export const rowsOf = (file: File, heading: string): readonly (readonly string[])[] => {
  const [, section = ''] = prose(file).split(new RegExp(`^#+ +${heading}$`, 'm'));
  const lines = section.split(/^#+ /m)[0]!.split('\n');
  return lines
    .filter((line, i) => line.startsWith('|') && !/^\|[-\s|]+\|$/.test(line) && !lines[i + 1]?.startsWith('| ---'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
};

/** The words set as code in a text. */
export const codeIn = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
