import { attributesOf, int, optionalInts, subgraph } from './attributes.js';
import type { Attributes, Graph, Node } from './graph.js';

/** The parts of a Scan node: how many states and scanned values it has, and how each is cut and put together. */
export interface ScanShape {
  readonly body: Graph;
  readonly states: number;
  readonly inputAxes: readonly number[];
  /** 1: read from the end. */
  readonly inputDirections: readonly number[];
  readonly outputAxes: readonly number[];
  /** 1: put together from the end. */
  readonly outputDirections: readonly number[];
}

/** Reads a Scan's attributes, with defaults written out. States come first among its inputs and its outputs. */
export const scanShape = (node: Node): ScanShape => {
  const attrs = attributesOf(node);
  const body = subgraph(attrs, 'body');
  const scanned = int(attrs, 'num_scan_inputs');
  const states = node.inputs.length - scanned;
  const list = (name: string, length: number): readonly number[] => {
    const written = optionalInts(attrs, name);
    return written && written.length > 0 ? written : Array<number>(length).fill(0);
  };
  const outputs = body.outputs.length - states;
  return {
    body,
    states,
    inputAxes: list('scan_input_axes', scanned),
    inputDirections: list('scan_input_directions', scanned),
    outputAxes: list('scan_output_axes', outputs),
    outputDirections: list('scan_output_directions', outputs),
  };
};

/** The attributes that say this. */
export const scanAttributes = (shape: ScanShape): Attributes => ({
  body: shape.body,
  num_scan_inputs: shape.inputAxes.length,
  scan_input_axes: shape.inputAxes,
  scan_input_directions: shape.inputDirections,
  scan_output_axes: shape.outputAxes,
  scan_output_directions: shape.outputDirections,
});
