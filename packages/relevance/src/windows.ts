import { num } from '@kirchhoff/formula';
import { attributesOf, fromFront, isSet, type OpName } from '@kirchhoff/graph';
import type { Crossing } from './crossing.js';
import { axesMap, windowSum } from './linear/pool.js';
import { inputAt, type LinearContext } from './linear/map.js';
import { asTensor, expandLike, reduceLike, reshapeLike, reshapeTo, sizeAt, zerosLike, type Value } from './value.js';

/** The ways through a maximum: to every source of a window, or to its winner alone (of several maxima, the first). */
export interface Window {
  readonly ports: readonly number[];
  readonly sum: (source: (port: number) => Value, hint: string) => Value;
  readonly spread: (d: string, port: number, hint: string) => string;
  /** The winner's own source value, for each window. */
  readonly pick: (source: (port: number) => Value, hint: string) => Value;
  /** What each window gives, at its winner. */
  readonly route: (d: string, port: number, hint: string) => string;
}

type WindowFactory = (crossing: Crossing, context: LinearContext) => Window;

const flatten = ({ b }: Crossing, tensor: string): string =>
  b.emit(`${tensor}.flat`, 'Reshape', [tensor, b.ints([-1])]);

const poolWindow: WindowFactory = (crossing, context) => {
  const { b, node } = crossing;
  const x = inputAt(node, 0);
  /** Places are counted along rows, whichever way the node itself counts them. */
  const counted = (): string => {
    const { storage_order: order, ...attrs } = attributesOf(node);
    return order === 1 ? b.emit(`${node.name}.rows`, 'MaxPool', [x], attrs) : node.name;
  };
  const indices = (): string => flatten(crossing, b.furtherOutput(counted(), 1));
  return {
    ports: [0],
    sum: (source, hint) => ({ tensor: windowSum(context).sum(source(0), hint) }),
    spread: (d, _port, hint) => windowSum(context).spread(d, hint),
    pick: (source, hint) => {
      const value = expandLike(b, asTensor(b, source(0), hint), x, hint);
      const picked = b.emit(hint, 'GatherElements', [flatten(crossing, value), indices()], { axis: 0 });
      return { tensor: reshapeLike(b, picked, node.name, hint) };
    },
    route: (d, _port, hint) => {
      const zeros = zerosLike(b, flatten(crossing, x), hint);
      const routed = b.emit(hint, 'ScatterElements', [zeros, indices(), flatten(crossing, d)], {
        axis: 0,
        reduction: 'add',
      });
      return reshapeLike(b, routed, x, hint);
    },
  };
};

/**
 * One window over whole axes: they are moved last and made one, so that each row is a window. The other axes are made one,
 * too, where the window's size is known; else each keeps its place.
 */
const axesWindow = (crossing: Crossing, context: LinearContext, axes: readonly number[]): Window => {
  const { b, node } = crossing;
  const x = inputAt(node, 0);
  const dims = b.dims(x);
  const over = axes.map((axis) => fromFront(axis, dims.length));
  const rest = dims.map((_, i) => i).filter((i) => !over.includes(i));
  const perm = [...rest, ...over];
  const moved = perm.some((axis, i) => axis !== i);
  const sizes = over.map((axis) => dims[axis]!);
  const size = sizes.every((dim) => typeof dim === 'number') ? sizes.reduce((n, dim) => n * dim, 1) : undefined;
  const lead = size === undefined ? rest.map((axis) => sizeAt(b, x, axis)) : [-1];
  const last = lead.length;
  const turn = (tensor: string, hint: string): string =>
    moved ? b.emit(hint, 'Transpose', [tensor], { perm }) : tensor;
  const rows = (tensor: string, hint: string): string => reshapeTo(b, turn(tensor, hint), [...lead, size ?? -1], hint);
  const column = (tensor: string, hint: string): string => reshapeTo(b, tensor, [...lead, 1], hint);
  const winner = (): string =>
    b.emit(`${node.name}.winner`, node.op === 'ReduceMin' ? 'ArgMin' : 'ArgMax', [rows(x, `${x}.rows`)], {
      axis: last,
      keepdims: 1,
    });
  const map = axesMap(context, over, false);
  return {
    ports: [0],
    sum: (source, hint) => map.total(source, num(1), hint),
    spread: (d, port, hint) => map.adjoint(d, num(1), port, hint),
    pick: (source, hint) => {
      const value = rows(expandLike(b, asTensor(b, source(0), hint), x, hint), hint);
      return {
        tensor: reshapeLike(b, b.emit(hint, 'GatherElements', [value, winner()], { axis: last }), node.name, hint),
      };
    },
    route: (d, _port, hint) => {
      const zeros = zerosLike(b, rows(x, `${x}.rows`), hint);
      const routed = b.emit(hint, 'ScatterElements', [zeros, winner(), column(d, hint)], { axis: last });
      const shaped = reshapeLike(b, routed, turn(x, `${x}.turned`), hint);
      const back = perm.map((_, i) => perm.indexOf(i));
      return moved ? b.emit(hint, 'Transpose', [shaped], { perm: back }) : shaped;
    },
  };
};

const globalWindow: WindowFactory = (crossing, context) => {
  const rank = crossing.b.dims(inputAt(crossing.node, 0)).length;
  return axesWindow(
    crossing,
    context,
    Array.from({ length: rank - 2 }, (_, i) => i + 2),
  );
};

/** The axes of a reduction, from its second input; all of them where it is left out. */
const reducedAxes = ({ b, node }: Crossing): readonly number[] => {
  const rank = b.dims(inputAt(node, 0)).length;
  const known = b.known(inputAt(node, 1))?.values.map(Number);
  const none = isSet(node, 'noop_with_empty_axes') ? [] : Array.from({ length: rank }, (_, i) => i);
  return known ?? none;
};

const reduceWindow: WindowFactory = (crossing, context) => axesWindow(crossing, context, reducedAxes(crossing));

/** A soft maximum: every source wins by its share exp(x − y), which add up to 1, and are the slope of y. */
const softWindow: WindowFactory = (crossing, context) => {
  const { b, node } = crossing;
  const x = inputAt(node, 0);
  const map = axesMap(context, reducedAxes(crossing), false);
  const spread = (d: string, hint: string): string => map.adjoint(d, num(1), 0, hint);
  const share = (): string => {
    const hint = `${node.name}.winner`;
    return b.emit(hint, 'Exp', [b.emit(hint, 'Sub', [x, spread(node.name, hint)])]);
  };
  const weighed = (value: Value, hint: string): string => b.emit(hint, 'Mul', [asTensor(b, value, hint), share()]);
  return {
    ports: [0],
    sum: (source, hint) => map.total(source, num(1), hint),
    spread: (d, _port, hint) => spread(d, hint),
    pick: (source, hint) => map.total(() => ({ tensor: weighed(source(0), hint) }), num(1), hint),
    route: (d, _port, hint) => weighed({ tensor: spread(d, hint) }, hint),
  };
};

/** Max of several operands: a window per output element, the operands its sources. A constant may win, too. */
const operandsWindow: WindowFactory = ({ b, node, constant }) => {
  const ports = node.inputs.map((_, port) => port);
  const wins = (port: number): string => {
    const hint = `${node.name}.wins${port}`;
    const equal = b.emit(hint, 'Equal', [inputAt(node, port), node.name]);
    const earlier = ports.slice(0, port).map((before) => b.emit(hint, 'Equal', [inputAt(node, before), node.name]));
    return earlier.reduce((mask, before) => b.emit(hint, 'And', [mask, b.emit(hint, 'Not', [before])]), equal);
  };
  const add = (values: readonly string[], hint: string): Value => ({
    tensor: values.reduce((sum, value) => b.emit(hint, 'Add', [sum, value])),
  });
  const full = (value: Value, hint: string): string => expandLike(b, asTensor(b, value, hint), node.name, hint);
  const share = (d: string, port: number, hint: string): string =>
    constant(inputAt(node, port)) ? d : reduceLike(b, d, inputAt(node, port), hint);
  return {
    ports,
    sum: (source, hint) =>
      add(
        ports.map((port) => full(source(port), hint)),
        hint,
      ),
    spread: share,
    pick: (source, hint) =>
      add(
        ports.map((port) => b.emit(hint, 'Where', [wins(port), full(source(port), hint), b.scalar(0)])),
        hint,
      ),
    route: (d, port, hint) => share(b.emit(hint, 'Where', [wins(port), d, b.scalar(0)]), port, hint),
  };
};

/** The windows of every operator that can be a maximum. */
export const windows: Partial<{ readonly [Op in OpName]: WindowFactory }> = {
  MaxPool: poolWindow,
  GlobalMaxPool: globalWindow,
  ReduceMax: reduceWindow,
  ReduceMin: reduceWindow,
  ReduceLogSumExp: softWindow,
  Max: operandsWindow,
  Min: operandsWindow,
};
