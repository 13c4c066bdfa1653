export { colourOf, hexOf, limitOf, type Rgb } from './scale.js';
export { limitsOf, totalOf, type Share, type Unit } from './limit.js';
export {
  heatRaster,
  inputRaster,
  pngBytes,
  pngDataUri,
  upscale,
  type Bounds,
  type PixelLayout,
  type Pixels,
  type Raster,
} from './raster.js';
export { outlineOf, withOutline, type Outline } from './outline.js';
export { loadFont, type Font, type Weight } from './font.js';
export type { RelevanceMap, Sheet, SheetColumn, SheetRow } from './sheet.js';
export { heatmapSheet } from './heatmap.js';
export { fittingSheet } from './layout.js';
export { ledgerBars, type LedgerBarsOptions, type LedgerEntry } from './bars.js';
export { textSegments, type TextSample, type TextSegment, type TextSheet } from './text-sheet.js';
export { textHtml } from './text-html.js';
export { textAnsi, type TextAnsiOptions } from './text-ansi.js';
export { charactersOf, textSvg, type TextSvgOptions } from './text-svg.js';
export { comparisonHtml } from './comparison-html.js';
export type {
  Comparison,
  ComparisonMethod,
  ComparisonMetric,
  ComparisonModel,
  ComparisonRule,
  ComparisonSample,
  Interval,
} from './comparison.js';
