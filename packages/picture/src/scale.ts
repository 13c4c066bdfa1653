import { pictureSays, refuse } from '@kirchhoff/message';

/** Red, green and blue, each a whole number from 0 to 255 (sRGB). */
export type Rgb = readonly [number, number, number];

/** A chroma vector of OKLab: `[a, b]`. */
type Chroma = readonly [number, number];

const lightest = 0.975;
const darkest = 0.4;

/** Where the two arms bend and where they end, in OKLab's chroma plane; both lie inside sRGB at their lightness. */
const warm: { readonly bend: Chroma; readonly end: Chroma } = { bend: [0.135, 0.085], end: [0.141, 0.062] };
const cool: { readonly bend: Chroma; readonly end: Chroma } = { bend: [-0.055, -0.095], end: [-0.014, -0.128] };

/** OKLab to linear-light sRGB (Ottosson 2020, "A perceptual color space for image processing"). */
const linearRgb = (lightness: number, a: number, b: number): readonly [number, number, number] => {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
};

const byte = (linear: number): number => {
  const c = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
};

/** A colour of OKLab, what lies outside sRGB cut off. */
export const rgbOf = (lab: readonly [number, number, number]): Rgb => {
  const [r, g, b] = linearRgb(...lab);
  return [byte(r), byte(g), byte(b)];
};

/**
 * The OKLab coordinates `[L, a, b]` of a position `t` in [−1, 1] on the scale. Lightness falls linearly in |t| and is the
 * same for `t` and `−t`; the chroma of each arm is a quadratic Bézier curve that starts at the neutral.
 */
export const labOf = (t: number): readonly [number, number, number] => {
  const size = Math.abs(t);
  const { bend, end } = t < 0 ? cool : warm;
  const [toBend, toEnd] = [2 * size * (1 - size), size * size];
  return [lightest + (darkest - lightest) * size, toBend * bend[0] + toEnd * end[0], toBend * bend[1] + toEnd * end[1]];
};

/** Whether the scale's colour at `t` lies inside sRGB, so that no channel is cut off. */
export const insideGamut = (t: number): boolean =>
  linearRgb(...labOf(t)).every((channel) => channel >= 0 && channel <= 1);

/**
 * The colour of a relevance on the zero-centred diverging scale: blue below 0, a neutral near-white at 0, red above.
 * Values beyond ±`limit` get the colour of the limit. Lightness depends on |value| alone (so a print in grey shows
 * strength), and the hues blue and red stay apart for readers with protan, deutan and tritan vision.
 * Throws `Refusal` for a value that is not finite and for a limit that is not a finite number above 0.
 */
export const colourOf = (value: number, limit: number): Rgb => {
  if (!Number.isFinite(limit) || limit <= 0) refuse('', pictureSays.badLimit(limit));
  if (!Number.isFinite(value)) refuse('', pictureSays.notFinite(value));
  return rgbOf(labOf(Math.min(1, Math.max(-1, value / limit))));
};

/** `#rrggbb`. */
export const hexOf = (colour: Rgb): string => `#${colour.map((c) => c.toString(16).padStart(2, '0')).join('')}`;

/**
 * The colour limit of some maps: the largest |R| in them, or with `quantile` < 1 the |R| below which that part of all
 * values lies (an isolated spike then does not bleach the rest). Where that is 0 the largest |R| serves; maps that are 0
 * throughout get 1, which shows them all neutral. Throws `Refusal` for values that are not finite.
 */
export const limitOf = (maps: readonly ArrayLike<number>[], quantile = 1): number => {
  if (!(quantile > 0 && quantile <= 1)) refuse('', pictureSays.badQuantile(quantile));
  const sizes = new Float64Array(maps.reduce((n, map) => n + map.length, 0));
  let at = 0;
  let largest = 0;
  for (const map of maps) {
    for (let i = 0; i < map.length; i++) {
      const size = Math.abs(map[i] ?? Number.NaN);
      if (!Number.isFinite(size)) refuse('', pictureSays.notFinite(map[i] ?? Number.NaN));
      sizes[at++] = size;
      if (size > largest) largest = size;
    }
  }
  if (largest === 0) return 1;
  if (quantile === 1) return largest;
  sizes.sort();
  return sizes[Math.ceil(quantile * sizes.length) - 1] || largest;
};
