import { greatest } from './extreme.js';
import { outputsOf, type Node } from './graph.js';
import type { TypedGraph } from './infer.js';
import { kindOf } from './kind.js';
import type { ValueType } from './operators/row.js';
import { scanShape } from './scan.js';

/**
 * How a value comes from the inputs of its graph.
 * `none`: by their shapes alone, or not at all; a constant in all but name.
 * `counted`: by integers and conditions (ids, positions, masks), and what arithmetic without weights makes of them.
 * `weighed`: by what weights make of counted ones (a dense layer over counts).
 * `real`: by numbers that can be changed a little (an input of floats or bytes, the rows of an embedding).
 */
export type Way = 'none' | 'counted' | 'weighed' | 'real';

const ways: readonly Way[] = ['none', 'counted', 'weighed', 'real'];

const furthest = (some: readonly Way[]): Way =>
  ways[
    greatest(
      some.map((way) => ways.indexOf(way)),
      0,
    )
  ]!;

/** Operators that take nothing of their input but its shape. */
const ofShape: readonly string[] = ['Shape', 'Size', 'EyeLike'];

/** Of an angle made of positions they make a code of the position, whatever weighed it (RoPE, sinusoids). */
const ofAngle: readonly string[] = ['Sin', 'Cos'];

/** Operators that read elements of their first input at the places that their second one names. */
export const lookups: readonly string[] = ['Gather', 'GatherElements', 'GatherND'];

/** Bytes are pictures and sounds; other integers are ids, positions and masks. */
const wayOfInput = (type: string): Way =>
  type.startsWith('float') || type === 'uint8' || type === 'int8' ? 'real' : 'counted';

/**
 * Whether a value is a constant to the node that reads it. One that no input reaches always is; one that is counted is where
 * it meets one of features, since it masks, turns or shifts that: a mask times a state, a position's code times a query.
 */
export const constantAt = (node: Node, wayOf: (name: string) => Way): ((name: string) => boolean) => {
  const features = node.inputs.some((name) => name !== '' && ways.indexOf(wayOf(name)) > ways.indexOf('counted'));
  return (name) => {
    const way = name === '' ? 'none' : wayOf(name);
    return way === 'none' || (way === 'counted' && features);
  };
};

const isFloat = (type: ValueType | undefined): boolean => type?.type.startsWith('float') !== false;

/** The way of one output of a node, by those of its inputs. */
const wayOfOutput = (node: Node, output: string, { types }: TypedGraph, wayOf: (name: string) => Way): Way => {
  const inputs = node.inputs.map((name) => (name === '' ? 'none' : wayOf(name)));
  const way = furthest(inputs);
  if (way === 'none' || ofShape.includes(node.op)) return 'none';
  const float = isFloat(types.get(output));
  const kind = kindOf(node, constantAt(node, wayOf));
  if (lookups.includes(node.op)) {
    const [data = 'none'] = inputs;
    return data !== 'none' ? data : float ? 'real' : 'counted';
  }
  const cut = !float && (kind !== 'structural' || isFloat(types.get(node.inputs[0]!)));
  if (kind === 'discrete' || cut) return 'counted';
  if (node.op === 'Where') return furthest(['counted', ...inputs.slice(1)]);
  if (way === 'real') return 'real';
  return ofAngle.includes(node.op) ? 'counted' : kind === 'weighted' ? 'weighed' : way;
};

/** The way of every value of a graph, those inside its bodies included. */
export const waysOf = (typed: TypedGraph): ReadonlyMap<string, Way> => {
  const found = new Map<string, Way>();
  const wayOf = (name: string): Way => found.get(name) ?? 'none';
  const through = (part: TypedGraph): void => {
    for (const node of part.graph.nodes) {
      const body = part.bodies.get(node.name);
      if (body === undefined) {
        for (const output of outputsOf(node)) found.set(output, wayOfOutput(node, output, part, wayOf));
      } else throughSteps(node, body);
    }
  };
  /** A state has the way of its beginning and of every step's. Ways only grow, so that this ends. */
  const throughSteps = (node: Node, body: TypedGraph): void => {
    const { states } = scanShape(node);
    const { inputs, outputs } = body.graph;
    inputs.forEach(({ name }, i) => found.set(name, wayOf(node.inputs[i]!)));
    for (let settled = false; !settled;) {
      through(body);
      settled = true;
      for (let k = 0; k < states; k++) {
        const { name } = inputs[k]!;
        const way = furthest([wayOf(name), wayOf(outputs[k]!)]);
        if (way !== wayOf(name)) settled = false;
        found.set(name, way);
      }
    }
    outputsOf(node).forEach((name, i) => found.set(name, wayOf(outputs[i]!)));
  };
  for (const { name, type } of typed.graph.inputs) found.set(name, wayOfInput(type));
  through(typed);
  return found;
};
