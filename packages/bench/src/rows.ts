import type { NetworkName } from './networks.js';

/** What is benched: a network made for the purpose, or a model of the repository. */
export type SubjectName = NetworkName | 'nsmc-lstm';

/** One line of the bench: which model, how it is explained, and how many samples at a time. */
export interface RowSpec {
  readonly model: SubjectName;
  /** A composite's name; or a rule's, which then governs all weighted nodes over the composite `standard`. */
  readonly composite: string;
  readonly batch: number;
  /** The network has been through an ONNX file: written, and read as `import` reads. */
  readonly imported?: boolean;
  /** The ratio explanation / forward that the row should stay under, where one was set. */
  readonly bound?: number;
  /** What a sample may take, as a share of what it takes in the row of one sample, where that was set. */
  readonly share?: number;
}

/** What one row was measured to be. Times are medians in milliseconds, memory in megabytes (10⁶ bytes). */
export interface Row {
  readonly model: SubjectName;
  readonly composite: string;
  readonly batch: number;
  readonly imported?: boolean;
  /** The forward pass of the graph that is explained. */
  readonly forwardMs: number;
  readonly explainMs: number;
  /** Explaining, by sample. */
  readonly sampleMs: number;
  /** The model as its document says it, where the rewrites wrote recurrent operators out: the engine's own LSTM. */
  readonly fusedMs?: number;
  /** Median of the paired ratios: not the ratio of the medians. */
  readonly ratio: number;
  /** Runs of linear operators, the forward pass included, over all affine nodes. */
  readonly passes: number;
  /** Planning and transforming. */
  readonly buildMs: number;
  /** From the explanation graph to a session that can run. */
  readonly setupMs: number;
  /** The most that the row's process ever held, both sessions together. */
  readonly peakMB: number;
}

/** Rules that are benched by themselves: on all weighted nodes, over `standard`. */
export const ruleRows: readonly string[] = ['epsilon', 'z-plus', 'alpha-beta'];

export const rows: readonly RowSpec[] = [
  { model: 'vgg16', composite: 'epsilon', batch: 1, bound: 2.4 },
  { model: 'vgg16', composite: 'z-plus', batch: 1, bound: 3.4 },
  { model: 'vgg16', composite: 'alpha-beta', batch: 1, bound: 4.7 },
  { model: 'vgg16', composite: 'epsilon-plus-flat', batch: 1, bound: 3.5 },
  { model: 'vgg16', composite: 'epsilon-gamma-box', batch: 1, bound: 4.8 },
  { model: 'vgg16', composite: 'epsilon', batch: 8, share: 0.87 },
  { model: 'vgg16', composite: 'epsilon-plus-flat', batch: 8, share: 0.87 },
  { model: 'resnet50', composite: 'epsilon', batch: 1, bound: 2.8 },
  { model: 'resnet50', composite: 'epsilon-plus-flat', batch: 1, bound: 3.8 },
  { model: 'resnet50', composite: 'epsilon', batch: 8, share: 0.87 },
  { model: 'resnet50', composite: 'epsilon-plus-flat', batch: 8, share: 0.87 },
  { model: 'vgg16', composite: 'epsilon-plus-flat', batch: 1, imported: true, bound: 3.5 },
  { model: 'resnet50', composite: 'epsilon', batch: 1, imported: true, bound: 2.8 },
  { model: 'resnet50', composite: 'epsilon-plus-flat', batch: 1, imported: true, bound: 3.8 },
  { model: 'nsmc-lstm', composite: 'lstm-signal-take-all', batch: 1 },
  { model: 'nsmc-lstm', composite: 'lstm-signal-take-all', batch: 64, bound: 3.5, share: 0.5 },
];

/** The rows of one model, or of some composites, or all. */
export const chooseRows = (only: string | undefined, composites: readonly string[]): readonly RowSpec[] =>
  rows.filter(
    ({ model, composite }) =>
      (only === undefined || model === only) && (composites.length === 0 || composites.includes(composite)),
  );

/** What every row should stay under, whatever its rule. */
export const limits = { buildMs: 1000, setupMs: 6000, peakMB: 3000 } as const;
