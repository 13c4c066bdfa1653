import { attributesOf, intAttribute } from '@kirchhoff/graph';
import { zerosLike } from '../value.js';
import { inputAt, sourceTensor, weightNumber, type LinearContext, type LinearMap } from './map.js';

/** ScatterElements and ScatterND that add: a sum of the data and of the updates at their places, each with weight 1. */
export const scatterMap = (context: LinearContext): LinearMap => {
  const { b, node, constant } = context;
  const [data, indices, updates] = [0, 1, 2].map((port) => inputAt(node, port)) as [string, string, string];
  const attrs = attributesOf(node);
  const ports = [0, 2].filter((port) => !constant(inputAt(node, port)));
  const scattered = (onto: string, values: string, hint: string): string =>
    b.emit(hint, node.op, [onto, indices, values], attrs);
  const read = (d: string, hint: string): string =>
    node.op === 'ScatterND'
      ? b.emit(hint, 'GatherND', [d, indices])
      : b.emit(hint, 'GatherElements', [d, indices], { axis: intAttribute(node, 'axis') });
  const zeros = (like: string): string => zerosLike(b, like, `${node.name}.zeros`);
  const bias = (): string | undefined => {
    if (ports.length === 2) return undefined;
    return ports[0] === 2 ? data : scattered(zeros(data), updates, `${node.name}.bias`);
  };
  return {
    ports,
    bias: bias(),
    weight: { low: 1, high: 1 },
    total: (source, connection, hint) => {
      const part = (port: number, of: string): string =>
        ports.includes(port)
          ? sourceTensor({ ...context, batch: undefined }, source(port), of, `${hint}.source`)
          : zeros(of);
      const sum = scattered(part(0, data), part(2, updates), hint);
      const factor = weightNumber(b, connection, 1, hint);
      return { tensor: factor === 1 ? sum : b.emit(hint, 'Mul', [sum, b.scalar(factor)]) };
    },
    adjoint: (d, connection, port, hint) => {
      const factor = weightNumber(b, connection, 1, hint);
      const scaled = factor === 1 ? d : b.emit(hint, 'Mul', [d, b.scalar(factor)]);
      return port === 0 ? scaled : read(scaled, hint);
    },
  };
};
