import { hexOf, labOf, rgbOf, type Rgb } from './scale.js';

/** The ground of a stretch of text and what is written on it, each `#rrggbb`. */
export interface TextColours {
  readonly ground: string;
  readonly ink: string;
}

const darkInk: Rgb = [0x1b, 0x1f, 0x24];
const lightInk: Rgb = [0xff, 0xff, 0xff];

const linear = (channel: number): number => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

/** Relative luminance (WCAG 2.2). */
const luminance = ([r, g, b]: Rgb): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

/** The contrast of two colours, from 1 to 21 (WCAG 2.2). */
export const contrast = (one: Rgb, other: Rgb): number => {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};

/** Black or white, whichever is read more easily on the ground. */
export const inkOn = (ground: Rgb): Rgb =>
  contrast(darkInk, ground) >= contrast(lightInk, ground) ? darkInk : lightInk;

const coloursOn = (ground: Rgb): TextColours => ({ ground: hexOf(ground), ink: hexOf(inkOn(ground)) });

/** The ground of a position in [−1, 1] on the scale of all pictures: near-white at 0. */
export const lightGround = (t: number): Rgb => rgbOf(labOf(t));

const darkNeutral = 0.27;
const darkStrongest = 0.68;
const dampening = 0.86;

/**
 * The ground for a page with a dark background: the same hues, but near-black at 0 and lighter with |t|, the same
 * lightness for `t` and `−t`.
 */
export const darkGround = (t: number): Rgb => {
  const size = Math.abs(t);
  const [, a, b] = labOf(Math.sign(t) * (0.35 * size + 0.5 * Math.min(size, 0.5)));
  const chroma = Math.min(1, size * 2.2) * dampening;
  return rgbOf([darkNeutral + (darkStrongest - darkNeutral) * size, a * chroma, b * chroma]);
};

export const lightColours = (t: number): TextColours => coloursOn(lightGround(t));
export const darkColours = (t: number): TextColours => coloursOn(darkGround(t));
