import { chain, densenet121, vitB16 } from './deep-networks.js';

/** Networks of many nodes, whose time goes before the first run. */
export const deepNetworks = { densenet121, 'vit-b-16': vitB16, chain } as const;

/** One network, how it is explained, and whether it is read and checked as `import` does, from an ONNX file. */
export interface SetupSpec {
  readonly model: keyof typeof deepNetworks;
  readonly composite: string;
  readonly onnx: boolean;
}

/** Seconds of processor time (10⁶ bytes of memory) before the first run. */
export interface SetupRow extends SetupSpec {
  /** Nodes of the explanation graph. */
  readonly nodes: number;
  /** Reading, inference and rewrites; of an ONNX file also its check on random data. */
  readonly openS: number;
  /** The most memory held by then. */
  readonly importMB: number;
  /** Planning and transforming. */
  readonly buildS: number;
  /** From the explanation graph to a session of the engine. */
  readonly engineS: number;
}

export const setupRows: readonly SetupSpec[] = [
  { model: 'densenet121', composite: 'epsilon-alpha2-beta1', onnx: false },
  { model: 'vit-b-16', composite: 'attention', onnx: true },
  { model: 'chain', composite: 'epsilon-plus', onnx: false },
];
