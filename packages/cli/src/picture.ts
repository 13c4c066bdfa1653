import { charactersOf, heatmapSheet, textSvg, type Sheet, type TextSheet } from '@kirchhoff/picture';
import sharp from 'sharp';
import { notoSans, notoSansFor } from './font.js';

/** Draws a sheet and turns it into a PNG, at twice the size for sharp print. */
export const drawSheet = async (sheet: Sheet): Promise<Uint8Array> => {
  const svg = heatmapSheet(sheet, notoSans());
  return sharp(Buffer.from(svg), { limitInputPixels: false, unlimited: true }).png().toBuffer();
};

/** Draws texts, with a font for just the characters that they have. */
export const drawTexts = async (sheet: TextSheet): Promise<Uint8Array> => {
  const svg = textSvg(sheet, notoSansFor(charactersOf(sheet)));
  return sharp(Buffer.from(svg), { limitInputPixels: false, unlimited: true, density: 144 }).png().toBuffer();
};
