import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadFont, type Font } from '@kirchhoff/picture';

type Weight = 400 | 600;

const subsets = ['latin', 'greek', 'latin-ext', 'cyrillic'] as const;

/** Noto Sans and Noto Sans KR come along (SIL Open Font License), in one file per script or less; `imports` says where. */
const resolve = createRequire(import.meta.url).resolve;

const bytesOf = (file: string): ArrayBuffer => new Uint8Array(readFileSync(resolve(file))).buffer;

const facesOf = (weight: Weight): readonly ArrayBuffer[] =>
  subsets.map((subset) => bytesOf(`#fonts/noto-sans/files/noto-sans-${subset}-${weight}-normal.woff`));

/** The font of pictures without Korean: Noto Sans in two weights, Latin, Greek and Cyrillic. */
export const notoSans = (): Font => loadFont(facesOf(400), facesOf(600));

/** Whether a list of ranges such as `U+ac00-ac02,U+ac10` holds a character. */
const holds = (ranges: string): ((code: number) => boolean) => {
  const bounds = ranges.split(',').map((range) => {
    const [low = '', high = low] = range.replace('U+', '').split('-');
    return [Number.parseInt(low, 16), Number.parseInt(high, 16)] as const;
  });
  return (code) => bounds.some(([low, high]) => code >= low && code <= high);
};

/** The parts of Noto Sans KR that a text needs beyond Latin: their names, and the ranges of characters that they hold. */
const koreanParts = (text: string): readonly (readonly [subset: string, range: string])[] => {
  const codes = [...new Set(text.normalize('NFC'))].map((c) => c.codePointAt(0)!).filter((code) => code > 0x24f);
  const ranges = JSON.parse(readFileSync(resolve('#fonts/noto-sans-kr/unicode.json'), 'utf8')) as Readonly<
    Record<string, string>
  >;
  return Object.entries(ranges).flatMap(([subset, range]) =>
    codes.some(holds(range)) ? [[subset.replaceAll(/[[\]]/gu, ''), range] as const] : [],
  );
};

/** Names of the parts of Noto Sans KR that a text needs beyond Latin. */
export const koreanSubsets = (text: string): readonly string[] => koreanParts(text).map(([subset]) => subset);

const hangul = /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]/u;

/** Style that brings along as much of Noto Sans KR as a text needs; none where there is no Korean in it. */
const koreanFaces = (text: string): string => {
  const parts = hangul.test(text) ? koreanParts([...text].filter((c) => hangul.test(c)).join('')) : [];
  return parts
    .map(([subset, range]) => {
      const file = resolve(`#fonts/noto-sans-kr/files/noto-sans-kr-${subset}-400-normal.woff2`);
      const data = readFileSync(file).toString('base64');
      return `@font-face{font-family:"Noto Sans KR";src:url(data:font/woff2;base64,${data}) format("woff2");unicode-range:${range}}`;
    })
    .join('\n');
};

/** A page with the letters that its Korean needs, so that it reads the same where no Korean font is installed. */
export const withKorean = (page: string): string => {
  const faces = koreanFaces(page);
  return faces === '' ? page : page.replace('</head>', () => `<style>\n${faces}\n</style>\n</head>`);
};

/** Noto Sans with as much of Noto Sans KR as a text needs. */
export const notoSansFor = (text: string): Font => {
  const korean = koreanSubsets(text);
  const faces = (weight: Weight): readonly ArrayBuffer[] => [
    ...facesOf(weight),
    ...korean.map((subset) => bytesOf(`#fonts/noto-sans-kr/files/noto-sans-kr-${subset}-${weight}-normal.woff`)),
  ];
  return loadFont(faces(400), faces(600));
};
