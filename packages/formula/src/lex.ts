import { formulaSays, problem, type Problem } from '@kirchhoff/message';

export interface Token {
  readonly kind: 'number' | 'name' | 'operator';
  readonly text: string;
  /** 1-based. */
  readonly column: number;
}

const space = /[ \t]+/y;
const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['operator', /<=|>=|==|!=|[-+*/^(),<>]/y],
];

const matchAt = (pattern: RegExp, text: string, index: number): string | undefined => {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
};

const wordOperators: ReadonlySet<string> = new Set(['and', 'or', 'not']);

export const isWordOperator = (token: Token): boolean => token.kind === 'name' && wordOperators.has(token.text);

/** A formula has no more tokens; what follows is not looked at. */
export const mostTokens = 2000;

/** Splits a formula into tokens, up to the first character that belongs to none, or the first token too many. */
export const lex = (text: string): { readonly tokens: readonly Token[]; readonly problem?: Problem } => {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length && tokens.length <= mostTokens) {
    const blank = matchAt(space, text, index);
    if (blank !== undefined) {
      index += blank.length;
      continue;
    }
    const before = index;
    for (const [kind, pattern] of patterns) {
      const found = matchAt(pattern, text, index);
      if (found === undefined) continue;
      tokens.push({ kind, text: found, column: index + 1 });
      index += found.length;
      break;
    }
    if (index === before) {
      const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
      return { tokens, problem: problem(`column ${index + 1}`, formulaSays.illegalCharacter(character)) };
    }
  }
  return { tokens };
};
