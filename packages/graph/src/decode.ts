import { type Problem, addProblems, graphSays, problem, problemLimit, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { decodeAttributes } from './argument.js';
import { bodyDocument, bound, fileDocument, graphDocument, graphFormat, inputDocument, nodeDocument } from './codec.js';
import { checkDim } from './dim.js';
import { decodeDocument, pointerTo } from './document.js';
import type { Dim, FileTensor, Graph, Input, Node, Range, Roles, TensorEntry } from './graph.js';
import { decodeInline, readNumber } from './literal.js';
import { operators, type OpName } from './operators/index.js';
import { arityOf, type Row } from './operators/row.js';
import { sortNodes } from './order.js';
import { documentScope, type Scope } from './scope.js';

type NodeDocument = t.TypeOf<typeof nodeDocument>;
type Parts = t.TypeOf<typeof bodyDocument>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldOf = (json: unknown, key: string): unknown => (isObject(json) ? json[key] : undefined);

const decodeBound = (
  json: unknown,
  pointer: string,
  channels: Dim | undefined,
  problems: Problem[],
): number | readonly number[] | undefined => {
  const decoded = decodeDocument(bound, json, pointer);
  if (E.isLeft(decoded)) {
    addProblems(problems, decoded.left);
    return undefined;
  }
  if (!Array.isArray(json)) return readNumber(json);
  const bounds = json.map((v) => readNumber(v) ?? Number.NaN);
  if (typeof channels === 'number' && bounds.length !== channels) {
    problems.push(problem(pointer, graphSays.rangeChannels(bounds.length, channels)));
  }
  return bounds;
};

const decodeRange = (
  pair: readonly unknown[],
  pointer: string,
  channels: Dim | undefined,
  problems: Problem[],
): Range | undefined => {
  const low = decodeBound(pair[0], pointerTo(pointer, 0), channels, problems);
  const high = decodeBound(pair[1], pointerTo(pointer, 1), channels, problems);
  if (low === undefined || high === undefined) return undefined;
  const count = Math.max(typeof low === 'number' ? 1 : low.length, typeof high === 'number' ? 1 : high.length);
  const at = (side: number | readonly number[], c: number): number =>
    typeof side === 'number' ? side : (side[c] ?? Number.NaN);
  for (let c = 0; c < count; c++) {
    if (at(low, c) <= at(high, c)) continue;
    const channel = typeof low === 'number' && typeof high === 'number' ? undefined : c;
    problems.push(problem(pointer, graphSays.emptyRange(at(low, c), at(high, c), channel)));
    return undefined;
  }
  return { low, high };
};

const decodeInput = (json: unknown, pointer: string, problems: Problem[]): Input | undefined => {
  const decoded = decodeDocument(inputDocument, json, pointer);
  if (E.isLeft(decoded)) {
    addProblems(problems, decoded.left);
    return undefined;
  }
  const { name, type, range } = decoded.right;
  const shape = decoded.right.shape.map((dim, i) => {
    const read = checkDim(dim);
    const place = pointerTo(pointerTo(pointer, 'shape'), i);
    if (E.isLeft(read)) problems.push(problem(place, read.left));
    else if (typeof dim === 'string' && typeof read.right === 'number')
      problems.push(problem(place, graphSays.badDim(dim)));
    return E.isRight(read) ? read.right : dim;
  });
  const bounds = range && decodeRange(range, pointerTo(pointer, 'range'), shape[1], problems);
  return { name, type, shape, ...(bounds && { range: bounds }) };
};

const checkArity = (op: string, row: Row, node: NodeDocument, pointer: string, problems: Problem[]): void => {
  const ports = row.inputs;
  const { least, most } = arityOf(row);
  const place = pointerTo(pointer, 'inputs');
  if (node.inputs.length < least || node.inputs.length > most) {
    const labels = ports.map(({ name, optional, variadic }) => `${name}${optional ? '?' : ''}${variadic ? ', …' : ''}`);
    problems.push(problem(place, graphSays.wrongInputCount(op, labels, least, most, node.inputs.length)));
  }
  node.inputs.forEach((name, i) => {
    const port = ports[Math.min(i, ports.length - 1)];
    if (name === '' && port !== undefined && port.optional === undefined) {
      problems.push(problem(pointerTo(place, i), graphSays.omittedInput(op, port.name)));
    }
  });
  const outputs = 1 + (node.outputs?.length ?? 0);
  if (row.variadicOutputs === undefined && outputs > row.outputs.length) {
    problems.push(problem(pointerTo(pointer, 'outputs'), graphSays.tooManyOutputs(op, row.outputs, outputs)));
  }
};

const checkRoles = (roles: Roles, inputs: number, pointer: string, problems: Problem[]): void => {
  const ports: Readonly<Record<string, number>> = { ...roles };
  for (const [key, index] of Object.entries(ports)) {
    if (index >= inputs) problems.push(problem(pointerTo(pointer, key), graphSays.badRole(index, inputs)));
  }
  const other = roles.gate ?? roles.scale;
  if (other === roles.signal) problems.push(problem(pointer, graphSays.sameRole(other)));
};

const decodeNode = (node: NodeDocument, pointer: string, scope: Scope, problems: Problem[]): Node | undefined => {
  const { name, op, inputs, outputs = [], attrs = {}, roles, preamble } = node;
  inputs.forEach((input, i) => {
    if (input === '' || scope.has(input) || problems.length >= problemLimit) return;
    problems.push(problem(pointerTo(pointerTo(pointer, 'inputs'), i), graphSays.danglingName(input, scope.names())));
  });
  if (roles !== undefined) checkRoles(roles, inputs.length, pointerTo(pointer, 'roles'), problems);
  if (!Object.hasOwn(operators, op)) {
    problems.push(problem(pointerTo(pointer, 'op'), graphSays.unknownOperator(op, Object.keys(operators))));
    return undefined;
  }
  const known = op as OpName;
  checkArity(op, operators[known], node, pointer, problems);
  const body = (json: unknown, place: string) => decodeBody(json, place, scope.inner());
  const decoded = decodeAttributes(op, operators[known], attrs, pointerTo(pointer, 'attrs'), body);
  if (E.isLeft(decoded)) addProblems(problems, decoded.left);
  return {
    name,
    op: known,
    inputs,
    ...(outputs.length > 0 && { outputs }),
    ...(E.isRight(decoded) && Object.keys(decoded.right).length > 0 && { attrs: decoded.right }),
    ...(roles && { roles }),
    ...(preamble && { preamble }),
  };
};

const decodeTensor = (json: unknown, pointer: string): Result<TensorEntry> => {
  return isObject(json) && 'file' in json
    ? decodeDocument<FileTensor, unknown>(fileDocument, json, pointer)
    : decodeInline(json, pointer);
};

/** Takes the names of all parts, also of those that are wrong otherwise, so that one slip is reported once. */
const declareAll = (document: Parts, pointer: string, scope: Scope): boolean => {
  let unique = true;
  const declare = (name: unknown, what: string, place: string): void => {
    if (typeof name === 'string' && !scope.declare(name, what, place)) unique = false;
  };
  document.inputs.forEach((input, i) => declare(fieldOf(input, 'name'), 'input', `${pointer}/inputs/${i}`));
  document.nodes.forEach((node, i) => {
    declare(fieldOf(node, 'name'), 'node', `${pointer}/nodes/${i}`);
    const further = fieldOf(node, 'outputs');
    if (!Array.isArray(further)) return;
    further.forEach((name, o) => {
      if (name !== '') declare(name, 'output', `${pointer}/nodes/${i}/outputs/${o}`);
    });
  });
  for (const name of Object.keys(document.tensors ?? {}))
    declare(name, 'tensor', pointerTo(`${pointer}/tensors`, name));
  return unique;
};

const decodeParts = (name: string, document: Parts, pointer: string, scope: Scope, problems: Problem[]): Graph => {
  const unique = declareAll(document, pointer, scope);
  const full = (): boolean => problems.length >= problemLimit;
  const inputs = document.inputs.map((json, i) =>
    full() ? undefined : decodeInput(json, `${pointer}/inputs/${i}`, problems),
  );
  const places = new Map<Node, string>();
  document.nodes.forEach((json, i) => {
    if (full()) return;
    const place = `${pointer}/nodes/${i}`;
    const decoded = decodeDocument(nodeDocument, json, place);
    if (E.isLeft(decoded)) {
      addProblems(problems, decoded.left);
      return;
    }
    const node = decodeNode(decoded.right, place, scope, problems);
    if (node !== undefined) places.set(node, place);
  });
  const entries = Object.entries(document.tensors ?? {}).flatMap(([key, json]) => {
    if (full()) return [];
    const decoded = decodeTensor(json, pointerTo(`${pointer}/tensors`, key));
    if (E.isRight(decoded)) return [[key, decoded.right] as const];
    addProblems(problems, decoded.left);
    return [];
  });
  const outputsPlace = `${pointer}/outputs`;
  if (document.outputs.length === 0) problems.push(problem(outputsPlace, graphSays.noOutputs()));
  document.outputs.forEach((output, i) => {
    if (!full() && !scope.has(output))
      problems.push(problem(pointerTo(outputsPlace, i), graphSays.danglingName(output, scope.names())));
  });
  const nodes = [...places.keys()];
  const sorted = unique ? sortNodes(nodes, (node) => places.get(node) ?? pointer) : E.right(nodes);
  if (E.isLeft(sorted)) addProblems(problems, sorted.left);
  return {
    name,
    inputs: inputs.filter((input) => input !== undefined),
    nodes: E.isRight(sorted) ? sorted.right : [],
    outputs: document.outputs,
    tensors: Object.fromEntries(entries),
  };
};

const decodeBody = (json: unknown, pointer: string, scope: Scope): Result<Graph> => {
  const decoded = decodeDocument(bodyDocument, json, pointer);
  if (E.isLeft(decoded)) return decoded;
  const problems: Problem[] = [];
  const graph = decodeParts(decoded.right.name ?? '', decoded.right, pointer, scope, problems);
  return problems.length > 0 ? E.left(problems) : E.right(graph);
};

/**
 * Decodes a `kirchhoff-graph/1` document. All problems are found, each named by JSON Pointer with the value found, what
 * is allowed and the nearest word. The nodes of the graph come in an order in which each follows those it reads (the
 * document's own order where that is one), dimensions in canonical form, attributes without those at their default.
 */
export const decodeGraph = (json: unknown): Result<Graph> => {
  if (!isObject(json)) return E.left([problem('', graphSays.unexpected('an object', json))]);
  const { format } = json;
  if (format !== graphFormat) {
    return E.left([
      problem(format === undefined ? '' : '/format', graphSays.wrongFormat('graph', graphFormat, format)),
    ]);
  }
  const strict = decodeDocument(graphDocument, json);
  const problems: Problem[] = E.isLeft(strict) ? [...strict.left] : [];
  const { name = '', inputs, nodes, outputs, tensors = {} } = json;
  const loose = decodeDocument(bodyDocument, { name, inputs, nodes, outputs, tensors });
  if (E.isLeft(loose)) return E.left(problems);
  const graph = decodeParts(loose.right.name ?? '', loose.right, '', documentScope(problems), problems);
  return problems.length > 0 ? E.left(problems) : E.right(graph);
};
