import { inXml, visible } from '@kirchhoff/message';
import type { Box, TextBox } from './box.js';
import type { Font } from './font.js';

const round = (value: number): string => String(Math.round(value * 100) / 100);

const place = ({ x, y, width, height }: Box): string =>
  `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;

/** `radius` rounds the corners. */
export const rectangle = (box: Box, fill: string, radius = 0): string =>
  `<rect ${place(box)}${radius === 0 ? '' : ` rx="${round(radius)}"`} fill="${fill}"/>`;

/** A horizontal line, `thickness` pixels thick, dotted or not. */
export const ruleLine = (
  x: number,
  y: number,
  width: number,
  thickness: number,
  colour: string,
  dotted = false,
): string =>
  `<path stroke="${colour}" stroke-width="${round(thickness)}"${dotted ? ` stroke-dasharray="${round(thickness)} ${round(1.5 * thickness)}"` : ''} d="M${round(x)} ${round(y)}h${round(width)}"/>`;

/** A hairline around a box, outside of it. */
export const frame = ({ x, y, width, height }: Box, colour: string): string =>
  `<rect ${place({ x: x - 0.5, y: y - 0.5, width: width + 1, height: height + 1 })} fill="none" stroke="${colour}"/>`;

/** A raster (a `data:` address) stretched over a box, its pixels kept sharp. `label` is read aloud in its place. */
export const image = (box: Box, address: string, label: string): string =>
  `<image ${place(box)} preserveAspectRatio="none" style="image-rendering:pixelated" role="img" aria-label="${inXml(label)}" href="${address}"/>`;

/** A line of text as outlines, with the text itself for screen readers. */
export const textOutline = ({ text, style, x, y }: TextBox, font: Font): string =>
  `<path role="img" aria-label="${inXml(text)}" fill="${style.colour}" d="${font.path(visible(text), x, y + 1.02 * style.size, style.size, style.weight)}"/>`;

/** A whole SVG document on a white ground. */
export const svgDocument = (width: number, height: number, label: string, parts: readonly string[]): string => {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-label="${inXml(label)}">`,
    rectangle({ x: 0, y: 0, width: w, height: h }, '#ffffff'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
};
