import type { Tensor } from '@kirchhoff/graph';
import type { SampleLedger } from '@kirchhoff/explain';
import type { Report } from '@kirchhoff/explain';
import type { Subject } from './subject.js';

/** Where what is explained went: explained = input + Σ leaks. */
export interface Completeness {
  readonly explained: number;
  readonly input: number;
  readonly leaks: Readonly<Record<string, number>>;
  /** Where relevance went missing beyond rounding, and where it outgrew what it started from: of rules, which keep ledgers. */
  readonly open?: SampleLedger['open'];
  readonly outgrown?: SampleLedger['outgrown'];
}

/** What a method says of a batch. */
export interface Attribution {
  /** In the input's shape; activation maps have one channel. */
  readonly map: Tensor;
  /** For each sample; null where the method does not claim to add up to the score. */
  readonly ledgers: readonly (Completeness | null)[];
}

/** A method ready to run on one subject. It holds memory until it is closed. */
export interface Attributor {
  /** Runs of linear operators for one sample. */
  readonly passes: number;
  /** Which rule governs which node, where rules do. */
  readonly plan: Report['plan'];
  /** @param targets the class that is explained, for each sample */
  readonly run: (x: Tensor, targets: readonly number[], progress?: Progress) => Promise<Attribution>;
  readonly close: () => Promise<void>;
}

/** Told how many of all samples are done. */
export type Progress = (done: number, all: number) => void;

export interface Parameter {
  readonly default: number;
  readonly minimum: number;
  readonly summary: string;
}

export type Settings = Readonly<Record<string, number>>;

/** A named way to explain. */
export interface Method {
  readonly summary: string;
  readonly cite: readonly string[];
  /** What it must be given (a baseline, a node, a seed, data to learn from), or find in the model (a ReLU, a range of the input). */
  readonly needs: readonly ('baseline' | 'node' | 'seed' | 'data' | 'relu' | 'range')[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  /**
   * Whether Σ of the map is the score (or its difference from the baseline's): exactly, less declared leaks, less a remainder
   * that the method does not bound, or not.
   */
  readonly complete: 'exact' | 'leaks' | 'remainder' | 'no';
  /** @throws Refusal where it does not apply to the subject */
  readonly open: (subject: Subject, settings: Settings, node?: string) => Promise<Attributor>;
}
