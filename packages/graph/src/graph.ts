import type { OpName } from './operators/index.js';
import type { ElementType } from './tensor.js';

/** A dimension: a number, or a symbol such as `"N"` (possibly an expression of symbols such as `"2*T + 1"`). */
export type Dim = number | string;

/** Declared bounds of an input; arrays hold one bound per channel (axis 1). */
export interface Range {
  readonly low: number | readonly number[];
  readonly high: number | readonly number[];
}

export interface Input {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dim[];
  readonly range?: Range;
}

/** A small tensor written inside the document. Non-finite numbers are the strings "NaN", "Infinity", "-Infinity" in JSON, numbers here. */
export interface InlineTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A tensor that lies in a safetensors file beside the graph, under `key` (default: its own name). */
export interface FileTensor {
  readonly file: string;
  readonly key?: string;
}

export type TensorEntry = InlineTensor | FileTensor;

export type AttributeValue = number | string | readonly number[] | readonly string[] | InlineTensor | Graph;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * Which input of a product is the gate and which the signal; or which is the scale of a quotient: the reciprocal of what it
 * is divided by.
 */
export type Roles =
  | { readonly gate: number; readonly scale?: never; readonly signal: number }
  | { readonly scale: number; readonly gate?: never; readonly signal: number };

/**
 * One operator applied. Its first output bears the node's name; `outputs` lists the further ones.
 * An omitted optional input is `''`. `attrs` holds only what differs from the operator's defaults.
 */
export interface Node {
  readonly name: string;
  readonly op: OpName;
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
  readonly attrs?: Attributes;
  readonly roles?: Roles;
  /** Prepares an input as a data loader would: what reaches its output is the relevance of that input. */
  readonly preamble?: true;
}

/** A decoded `kirchhoff-graph/1` document: plain JSON values only, nodes in an order in which each comes after its inputs. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly string[];
  readonly tensors: Readonly<Record<string, TensorEntry>>;
  /** The symbol that is the number of samples; null: the graph holds one sample. Absent: whatever can be proved. */
  readonly batch?: string | null;
}

export const outputsOf = (node: Node): readonly string[] => [node.name, ...(node.outputs ?? [])];

export const isInline = (entry: TensorEntry): entry is InlineTensor => !('file' in entry);
