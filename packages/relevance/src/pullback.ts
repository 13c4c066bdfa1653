import { parseFormula, scalarFunctions, symbolsOf } from '@kirchhoff/formula';
import {
  attributesOf,
  axisAttribute,
  floatAttribute,
  fromFront,
  intAttribute,
  isSet,
  type OpName,
} from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { noPasses, type Crossed, type Crossing, type RuledCrossing } from './crossing.js';
import { emitExpr } from './expression.js';
import { asTensor, expandLike, reduceLike, reshapeTo, sizeAt, zerosLike } from './value.js';

/** What the chain rule hands to each port of a node, where each output received what `relevance` says. */
type Pullback = (crossing: Crossing) => ReadonlyMap<number, string>;

type Tensors = Readonly<Record<string, string>>;

/** A formula of tensors, element by element. */
const formula =
  (crossing: Crossing, part: string) =>
  (text: string, tensors: Tensors): string => {
    const { b, node } = crossing;
    const parsed = parseFormula(text, { symbols: Object.keys(tensors), functions: scalarFunctions });
    if (E.isLeft(parsed)) throw new Error(`${text}: ${parsed.left.map(({ message }) => message).join('; ')}`);
    const hint = `${node.name}/${part}`;
    const env = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, { tensor }]));
    return asTensor(b, emitExpr(b, parsed.right.expr, env, hint), hint);
  };

/** The numbers of the node's attributes, as tensors. */
const numbers = ({ b, node }: Crossing, ...names: readonly string[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, b.scalar(floatAttribute(node, name))]));

/** Formulas of a node that works element by element under broadcasting: one for each port that has a derivative. */
const elementwise =
  (formulas: readonly (string | undefined)[], names: readonly string[]): Pullback =>
  (crossing) => {
    const { node, relevance } = crossing;
    const say = formula(crossing, 'pullback');
    const operands: Tensors = Object.fromEntries(
      names.flatMap((name, port) => (node.inputs[port] ? [[name, node.inputs[port]]] : [])),
    );
    const tensors = { ...operands, y: node.name, R: relevance[0]! };
    return new Map(
      formulas.flatMap((text, port) => {
        const input = node.inputs[port];
        return text === undefined || !input ? [] : [[port, shrunk(crossing, say(text, tensors), input)] as const];
      }),
    );
  };

/** What came of a broadcast operand, summed to its own shape. */
const shrunk = ({ b, node }: Crossing, value: string, like: string): string => {
  const hint = `${node.name}/pullback`;
  return reduceLike(b, expandLike(b, value, node.name, hint), like, hint);
};

/** Clip: whichever of the three the output is. Where both limits hold, the upper one does. */
const clip: Pullback = (crossing) => {
  const { b, node } = crossing;
  const [, low, high] = node.inputs;
  const say = formula(crossing, 'pullback');
  const tensors: Tensors = {
    x: node.inputs[0]!,
    R: crossing.relevance[0]!,
    low: low || b.scalar(-Infinity),
    high: high || b.scalar(Infinity),
  };
  const parts = [
    'where(x >= low and x <= high, R, 0)',
    'where(x < low and low <= high, R, 0)',
    'where(x > high or low > high, R, 0)',
  ];
  return new Map(
    parts.flatMap((text, port) =>
      node.inputs[port] ? [[port, shrunk(crossing, say(text, tensors), node.inputs[port])] as const] : [],
    ),
  );
};

/** Of g = R · scale at values of mean 0 and variance 1 along `axes`: what reaches the values that were standardised. */
const standardised = (crossing: Crossing, axes: readonly number[]) => {
  const { b, node } = crossing;
  const x = node.inputs[0]!;
  const hint = `${node.name}/pullback`;
  const mean = (tensor: string): string =>
    b.emit(`${hint}.mean`, 'ReduceMean', [tensor, b.ints(axes)], { keepdims: 1 });
  const say = formula(crossing, 'pullback');
  const centred = b.emit(`${hint}.centred`, 'Sub', [x, mean(x)]);
  const deviation = say('sqrt(v + epsilon)', {
    v: mean(b.emit(hint, 'Mul', [centred, centred])),
    ...numbers(crossing, 'epsilon'),
  });
  const z = b.emit(`${hint}.standard`, 'Div', [centred, deviation]);
  return {
    z,
    centred,
    deviation,
    back: (g: string): string =>
      say('(g - m - z*p)/s', { g, z, m: mean(g), p: mean(b.emit(hint, 'Mul', [g, z])), s: deviation }),
  };
};

const layerNorm: Pullback = (crossing) => {
  const { b, node, relevance } = crossing;
  const [x = '', scale = '', bias] = node.inputs;
  const rank = b.dims(x).length;
  const first = axisAttribute(node, rank);
  const axes = Array.from({ length: rank - first }, (_, i) => first + i);
  const { z, centred, deviation, back } = standardised(crossing, axes);
  const say = formula(crossing, 'pullback');
  const [R, ofMean, ofInverse] = relevance;
  const received = new Map<number, string>();
  const parts: string[] = [];
  if (R !== undefined) {
    parts.push(back(expandLike(b, say('R*scale', { R, scale }), x, node.name)));
    received.set(1, shrunk(crossing, say('R*z', { R, z }), scale));
    if (bias) received.set(2, shrunk(crossing, R, bias));
  }
  const ones = b.emit(`${node.name}/size`, 'Expand', [b.scalar(1), b.emit(`${x}.shape`, 'Shape', [x])]);
  const size = b.emit(`${node.name}/size`, 'ReduceSum', [ones, b.ints(axes)], { keepdims: 1 });
  if (ofMean !== undefined) parts.push(shrunk(crossing, say('R/n', { R: ofMean, n: size }), x));
  if (ofInverse !== undefined) parts.push(say('-R*c/(n*s^3)', { R: ofInverse, n: size, c: centred, s: deviation }));
  const total = parts.reduce((sum, part) => b.emit(`${node.name}/pullback`, 'Add', [sum, part]));
  return received.set(0, total);
};

/** Per channel: a vector [C] against maps [N, C, …]. */
const perChannel = ({ b, node }: Crossing, vector: string): string => {
  const rank = b.dims(node.inputs[0]!).length;
  const sizes = [sizeAt(b, vector, 0), ...Array<number>(rank - 2).fill(1)];
  return reshapeTo(b, vector, sizes, `${node.name}/channel`);
};

const batchNorm: Pullback = (crossing) => {
  const { b, node, relevance } = crossing;
  const [x = '', scale = '', , mean = '', variance = ''] = node.inputs;
  const R = relevance[0] ?? zerosLike(b, node.name, `${node.name}/pullback`);
  const say = formula(crossing, 'pullback');
  const rank = b.dims(x).length;
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== 1);
  const summed = (value: string): string =>
    b.emit(`${node.name}/pullback`, 'ReduceSum', [value, b.ints(others)], { keepdims: 0 });
  const scaled = say('R*scale', { R, scale: perChannel(crossing, scale) });
  if (isSet(node, 'training_mode')) {
    const { z, back } = standardised(crossing, others);
    return new Map([
      [0, back(scaled)],
      [1, summed(say('R*z', { R, z }))],
      [2, summed(R)],
    ]);
  }
  const s = say('sqrt(v + epsilon)', { v: perChannel(crossing, variance), ...numbers(crossing, 'epsilon') });
  const centred = say('x - m', { x, m: perChannel(crossing, mean) });
  const here = say('g/s', { g: scaled, s });
  return new Map([
    [0, here],
    [1, summed(say('R*c/s', { R, c: centred, s }))],
    [2, summed(R)],
    [3, summed(say('-g', { g: here }))],
    [4, summed(say('-0.5*g*c/s^2', { g: here, c: centred, s }))],
  ]);
};

/** y = x · D^(−beta) with D = bias + alpha/size · Σ x² over neighbouring channels. */
const localResponse: Pullback = (crossing) => {
  const { b, node } = crossing;
  const x = node.inputs[0]!;
  const R = crossing.relevance[0]!;
  const hint = `${node.name}/pullback`;
  const size = intAttribute(node, 'size');
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const channels = sizeAt(b, x, 1);
  /** Σ over the channels from `ahead` below to `behind` above each. */
  const window = (tensor: string, ahead: number, behind: number): string => {
    const wide = b.emit(hint, 'Pad', [tensor, b.ints([ahead, behind]), '', b.ints([1])]);
    const end = (start: number): string =>
      typeof channels === 'number'
        ? b.ints([start + channels])
        : start === size - 1
          ? b.ints([Number.MAX_SAFE_INTEGER])
          : b.ints([start - size + 1]);
    const shifted = Array.from({ length: size }, (_, start) =>
      b.emit(hint, 'Slice', [wide, b.ints([start]), end(start), b.ints([1])]),
    );
    return shifted.reduce((sum, one) => b.emit(hint, 'Add', [sum, one]));
  };
  const say = formula(crossing, 'pullback');
  const given = { ...numbers(crossing, 'alpha', 'beta', 'bias'), n: b.scalar(size) };
  const squares = window(b.emit(hint, 'Mul', [x, x]), before, after);
  const d = say('bias + alpha/n*q', { ...given, q: squares });
  const power = b.emit(hint, 'Pow', [d, say('-beta', given)]);
  const back = window(say('R*x*p/d', { R, x, p: power, d }), after, before);
  return new Map([[0, say('R*p - 2*alpha*beta/n*x*w', { ...given, R, p: power, x, w: back })]]);
};

/** Reductions: what each result received, at each element it is made of. */
const reduced =
  (text: string): Pullback =>
  (crossing) => {
    const { b, node } = crossing;
    const x = node.inputs[0]!;
    const wide = alongAxes(crossing);
    const say = formula(crossing, 'pullback');
    const value = say(text, { x, y: wide(node.name), R: wide(crossing.relevance[0]!) });
    return new Map([[0, expandLike(b, value, x, `${node.name}/pullback`)]]);
  };

/** A result of a reduction, repeated along the axes that it reduced. */
const alongAxes = ({ b, node }: Crossing): ((tensor: string) => string) => {
  const x = node.inputs[0]!;
  const rank = b.dims(x).length;
  const known = b.known(node.inputs[1] ?? '')?.values.map(Number) ?? [];
  const all = Array.from({ length: rank }, (_, i) => i);
  const axes =
    known.length > 0 ? known.map((axis) => fromFront(axis, rank)) : isSet(node, 'noop_with_empty_axes') ? [] : all;
  const sizes = all.map((axis) => (axes.includes(axis) ? 1 : sizeAt(b, x, axis)));
  const hint = `${node.name}/pullback`;
  return (tensor) => expandLike(b, reshapeTo(b, tensor, sizes, hint), x, hint);
};

/** What each factor of a product is multiplied by: one over itself where none is 0, all others where it alone is. */
const coFactor = 'where(x == 0, where(zeros == 1, p, 0), where(zeros == 0, p/e, 0))';

const product: Pullback = (crossing) => {
  const { b, node } = crossing;
  const x = node.inputs[0]!;
  const say = formula(crossing, 'pullback');
  const wide = alongAxes(crossing);
  const attrs = attributesOf(node);
  const reduce = (op: OpName, tensor: string): string =>
    wide(b.emit(`${node.name}/pullback`, op, [tensor, ...node.inputs.slice(1)], attrs));
  const e = say('where(x == 0, 1, x)', { x });
  const zeros = reduce('ReduceSum', say('where(x == 0, 1, 0)', { x }));
  const others = say(coFactor, { x, e, zeros, p: reduce('ReduceProd', e) });
  return new Map([[0, say('R*o', { R: wide(crossing.relevance[0]!), o: others })]]);
};

/** Scattering with a reduction: what the place of an update received, at the update. */
const scattered: Pullback = (crossing) => {
  const { b, node } = crossing;
  const [data = '', indices = '', updates = ''] = node.inputs;
  const R = crossing.relevance[0]!;
  const hint = `${node.name}/pullback`;
  const attrs = attributesOf(node);
  const say = formula(crossing, 'pullback');
  const read = (tensor: string): string =>
    node.op === 'ScatterND'
      ? b.emit(hint, 'GatherND', [tensor, indices])
      : b.emit(hint, 'GatherElements', [tensor, indices], { axis: intAttribute(node, 'axis') });
  const scatter = (onto: string, values: string, reduction: string): string =>
    b.emit(hint, node.op, [onto, indices, values], { ...attrs, reduction });
  if (attrs['reduction'] === 'mul') {
    const [e, f] = [data, updates].map((x) => say('where(x == 0, 1, x)', { x })) as [string, string];
    const none = (x: string): string => say('where(x == 0, 1, 0)', { x });
    const zeros = scatter(none(data), none(updates), 'add');
    const p = scatter(e, f, 'mul');
    const share = (x: string, one: string, of: (tensor: string) => string): string =>
      say(`R*${coFactor}`, { R: of(R), x, e: one, zeros: of(zeros), p: of(p) });
    return new Map([
      [0, share(data, e, (tensor) => tensor)],
      [2, share(updates, f, read)],
    ]);
  }
  const wins = (x: string, y: string): string => say('where(x == y, 1, 0)', { x, y });
  const [own, others] = [wins(data, node.name), wins(updates, read(node.name))];
  const each = say('R/n', { R, n: scatter(own, others, 'add') });
  return new Map([
    [0, say('w*r', { w: own, r: each })],
    [2, say('w*r', { w: others, r: read(each) })],
  ]);
};

/** The derivatives of operators that are neither linear nor work on one number. */
const table: Partial<{ readonly [Op in OpName]: Pullback }> = {
  LayerNormalization: layerNorm,
  BatchNormalization: batchNorm,
  LRN: localResponse,
  Div: elementwise(['R/b', '-R*y/b'], ['a', 'b']),
  Mod: elementwise(['R', '-R*(a - y)/b'], ['a', 'b']),
  Pow: elementwise(
    ['where(x == 0, where(p == 1, R, 0), R*p*x^(p - 1))', 'where(x > 0, R*y*log(where(x > 0, x, 1)), 0)'],
    ['x', 'p'],
  ),
  PRelu: elementwise(['where(x >= 0, R, R*slope)', 'where(x >= 0, 0, R*x)'], ['x', 'slope']),
  Clip: clip,
  ReduceProd: product,
  ReduceL1: reduced('R*((x > 0) - (x < 0))'),
  ReduceL2: reduced('ratio(R*x, y)'),
  ReduceSumSquare: reduced('2*R*x'),
  ReduceLogSum: reduced('R*exp(-y)'),
  ScatterElements: scattered,
  ScatterND: scattered,
};

/** Whether a rule's message is what the chain rule says. */
export const isPullback = ({ assignment }: RuledCrossing): boolean => {
  const { messages } = assignment.instance;
  return Object.values(messages).some((message) => symbolsOf(message).includes('pullback'));
};

/** A gradient across a node that has a derivative of its own. */
export const crossPullback = (crossing: RuledCrossing): Crossed => {
  const { b, node, assignment, constant } = crossing;
  const pullback = table[node.op];
  if (pullback === undefined) return refuse(node.name, relevanceSays.noCrossing(node.op));
  const { messages } = assignment.instance;
  const received = [...pullback(crossing)].filter(([port]) => {
    const input = node.inputs[port];
    return input && !constant(input) && b.type(input).type.startsWith('float');
  });
  return {
    messages: new Map(
      received.map(([port, tensor]) => {
        const env = { R: { tensor: crossing.R }, y: { tensor: node.name }, pullback: { tensor } };
        const hint = `${node.name}/message`;
        return [port, asTensor(b, emitExpr(b, messages['message']!, env, hint), hint)];
      }),
    ),
    leaks: [],
    passes: noPasses,
  };
};
