import type { Attributes, AttributeValue, Dim, Graph } from '../graph.js';
import type { ElementType } from '../tensor.js';

/**
 * What a node is to a rule.
 * `weighted` and `plain` are the two halves of the kind `affine` (a weighted sum with a constant weight; a sum, mean or
 * scaling). `discrete` carries no relevance (comparisons, Shape, ArgMax: whatever reaches it is the leak `discrete`).
 * `quotient` is a product whose one factor is held fast as a scale (written on the node: `Roles`).
 * `other` has no default rule (Mod, Pow of two computed tensors): relevance cannot cross it.
 */
export const kinds = [
  'weighted',
  'plain',
  'product',
  'quotient',
  'contraction',
  'elementwise',
  'maximum',
  'axis',
  'structural',
  'discrete',
  'other',
] as const;
export type Kind = (typeof kinds)[number];

export interface ValueType {
  readonly type: ElementType;
  readonly shape: readonly Dim[];
}

/** Known without data: every element lies in [low, high] (infinite where nothing is known). */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface AttributeSpec {
  readonly type: 'int' | 'float' | 'string' | 'ints' | 'floats' | 'strings' | 'tensor' | 'graph';
  /** Absent: the attribute is required unless `optional`. */
  readonly default?: AttributeValue;
  readonly optional?: true;
  readonly choices?: readonly string[];
  /** Bounds of a number, or of each number of a list. */
  readonly least?: number;
  readonly most?: number;
}

/** A type variable of ONNX's type constraints. */
export type TypeVariable = 'T' | 'T1' | 'T2' | 'T3' | 'Tind' | 'V' | 'B';

export interface Port {
  readonly name: string;
  /** The element type: one of its own, or those of a variable of the row. Inputs of one variable have one type. */
  readonly type: ElementType | TypeVariable;
  readonly optional?: true;
  /** Only on the last port: any number of inputs, at least one. */
  readonly variadic?: true;
  /** On a variadic port: its inputs need not have one type. */
  readonly mixed?: true;
}

/** Values of small integer tensors known while shapes are inferred (elements may be symbolic dimensions). */
export interface KnownTensor {
  readonly shape: readonly number[];
  readonly values: readonly Dim[];
}

export interface InferContext {
  readonly name: string;
  /** Attributes with the operator's defaults filled in. */
  readonly attrs: Attributes;
  /** Types of the inputs; undefined where an optional input is omitted. */
  readonly inputs: readonly (ValueType | undefined)[];
  /** How many outputs the node lists, the first one included. */
  readonly outputCount: number;
  /** The value of an input where it is known. */
  readonly known: (port: number) => KnownTensor | undefined;
  /** Infers a nested graph (Scan) given the types of its inputs. */
  readonly inferBody: (body: Graph, inputs: readonly ValueType[]) => readonly ValueType[];
}

export interface KindContext {
  readonly attrs: Attributes;
  /** Whether each input depends on no graph input. Omitted inputs count as constant. */
  readonly constant: readonly boolean[];
}

export interface FactsContext {
  readonly attrs: Attributes;
  readonly inputs: readonly (Interval | undefined)[];
  readonly types: readonly (ValueType | undefined)[];
}

/**
 * One operator of the language: ONNX's name, ports and attributes (default domain, opset 21), and what Kirchhoff needs
 * to know of it. Kernels, adjoints and ONNX translation are tables of their own, total over the same names.
 */
export interface Row {
  readonly summary: string;
  readonly inputs: readonly Port[];
  /** ONNX's type constraints: the element types that each type variable of the ports stands for. */
  readonly types: { readonly [V in TypeVariable]?: readonly ElementType[] };
  /** Further outputs after the first are optional unless said otherwise by `infer`. */
  readonly outputs: readonly string[];
  /** Variadic outputs (Split, Scan): any number may be listed. */
  readonly variadicOutputs?: true;
  readonly attrs: Readonly<Record<string, AttributeSpec>>;
  readonly kind: Kind | ((context: KindContext) => Kind);
  /** Types of all outputs, of inputs whose element types `types` allows. Throws `Refusal` (place: the node's name) on a clash. */
  readonly infer: (context: InferContext) => readonly ValueType[];
  /** Values of small integer outputs, where they follow from known inputs and shapes (Shape, Gather, Concat, ...). */
  readonly evaluate?: (context: InferContext) => KnownTensor | undefined;
  /** Bounds of the first output. */
  readonly facts: (context: FactsContext) => Interval;
  /** Elementwise operators: `y` as a formula of `x` and numeric attributes, in the syntax of mathjs. */
  readonly formula?: string;
  /** Other formulas, by the value of a string attribute (Gelu's `approximate`); see `formulaOf`. */
  readonly variants?: { readonly attribute: string; readonly formulas: Readonly<Record<string, string>> };
  /** A numerically stable derivative in `x` and `y`, where the derived one is not. Tested equal to the derived one. */
  readonly derivative?: string;
}

/** Checks one row as it is written, and keeps the type of a family small: its names, each a `Row`. */
export const row = (value: Row): Row => value;

/** How many inputs a node of the operator lists; `most` is infinite where the last port is variadic. */
export const arityOf = ({ inputs }: Row): { readonly least: number; readonly most: number } => ({
  least: inputs.findLastIndex((port) => port.optional === undefined) + 1,
  most: inputs.at(-1)?.variadic === true ? Infinity : inputs.length,
});
