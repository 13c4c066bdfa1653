import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadFont, type Font } from '../src/index.js';

const { resolve } = createRequire(import.meta.url);

export const face = (name: string): ArrayBuffer =>
  new Uint8Array(readFileSync(resolve(`@fontsource/noto-sans/files/noto-sans-${name}-normal.woff`))).buffer;

export const noto: Font = loadFont([face('latin-400'), face('greek-400')], [face('latin-600'), face('greek-600')]);

/** A font whose letters are all half as wide as high and whose outlines are dots: keeps snapshots readable. */
export const dots: Font = {
  width: (text, size) => (text.length * size) / 2,
  path: (_, x, y) => `M${x.toFixed(1)} ${y.toFixed(1)}z`,
};
