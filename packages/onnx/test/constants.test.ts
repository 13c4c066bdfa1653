import { option, printProblems } from '@kirchhoff/message';
import { toNumbers } from '@kirchhoff/graph';
import { computeOnnx } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { AttributeProto_AttributeType as Kind, TensorProto_DataType as Code } from '../src/generated/onnx_pb.js';
import { readOnnx, type OnnxModel } from '../src/index.js';
import { int, model, value, type AttributeInit, type GraphInit, type NodeInit, type TensorInit } from './model.js';

const floats = (name: string, dims: readonly number[], ...values: readonly number[]): TensorInit => ({
  name,
  dims: dims.map(BigInt),
  dataType: Code.FLOAT,
  floatData: [...values],
});
const whole = (name: string, ...values: readonly number[]): TensorInit => ({
  name,
  dims: [BigInt(values.length)],
  dataType: Code.INT64,
  int64Data: values.map(BigInt),
});
const body = (name: string, g: GraphInit): AttributeInit => ({ name, type: Kind.GRAPH, g });
const node = (opType: string, input: readonly string[], output: string, ...attribute: AttributeInit[]): NodeInit => ({
  opType,
  input: [...input],
  output: [output],
  attribute,
});

const graph = (tensors: readonly TensorInit[], ...nodes: readonly NodeInit[]): GraphInit => ({
  name: 'constants',
  input: [value('x', [1, 4])],
  output: [{ name: 'y' }],
  initializer: [...tensors],
  node: [...nodes],
});

const read = async (parts: GraphInit, opset?: number): Promise<OnnxModel> => {
  const result = await readOnnx(model(parts, opset), { place: 'm.onnx', evaluate: computeOnnx });
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return result.right;
};

const refusal = async (parts: GraphInit): Promise<string> => {
  const result = await readOnnx(model(parts), { place: 'm.onnx', evaluate: computeOnnx });
  return E.isLeft(result) ? printProblems(result.left) : 'read without complaint';
};

const ops = ({ graph: { nodes } }: OnnxModel): readonly string[] => nodes.map(({ op }) => op);
const numbers = ({ store }: OnnxModel, name: string): readonly number[] => [...toNumbers(store.get(name)!.read())];

describe('what depends on no input', () => {
  it('is computed whatever its operators, in one tensor where it is read', async () => {
    const found = await read(
      graph(
        [floats('angle', [1, 4], 0, 1, 2, 3)],
        node('Sinh', ['angle'], 'a'),
        node('Atanh', ['a'], 'unread'),
        node('Tan', ['a'], 'b'),
        node('Add', ['x', 'b'], 'y'),
      ),
    );
    expect(ops(found)).toEqual(['Add']);
    expect(found.upgrades).toEqual(['compute-constants: 1 value that no input has part in (Tan)']);
    numbers(found, 'b').forEach((one, i) => expect(one).toBeCloseTo(Math.tan(Math.sinh(i)), 4));
  });

  it('is a weight that was stored in eight bits', async () => {
    const found = await read(
      graph(
        [
          { name: 'q', dims: [4n], dataType: Code.INT8, int32Data: [1, -2, 3, -4] },
          floats('scale', [], 0.5),
          { name: 'zero', dims: [], dataType: Code.INT8, int32Data: [1] },
        ],
        node('DequantizeLinear', ['q', 'scale', 'zero'], 'w'),
        node('Mul', ['x', 'w'], 'y'),
      ),
    );
    expect(ops(found)).toEqual(['Mul']);
    expect(numbers(found, 'w')).toEqual([0, -1.5, 1, -2.5]);
  });

  it('stays a node where it only lays out a large tensor anew, so that the tensor stays in its file', async () => {
    const many = 2 ** 18 + 4;
    const found = await read(
      graph(
        [{ name: 'w', dims: [BigInt(many / 4), 4n], dataType: Code.FLOAT, rawData: new Uint8Array(4 * many) }],
        node('Transpose', ['w'], 't'),
        node('MatMul', ['x', 't'], 'y'),
      ),
    );
    expect(ops(found)).toEqual(['Transpose', 'MatMul']);
    expect(found.store.has('t')).toBe(false);
  });

  it('is computed inside of bodies, too, by way of what lies around them', async () => {
    const step: GraphInit = {
      name: 'step',
      input: [value('s', [1]), value('e', [1])],
      output: [{ name: 's2' }, { name: 'e2' }],
      initializer: [floats('own', [1], 2)],
      node: [
        node('Cosh', ['wide'], 'c'),
        node('Mul', ['c', 'own'], 'd'),
        node('Add', ['s', 'd'], 's2'),
        node('Mul', ['e', 's2'], 'e2'),
      ],
    };
    const found = await read({
      ...graph([floats('start', [1], 0), floats('angle', [1], 1)], node('Sinh', ['angle'], 'wide'), {
        opType: 'Scan',
        input: ['start', 'xs'],
        output: ['last', 'y'],
        attribute: [int('num_scan_inputs', 1), body('body', step)],
      }),
      input: [value('xs', [3, 1])],
    });
    const scan = found.graph.nodes[0]!.attrs!['body'];
    expect(typeof scan === 'object' && 'nodes' in scan && scan.nodes.map(({ op }) => op)).toEqual(['Add', 'Mul']);
    expect(numbers(found, 'last/d')[0]).toBeCloseTo(2 * Math.cosh(Math.sinh(1)), 5);
  });

  it('follows sizes that are known, through operators that only an engine computes', async () => {
    const found = await read(
      graph(
        [floats('half', [], 0.5)],
        node('Shape', ['x'], 'shape', int('start', 1)),
        node('Cast', ['shape'], 'real', int('to', Code.FLOAT)),
        node('Pow', ['real', 'half'], 'root'),
        node('Sinh', ['root'], 'scale'),
        node('Mul', ['x', 'scale'], 'y'),
      ),
    );
    expect(ops(found)).toEqual(['Shape', 'Mul']);
    expect(numbers(found, 'scale')[0]).toBeCloseTo(Math.sinh(2), 5);
  });

  it('is not what is drawn at random', async () => {
    const drawn = { ...node('RandomUniform', [], 'r', { name: 'shape', type: Kind.INTS, ints: [4n] }) };
    expect(await refusal(graph([], drawn, node('Add', ['x', 'r'], 'y')))).toBe(
      'm.onnx: operator RandomUniform is not supported (node r); export the model for inference, which draws nothing',
    );
  });

  it('is no optional value, which onnxruntime cannot give out', async () => {
    const some: GraphInit = { name: 'some', output: [{ name: 'o' }], node: [node('Optional', ['one'], 'o')] };
    const parts = graph(
      [{ name: 'yes', dims: [], dataType: Code.BOOL, int32Data: [1] }, floats('one', [1], 1)],
      node('If', ['yes'], 'held', body('then_branch', some), body('else_branch', some)),
      node('OptionalGetElement', ['held'], 'e'),
      node('Add', ['x', 'e'], 'y'),
    );
    expect(await refusal(parts)).toBe(
      [
        'm.onnx: operator Optional is not supported (node held/o); export the model with tensors only',
        'm.onnx: operator OptionalGetElement is not supported (node e); export the model with tensors only',
      ].join('\n'),
    );
  });

  it('is refused with the reason where the engine cannot compute it', async () => {
    const parts = graph([whole('steps', 1)], node('DFT', ['steps'], 'd'), node('Add', ['x', 'd'], 'y'));
    expect(await refusal(parts)).toMatch(
      /^m\.onnx: operator DFT is not supported \(node d\); it depends on no input, but its value could not be computed: /,
    );
  });
});

describe('If', () => {
  const branch = (op: string, output: string): GraphInit => ({
    name: output,
    output: [{ name: output }],
    node: [node(op, ['x'], output)],
  });
  const either = (condition: string): NodeInit =>
    node(
      'If',
      [condition],
      'y',
      body('then_branch', branch('Relu', 'out')),
      body('else_branch', branch('Acosh', 'out')),
    );
  const asking = (name: string): readonly NodeInit[] => [
    node('Shape', [name], 'shape'),
    node('Gather', ['shape', 'first'], 'size'),
    node('Equal', ['size', 'one'], 'condition'),
  ];
  const tensors = [whole('first', 1), whole('one', 4)];

  it('is the branch that its condition takes, whatever the other one holds', async () => {
    const found = await read(graph(tensors, ...asking('x'), either('condition')));
    expect(found.upgrades).toEqual(['take-branch: y (If): then_branch']);
    expect(found.graph.nodes.slice(-2)).toEqual([
      { name: 'y/out', op: 'Relu', inputs: ['x'] },
      { name: 'y', op: 'Identity', inputs: ['y/out'] },
    ]);
  });

  it('says on what it depends where that is not known', async () => {
    const open = { ...graph(tensors, ...asking('x'), either('condition')), input: [value('x', ['N', 'T'])] };
    expect(await refusal(open)).toBe(
      `m.onnx: If (node y) is read where its condition is known beforehand, but this one depends on open sizes (T); export the model with fixed sizes, or state them (${option('size')} NAME=NUMBER)`,
    );
    const data = graph(
      [floats('zero', [], 0)],
      node('ReduceMax', ['x'], 'm'),
      node('Greater', ['m', 'zero'], 'c'),
      either('c'),
    );
    expect(await refusal(data)).toBe(
      'm.onnx: If (node y) is read where its condition is known beforehand, but this one depends on data; export the model without the branch',
    );
    const sized = await readOnnx(model(open), {
      place: 'm.onnx',
      evaluate: computeOnnx,
      sizes: new Map([['T', 4]]),
    });
    expect(E.isRight(sized) && sized.right.graph.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['N', 4] }]);
  });

  it('says that an input is no tensor, among what else is wrong', async () => {
    const sequence = { name: 's', type: { value: { case: 'sequenceType' as const, value: {} } } };
    const parts = { ...graph([], node('SequenceAt', ['s', 'i'], 'y')), input: [sequence, value('i', [], Code.INT64)] };
    expect(await refusal(parts)).toContain(
      'm.onnx: input "s" is no tensor (a sequence, a map or an optional value); export the model with tensors only',
    );
  });

  const offering = async (parts: GraphInit, sizes: Readonly<Record<string, number>>): Promise<OnnxModel> => {
    const offer = () => new Map(Object.entries(sizes));
    const result = await readOnnx(model(parts), { place: 'm.onnx', evaluate: computeOnnx, offer });
    if (E.isLeft(result)) throw new Error(printProblems(result.left));
    return result.right;
  };

  it('takes the sizes of what will be given, as far as its condition depends on them', async () => {
    const open = { ...graph(tensors, ...asking('x'), either('condition')), input: [value('x', ['N', 'T'])] };
    for (const [T, taken] of [
      [4, 'then_branch'],
      [7, 'else_branch'],
    ] as const) {
      const found = await offering(open, { N: 2, T });
      expect(found.upgrades).toEqual([`take-branch: y (If): ${taken}`]);
      expect(found.graph.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['N', T] }]);
      expect(found.declared).toEqual([{ name: 'x', type: 'float32', shape: ['N', 'T'] }]);
      expect([...found.taken]).toEqual([['T', T]]);
    }
  });

  it('knows that two sizes are one where the model itself says so, with no number for either', async () => {
    const parts = {
      ...graph(
        tensors,
        node('Add', ['x', 'm'], 'sum'),
        node('Shape', ['x'], 'shape'),
        node('Gather', ['shape', 'first'], 'size'),
        node('Shape', ['m'], 'other'),
        node('Gather', ['other', 'first'], 'length'),
        node('Equal', ['size', 'length'], 'condition'),
        either('condition'),
      ),
      input: [value('x', ['N', 'T']), value('m', ['N', 'S'])],
    };
    const { graph: found, taken } = await offering(parts, {});
    expect(found.inputs.map(({ shape }) => shape)).toEqual([
      ['N', 'T'],
      ['N', 'T'],
    ]);
    expect([...taken]).toEqual([['S', 'T']]);
  });
});
