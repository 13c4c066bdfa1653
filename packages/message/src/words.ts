/**
 * A person's words (names, labels, texts) in each place where they are shown. Whatever they hold, they can neither command a
 * terminal, nor break a document, nor turn the words around them.
 */

/** Not characters at all: halves of pairs, and what XML forbids. */
const broken = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ufffe\uffff]/g;
/** Controls that change the direction of the words after them. */
const turning = /[\u202a-\u202e\u2066-\u2069]/g;

const sign = (character: string): string =>
  character === '\u007f' ? '␡' : character < ' ' ? String.fromCodePoint(0x2400 + character.charCodeAt(0)) : '\ufffd';

/** Control characters as signs that are seen (␀, ␛), line breaks, too; what is no character as �. */
export const visible = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, sign)
    .replaceAll(broken, '\ufffd')
    .replaceAll(turning, '\ufffd');

/** As `visible`, but lines stay lines and tabs stay tabs. */
export const visibleLines = (text: string): string => text.replaceAll(/[^\t\n]+/gu, visible);

const xml: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** In SVG and HTML, as text or as the value of an attribute. */
export const inXml = (text: string): string => visibleLines(text).replaceAll(/[&<>"']/g, (c) => xml[c]!);

/** In the text of a LaTeX document. */
export const inTex = (text: string): string =>
  visible(text).replaceAll(/[\\{}$&#%_^~]/g, (c) =>
    c === '\\' ? '\\textbackslash{}' : c === '^' || c === '~' ? `\\${c}{}` : `\\${c}`,
  );

/** In a line or a cell of Markdown. */
export const inMarkdown = (text: string): string => visible(text).replaceAll(/[\\`*_[\]|~<&]/g, (c) => `\\${c}`);

/** Colours, which our own pages for terminals use, and no other command. */
const colour = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);

/** On a terminal: lines and colours stay, everything else that would command it is shown. */
export const onTerminal = (text: string): string =>
  text
    .split(colour)
    .map((part, i) => (i % 2 === 1 ? part : visibleLines(part)))
    .join('');

const longest = 160;

/** A word no longer than fits in a message; what is left out is counted. */
export const capped = (word: string, most = longest): string =>
  word.length <= most
    ? word
    : `${word.slice(0, most - 20).replace(/[\ud800-\udbff]$/, '')}… (${word.length} characters)`;

/** A message whose quoted words are capped, and the message itself at some lines of a terminal. */
export const cappedMessage = (message: string): string =>
  capped(
    message.replaceAll(/"[^"]{161,}"/g, (quoted) => `"${capped(quoted.slice(1, -1))}"`),
    4000,
  );

/** A number short enough for a table: six significant digits, 0 as 0. */
export const short = (value: number): string => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(5))) : value.toExponential(2);
};
