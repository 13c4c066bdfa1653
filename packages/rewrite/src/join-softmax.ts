import type { Node } from '@kirchhoff/graph';
import { behind } from './behind.js';
import { removeUnread, replaceNode, type Rewrite, type View } from './rewrite.js';

/** A Softmax, LogSoftmax or Sigmoid found among the nodes of a formula: what stands for them, and what it is applied to. */
interface Found {
  readonly node: Node;
  readonly source: string;
}

/** What a node reduces along one axis, and that axis, counted from the first. */
const reducedAt = (
  name: string,
  op: string,
  view: View,
): { readonly source: string; readonly axis: number } | undefined => {
  const node = view.node(name);
  if (node === undefined) return undefined;
  if (node.op === 'Unsqueeze' || node.op === 'Expand' || node.op === 'Identity' || node.op === 'Reshape') {
    const found = reducedAt(node.inputs[0]!, op, view);
    const [source, shown] = [view.type(found?.source ?? '')?.shape, view.type(name)?.shape];
    const along = shown?.every((dim, i) => dim === source?.[i] || (i === found?.axis && dim === 1));
    return along === true && shown?.length === source?.length ? found : undefined;
  }
  const source = node.inputs[0] ?? '';
  const rank = view.type(source)?.shape.length ?? 0;
  const axes = node.inputs[1] ? view.integers(node.inputs[1]) : undefined;
  if ((node.op as string) !== op || axes?.length !== 1) return undefined;
  return { source, axis: axes[0]! < 0 ? axes[0]! + rank : axes[0]! };
};

/** Like `reducedAt`, where the reduced axis is there again, of size 1 or repeated. */
const alongAxis = (name: string, op: string, view: View): ReturnType<typeof reducedAt> => {
  const found = reducedAt(name, op, view);
  const rank = view.type(found?.source ?? '')?.shape.length;
  return rank !== undefined && view.type(name)?.shape.length === rank ? found : undefined;
};

/** x of x − max(x) along the axis, which no softmax sees; else the value itself. */
const unshifted = (name: string, axis: number, view: View): string => {
  const node = view.node(name);
  if (node?.op !== 'Sub') return name;
  const greatest = alongAxis(node.inputs[1]!, 'ReduceMax', view);
  return greatest?.source === node.inputs[0] && greatest?.axis === axis ? greatest!.source : name;
};

const expOf = (name: string, view: View): string | undefined => {
  const node = view.node(name);
  return node?.op === 'Exp' ? node.inputs[0] : undefined;
};

/** Numerator and denominator of a quotient, or of a product with a reciprocal. */
const quotientsAt = (node: Node, view: View): readonly (readonly [over: string, under: string])[] => {
  const [first = '', second = ''] = node.inputs;
  if (node.op === 'Div') return [[first, second]];
  if (node.op !== 'Mul') return [];
  return [
    [first, second],
    [second, first],
  ].flatMap(([over, inverse]) => {
    const maker = view.node(inverse!);
    return maker?.op === 'Reciprocal' ? [[over!, maker.inputs[0]!] as const] : [];
  });
};

/** exp(x) / Σ exp(x). */
const softmaxAt = (node: Node, view: View): Found | undefined => {
  for (const [over, under] of quotientsAt(node, view)) {
    const shifted = expOf(over, view);
    const total = alongAxis(under, 'ReduceSum', view);
    if (shifted === undefined || total?.source !== over) continue;
    const source = unshifted(shifted, total.axis, view);
    return { source, node: { name: node.name, op: 'Softmax', inputs: [source], attrs: { axis: total.axis } } };
  }
  return undefined;
};

/** The axis of log Σ exp(x) for this x, which may be shifted by its maximum on the way. */
const logSumExpOf = (name: string, x: string, view: View): number | undefined => {
  const whole = alongAxis(name, 'ReduceLogSumExp', view);
  if (whole?.source === x) return whole.axis;
  const node = view.node(name);
  if (node?.op === 'Log') {
    const total = alongAxis(node.inputs[0]!, 'ReduceSum', view);
    return total !== undefined && expOf(total.source, view) === x ? total.axis : undefined;
  }
  if (node?.op !== 'Add') return undefined;
  for (const [rest = '', greatest = ''] of [node.inputs, node.inputs.toReversed()]) {
    const shift = alongAxis(greatest, 'ReduceMax', view);
    const log = view.node(rest);
    const total = log?.op === 'Log' ? alongAxis(log.inputs[0]!, 'ReduceSum', view) : undefined;
    const inner = total && expOf(total.source, view);
    if (shift === undefined || total?.axis !== shift.axis || inner === undefined || shift.source !== x) continue;
    if (unshifted(inner, shift.axis, view) === x && inner !== x) return shift.axis;
  }
  return undefined;
};

/** x − log Σ exp(x). */
const logSoftmaxAt = (node: Node, view: View): Found | undefined => {
  if (node.op !== 'Sub') return undefined;
  const [x = '', total = ''] = node.inputs;
  const axis = logSumExpOf(total, x, view);
  if (axis === undefined) return undefined;
  const source = unshifted(x, axis, view);
  return { source, node: { name: node.name, op: 'LogSoftmax', inputs: [source], attrs: { axis } } };
};

/** The operand beside the number `wanted` in a sum. */
const beside = (name: string, wanted: number, view: View): string | undefined => {
  const sum = view.node(name);
  const port = sum?.op === 'Add' ? sum.inputs.findIndex((input) => view.scalar(input) === wanted) : -1;
  return port < 0 ? undefined : sum!.inputs[1 - port];
};

const negativeOf = (name: string, view: View): string | undefined => {
  const node = view.node(name);
  if (node?.op === 'Neg') return node.inputs[0];
  const port = node?.op === 'Mul' ? node.inputs.findIndex((input) => view.scalar(input) === -1) : -1;
  return port < 0 ? undefined : node!.inputs[1 - port];
};

/** 1 / (1 + exp(−x)), or exp(x) / (1 + exp(x)). */
const sigmoidAt = (node: Node, view: View): Found | undefined => {
  const found = (source: string): Found => ({ source, node: { name: node.name, op: 'Sigmoid', inputs: [source] } });
  const inverse = node.op === 'Reciprocal' || (node.op === 'Div' && view.scalar(node.inputs[0]!) === 1);
  if (inverse) {
    const power = expOf(beside(node.inputs.at(-1)!, 1, view) ?? '', view);
    const source = power === undefined ? undefined : negativeOf(power, view);
    return source === undefined ? undefined : found(source);
  }
  for (const [over, under] of quotientsAt(node, view)) {
    const source = expOf(over, view);
    if (source !== undefined && beside(under, 1, view) === over) return found(source);
  }
  return undefined;
};

/** Softmax, LogSoftmax and Sigmoid written with Exp are the operators of that name: rules, roles and heads are theirs. */
export const joinSoftmax: Rewrite = {
  name: 'join-softmax',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const node of view.nodes) {
      if (view.constant(node.name) || draft.nodes.every(({ name }) => name !== node.name)) continue;
      const found = softmaxAt(node, view) ?? logSoftmaxAt(node, view) ?? sigmoidAt(node, view);
      if (found === undefined) continue;
      const parts = behind(node.name, [found.source], view).filter((name) => name !== node.name);
      replaceNode(draft, node.name, [found.node]);
      removeUnread(draft, parts);
      changes.push(`${node.name} (${node.op}) and the nodes before it from ${found.source} on are ${found.node.op}`);
    }
    return changes;
  },
};
