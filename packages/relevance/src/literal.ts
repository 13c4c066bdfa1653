import { num, type Expr } from '@kirchhoff/formula';
import { refuse, Refusal, relevanceSays } from '@kirchhoff/message';
import { emitLeaks, type Crossed, type RuledCrossing } from './crossing.js';
import { emitExpr, type Special } from './expression.js';
import type { LinearMap } from './linear/map.js';
import { sourceEnv } from './source.js';
import { asTensor, expandLike, reshapeLike, type Value } from './value.js';

/**
 * The rule message by message: the node's connections are written out as a matrix w[source, output] and the formula is
 * evaluated on all of them, with no separation of variables. For small nodes, and for formulas that do not separate.
 * Tensors are laid out as [batch, source, output].
 */
export const literalCrossing = (
  crossing: RuledCrossing,
  map: LinearMap,
  message: Expr,
  leaks: Readonly<Record<string, Expr>>,
): Crossed => {
  const { b, node, R } = crossing;
  const hint = `${node.name}/literal`;
  const all = new Set([
    'x',
    ...(mentions(message, leaks, 'low') ? ['low'] : []),
    ...(mentions(message, leaks, 'high') ? ['high'] : []),
  ]);
  const output = (tensor: string): string => flat(b, expandLike(b, tensor, node.name, hint), [1, -1], hint);

  const parts = map.ports.map((port) => {
    const x = node.inputs[port]!;
    const basis = basisLike(crossing, x);
    const image = (connection: number | 'w'): string => {
      const expr: Expr = connection === 'w' ? { kind: 'symbol', name: 'w' } : num(connection);
      const source = (at: number): Value => (at === port ? { tensor: basis.tensor } : 0);
      const made = imageOf(crossing, x, basis.size, () => asTensor(b, map.total(source, expr, hint), hint));
      const wide = b.emit(hint, 'Expand', [made, b.ints([basis.size, ...fixedRest(crossing, node.name)])]);
      return b.emit(hint, 'Reshape', [wide, b.ints([1, basis.size, -1])]);
    };
    const connected = b.emit(hint, 'Not', [b.emit(hint, 'Equal', [image(1), b.scalar(0)])]);
    const env: Record<string, Value> = { w: { tensor: image('w') } };
    for (const [name, value] of Object.entries(sourceEnv(crossing, port, all))) {
      env[name] =
        typeof value === 'number' ? value : { tensor: flat(b, expandLike(b, value.tensor, x, hint), [-1, 1], hint) };
    }
    return { port, x, connected, env };
  });

  const outputs: Record<string, Value> = { R: { tensor: output(R) }, y: { tensor: output(node.name) } };
  outputs['b'] = map.bias === undefined ? 0 : { tensor: output(map.bias) };
  const total = (args: readonly Expr[]): Value => {
    let sum: string | undefined;
    for (const { connected, env } of parts) {
      const value = asTensor(b, emitExpr(b, args[0]!, { ...outputs, ...env }, hint, special), hint);
      const masked = b.emit(hint, 'Where', [connected, value, b.scalar(0)]);
      const summed = b.emit(hint, 'ReduceSum', [masked, b.ints([1])], { keepdims: 1 });
      sum = sum === undefined ? summed : b.emit(hint, 'Add', [sum, summed]);
    }
    return { tensor: sum! };
  };
  const special: Special = { total };

  const messages = new Map<number, string>();
  for (const { port, x, connected, env } of parts) {
    const value = asTensor(b, emitExpr(b, message, { ...outputs, ...env }, hint, special), hint);
    const masked = b.emit(hint, 'Where', [connected, value, b.scalar(0)]);
    const summed = b.emit(hint, 'ReduceSum', [masked, b.ints([2])], { keepdims: 0 });
    messages.set(port, reshapeLike(b, summed, x, `${node.name}/message`));
  }
  const leaked = emitLeaks(crossing, leaks, outputs, special).map(({ cause, value }) => ({
    cause,
    value: typeof value === 'number' ? value : { tensor: reshapeLike(b, asTensor(b, value, hint), node.name, hint) },
  }));
  return { messages, leaks: leaked, passes: { forward: 0, adjoint: 0, savesForward: false } };
};

const mentions = (message: Expr, leaks: Readonly<Record<string, Expr>>, name: string): boolean =>
  [message, ...Object.values(leaks)].some((expr) => says(expr, name));

const says = (expr: Expr, name: string): boolean =>
  expr.kind === 'symbol' ? expr.name === name : expr.kind === 'apply' && expr.args.some((arg) => says(arg, name));

/** The dimensions after the first, which must be the batch or 1. */
const fixedRest = ({ b, node, batch }: RuledCrossing, tensor: string): readonly number[] => {
  const [lead, ...rest] = b.dims(tensor);
  if ((lead !== batch && lead !== 1) || !rest.every((dim) => typeof dim === 'number')) {
    return refuse(node.name, relevanceSays.literalShape(tensor));
  }
  return rest;
};

/** The image of the basis, which must have one sample for each of its elements: no sample of `x` reaches another's output. */
const imageOf = ({ b, node }: RuledCrossing, x: string, size: number, make: () => string): string => {
  const output = b.dims(node.name);
  if (b.dims(x)[0] === output[0]) {
    try {
      const image = make();
      const dims = b.dims(image);
      if (dims.length === output.length && dims[0] === size) return image;
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
    }
  }
  return refuse(node.name, relevanceSays.literalShape(x));
};

/** One sample of `x`'s shape for each of its elements, holding 1 there and 0 elsewhere. */
const basisLike = (crossing: RuledCrossing, x: string): { readonly tensor: string; readonly size: number } => {
  const { b, node } = crossing;
  const rest = fixedRest(crossing, x);
  const size = rest.reduce((n, dim) => n * dim, 1);
  if (size > 4096) return refuse(node.name, relevanceSays.literalSize(x, size));
  const hint = `${node.name}/basis`;
  const zeros = b.emit(hint, 'Expand', [b.scalar(0), b.ints([size, size])]);
  return { tensor: b.emit(hint, 'Reshape', [b.emit(hint, 'EyeLike', [zeros]), b.ints([size, ...rest])]), size };
};

/** A tensor per sample as a row or a column beside the connections. */
const flat = (b: RuledCrossing['b'], tensor: string, shape: readonly [number, number], hint: string): string =>
  b.emit(hint, 'Reshape', [tensor, b.ints([0, ...shape])]);
