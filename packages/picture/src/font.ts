// A reference, so that whoever compiles this file from its source finds the ambient module as well.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./opentype.d.ts" />
import { pictureSays, refuse } from '@kirchhoff/message';
import { parse, type Face, type PathCommand } from 'opentype.js/dist/opentype.mjs';

export type Weight = 'regular' | 'bold';

/** Text as outlines: a picture then needs no font where it is shown. Sizes and widths are in pixels. */
export interface Font {
  readonly width: (text: string, size: number, weight?: Weight) => number;
  /** SVG path data of the text; its baseline starts at (x, y). */
  readonly path: (text: string, x: number, y: number, size: number, weight?: Weight) => string;
}

/** Characters that text fonts often lack, made from one that they have: scaled by `scale`, raised by `raise` em. */
const standIns: Readonly<Record<string, { readonly from: string; readonly scale: number; readonly raise: number }>> = {
  '⁺': { from: '+', scale: 0.66, raise: 0.33 },
  '⁻': { from: '−', scale: 0.66, raise: 0.33 },
  '₊': { from: '+', scale: 0.66, raise: -0.12 },
  '₋': { from: '−', scale: 0.66, raise: -0.12 },
};

/** Control characters, and the signs for them (␛), as they are written on keys (^[), small. */
const controls = Object.fromEntries(
  [...'@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_', '?'].flatMap((key, i) => {
    const drawn = { from: `^${key}`, scale: 0.75, raise: 0 };
    return [key === '?' ? 0x7f : i, key === '?' ? 0x2421 : 0x2400 + i].map(
      (code) => [String.fromCodePoint(code), drawn] as const,
    );
  }),
);

/** Arrows, drawn where no font has them, and the way they point. One em wide each. */
const arrows: Readonly<Record<string, 1 | -1>> = { '→': 1, '←': -1 };

const arrowPath = (x: number, y: number, size: number, direction: 1 | -1): readonly PathCommand[] => {
  const corners = [
    [0.08, 0.31],
    [0.76, 0.31],
    [0.57, 0.14],
    [0.68, 0.14],
    [0.92, 0.35],
    [0.68, 0.56],
    [0.57, 0.56],
    [0.76, 0.39],
    [0.08, 0.39],
  ] as const;
  const steps = corners.map(([u, v], i): PathCommand => {
    const across = direction === 1 ? u : 1 - u;
    return { type: i === 0 ? 'M' : 'L', x: x + size * across, y: y - size * v };
  });
  return [...steps, { type: 'Z' }];
};

/** A count of hundredths as SVG writes it: `.5`, `-12.25`. */
const hundredths = (n: number): string => String(n / 100).replace(/^(-?)0\./u, '$1.');

/**
 * SVG path data, relative and rounded to hundredths of a pixel (roundings do not add up).
 * The library's own writer prints NaN where a coordinate is nearly whole.
 */
const pathData = (commands: readonly PathCommand[]): string => {
  let [penX, penY] = [0, 0];
  const step = (letter: string, ...points: readonly number[]): string => {
    const rounded = points.map((value) => Math.round(value * 100));
    const numbers = rounded.map((value, i) => hundredths(value - (i % 2 === 0 ? penX : penY)));
    [penX, penY] = [rounded.at(-2) ?? 0, rounded.at(-1) ?? 0];
    return letter + numbers.reduce((text, n) => (n.startsWith('-') ? text + n : `${text} ${n}`));
  };
  let start: readonly [number, number] = [0, 0];
  let out = '';
  for (const c of commands) {
    switch (c.type) {
      case 'M':
        [penX, penY] = [0, 0];
        out += step('M', c.x, c.y);
        start = [penX, penY];
        break;
      case 'L':
        out += step('l', c.x, c.y);
        break;
      case 'Q':
        out += step('q', c.x1, c.y1, c.x, c.y);
        break;
      case 'C':
        out += step('c', c.x1, c.y1, c.x2, c.y2, c.x, c.y);
        break;
      case 'Z':
        out += 'z';
        [penX, penY] = start;
    }
  }
  return out;
};

/** A stretch of text that is drawn in one go. */
interface Run {
  readonly width: (size: number) => number;
  readonly path: (x: number, y: number, size: number) => readonly PathCommand[];
}

const faceRun = (face: Face, text: string, scale = 1, raise = 0): Run => ({
  width: (size) => face.getAdvanceWidth(text, size * scale),
  path: (x, y, size) => face.getPath(text, x, y - raise * size, size * scale).commands,
});

const runsOf = (faces: readonly [Face, ...Face[]], text: string): readonly Run[] => {
  const has = (face: Face, character: string): boolean => face.charToGlyphIndex(character) > 0;
  const runs: Run[] = [];
  let [pending, pendingFace] = ['', faces[0]];
  const flush = (): void => {
    if (pending !== '') runs.push(faceRun(pendingFace, pending));
    pending = '';
  };
  for (const character of text.normalize('NFC')) {
    const control = controls[character];
    const holder = has(pendingFace, character) ? pendingFace : faces.find((f) => has(f, character));
    const face = control === undefined ? holder : undefined;
    const standIn = control ?? standIns[character];
    const arrow = arrows[character];
    const source = standIn && faces.find((f) => has(f, standIn.from[0]!));
    if (face === undefined && arrow !== undefined) {
      flush();
      runs.push({ width: (size) => size, path: (x, y, size) => arrowPath(x, y, size, arrow) });
    } else if (face === undefined && standIn !== undefined && source !== undefined) {
      flush();
      runs.push(faceRun(source, standIn.from, standIn.scale, standIn.raise));
    } else {
      const next = face ?? faces[0];
      if (next !== pendingFace) flush();
      pendingFace = next;
      pending += character;
    }
  }
  flush();
  return runs;
};

const parseFaces = (files: ArrayBuffer | readonly ArrayBuffer[]): readonly [Face, ...Face[]] => {
  const faces = (files instanceof ArrayBuffer ? [files] : files).map((bytes, i): Face => {
    try {
      return parse(bytes);
    } catch (error) {
      return refuse(`font ${i}`, pictureSays.unreadableFont(error instanceof Error ? error.message : String(error)));
    }
  });
  const [first, ...rest] = faces;
  return first === undefined ? refuse('', pictureSays.noFace()) : [first, ...rest];
};

/**
 * Reads TTF, OTF or WOFF files. Several files serve one text: each character is taken from the first file that has it
 * (Latin, then Greek, then Korean, …); one that no file has prints as the first file's empty box.
 * `bold` draws titles and headers, by default as `regular`. Throws `Refusal` where a file is no font.
 */
export const loadFont = (
  regular: ArrayBuffer | readonly ArrayBuffer[],
  bold: ArrayBuffer | readonly ArrayBuffer[] = regular,
): Font => {
  const faces = { regular: parseFaces(regular), bold: parseFaces(bold) };
  return {
    width: (text, size, weight = 'regular') =>
      runsOf(faces[weight], text).reduce((width, run) => width + run.width(size), 0),
    path: (text, x, y, size, weight = 'regular') => {
      let [pen, out] = [x, ''];
      for (const run of runsOf(faces[weight], text)) {
        out += pathData(run.path(pen, y, size));
        pen += run.width(size);
      }
      return out;
    },
  };
};
