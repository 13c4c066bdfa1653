import { pictureSays } from '@kirchhoff/message';
import type { Font } from './font.js';
import { inUnit, limitsOf } from './limit.js';
import { layoutSheet, shownSize, type PictureBox } from './layout.js';
import { outlineOf, withOutline } from './outline.js';
import {
  heatRaster,
  inputRaster,
  pixelRelevance,
  planeOf,
  pngDataUri,
  upscale,
  type Pixels,
  type Raster,
} from './raster.js';
import { atPlace, checkSheet, type Sheet } from './sheet.js';
import { frame, image, svgDocument, textOutline } from './svg.js';
import { frameColour } from './style.js';

/** A map with its channels summed, in the sheet's unit. */
const flatten = (map: Pixels, sheet: Sheet): Pixels & { readonly data: Float64Array } => {
  const { width, height } = planeOf(map);
  return { shape: [height, width], data: inUnit(pixelRelevance(map), sheet.unit ?? 'share') };
};

/** The colours of the legend: the scale from −limit to +limit. */
export const barPixels = (width: number): Pixels => ({
  shape: [1, width],
  data: Float64Array.from({ length: width }, (_, i) => (2 * i) / (width - 1) - 1),
});

/**
 * Draws a sheet as an SVG document (all text as outlines, all pictures inside it). Pixels stay square; the longer side of
 * a picture is at least 96 pixels. Throws `Refusal` where the sheet has no rows or columns, a row has not one map per
 * column, a shape is no picture's, or a value is not finite.
 */
export const heatmapSheet = (sheet: Sheet, font: Font): string => {
  checkSheet(sheet);
  const maps = sheet.rows.map((row, i) =>
    row.maps.map((map, j) => atPlace(`/rows/${i}/maps/${j}`, () => flatten(map, sheet))),
  );
  const inputs = sheet.rows.map(({ input, bounds }, i) =>
    atPlace(`/rows/${i}/input`, () => {
      const { factor } = shownSize(input);
      return {
        raster: upscale(inputRaster(input, bounds), factor),
        outline: sheet.overlay === true ? outlineOf(input, factor) : undefined,
      };
    }),
  );
  const limits = limitsOf(
    maps.map((row) => row.map((map) => map.data)),
    sheet.share ?? 'row',
    sheet.quantile ?? 1,
  );
  const layout = layoutSheet(sheet, limits, font);

  const rasterOf = ({ row, column, factor }: PictureBox): Raster | undefined => {
    const input = inputs[row];
    if (column === 'input') return input?.raster;
    const map = maps[row]?.[column];
    if (map === undefined) return undefined;
    const heat = upscale(heatRaster(map, limits[row]?.[column] ?? 1), factor);
    const outline = input?.outline;
    return outline === undefined ? heat : atPlace(`/rows/${row}/maps/${column}`, () => withOutline(heat, outline));
  };
  const draw = (box: PictureBox): readonly string[] => {
    const raster = rasterOf(box);
    const caption = sheet.rows[box.row]?.caption ?? '';
    const label = box.column === 'input' ? caption : `${sheet.columns[box.column]?.title ?? ''}: ${caption}`;
    return raster === undefined ? [] : [image(box, pngDataUri(raster), label), frame(box, frameColour)];
  };

  const bar = pngDataUri(heatRaster(barPixels(Math.round(layout.bar.width)), 1));
  return svgDocument(layout.width, layout.height, sheet.title, [
    ...layout.pictures.flatMap(draw),
    image(layout.bar, bar, pictureSays.words.scale),
    frame(layout.bar, frameColour),
    ...layout.texts.map((text) => textOutline(text, font)),
  ]);
};
