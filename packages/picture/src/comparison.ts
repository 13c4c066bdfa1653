import type { Bounds, Pixels } from './raster.js';
import type { TextSegment } from './text-sheet.js';

/** A mean over samples and its interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Samples for which there is no value. */
  readonly undefined: number;
}

export interface ComparisonMetric {
  readonly title: string;
  readonly summary: string;
  /** Such as `lower is better`. */
  readonly direction: string;
  readonly better: 'higher' | 'lower' | 'neither';
  readonly cite: string;
  /** One for each method; null where it has none. */
  readonly values: readonly (Interval | null)[];
  /** The method minus the random map, in pairs. */
  readonly againstRandom: readonly (Interval | null)[];
}

export interface ComparisonMethod {
  readonly name: string;
  readonly summary: string;
  readonly cite: readonly string[];
  /** Parameters with their values. */
  readonly settings: readonly string[];
  /** Which rule governs which nodes: `conv1 … conv5`, `z-plus`. */
  readonly plan: readonly { readonly rule: string; readonly nodes: readonly string[] }[];
  readonly passes: number;
  readonly milliseconds: number;
  /** Samples whose map is the same everywhere. */
  readonly constant: number;
  /** Mean parts of what is explained, by where they went; undefined where the method does not add up. */
  readonly parts: Readonly<Record<string, number>> | undefined;
  /** Probability of the decision while parts are removed, most and least relevant first. */
  readonly curves: { readonly most: readonly number[]; readonly least: readonly number[] } | null;
}

/** What is known of one claim of a rule: `proved`, `tested`, `refuted`, and what that rests on. */
export interface ComparisonVerdict {
  readonly verdict: string;
  readonly evidence: string;
}

/** What is known of a rule that governs nodes of the comparison. */
export interface ComparisonRule {
  readonly rule: string;
  /** In the order of `claims`; null where the rule keeps no such thing. */
  readonly verdicts: readonly (ComparisonVerdict | null)[];
}

/** A sample as it looks, and under every method. */
export type ComparisonSample = { readonly caption: string } & (
  | {
      readonly kind: 'picture';
      readonly input: Pixels;
      readonly bounds?: Bounds;
      readonly maps: readonly Pixels[];
      /** 1 where the evidence is. */
      readonly mask?: Pixels;
    }
  | {
      readonly kind: 'text';
      readonly segments: readonly TextSegment[];
      readonly values: readonly (readonly (number | null)[])[];
    }
);

export interface ComparisonModel {
  readonly name: string;
  readonly summary: string;
  /** How many samples were compared; those shown may be fewer. */
  readonly count: number;
  readonly samples: readonly ComparisonSample[];
  readonly methods: readonly ComparisonMethod[];
  readonly metrics: readonly ComparisonMetric[];
  /** Probability of the decision while parts are removed in random order. */
  readonly random: readonly number[] | null;
  /** Mean similarity of every two methods, by name of the measure. */
  readonly agreement: readonly {
    readonly title: string;
    readonly summary: string;
    readonly cells: readonly (readonly (number | null)[])[];
  }[];
  readonly claims: readonly { readonly title: string; readonly summary: string }[];
  readonly rules: readonly ComparisonRule[];
  readonly skipped: readonly { readonly method: string; readonly reason: string }[];
}

/** A comparison of methods on models, ready to be shown. */
export interface Comparison {
  readonly title: string;
  readonly subtitle: string;
  /** The command line that makes it again. */
  readonly command: string;
  readonly models: readonly ComparisonModel[];
}
