import { graphSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';

const deepest = 256;
const space = /[ \t\n\r]*/y;
const scalar = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

interface Fault {
  readonly offset: number;
  readonly message: string;
}

const match = (pattern: RegExp, source: string, offset: number): string | undefined => {
  pattern.lastIndex = offset;
  return pattern.exec(source)?.[0];
};

const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The text literal that starts at `offset`, quotes included. */
const textAt = (source: string, offset: number): string | undefined => {
  if (source[offset] !== '"') return undefined;
  for (let i = offset + 1; i < source.length; i++) {
    const c = source.charAt(i);
    if (c === '"') return source.slice(offset, i + 1);
    if (c < ' ') return undefined;
    if (c === '\\') {
      const escaped = match(escape, source, i);
      if (escaped === undefined) return undefined;
      i += escaped.length - 1;
    }
  }
  return undefined;
};

const foundAt = (source: string, offset: number): string => {
  if (offset >= source.length) return 'the end of the text';
  const word = match(/[^\s,:[\]{}"]{1,20}/y, source, offset) ?? textAt(source, offset) ?? source.charAt(offset);
  return word.startsWith('"') && word.length > 1 ? word : JSON.stringify(word);
};

/** The first place at which `source` is no JSON, or at which an object repeats a key. */
const findFault = (source: string): Fault | undefined => {
  const open: { readonly close: '}' | ']'; readonly keys: Set<string> }[] = [];
  let offset = source.startsWith('\uFEFF') ? 1 : 0;
  const skip = (): void => {
    offset += match(space, source, offset)?.length ?? 0;
  };
  const expected = (what: string): Fault => ({ offset, message: graphSays.badJson(what, foundAt(source, offset)) });

  const readKey = (keys: Set<string>): Fault | undefined => {
    skip();
    const key = textAt(source, offset);
    if (key === undefined) return expected('a key in double quotes');
    const name = String(JSON.parse(key));
    if (keys.has(name)) return { offset, message: graphSays.duplicateKey(name) };
    keys.add(name);
    offset += key.length;
    skip();
    if (source[offset] !== ':') return expected('":"');
    offset++;
    return undefined;
  };

  for (;;) {
    skip();
    const start = source[offset];
    let complete = true;
    if (start === '{' || start === '[') {
      if (open.length === deepest) return { offset, message: graphSays.nestedTooDeep(deepest) };
      const close = start === '{' ? '}' : ']';
      const keys = new Set<string>();
      offset++;
      skip();
      if (source[offset] === close) offset++;
      else {
        open.push({ close, keys });
        const fault = close === '}' ? readKey(keys) : undefined;
        if (fault !== undefined) return fault;
        complete = false;
      }
    } else {
      const token = start === '"' ? textAt(source, offset) : match(scalar, source, offset);
      if (token === undefined) return expected(start === '"' ? 'a text that is closed on its line' : 'a value');
      offset += token.length;
    }
    while (complete) {
      skip();
      const around = open.at(-1);
      if (around === undefined) return offset < source.length ? expected('the end of the text') : undefined;
      if (source[offset] === around.close) {
        open.pop();
        offset++;
      } else if (source[offset] === ',') {
        offset++;
        const fault = around.close === '}' ? readKey(around.keys) : undefined;
        if (fault !== undefined) return fault;
        complete = false;
      } else return expected(`"," or "${around.close}"`);
    }
  }
};

/**
 * Reads a JSON text. Malformed JSON, and keys that an object holds twice (JSON.parse would silently keep the last),
 * are refused with the place `line 3 column 7`.
 */
export const parseJson = (source: string): Result<unknown> => {
  const fault = findFault(source);
  if (fault === undefined) return E.right(JSON.parse(source.startsWith('\uFEFF') ? source.slice(1) : source));
  const lines = source.slice(0, fault.offset).split('\n');
  return E.left([problem(`line ${lines.length} column ${(lines.at(-1) ?? '').length + 1}`, fault.message)]);
};
