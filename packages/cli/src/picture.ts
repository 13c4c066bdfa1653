import { heatmapSheet, type Sheet } from '@kirchhoff/picture';
import sharp from 'sharp';
import { notoSans } from './font.js';

/** Draws a sheet and turns it into a PNG, at twice the size for sharp print. */
export const drawSheet = async (sheet: Sheet): Promise<Uint8Array> => {
  const svg = heatmapSheet(sheet, notoSans());
  return sharp(Buffer.from(svg), { limitInputPixels: false, unlimited: true }).png().toBuffer();
};
