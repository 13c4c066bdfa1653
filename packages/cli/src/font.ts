import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadFont, type Font } from '@kirchhoff/picture';

const subsets = ['latin', 'greek', 'latin-ext', 'cyrillic'] as const;

/** The bytes of Noto Sans (SIL Open Font License), which `@kirchhoff/picture` brings along, one file per script. */
const facesOf = (weight: 400 | 600): readonly ArrayBuffer[] => {
  const fromPicture = createRequire(import.meta.resolve('@kirchhoff/picture'));
  return subsets.map((subset) => {
    const file = fromPicture.resolve(`@fontsource/noto-sans/files/noto-sans-${subset}-${weight}-normal.woff`);
    return new Uint8Array(readFileSync(file)).buffer;
  });
};

/** The font of every picture: Noto Sans in two weights, Latin, Greek and Cyrillic. */
export const notoSans = (): Font => loadFont(facesOf(400), facesOf(600));
