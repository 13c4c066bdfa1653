import { charactersOf, fittingSheet, heatmapSheet, textSvg, type Sheet, type TextSheet } from '@kirchhoff/picture';
import sharp from 'sharp';
import { notoSans, notoSansFor } from './font.js';

/** Pixels either way: sharp draws no more than 32,767. */
const most = 30_000;

/** Draws a sheet and turns it into a PNG, at twice the size for sharp print. */
export const drawSheet = async (sheet: Sheet): Promise<Uint8Array> => {
  const svg = heatmapSheet(fittingSheet(sheet, most), notoSans());
  return sharp(Buffer.from(svg), { limitInputPixels: false, unlimited: true }).png().toBuffer();
};

/** Draws texts, with a font for just the characters that they have. */
export const drawTexts = async (sheet: TextSheet): Promise<Uint8Array> => {
  const svg = textSvg(sheet, notoSansFor(charactersOf(sheet)), { height: most / 2 - 2000 });
  return sharp(Buffer.from(svg), { limitInputPixels: false, unlimited: true, density: 144 }).png().toBuffer();
};
